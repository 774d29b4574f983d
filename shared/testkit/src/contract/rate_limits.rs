//! The contract of the counters of rate limits.

use std::net::{IpAddr, Ipv4Addr};

use domain::limits::{Allowance, Limit, Quota, Register, Rule, Subject, Verdict};
use domain::ports::RateLimits;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::contract::{an_owner, at, millisecond};

/// All of them, each with the allowance that it has by default.
const LIMITS: [Limit; 6] =
    [Limit::Publish, Limit::PublishMulti, Limit::Schedule, Limit::OAuth, Limit::Analytics, Limit::Public];

/// And each answer says what is left and when there is more.
pub async fn as_many_calls_pass_as_are_allowed(limits: &dyn RateLimits) {
    let (subject, rule) = (somebody(), rule(Limit::OAuth, 3));
    for (second, remaining) in [(0, 2), (10, 1), (20, 0)] {
        let quota = Quota { rule, remaining, reset_at: at(60), now: at(second) };
        assert_eq!(limits.take(&subject, rule, at(second)).await.unwrap(), Verdict::Taken(quota));
    }
    let quota = Quota { rule, remaining: 0, reset_at: at(60), now: at(30) };
    assert_eq!(limits.take(&subject, rule, at(30)).await.unwrap(), Verdict::Refused(quota));
}

/// To the millisecond, and one for one: the window slides.
pub async fn a_call_passes_when_the_oldest_has_left_the_window(limits: &dyn RateLimits) {
    let (subject, rule) = (somebody(), rule(Limit::OAuth, 2));
    let passes = async |now| is_taken(limits.take(&subject, rule, now).await.unwrap());
    assert!(passes(at(0)).await);
    assert!(passes(at(10)).await);
    assert!(!passes(at(60) - millisecond()).await);
    assert!(passes(at(60)).await);
    assert!(!passes(at(70) - millisecond()).await);
    assert!(passes(at(70)).await);
}

/// However often somebody knocks meanwhile.
pub async fn a_refused_call_does_not_count(limits: &dyn RateLimits) {
    let (subject, rule) = (somebody(), rule(Limit::Publish, 1));
    assert!(is_taken(limits.take(&subject, rule, at(0)).await.unwrap()));
    for second in [1, 2, 1800, 3599] {
        let Verdict::Refused(quota) = limits.take(&subject, rule, at(second)).await.unwrap() else {
            panic!("the hour is not over at {second}");
        };
        assert_eq!((quota.reset_at, quota.reset_after_seconds()), (at(3600), 3600 - second));
    }
    assert!(is_taken(limits.take(&subject, rule, at(3600)).await.unwrap()));
}

/// A clock that is behind, or a request that was overtaken, opens no gap.
pub async fn a_call_from_before_the_last_one_counts_as_made_with_it(limits: &dyn RateLimits) {
    let (subject, rule) = (somebody(), rule(Limit::OAuth, 2));
    assert!(is_taken(limits.take(&subject, rule, at(30)).await.unwrap()));
    let Verdict::Taken(quota) = limits.take(&subject, rule, at(0)).await.unwrap() else {
        panic!("there is room for two");
    };
    assert_eq!((quota.remaining, quota.reset_at, quota.now), (0, at(90), at(0)));
    assert!(!is_taken(limits.take(&subject, rule, at(90) - millisecond()).await.unwrap()));
    assert!(is_taken(limits.take(&subject, rule, at(90)).await.unwrap()));
}

/// Neither a person another person, nor an address another address, nor one of these one of those.
pub async fn one_subject_does_not_touch_another(limits: &dyn RateLimits) {
    let rule = rule(Limit::Public, 1);
    let address = IpAddr::from(Ipv4Addr::from(fastrand::u32(..)));
    let namesake = domain::id::OwnerId(address.to_string());
    let six = IpAddr::from(std::net::Ipv6Addr::from(fastrand::u128(..)));
    let subjects = [
        Subject::Owner(an_owner()),
        Subject::Owner(namesake),
        Subject::Address(address),
        Subject::Address(six),
    ];
    for subject in &subjects {
        assert!(is_taken(limits.take(subject, rule, at(0)).await.unwrap()), "{subject:?}");
        assert!(!is_taken(limits.take(subject, rule, at(1)).await.unwrap()), "{subject:?}");
    }
}

/// Whoever has published too much may still schedule.
pub async fn one_limit_does_not_touch_another(limits: &dyn RateLimits) {
    let subject = somebody();
    for limit in LIMITS {
        assert!(is_taken(limits.take(&subject, rule(limit, 1), at(0)).await.unwrap()), "{limit:?}");
        assert!(!is_taken(limits.take(&subject, rule(limit, 1), at(1)).await.unwrap()), "{limit:?}");
    }
}

/// Whether it grew or shrank.
pub async fn a_changed_allowance_starts_afresh(limits: &dyn RateLimits) {
    let subject = somebody();
    for calls in [2, 1, 3] {
        for remaining in (0..calls).rev() {
            let verdict = limits.take(&subject, rule(Limit::Schedule, calls), at(0)).await.unwrap();
            let Verdict::Taken(quota) = verdict else { panic!("{calls} are allowed") };
            assert_eq!(quota.remaining, remaining);
        }
    }
}

/// Before, in between and after; of a limit that nobody used, too.
pub async fn looking_shows_what_is_left_and_counts_nothing(limits: &dyn RateLimits) {
    let (subject, used, unused) = (somebody(), rule(Limit::OAuth, 2), rule(Limit::Publish, 20));
    let look = async |now| {
        let quotas = limits.peek(&subject, &[used, unused], now).await.unwrap();
        assert_eq!(quotas[1], Quota { rule: unused, remaining: 20, reset_at: now, now });
        assert_eq!((quotas.len(), quotas[0].rule, quotas[0].now), (2, used, now));
        (quotas[0].remaining, quotas[0].reset_at)
    };
    assert_eq!(look(at(0)).await, (2, at(0)));
    limits.take(&subject, used, at(0)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(look(at(1)).await, (1, at(60)));
    }
    limits.take(&subject, used, at(10)).await.unwrap();
    assert_eq!(look(at(20)).await, (0, at(60)));
    assert_eq!(look(at(60)).await, (1, at(70)));
    assert_eq!(look(at(70)).await, (2, at(70)));
    assert_eq!(limits.peek(&subject, &[], at(0)).await.unwrap(), []);
}

/// The bounds of the allowance are those of one write.
pub async fn the_smallest_and_the_largest_allowance_work(limits: &dyn RateLimits) {
    for calls in [Allowance::MIN.calls(), Allowance::MAX.calls()] {
        let (subject, rule) = (somebody(), rule(Limit::Analytics, calls));
        for remaining in (0..calls).rev() {
            let Verdict::Taken(quota) = limits.take(&subject, rule, at(0)).await.unwrap() else {
                panic!("{calls} are allowed and {remaining} left");
            };
            assert_eq!(quota.remaining, remaining);
        }
        assert!(!is_taken(limits.take(&subject, rule, at(59)).await.unwrap()));
        assert!(is_taken(limits.take(&subject, rule, at(60)).await.unwrap()));
    }
}

/// Each limit has eight callers who call until they have all been refused.
pub async fn of_eight_callers_at_once_exactly_as_many_calls_pass_as_are_allowed(limits: &dyn RateLimits) {
    for limit in LIMITS {
        let (subject, rule) = (somebody(), Rule { limit, allowance: limit.default_allowance() });
        let caller = async |number: i64| {
            let (mut taken, mut turn) = (0_usize, 0);
            loop {
                // Each with a clock of its own, some ahead and some behind.
                let now = at(0) + SignedDuration::from_millis(7 * number + turn);
                match limits.take(&subject, rule, now).await.unwrap() {
                    Verdict::Taken(_) => taken += 1,
                    Verdict::Refused(quota) => break (taken, quota),
                }
                turn += 1;
            }
        };
        let ended = join_all((0..8).map(caller)).await;
        let taken: usize = ended.iter().map(|(taken, _)| taken).sum();
        assert_eq!(taken, usize::from(rule.allowance.calls()), "{limit:?}");

        let window = limit.window();
        for (_, quota) in ended {
            let oldest = quota.reset_at - window;
            assert!((at(0)..=at(0) + SignedDuration::from_millis(200)).contains(&oldest), "{quota:?}");
            let seconds = i64::try_from(window.as_secs()).unwrap();
            // Whoever's clock is behind waits a moment longer than the window.
            assert!((seconds - 1..=seconds + 1).contains(&quota.reset_after_seconds()), "{quota:?}");
        }
        let reset_at = limits.peek(&subject, &[rule], at(1)).await.unwrap()[0].reset_at;
        let take = |now| limits.take(&subject, rule, now);
        assert!(!is_taken(take(reset_at - millisecond()).await.unwrap()), "{limit:?}");
        assert!(is_taken(take(reset_at).await.unwrap()), "{limit:?}");
    }
}

/// Calls at any time, also from before, against what the domain says of each.
pub async fn every_call_is_judged_as_by_the_register(limits: &dyn RateLimits) {
    for calls in [1, 2, 5] {
        let (subject, rule) = (somebody(), rule(Limit::OAuth, calls));
        let mut register = Register::new(rule, Vec::new());
        let mut random = fastrand::Rng::with_seed(calls.into());
        let mut now: Timestamp = at(0);
        for turn in 0..60 {
            let step_ms = [0, 1, random.i64(-3_000..3_000), random.i64(0..=60_000), 59_999, 60_000];
            now += SignedDuration::from_millis(step_ms[random.usize(..step_ms.len())]);
            let shown = limits.peek(&subject, &[rule], now).await.unwrap();
            assert_eq!(shown, [register.quota(now)], "turn {turn} of {calls}");
            let judged = limits.take(&subject, rule, now).await.unwrap();
            assert_eq!(judged, register.take(now), "turn {turn} of {calls}");
        }
    }
}

fn somebody() -> Subject {
    Subject::Owner(an_owner())
}

fn rule(limit: Limit, calls: u8) -> Rule {
    Rule { limit, allowance: Allowance::new(calls).unwrap() }
}

fn is_taken(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Taken(_) => true,
        Verdict::Refused(_) => false,
    }
}
