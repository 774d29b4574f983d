//! What the platforms do to the posts, and when: drawn from a seed, then asked of the sandbox one by one.
//!
//! A fault is asked for just before the post that it is meant for, and suffered by the next call of that account:
//! what comes together on one account may take each other's.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::chaos::plan::Planned;
use crate::e2e::{Visitor, World, past};

/// Of so many targets one suffers.
const ONE_IN: u32 = 8;
/// Of so many looks at an outcome that is open, one fails too.
const ONE_LOOK_IN: u32 = 3;
/// So long before its post a fault is asked for.
const LEAD: SignedDuration = SignedDuration::from_secs(3);
/// Each app-wide refusal is suffered by so many.
const REFUSED_TO_ALL: u32 = 2;

/// Operation and kind of what any account may suffer.
const ANYWHERE: [(&str, &str); 8] = [
    ("create", "delay"),
    ("create", "hang_before"),
    ("create", "hang_after"),
    ("create", "drop_before"),
    ("create", "drop_after"),
    ("create", "status_before"),
    ("create", "status_after"),
    ("create", "garbage_after"),
];
/// What only X can do in a time that can be waited for: LinkedIn's 429 lasts until midnight, and it gives no refresh
/// tokens.
const ON_X: [(&str, &str); 3] =
    [("create", "rate_limit"), ("refresh", "status_before"), ("refresh", "drop_before")];
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
    let mut x_deck = Deck::of(&[&ANYWHERE[..], &ON_X[..]].concat());
    let mut linkedin_deck = Deck::of(&ANYWHERE);
    let mut troubles = Vec::new();
    for (post, planned) in posts.iter().enumerate() {
        for (target, deck) in [&mut x_deck, &mut linkedin_deck].into_iter().enumerate() {
            let victim = Victim { post, target };
            let deeds = if wanted.faults && random.u32(..ONE_IN) == 0 {
                let is_readable = target == 0 || planned.for_organization;
                deeds(victim, deck.next(&mut random), is_readable, &mut random)
            } else if wanted.slow_ms > 0 {
                let more = json!({ "delayMs": wanted.slow_ms });
                vec![Deed::Spoil(victim, Fault { operation: "create", kind: "delay", more })]
            } else {
                Vec::new()
            };
            troubles.extend(deeds.into_iter().map(|deed| Trouble { at: planned.at - LEAD, deed }));
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

/// Gives everything that is in it once before anything comes again.
struct Deck {
    all: Vec<(&'static str, &'static str)>,
    left: Vec<(&'static str, &'static str)>,
}

impl Deck {
    fn of(all: &[(&'static str, &'static str)]) -> Self {
        Self { all: all.to_vec(), left: Vec::new() }
    }

    fn next(&mut self, random: &mut Rng) -> (&'static str, &'static str) {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
        }
        self.left.swap_remove(random.usize(..self.left.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chaos::plan;
    use crate::chaos::plan::tests::two_waves;

    fn drawn(seed: u64, wanted: Wanted) -> Vec<Trouble> {
        draw(seed, &plan::draw(seed, &two_waves(400, 100), 10), wanted)
    }

    fn creates(troubles: &[Trouble]) -> usize {
        let is_create = |trouble: &&Trouble| {
            matches!(trouble.deed, Deed::Spoil(_, Fault { operation: "create" | "refresh", .. }))
        };
        troubles.iter().filter(is_create).count()
    }

    const FAULTS: Wanted = Wanted { faults: true, gates: false, slow_ms: 0 };

    #[test]
    fn the_same_seed_gives_the_same_troubles() {
        assert_eq!(drawn(7, FAULTS), drawn(7, FAULTS));
        assert_ne!(drawn(7, FAULTS), drawn(8, FAULTS));
        assert!(drawn(7, FAULTS).is_sorted_by_key(|trouble| trouble.at));
    }

    #[test]
    fn one_target_in_eight_suffers_and_every_kind_occurs() {
        let troubles = drawn(7, FAULTS);
        let suffer = creates(&troubles);
        assert!((90..=160).contains(&suffer), "{suffer} of 1000 suffer");
        let kinds: BTreeSet<(&str, &str)> = troubles
            .iter()
            .filter_map(|trouble| match &trouble.deed {
                Deed::Spoil(_, fault) => Some((fault.operation, fault.kind)),
                Deed::ExpireAccess(_) | Deed::SpoilAll(..) => None,
            })
            .collect();
        for wanted in ANYWHERE.iter().chain(&ON_X).chain(&LOOKS) {
            assert!(kinds.contains(wanted), "{wanted:?} does not occur");
        }
    }

    #[test]
    fn a_slow_platform_is_slow_for_whatever_suffers_nothing_else() {
        let slow = Wanted { slow_ms: 500, ..FAULTS };
        assert_eq!(creates(&drawn(7, slow)), 1000);
        assert_eq!(drawn(7, Wanted { faults: false, ..slow }).len(), 1000);
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
