//! What the platforms do to the posts, and when: drawn from a seed, then asked of the sandbox one by one.
//!
//! A fault is asked for just before the post that it is meant for, and suffered by the next call of that account:
//! what comes together on one account may take each other's.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::chaos::plan::{Beside, Planned};
use crate::e2e::{Visitor, World, past};

/// Of so many targets one suffers.
const ONE_IN: u32 = 8;
/// Of so many looks at an outcome that is open, one fails too.
const ONE_LOOK_IN: u32 = 3;
/// So long before its post a fault is asked for.
const LEAD: SignedDuration = SignedDuration::from_secs(3);
/// Each app-wide refusal is suffered by so many.
const REFUSED_TO_ALL: u32 = 2;

/// How whatever makes something may suffer on any platform.
const ANYWHERE: [&str; 8] = [
    "delay",
    "hang_before",
    "hang_after",
    "drop_before",
    "drop_after",
    "status_before",
    "status_after",
    "garbage_after",
];
/// What a look may suffer; a LinkedIn member cannot be looked at.
const LOOKS: [(&str, &str); 2] = [("read", "status_before"), ("read", "drop_before")];
/// What a platform in trouble answers.
const STATUSES: [u16; 4] = [500, 502, 503, 504];
/// What is refused to the whole app, by platform.
const TO_ALL: [(&str, &str); 2] = [("x", "credits_depleted"), ("linkedin", "version_sunset")];

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Faults of single accounts.
    pub(crate) faults: bool,
    /// Refusals to the whole app.
    pub(crate) gates: bool,
    /// How late whatever suffers nothing else is answered.
    pub(crate) slow_ms: u32,
}

/// One thing to be asked of the sandbox.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble {
    at: Timestamp,
    deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
enum Deed {
    /// The account's access token is not accepted any more.
    ExpireAccess(Victim),
    /// The account's next call suffers.
    Spoil(Victim, Fault),
    /// The next calls on this platform suffer, whoever makes them.
    SpoilAll(&'static str, Fault),
}

/// The account of a target, by the places of its post and of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Victim {
    post: usize,
    target: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Fault {
    operation: &'static str,
    kind: &'static str,
    /// What the kind needs to know.
    more: Value,
}

/// All troubles, by time.
pub(crate) fn draw(seed: u64, posts: &[Planned], wanted: Wanted) -> Vec<Trouble> {
    let mut random = Rng::with_seed(seed ^ 0x0074_726f_7562_6c65);
    let mut decks: BTreeMap<&str, Deck> = BTreeMap::new();
    let mut troubles = Vec::new();
    for (post, planned) in posts.iter().enumerate() {
        for (target, platform) in ["x", planned.beside.platform()].into_iter().enumerate() {
            let victim = Victim { post, target };
            let is_x = target == 0;
            let deeds = if wanted.faults && random.u32(..ONE_IN) == 0 {
                let deck = decks.entry(platform).or_insert_with(|| Deck::of(platform));
                let fault = deck.next(&mut random, &operations(planned, platform));
                let is_readable = is_x || planned.beside != Beside::Member;
                deeds(victim, fault, is_readable, &mut random)
            } else if wanted.slow_ms > 0 {
                let parts = if is_x { planned.parts.len() } else { 1 };
                let more = json!({ "delayMs": wanted.slow_ms, "count": parts });
                vec![Deed::Spoil(victim, Fault { operation: "create", kind: "delay", more })]
            } else {
                Vec::new()
            };
            let at = |deed: &Deed| if deed.is_early() { Timestamp::MIN } else { planned.at - LEAD };
            troubles.extend(deeds.into_iter().map(|deed| Trouble { at: at(&deed), deed }));
        }
    }
    if let Some(middle) = posts.get(posts.len() / 2).filter(|_| wanted.gates) {
        troubles.extend(TO_ALL.map(|(platform, kind)| {
            let fault = Fault { operation: "create", kind, more: json!({ "count": REFUSED_TO_ALL }) };
            Trouble { at: middle.at, deed: Deed::SpoilAll(platform, fault) }
        }));
    }
    troubles.sort_by_key(|trouble| trouble.at);
    troubles
}

/// Which calls of a target can suffer: the one that publishes, and those that only some posts need.
fn operations(planned: &Planned, platform: &str) -> Vec<&'static str> {
    let is_x = platform == "x";
    let calls = [
        ("create", true),
        // Only X gives refresh tokens.
        ("refresh", is_x),
        ("comment", planned.comment.is_some() && !is_x),
        ("upload", planned.has_picture),
        ("status", platform == "instagram"),
    ];
    calls.into_iter().filter_map(|(operation, is_made)| is_made.then_some(operation)).collect()
}

/// How such a call may suffer. What lasts longer than can be waited for is left out: LinkedIn's 429 until midnight,
/// Meta's block of a spammer for six hours.
fn kinds(platform: &str, operation: &str) -> Vec<&'static str> {
    let mut kinds = match operation {
        "refresh" => vec!["status_before", "drop_before"],
        "status" => vec!["status_before", "drop_before", "processing_stall", "processing_fail"],
        _ => ANYWHERE.to_vec(),
    };
    if operation == "create" && platform != "linkedin" {
        kinds.push("rate_limit");
    }
    kinds
}

/// Asks the sandbox for each when its time comes.
///
/// # Errors
/// When the sandbox does not take one.
pub(crate) async fn bring_about(
    world: World,
    people: Vec<Visitor>,
    posts: Vec<Planned>,
    troubles: Vec<Trouble>,
) -> Result<()> {
    let account = |victim: Victim| posts[victim.post].on(&people)[victim.target];
    for trouble in troubles {
        sleep(past(trouble.at, Duration::ZERO)).await;
        match trouble.deed {
            Deed::ExpireAccess(victim) => world.expire_access(account(victim)).await?,
            Deed::Spoil(victim, Fault { operation, kind, more }) => {
                world.spoil(account(victim), operation, kind, &more).await?;
            }
            Deed::SpoilAll(platform, Fault { operation, kind, more }) => {
                world.spoil_all(platform, operation, kind, &more).await?;
            }
        }
    }
    Ok(())
}

/// What must be asked so that this happens.
fn deeds(
    victim: Victim,
    (operation, kind): (&'static str, &'static str),
    is_readable: bool,
    random: &mut Rng,
) -> Vec<Deed> {
    let more = match kind {
        "delay" => json!({ "delayMs": random.u32(1_000..=4_000) }),
        "status_before" | "status_after" => json!({ "status": STATUSES[random.usize(..STATUSES.len())] }),
        "rate_limit" => json!({ "retryAfterSeconds": random.u32(10..=30) }),
        _ => json!({}),
    };
    let mut deeds = vec![Deed::Spoil(victim, Fault { operation, kind, more })];
    if operation == "refresh" {
        // Nobody refreshes what is still good.
        deeds.push(Deed::ExpireAccess(victim));
    } else if is_readable && random.u32(..ONE_LOOK_IN) == 0 {
        let (operation, kind) = LOOKS[random.usize(..LOOKS.len())];
        deeds.push(Deed::Spoil(victim, Fault { operation, kind, more: json!({}) }));
    }
    deeds
}

impl Deed {
    /// Whether it is meant for what is made ahead of time, which may begin as soon as the post is scheduled.
    fn is_early(&self) -> bool {
        match self {
            Self::Spoil(_, fault) => matches!(fault.operation, "upload" | "status"),
            Self::ExpireAccess(_) | Self::SpoilAll(..) => false,
        }
    }
}

/// What a platform does, by operation and kind: it gives everything once before anything comes again.
struct Deck {
    all: Vec<(&'static str, &'static str)>,
    left: Vec<(&'static str, &'static str)>,
}

impl Deck {
    fn of(platform: &str) -> Self {
        let operations = ["create", "refresh", "comment", "upload", "status"].into_iter();
        let pairs = |operation| kinds(platform, operation).into_iter().map(move |kind| (operation, kind));
        let all: Vec<_> = operations.flat_map(pairs).collect();
        Self { left: all.clone(), all }
    }

    /// One of these operations, and how it suffers.
    fn next(&mut self, random: &mut Rng, operations: &[&str]) -> (&'static str, &'static str) {
        let fits = |(operation, _): &(&'static str, &'static str)| operations.contains(operation);
        if !self.left.iter().any(fits) {
            self.left.extend(self.all.iter().filter(|pair| fits(pair)));
        }
        let fitting: Vec<usize> = (0..self.left.len()).filter(|place| fits(&self.left[*place])).collect();
        self.left.swap_remove(fitting[random.usize(..fitting.len())])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chaos::plan;
    use crate::chaos::plan::tests::two_waves;

    fn posts(seed: u64) -> Vec<Planned> {
        plan::draw(seed, &two_waves(1_600, 400), 10)
    }

    fn drawn(seed: u64, wanted: Wanted) -> Vec<Trouble> {
        draw(seed, &posts(seed), wanted)
    }

    /// How many targets suffer, looks not counted.
    fn suffering(troubles: &[Trouble]) -> usize {
        let is_one = |trouble: &&Trouble| match &trouble.deed {
            Deed::Spoil(_, fault) => fault.operation != "read",
            Deed::ExpireAccess(_) | Deed::SpoilAll(..) => false,
        };
        troubles.iter().filter(is_one).count()
    }

    const FAULTS: Wanted = Wanted { faults: true, gates: false, slow_ms: 0 };

    #[test]
    fn the_same_seed_gives_the_same_troubles() {
        assert_eq!(drawn(7, FAULTS), drawn(7, FAULTS));
        assert_ne!(drawn(7, FAULTS), drawn(8, FAULTS));
        assert!(drawn(7, FAULTS).is_sorted_by_key(|trouble| trouble.at));
    }

    #[test]
    fn one_target_in_eight_suffers_and_every_operation_on_every_platform() {
        let troubles = drawn(7, FAULTS);
        let suffer = suffering(&troubles);
        assert!((400..=600).contains(&suffer), "{suffer} of 4000 suffer");
        let posts = posts(7);
        let occur: BTreeSet<(&str, &str, &str)> = troubles
            .iter()
            .filter_map(|trouble| match &trouble.deed {
                Deed::Spoil(victim, fault) => {
                    let platform = ["x", posts[victim.post].beside.platform()][victim.target];
                    Some((platform, fault.operation, fault.kind))
                }
                Deed::ExpireAccess(_) | Deed::SpoilAll(..) => None,
            })
            .collect();
        let rarer = |platform: &str| match platform {
            "x" => vec!["refresh", "upload"],
            "instagram" => vec!["comment", "upload", "status"],
            _ => vec!["comment", "upload"],
        };
        for platform in ["x", "linkedin", "facebook", "instagram"] {
            let creates = kinds(platform, "create").into_iter().map(|kind| ("create", kind));
            for (call, kind) in creates.chain(LOOKS) {
                assert!(
                    occur.contains(&(platform, call, kind)),
                    "{kind} of {call} does not occur on {platform}"
                );
            }
            for call in rarer(platform) {
                let occurs = occur.iter().any(|(on, operation, _)| *on == platform && *operation == call);
                assert!(occurs, "{call} does not suffer on {platform}");
            }
        }
    }

    #[test]
    fn what_is_made_ahead_of_time_suffers_from_the_beginning() {
        for trouble in drawn(7, FAULTS) {
            let Deed::Spoil(_, fault) = &trouble.deed else { continue };
            let is_early = trouble.at == Timestamp::MIN;
            assert_eq!(is_early, matches!(fault.operation, "upload" | "status"), "{trouble:?}");
        }
    }

    #[test]
    fn a_slow_platform_is_slow_for_whatever_suffers_nothing_else() {
        let slow = Wanted { slow_ms: 500, ..FAULTS };
        assert_eq!(suffering(&drawn(7, slow)), 4000);
        assert_eq!(drawn(7, Wanted { faults: false, ..slow }).len(), 4000);
    }

    #[test]
    fn the_whole_app_is_refused_once_on_each_platform() {
        let troubles = drawn(7, Wanted { faults: false, gates: true, slow_ms: 0 });
        let platforms = troubles.iter().map(|trouble| match trouble.deed {
            Deed::SpoilAll(platform, _) => platform,
            Deed::ExpireAccess(_) | Deed::Spoil(..) => "one account",
        });
        assert_eq!(platforms.collect::<Vec<_>>(), ["x", "linkedin"]);
    }
}
