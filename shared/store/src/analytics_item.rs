//! The shapes of analytics in their table: records of targets, and rows of days.
//!
//! | `item` | holds |
//! |---|---|
//! | `target#<post>#<connection>` | one record; `shard` and `collectAt` only while it is to be collected |
//! | `day#<date>#<connection>` | sums, each a number of its own that is added to; zero when absent |

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::{Counts, Engagement, Measured, Outcome};
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::platform::Platform;
use domain::ports::{COLLECT_SHARDS, CollectKey, DayRow};
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::change::shard;
use crate::post_item::{Item, fixed_width};

/// What the names of the classes of lateness begin with: `late0` is the first.
const LATE: &str = "late";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordItem {
    owner: OwnerId,
    item: String,
    platform: Platform,
    day: Date,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lateness_ms: Option<i64>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    published_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remote_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    engagement: Option<Engagement>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    collected_at: Option<Timestamp>,
    /// Present together with `collect_at`: the `collect` index is sparse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collect_at: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    failures: u32,
    version: u32,
}

#[derive(Deserialize)]
struct KeyItem {
    owner: OwnerId,
    item: String,
}

#[derive(Deserialize)]
struct DayItem {
    item: String,
    platform: Platform,
}

/// The range key of a record.
pub(crate) fn target_key(post: &PostId, connection: &ConnectionId) -> String {
    format!("{}{connection}", target_prefix(post))
}

/// What the keys of all records of a post begin with.
pub(crate) fn target_prefix(post: &PostId) -> String {
    format!("target#{post}#")
}

/// The range key of a connection's row of a day.
pub(crate) fn day_key(day: Date, connection: &ConnectionId) -> String {
    format!("{}{connection}", day_prefix(day))
}

/// What the keys of all rows of a day begin with; sorts as the days do.
pub(crate) fn day_prefix(day: Date) -> String {
    format!("day#{day}#")
}

/// The record as an item of this version.
pub(crate) fn to_item(record: &Measured, version: u32) -> Result<Item> {
    let item = RecordItem {
        owner: record.owner.clone(),
        item: target_key(&record.post, &record.connection),
        platform: record.platform,
        day: record.day,
        outcome: record.outcome,
        lateness_ms: record.lateness_ms,
        published_at: record.published_at,
        remote_ids: record.remote_ids.clone(),
        engagement: record.engagement,
        collected_at: record.collected_at,
        shard: record.collect_at.map(|_| shard(&record.connection.0, COLLECT_SHARDS)),
        collect_at: record.collect_at.map(fixed_width),
        failures: record.failures,
        version,
    };
    serde_dynamo::to_item(item).map_err(|error| Error::broken("analytics record", error))
}

/// The record in an item.
///
/// # Errors
/// `Broken`, naming the item, when it is not one of ours.
pub(crate) fn from_item(item: Item) -> Result<Measured> {
    named(item, |item| {
        let item: RecordItem = serde_dynamo::from_item(item)?;
        let (post, connection) = names_in(&item.item)?;
        Ok(Measured {
            owner: item.owner,
            post,
            connection,
            platform: item.platform,
            day: item.day,
            outcome: item.outcome,
            lateness_ms: item.lateness_ms,
            published_at: item.published_at,
            remote_ids: item.remote_ids,
            engagement: item.engagement,
            collected_at: item.collected_at,
            collect_at: item.collect_at.map(|at| at.parse()).transpose()?,
            failures: item.failures,
            version: item.version,
        })
    })
}

/// The row of the `collect` index in an item.
pub(crate) fn key_from_item(item: Item) -> Result<CollectKey> {
    named(item, |item| {
        let KeyItem { owner, item } = serde_dynamo::from_item(item)?;
        let (post, connection) = names_in(&item)?;
        Ok(CollectKey { owner, post, connection })
    })
}

/// The row of a day in an item.
pub(crate) fn day_from_item(item: Item) -> Result<DayRow> {
    named(item, |item| {
        let mut numbers = item.clone();
        let DayItem { item, platform } = serde_dynamo::from_item(item)?;
        let (day, connection) = parts_of(&item, "day#").ok_or("`item` names no day and connection")?;
        let mut counts = Counts::default();
        for (name, count) in numbers_of(&mut counts) {
            if let Some(value) = numbers.remove(&name) {
                *count = value.as_n().map_err(|_| format!("`{name}` is no number"))?.parse()?;
            }
        }
        Ok(DayRow { day: day.parse()?, connection: ConnectionId(connection.into()), platform, counts })
    })
}

/// The counts by the names of their attributes.
pub(crate) fn numbers_of(counts: &mut Counts) -> Vec<(String, &mut i64)> {
    let Counts {
        published,
        failed,
        needs_attention,
        skipped,
        canceled,
        measured,
        impressions,
        likes,
        comments,
        shares,
        clicks,
        lateness,
    } = counts;
    let single = [
        ("published", published),
        ("failed", failed),
        ("needsAttention", needs_attention),
        ("skipped", skipped),
        ("canceled", canceled),
        ("measured", measured),
        ("impressions", impressions),
        ("likes", likes),
        ("comments", comments),
        ("shares", shares),
        ("clicks", clicks),
    ];
    let classes = lateness.iter_mut().enumerate().map(|(class, count)| (format!("{LATE}{class}"), count));
    single.into_iter().map(|(name, count)| (name.to_owned(), count)).chain(classes).collect()
}

type Unreadable = Box<dyn std::error::Error + Send + Sync>;

fn named<T>(item: Item, read: impl FnOnce(Item) -> Result<T, Unreadable>) -> Result<T> {
    let part = |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
    let name = format!("{}/{}", part("owner").unwrap_or_default(), part("item").unwrap_or_default());
    read(item).map_err(|error| Error::broken("analytics item", format!("{name}: {error}")))
}

fn names_in(key: &str) -> Result<(PostId, ConnectionId), Unreadable> {
    let (post, connection) = parts_of(key, "target#").ok_or("`item` names no post and connection")?;
    Ok((PostId(post.into()), ConnectionId(connection.into())))
}

fn parts_of<'a>(key: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    key.strip_prefix(kind)?.split_once('#')
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::{json_of, size_of};

    fn record() -> Measured {
        let at = Timestamp::from_second(1_796_115_600).unwrap();
        Measured {
            owner: OwnerId("3f0c2a51-7d1e-4c36-9c1f-2a9d6f1f7b10".into()),
            post: PostId(format!("pst_{:032x}", 7)),
            connection: ConnectionId(format!("con_{:032x}", 1)),
            platform: Platform::LinkedIn,
            day: "2026-12-01".parse().unwrap(),
            outcome: Outcome::Published,
            lateness_ms: Some(42),
            published_at: Some(at),
            remote_ids: vec!["urn:li:share:7398765432109876543".into()],
            engagement: Some(Engagement { impressions: Some(1), likes: Some(2), ..Engagement::default() }),
            collected_at: Some(at),
            collect_at: Some(at),
            failures: 1,
            version: 3,
        }
    }

    fn row(number: u32) -> (Item, Counts) {
        let mut counts = Counts::of(&record()).plus(&Counts::of(&record()));
        counts.impressions = 1_234_567_890;
        let mut item = Item::from([
            ("owner".into(), AttributeValue::S(record().owner.0)),
            (
                "item".into(),
                AttributeValue::S(day_key(record().day, &ConnectionId(format!("con_{number:032x}")))),
            ),
            ("platform".into(), AttributeValue::S("linkedin".into())),
        ]);
        for (name, count) in numbers_of(&mut counts.clone()) {
            item.insert(name, AttributeValue::N(count.to_string()));
        }
        (item, counts)
    }

    #[test]
    fn a_record_has_this_shape_and_costs_one_write_unit() {
        let item = to_item(&record(), 3).unwrap();
        assert_json_snapshot!(json_of(&item));
        assert!(size_of(&item) <= 1024, "{} bytes", size_of(&item));
        assert_eq!(from_item(item).unwrap(), record());
    }

    #[test]
    fn a_day_of_twenty_connections_stays_small() {
        let (item, counts) = row(1);
        assert_json_snapshot!(json_of(&item));
        assert_eq!(day_from_item(item.clone()).unwrap().counts, counts);
        // A query is billed by what it reads altogether, 4 KB the unit.
        let day: usize = (0..20).map(|number| size_of(&row(number).0)).sum();
        assert!(day <= 10 * 1024, "{day} bytes");
        assert!(size_of(&item) <= 512, "{} bytes", size_of(&item));
    }

    #[test]
    fn an_item_that_is_not_ours_is_broken_and_named() {
        for (name, value) in [("item", "target#pst_1"), ("collectAt", "soon"), ("day", "today")] {
            let mut item = to_item(&record(), 3).unwrap();
            item.insert(name.into(), AttributeValue::S(value.into()));
            let Err(error @ Error::Broken { .. }) = from_item(item) else { panic!("`{name}` is wrong") };
            assert!(error.source().unwrap().to_string().contains("target#pst_"), "{error:?}");
        }
        let (mut item, _) = row(1);
        item.insert("likes".into(), AttributeValue::S("many".into()));
        assert!(day_from_item(item).is_err());
        assert!(key_from_item(row(1).0).is_err());
    }
}
