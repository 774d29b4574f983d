//! The promise, under a virtual clock and hostile ports.

use std::collections::BTreeMap;

use testkit::simulator::{Bug, Faults, Report, Setting, simulate};

/// How many seeds a test run tries.
const SEEDS: u64 = 2_000;

const CALM: Setting = Setting { faults: Faults::NONE, ..Setting::HARSH };

#[test]
fn when_nothing_goes_wrong_everything_that_nobody_stops_is_published_within_the_second() {
    for seed in 0..20 {
        let report = simulate(seed, &CALM);
        assert!(report.broken.is_empty(), "seed {seed}: {:#?}", report.broken);
        let ended: Vec<_> = report.ended.keys().copied().collect();
        assert!(
            // Failed is what was to go to an account that was taken away, or says what was said before.
            ended.iter().all(|status| ["published", "canceled", "failed"].contains(status)),
            "seed {seed}: {ended:?}"
        );
        assert!(
            report.lateness_ms.values().all(|late| (0..1_000).contains(late)),
            "seed {seed}: {:?}",
            report.lateness_ms
        );
    }
}

#[test]
fn whatever_goes_wrong_nothing_is_published_twice_or_lost() {
    let mut settled = 0;
    let mut ended = BTreeMap::new();
    for seed in 0..SEEDS {
        let report = simulate(seed, &Setting::HARSH);
        assert!(report.broken.is_empty(), "seed {seed}: {:#?}", report.broken);
        settled += report.settled;
        for (status, count) in report.ended {
            *ended.entry(status).or_insert(0) += count;
        }
    }
    assert!(settled > 0, "the faults must make some outcomes unknown, or nothing is proved");
    let all: u32 = ended.values().sum();
    assert!(ended["needs_attention"] * 10 < all, "evidence must settle most of what is unknown: {ended:?}");
}

/// Seeds that found something, and what it was.
#[test]
fn what_was_found_once_stays_mended() {
    for (seed, what) in [
        (54, "a refused token whose mark was lost asked for the person at its second refusal"),
        (100_919, "a refusal of new tokens was held against those that were read before the refresh"),
        (102_138, "the same, in another order"),
        (112_979, "a target took the post of another that its person had sent again an hour later"),
        (113_946, "the same, of another person"),
        (2_398, "a retry by a clock that was behind forgot the part that was live"),
        (24_262, "a cancel between two parts undid the record of the first"),
    ] {
        let report = simulate(seed, &Setting::HARSH);
        assert!(report.broken.is_empty(), "seed {seed} found that {what}: {:#?}", report.broken);
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(simulate(7, &Setting::HARSH), simulate(7, &Setting::HARSH));
}

/// A simulator that does not see these mistakes sees nothing. `what` is the promise that breaks.
fn sees(bug: Bug, what: &str) {
    let setting = Setting { bug: Some(bug), ..Setting::HARSH };
    let is_broken = |seed| simulate(seed, &setting).broken.iter().any(|broken| broken.starts_with(what));
    assert!((0..SEEDS).any(is_broken), "{bug:?} goes unseen in {SEEDS} runs");
}

#[test]
fn an_outcome_written_without_the_lease_is_seen() {
    sees(Bug::NoFence, "lost");
}

#[test]
fn a_claim_for_any_revision_is_seen() {
    sees(Bug::AnyRevision, "called published but is not live");
}

#[test]
fn a_create_request_sent_again_after_a_timeout_is_seen() {
    sees(Bug::ResendOnTimeout, "published 2 times");
}

#[test]
fn a_message_acknowledged_before_the_record_is_seen() {
    sees(Bug::AcknowledgeBeforeRecord, "lost");
}

#[test]
fn a_refresh_without_a_lease_is_seen() {
    sees(Bug::RefreshWithoutLease, "two refreshed at once");
}

/// The lateness of everything but what goes to the two accounts in trouble.
fn lateness_of_others(report: &Report) -> BTreeMap<String, i64> {
    let in_trouble = |name: &String| name.ends_with(" on x-0") || name.ends_with(" on x-1");
    report
        .lateness_ms
        .iter()
        .filter(|(name, _)| !in_trouble(name))
        .map(|(name, ms)| (name.clone(), *ms))
        .collect()
}

#[test]
fn an_account_that_answers_slowly_and_one_that_is_closed_change_no_millisecond_of_the_others() {
    for seed in 0..20 {
        let calm = Setting { people: 4, ..CALM };
        let undisturbed = simulate(seed, &calm);
        let disturbed = simulate(seed, &Setting { is_troubled: true, ..calm });
        assert_ne!(
            undisturbed.ended, disturbed.ended,
            "seed {seed}: the trouble must be felt by whom it meets"
        );
        assert_eq!(lateness_of_others(&undisturbed), lateness_of_others(&disturbed), "seed {seed}");
    }
}
