//! What may go wrong in a run, and how often.

/// How often what goes wrong; each a probability in `0.0..=1.0` unless it names a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// A process dies at a port call, before or after its effect, and everything that it does at that time with it.
    pub crash: f64,
    /// A port call fails without an effect, as when it is throttled.
    pub refuse: f64,
    /// A port call has its effect and its answer is lost.
    pub lose_answer: f64,
    /// A write fails as it seems, and has its effect up to five minutes later.
    pub late_effect: f64,
    /// A port call has its effect twice, as when an SDK repeats a request whose answer was lost.
    pub repeat: f64,
    /// An index shows what was there up to two seconds ago.
    pub stale_index: f64,
    /// A message is lost.
    pub lose_message: f64,
    /// A message comes twice; a schedule rings twice.
    pub double_message: f64,
    /// A message comes up to a minute late, and others overtake it.
    pub late_message: f64,
    /// A schedule never rings.
    pub lose_schedule: f64,
    /// How far a process's clock may be from the platforms', milliseconds.
    pub skew_ms: u64,
    /// A create request's outcome stays unknown; half of them took effect, some of those up to a minute later.
    pub ambiguous: f64,
    /// A create request is refused for now.
    pub refuse_create: f64,
    /// A create request is refused although the post was made.
    pub refuse_though_created: f64,
    /// An access token is not accepted any more before it expires; once for each account.
    pub token_dies: f64,
    /// The platform takes nothing from anybody for 20 minutes, as when a version is sunset or credits are spent; once
    /// for each platform.
    pub outage: f64,
    /// What was uploaded cannot be shown, as the platform says after a while.
    pub spoilt_upload: f64,
    /// A platform works on what was uploaded for up to ten minutes, instead of a few seconds.
    pub stalled_upload: f64,
    /// A platform has forgotten what was uploaded.
    pub forgotten_upload: f64,
    /// Looking for a post does not show one that is there.
    pub blind_look: f64,
    /// The platform cannot be read just now.
    pub refuse_look: f64,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        crash: 0.0,
        refuse: 0.0,
        lose_answer: 0.0,
        late_effect: 0.0,
        repeat: 0.0,
        stale_index: 0.0,
        lose_message: 0.0,
        double_message: 0.0,
        late_message: 0.0,
        lose_schedule: 0.0,
        skew_ms: 0,
        ambiguous: 0.0,
        refuse_create: 0.0,
        refuse_though_created: 0.0,
        token_dies: 0.0,
        outage: 0.0,
        spoilt_upload: 0.0,
        stalled_upload: 0.0,
        forgotten_upload: 0.0,
        blind_look: 0.0,
        refuse_look: 0.0,
    };

    /// Far more than the world does: 1 % crashes at each call and not only at each step, 4 % unknown outcomes of
    /// creates and not 1 %, 2 % blind looks.
    pub const HARSH: Self = Self {
        crash: 0.01,
        refuse: 0.01,
        lose_answer: 0.01,
        late_effect: 0.002,
        repeat: 0.02,
        stale_index: 0.2,
        lose_message: 0.02,
        double_message: 0.05,
        late_message: 0.05,
        lose_schedule: 0.05,
        skew_ms: 400,
        ambiguous: 0.04,
        refuse_create: 0.05,
        refuse_though_created: 0.01,
        token_dies: 0.01,
        outage: 0.01,
        spoilt_upload: 0.02,
        stalled_upload: 0.1,
        forgotten_upload: 0.02,
        blind_look: 0.02,
        refuse_look: 0.05,
    };
}
