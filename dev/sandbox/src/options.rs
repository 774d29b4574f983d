//! What the sandbox is told when it starts, and its clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// How one sandbox behaves; `Options::default()` behaves as the platforms do and keeps nothing on disk.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file that holds grants and posts between two runs; `None` forgets everything at the end.
    pub state: Option<PathBuf>,
    /// The registered redirect URIs, compared exactly; empty accepts any `http://127.0.0.1:*/oauth/callback`.
    pub redirect_uris: Vec<String>,
    /// The only origins that media may be fetched from, loopback ones; empty lets nothing be fetched.
    pub media_origins: Vec<String>,
    /// The time by which everything is stamped and expires.
    pub clock: Clock,
    /// How long codes and tokens live.
    pub lifetimes: Lifetimes,
    /// For how long a platform refuses the same text by the same author; both leave it unpublished.
    pub duplicate_window: Duration,
    /// Calls a LinkedIn member may make in a UTC day: 150 for the product "Share on LinkedIn".
    pub linkedin_calls_per_day: u32,
    /// Comments a LinkedIn member may write in a minute; that there is such a limit is seen, its number is not.
    pub linkedin_comments_per_minute: u32,
    /// For how long a LinkedIn post has no activity yet, so that nobody can comment on it.
    pub linkedin_activity_after: Duration,
    /// How videos, GIFs on X and LinkedIn documents are processed.
    pub processing: Processing,
    /// How LinkedIn images are processed; a look is then a status call or an attempt to attach one.
    pub linkedin_image_processing: Processing,
    /// Whether the LinkedIn app is a Marketing Developer Platform partner, the only ones with refresh tokens.
    pub linkedin_partner: bool,
    /// Whether calls to `graph.facebook.com` must carry an `appsecret_proof`; one that is sent is always checked.
    pub appsecret_proof_required: bool,
    /// Whether `api.instagram.com` wraps its token answer in `data[0]`, as the newer documentation shows it.
    pub instagram_wrapped_tokens: bool,
    /// How much an Instagram account may publish in 24 h: 100, and 50 in other places of the documentation.
    pub instagram_publish_quota: u32,
    /// For how long a video, Reel or Instagram container is processed.
    pub graph_processing: Duration,
    /// How many looks at a video, Reel or container must have found it in progress before it can be ready.
    pub graph_processing_polls: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            redirect_uris: Vec::new(),
            media_origins: Vec::new(),
            clock: Clock::default(),
            lifetimes: Lifetimes::default(),
            duplicate_window: Duration::from_secs(24 * 3600),
            linkedin_calls_per_day: 150,
            linkedin_comments_per_minute: 10,
            linkedin_activity_after: Duration::ZERO,
            processing: Processing { looks: 1, time: Duration::ZERO },
            linkedin_image_processing: Processing { looks: 0, time: Duration::ZERO },
            linkedin_partner: false,
            appsecret_proof_required: true,
            instagram_wrapped_tokens: false,
            instagram_publish_quota: 100,
            graph_processing: Duration::from_millis(200),
            graph_processing_polls: 0,
        }
    }
}

/// What a medium takes between the arrival of its bytes and the moment it may be attached.
#[derive(Clone, Copy, Debug)]
pub struct Processing {
    /// How many looks find it unfinished.
    pub looks: u32,
    /// How much time it takes at least.
    pub time: Duration,
}

/// How long each code and token lives, as the platforms document it.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// X authorization codes: 30 s.
    pub x_code: Duration,
    /// X access tokens: 7,200 s.
    pub x_access: Duration,
    /// X refresh tokens: about six months.
    pub x_refresh: Duration,
    /// LinkedIn authorization codes: 30 min.
    pub linkedin_code: Duration,
    /// LinkedIn access tokens: 5,184,000 s (60 days).
    pub linkedin_access: Duration,
    /// LinkedIn refresh tokens of partners: 365 days, which using them does not extend.
    pub linkedin_refresh: Duration,
    /// Facebook authorization codes: 10 min, which the documentation does not say.
    pub facebook_code: Duration,
    /// Facebook user tokens as the dialog's code brings them: 1 to 2 h.
    pub facebook_short: Duration,
    /// Exchanged Facebook user tokens: 60 days. The Page tokens they bring have no expiry.
    pub facebook_long: Duration,
    /// Instagram authorization codes: 1 h.
    pub instagram_code: Duration,
    /// Instagram tokens as the code brings them: 1 h.
    pub instagram_short: Duration,
    /// Exchanged and refreshed Instagram tokens: 60 days.
    pub instagram_long: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24 * 3600;
        Self {
            x_code: Duration::from_secs(30),
            x_access: Duration::from_secs(7_200),
            x_refresh: Duration::from_secs(182 * DAY),
            linkedin_code: Duration::from_secs(30 * 60),
            linkedin_access: Duration::from_secs(60 * DAY),
            linkedin_refresh: Duration::from_secs(365 * DAY),
            facebook_code: Duration::from_secs(10 * 60),
            facebook_short: Duration::from_secs(90 * 60),
            facebook_long: Duration::from_secs(60 * DAY),
            instagram_code: Duration::from_secs(3_600),
            instagram_short: Duration::from_secs(3_600),
            instagram_long: Duration::from_secs(60 * DAY),
        }
    }
}

/// The wall clock, which a test may move forward instead of waiting; clones share the hands.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(millis(by), Ordering::Relaxed);
    }
}

/// A span in whole milliseconds, as instants are counted here.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}
