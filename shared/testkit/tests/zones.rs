//! Local times around the changes of the clocks.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod desk;

use desk::{mistakes_of, now, on_x, wish};
use domain::Result;
use domain::post::Post;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Zones whose clocks change within the year that may be scheduled: by an hour in the north and the south, by half an
/// hour, and at midnight, where the day itself begins late.
const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// What scheduling makes of this local time.
fn scheduled(local: &str, zone: &str) -> Result<Post> {
    runtime().block_on(async {
        let (desk, id) = on_x().await;
        let mut ask = wish(&id, local);
        ask["timeZone"] = zone.into();
        desk.schedule(ask).await
    })
}

/// The two changes of this zone's clocks in the coming year.
fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    zone.following(now()).map(|change| change.timestamp()).take(2).collect()
}

/// Every instant that shows this local time in the zone, found by looking at each quarter of an hour of two days: no
/// zone's offset is finer. Knows nothing of how the domain resolves a time.
fn instants_of(local: DateTime, zone: &TimeZone) -> Vec<Timestamp> {
    let about = local.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let quarter = SignedDuration::from_mins(15);
    (-96..=96).map(|step| about + quarter * step).filter(|at| zone.to_datetime(*at) == local).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_local_time_near_a_change_of_the_clocks_is_the_zones_instant_or_refused(
        zone_number in 0..ZONES.len(),
        change_number in 0..2_usize,
        hour in -12..12_i64,
        minute in 0..60_i64,
    ) {
        let zone = TimeZone::get(ZONES[zone_number]).unwrap();
        let change = changes(&zone)[change_number];
        // Whole local minutes around what the clock shows at the change, also those that it never shows.
        let shown = zone.to_datetime(change - SignedDuration::from_secs(1)).round(jiff::Unit::Minute).unwrap();
        let local = shown + SignedDuration::from_hours(hour) + SignedDuration::from_mins(minute);
        let outcome = scheduled(&local.to_string(), ZONES[zone_number]);
        match instants_of(local, &zone).as_slice() {
            [only] => prop_assert_eq!(outcome.unwrap().publish_at, Some(*only)),
            _ => prop_assert_eq!(mistakes_of(outcome), [("/publishAt".to_owned(), "ambiguous_local_time")]),
        }
    }
}

#[test]
fn each_hour_around_both_changes_in_each_zone_is_the_zones_instant_or_refused() {
    let mut refused = 0;
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        let changes = changes(&zone);
        assert_eq!(changes.len(), 2, "{name} changes its clocks twice");
        for change in changes {
            let shown =
                zone.to_datetime(change - SignedDuration::from_secs(1)).round(jiff::Unit::Minute).unwrap();
            for hour in -12..12 {
                let local = shown + SignedDuration::from_hours(hour);
                let outcome = scheduled(&local.to_string(), name);
                match instants_of(local, &zone).as_slice() {
                    [only] => assert_eq!(outcome.unwrap().publish_at, Some(*only), "{local} in {name}"),
                    _ => {
                        refused += 1;
                        let wanted = [("/publishAt".to_owned(), "ambiguous_local_time")];
                        assert_eq!(mistakes_of(outcome), wanted, "{local} in {name}");
                    }
                }
            }
        }
    }
    assert!(refused >= ZONES.len(), "some hour of each zone exists twice or never: {refused}");
}
