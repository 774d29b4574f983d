//! The contract of analytics.

use domain::analytics::{Counts, Engagement, Measured, Outcome, day_of};
use domain::platform::Platform;
use domain::ports::{Analytics, COLLECT_SHARDS, CollectKey, DayRow};
use futures_util::future::join_all;
use jiff::SignedDuration;

use crate::contract::{an_owner, at, connection_id, millisecond, post_id};

const DAY: i64 = 24 * 3600;

/// With everything and with nothing.
pub async fn a_record_is_found_as_it_was_written(analytics: &dyn Analytics) {
    let full = Measured {
        lateness_ms: Some(-3),
        remote_ids: vec!["urn:li:share:1".into(), "urn:li:share:2".into()],
        engagement: Some(Engagement { impressions: Some(0), clicks: Some(7), ..Engagement::default() }),
        collected_at: Some(at(9) + millisecond()),
        failures: 3,
        ..a_record()
    };
    let bare = Measured {
        outcome: Outcome::Canceled,
        lateness_ms: None,
        published_at: None,
        remote_ids: Vec::new(),
        collect_at: None,
        ..a_record()
    };
    for record in [full, bare] {
        assert!(analytics.write(None, &record).await.unwrap());
        let wanted = Measured { version: 1, ..record };
        assert_eq!(find(analytics, &wanted).await, Some(wanted));
    }
}

/// However alike the names.
pub async fn nobody_finds_another_owners_record(analytics: &dyn Analytics) {
    let (mine, theirs) = (a_record(), Measured { owner: an_owner(), ..a_record() });
    assert!(analytics.write(None, &theirs).await.unwrap());
    assert_eq!(find(analytics, &mine).await, None);
    assert_eq!(analytics.of_post(&mine.owner, &mine.post).await.unwrap(), []);
    assert_eq!(analytics.days(&mine.owner, mine.day, mine.day).await.unwrap(), []);
}

/// And of no other post, whose name may begin alike.
pub async fn all_records_of_a_post_are_found_by_connection(analytics: &dyn Analytics) {
    let record = a_record();
    let on = |number| Measured { connection: connection_id(number), ..record.clone() };
    let longer = domain::id::PostId(format!("{}1", record.post));
    for record in [on(2), on(1), Measured { post: longer, ..on(3) }] {
        assert!(analytics.write(None, &record).await.unwrap());
    }
    let found = analytics.of_post(&record.owner, &record.post).await.unwrap();
    let wanted = [on(1), on(2)].map(|record| Measured { version: 1, ..record });
    assert_eq!(found, wanted);
}

/// Neither the record nor the day.
pub async fn what_was_written_since_it_was_read_is_not_overwritten(analytics: &dyn Analytics) {
    let record = a_record();
    assert!(analytics.write(None, &record).await.unwrap());
    assert!(!analytics.write(None, &record).await.unwrap(), "there is one by now");
    let first = find(analytics, &record).await.unwrap();
    let second = Measured { outcome: Outcome::Failed, ..first.clone() };
    assert!(analytics.write(Some(&first), &second).await.unwrap());
    let late = Measured { outcome: Outcome::Skipped, ..first.clone() };
    assert!(!analytics.write(Some(&first), &late).await.unwrap(), "it is of another version");
    assert_eq!(find(analytics, &record).await, Some(Measured { version: 2, ..second.clone() }));
    assert_eq!(day(analytics, &record).await, Counts::of(&second));
}

/// Also those that change no count.
pub async fn of_eight_writes_one_is_done(analytics: &dyn Analytics) {
    let record = a_record();
    assert!(analytics.write(None, &record).await.unwrap());
    let before = find(analytics, &record).await.unwrap();
    let later = Measured { collect_at: Some(at(900)), ..before.clone() };
    let failed = Measured { outcome: Outcome::Failed, lateness_ms: None, ..before.clone() };
    for after in [&later, &failed] {
        let before = find(analytics, &record).await.unwrap();
        let done = join_all((0..8).map(|_| analytics.write(Some(&before), after))).await;
        assert_eq!(done.into_iter().filter(|done| *done.as_ref().unwrap()).count(), 1);
        assert_eq!(find(analytics, &record).await.unwrap().version, before.version + 1);
        assert_eq!(day(analytics, &record).await, Counts::of(after));
    }
}

/// Whichever part of it changes.
pub async fn a_day_is_the_sum_of_its_records(analytics: &dyn Analytics) {
    let published = a_record();
    let numbers = |likes| Engagement {
        impressions: Some(100),
        likes: Some(likes),
        comments: Some(3),
        shares: Some(4),
        clicks: Some(5),
    };
    let steps = [
        Measured { outcome: Outcome::Failed, lateness_ms: None, ..published.clone() },
        Measured { outcome: Outcome::NeedsAttention, lateness_ms: None, ..published.clone() },
        Measured { outcome: Outcome::Skipped, lateness_ms: None, ..published.clone() },
        Measured { outcome: Outcome::Canceled, lateness_ms: None, ..published.clone() },
        published.clone(),
        Measured { lateness_ms: Some(i64::MAX), engagement: Some(numbers(2)), ..published.clone() },
        Measured { engagement: Some(numbers(1)), ..published.clone() },
    ];
    let other = Measured { post: post_id(2), ..published.clone() };
    assert!(analytics.write(None, &other).await.unwrap());
    for after in steps {
        let before = find(analytics, &published).await;
        assert!(analytics.write(before.as_ref(), &after).await.unwrap());
        assert_eq!(day(analytics, &published).await, Counts::of(&other).plus(&Counts::of(&after)));
    }
}

/// Nothing stays behind but perhaps a row of zeros.
pub async fn a_record_that_moves_to_another_day_leaves_the_first(analytics: &dyn Analytics) {
    let record = a_record();
    assert!(analytics.write(None, &record).await.unwrap());
    let before = find(analytics, &record).await.unwrap();
    let moved = Measured { day: day_of(at(DAY)), ..before.clone() };
    assert!(analytics.write(Some(&before), &moved).await.unwrap());
    assert_eq!(day(analytics, &record).await, Counts::default());
    assert_eq!(day(analytics, &moved).await, Counts::of(&moved));
}

/// Each connection for itself.
pub async fn days_are_listed_from_the_first_to_the_last(analytics: &dyn Analytics) {
    let owner = an_owner();
    let record = |days: i64, number| Measured {
        owner: owner.clone(),
        post: post_id(u32::try_from(days).unwrap()),
        day: day_of(at(days * DAY)),
        connection: connection_id(number),
        platform: if number == 1 { Platform::X } else { Platform::LinkedIn },
        ..a_record()
    };
    let records = [record(1, 1), record(0, 1), record(3, 1), record(2, 2), record(2, 1)];
    for record in &records {
        assert!(analytics.write(None, record).await.unwrap());
    }
    let row = |record: &Measured| DayRow {
        day: record.day,
        connection: record.connection.clone(),
        platform: record.platform,
        counts: Counts::of(record),
    };
    let found = analytics.days(&owner, day_of(at(DAY)), day_of(at(2 * DAY))).await.unwrap();
    assert_eq!(found, [&records[0], &records[4], &records[3]].map(row));
}

/// And leaves the index when it is never to be collected again.
pub async fn a_record_is_due_in_one_shard_from_its_time_on(analytics: &dyn Analytics) {
    let record = a_record();
    assert!(analytics.write(None, &record).await.unwrap());
    let time = record.collect_at.unwrap();
    assert_eq!(shards(analytics, &record, time - millisecond()).await.len(), 0);
    assert_eq!(shards(analytics, &record, time).await.len(), 1);
    let before = find(analytics, &record).await.unwrap();
    let moved = Measured { collect_at: Some(time + SignedDuration::from_secs(60)), ..before.clone() };
    assert!(analytics.write(Some(&before), &moved).await.unwrap());
    assert_eq!(shards(analytics, &record, time).await.len(), 0);
    let before = find(analytics, &record).await.unwrap();
    assert!(analytics.write(Some(&before), &before.stopped()).await.unwrap());
    assert_eq!(shards(analytics, &record, at(1_000_000)).await.len(), 0);
}

/// So that one reader sees all of an account.
pub async fn a_connections_records_are_due_in_the_same_shard_earliest_first(analytics: &dyn Analytics) {
    let owner = an_owner();
    let record = |number: u32| Measured {
        owner: owner.clone(),
        post: post_id(number),
        collect_at: Some(at(100 - i64::from(number))),
        ..a_record()
    };
    for number in 1..=4 {
        assert!(analytics.write(None, &record(number)).await.unwrap());
    }
    let shards = shards(analytics, &record(1), at(100)).await;
    assert_eq!(shards.len(), 1, "{shards:?}");
    let posts: Vec<_> = shards[0].1.iter().map(|key| key.post.clone()).collect();
    assert_eq!(posts, [4, 3, 2, 1].map(post_id));
}

/// Somebody new's post on connection 1, published at second 0, to be collected from second 300 on.
fn a_record() -> Measured {
    Measured {
        owner: an_owner(),
        post: post_id(1),
        connection: connection_id(1),
        platform: Platform::X,
        day: day_of(at(0)),
        outcome: Outcome::Published,
        lateness_ms: Some(42),
        published_at: Some(at(0)),
        remote_ids: vec!["1".into()],
        engagement: None,
        collected_at: None,
        collect_at: Some(at(300)),
        failures: 0,
        version: 0,
    }
}

async fn find(analytics: &dyn Analytics, record: &Measured) -> Option<Measured> {
    analytics.find(&record.owner, &record.post, &record.connection).await.unwrap()
}

/// The counts of the record's connection on its day.
async fn day(analytics: &dyn Analytics, record: &Measured) -> Counts {
    let rows = analytics.days(&record.owner, record.day, record.day).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((rows[0].day, &rows[0].connection), (record.day, &record.connection));
    rows[0].counts
}

/// In which shards something of this owner is due, and what.
async fn shards(
    analytics: &dyn Analytics,
    record: &Measured,
    now: jiff::Timestamp,
) -> Vec<(u8, Vec<CollectKey>)> {
    let mut found = Vec::new();
    for shard in 0..COLLECT_SHARDS {
        let mut keys = analytics.due(shard, now).await.unwrap();
        keys.retain(|key| key.owner == record.owner);
        if !keys.is_empty() {
            found.push((shard, keys));
        }
    }
    found
}
