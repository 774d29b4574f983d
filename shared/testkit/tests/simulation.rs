//! The promise, under a virtual clock and hostile ports.

use testkit::simulator::{Faults, simulate};

/// How many seeds a test run tries.
const SEEDS: u64 = 300;

#[test]
fn when_nothing_goes_wrong_everything_that_nobody_stops_is_published_within_the_second() {
    for seed in 0..20 {
        let report = simulate(seed, 2, 6, Faults::NONE);
        assert!(report.broken.is_empty(), "seed {seed}: {:#?}", report.broken);
        let ended: Vec<_> = report.ended.keys().copied().collect();
        assert!(
            // Failed is what was to go to an account that was taken away.
            ended.iter().all(|status| ["published", "canceled", "failed"].contains(status)),
            "seed {seed}: {ended:?}"
        );
        assert!(
            report.lateness_ms.iter().all(|late| (0..1_000).contains(late)),
            "seed {seed}: {:?}",
            report.lateness_ms
        );
    }
}

#[test]
fn whatever_goes_wrong_nothing_is_published_twice_or_lost() {
    let mut settled = 0;
    let mut ended = std::collections::BTreeMap::new();
    for seed in 0..SEEDS {
        let report = simulate(seed, 2, 6, Faults::HARSH);
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

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(simulate(7, 2, 6, Faults::HARSH), simulate(7, 2, 6, Faults::HARSH));
}
