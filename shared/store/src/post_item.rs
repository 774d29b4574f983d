//! The shape of a post in its table.
//!
//! One item holds the post with its targets, a map by connection, so that one `UpdateItem` can look at one target and
//! change it. A common one stays under 1 KB, which is one write unit. Times are milliseconds since 1970 where only
//! conditions compare them, and fixed-width RFC 3339 in keys, where people read them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{ConnectionId, LeaseToken, OwnerId, PostId};
use domain::idempotency::{Fingerprint, RetryKey};
use domain::platform::Platform;
use domain::ports::{DUE_SHARDS, DueKey, Place};
use domain::post::{Attachment, LatePolicy, Post};
use domain::target::{Lease, Options, Prepared, Published, Status, Target, TargetError};
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::change::shard;

/// What the `calendar` key of a draft begins with: greater than every digit.
pub(crate) const DRAFTS: &str = "draft#";

/// An item as the SDK knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostItem {
    owner: OwnerId,
    post_id: PostId,
    /// [`calendar_at`]: the only place of the post's time, so that index and post cannot disagree.
    calendar_at: String,
    /// The time that a draft wishes for.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    wished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    late_policy: LatePolicy,
    targets: BTreeMap<ConnectionId, TargetItem>,
    /// The targets as the person ordered them; absent when there is only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    order: Vec<ConnectionId>,
    revision: u32,
    /// Present together with `due_at`, and only while something is left to do: the `due` index is sparse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Fingerprint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retry_keys: Vec<RetryKey>,
    #[serde(with = "millisecond::required")]
    created_at: Timestamp,
    #[serde(with = "millisecond::required")]
    updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetItem {
    platform: Platform,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    options: Options,
    status: Status,
    attempts: u32,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    attempted_at: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseItem>,
    #[serde(default, skip_serializing_if = "is_default")]
    looks: u32,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    refused_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_token: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    stop: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prepared: Option<PreparedItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rollback: Option<TargetError>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    retried_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    published: Vec<Published>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    published_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<TargetError>,
}

/// What was made ahead of time.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PreparedItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    handles: Vec<String>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    made_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_default")]
    is_ready: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    tries: u32,
}

/// A lease; the connection's refresh lease has the same shape.
#[derive(Serialize, Deserialize)]
pub(crate) struct LeaseItem {
    token: LeaseToken,
    #[serde(with = "millisecond::required")]
    until: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DueItem {
    owner: OwnerId,
    post_id: PostId,
    due_at: String,
}

/// The post as an item.
pub(crate) fn to_item(post: &Post) -> Result<Item> {
    let item = PostItem {
        owner: post.owner.clone(),
        post_id: post.id.clone(),
        calendar_at: calendar_at(&post.place()),
        wished_at: post.publish_at.filter(|_| post.is_draft()),
        text: post.text.clone(),
        media: post.media.clone(),
        time_zone: post.time_zone.clone(),
        late_policy: post.late_policy,
        targets: post.targets.iter().map(|target| (target.connection_id.clone(), target.into())).collect(),
        order: order(post),
        revision: post.revision,
        shard: post.due_at.map(|_| shard(&post.id.0, DUE_SHARDS)),
        due_at: post.due_at.map(fixed_width),
        fingerprint: post.fingerprint.clone(),
        retry_keys: post.retry_keys.clone(),
        created_at: post.created_at,
        updated_at: post.updated_at,
    };
    serde_dynamo::to_item(item).map_err(|error| Error::broken("post item", error))
}

/// The post in an item.
///
/// # Errors
/// `Broken`, naming the item, when it is not one of ours.
pub(crate) fn from_item(item: Item) -> Result<Post> {
    let name = name_of(&item);
    read(item).map_err(|error| Error::broken("post item", format!("{name}: {error}")))
}

/// The row of the `due` index in an item.
pub(crate) fn due_from_item(item: Item) -> Result<DueKey> {
    let name = name_of(&item);
    let read = || {
        let DueItem { owner, post_id, due_at } = serde_dynamo::from_item(item)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(DueKey {
            owner,
            post: post_id,
            due_at: due_at.parse()?,
        })
    };
    read().map_err(|error| Error::broken("due item", format!("{name}: {error}")))
}

/// The target as a value within its post's item.
pub(crate) fn target_value(target: &Target) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(TargetItem::from(target))
        .map_err(|error| Error::broken("target item", error))
}

/// The lease as a value within an item.
pub(crate) fn lease_value(lease: &Lease) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(LeaseItem::from(lease)).map_err(|error| Error::broken("lease", error))
}

/// The range key of the `calendar` index: time, then id, so that equal times keep an order and a list can be resumed.
/// Drafts come after every time.
pub(crate) fn calendar_at(place: &Place) -> String {
    let section = if place.is_draft { DRAFTS } else { "" };
    format!("{section}{}#{}", fixed_width(place.at), place.post)
}

/// The targets as the person ordered them; empty when there is only one.
pub(crate) fn order(post: &Post) -> Vec<ConnectionId> {
    match post.targets.as_slice() {
        [] | [_] => Vec::new(),
        targets => targets.iter().map(|target| target.connection_id.clone()).collect(),
    }
}

/// A time whose text sorts as the time does: 24 characters, UTC, to the millisecond.
pub(crate) fn fixed_width(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl From<&Target> for TargetItem {
    fn from(target: &Target) -> Self {
        Self {
            platform: target.platform,
            text: target.text.clone(),
            options: target.options.clone(),
            status: target.status,
            attempts: target.attempts,
            attempted_at: target.attempted_at,
            next_at: target.next_at,
            lease: target.lease.as_ref().map(LeaseItem::from),
            looks: target.looks,
            refused_since: target.refused_since,
            refused_token: target.refused_token,
            stop: target.stop,
            prepared: target.prepared.as_ref().map(PreparedItem::from),
            rollback: target.rollback.clone(),
            retried_at: target.retried_at,
            published: target.published.clone(),
            published_at: target.published_at,
            error: target.error.clone(),
        }
    }
}

impl TargetItem {
    fn on(self, connection_id: ConnectionId) -> Target {
        Target {
            connection_id,
            platform: self.platform,
            text: self.text,
            options: self.options,
            status: self.status,
            attempts: self.attempts,
            attempted_at: self.attempted_at,
            next_at: self.next_at,
            lease: self.lease.map(Lease::from),
            looks: self.looks,
            refused_since: self.refused_since,
            refused_token: self.refused_token,
            stop: self.stop,
            prepared: self.prepared.map(Prepared::from),
            rollback: self.rollback,
            retried_at: self.retried_at,
            published: self.published,
            published_at: self.published_at,
            error: self.error,
        }
    }
}

impl From<&Prepared> for PreparedItem {
    fn from(prepared: &Prepared) -> Self {
        Self {
            lease: prepared.lease.as_ref().map(LeaseItem::from),
            handles: prepared.handles.clone(),
            made_at: prepared.made_at,
            is_ready: prepared.is_ready,
            tries: prepared.tries,
        }
    }
}

impl From<PreparedItem> for Prepared {
    fn from(item: PreparedItem) -> Self {
        Self {
            lease: item.lease.map(Lease::from),
            handles: item.handles,
            made_at: item.made_at,
            is_ready: item.is_ready,
            tries: item.tries,
        }
    }
}

impl From<&Lease> for LeaseItem {
    fn from(lease: &Lease) -> Self {
        Self { token: lease.token.clone(), until: lease.until }
    }
}

impl From<LeaseItem> for Lease {
    fn from(lease: LeaseItem) -> Self {
        Self { token: lease.token, until: lease.until }
    }
}

fn read(item: Item) -> Result<Post, Box<dyn std::error::Error + Send + Sync>> {
    let mut item: PostItem = serde_dynamo::from_item(item)?;
    let order = if item.order.is_empty() { item.targets.keys().cloned().collect() } else { item.order };
    let mut targets = Vec::with_capacity(order.len());
    for connection in order {
        let target = item.targets.remove(&connection).ok_or("`order` names a target that is not there")?;
        targets.push(target.on(connection));
    }
    if !item.targets.is_empty() {
        return Err("`order` leaves out a target".into());
    }
    let publish_at = match item.calendar_at.strip_prefix(DRAFTS) {
        Some(_) => item.wished_at,
        None => Some(item.calendar_at.split_once('#').ok_or("`calendarAt` has no id")?.0.parse()?),
    };
    Ok(Post {
        owner: item.owner,
        id: item.post_id,
        text: item.text,
        media: item.media,
        publish_at,
        time_zone: item.time_zone,
        late_policy: item.late_policy,
        targets,
        revision: item.revision,
        due_at: item.due_at.map(|at| at.parse()).transpose()?,
        fingerprint: item.fingerprint,
        retry_keys: item.retry_keys,
        created_at: item.created_at,
        updated_at: item.updated_at,
    })
}

/// Owner and id, as far as they can be read.
fn name_of(item: &Item) -> String {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    format!("{}/{}", part("owner"), part("postId"))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use domain::idempotency::IdempotencyKey;
    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::{json_of, size_of};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_796_115_600 + second).unwrap()
    }

    fn target(number: u32) -> Target {
        Target::scheduled(ConnectionId(format!("con_{number:032x}")), Platform::X, at(0))
    }

    fn post(targets: Vec<Target>) -> Post {
        Post {
            owner: OwnerId("3f0c2a51-7d1e-4c36-9c1f-2a9d6f1f7b10".into()),
            id: PostId(format!("pst_{:032x}", 7)),
            text: "Hello from the bell tower.".into(),
            media: Vec::new(),
            publish_at: Some(at(0)),
            time_zone: None,
            late_policy: LatePolicy::Publish,
            targets,
            revision: 1,
            due_at: Some(at(0)),
            fingerprint: None,
            retry_keys: Vec::new(),
            created_at: at(-60),
            updated_at: at(-60),
        }
    }

    fn published() -> Target {
        let publication = Published {
            remote_id: "urn:li:share:7398765432109876543".into(),
            url: "https://www.linkedin.com/feed/update/urn:li:share:7398765432109876543".into(),
        };
        let lease = Lease { token: LeaseToken("0123456789abcdef01234567".into()), until: at(40) };
        Target { platform: Platform::LinkedIn, ..target(1) }
            .sending(at(0), lease)
            .with_part(publication, at(1))
            .into_published()
    }

    #[test]
    fn a_new_post_has_this_shape() {
        assert_json_snapshot!(json_of(&to_item(&post(vec![target(1)])).unwrap()));
    }

    #[test]
    fn a_post_with_everything_has_this_shape() {
        let lease = Lease { token: LeaseToken("0123456789abcdef01234567".into()), until: at(40) };
        let busy = Target {
            text: Some("for X alone".into()),
            options: Options {
                reply_settings: Some(domain::target::ReplySettings::Verified),
                ..Options::default()
            },
            stop: true,
            prepared: Some(Prepared {
                lease: Some(lease.clone()),
                handles: vec!["1880028106020515840".into()],
                made_at: Some(at(-300)),
                is_ready: true,
                tries: 1,
            }),
            rollback: Some(TargetError { code: "no".into(), detail: "it said no".into(), permanent: true }),
            refused_since: Some(at(-1)),
            refused_token: Some(3),
            retried_at: Some(at(1)),
            error: Some(TargetError { code: "busy".into(), detail: "it is busy".into(), permanent: false }),
            ..target(2).sending(at(0), lease.clone()).looking(at(120), lease)
        };
        let key = IdempotencyKey { key: "k".into(), fingerprint: Fingerprint::of("route", "{}") };
        let media_id = domain::id::MediaId(format!("med_{:032x}", 3));
        let full = Post {
            time_zone: Some("Europe/Berlin".into()),
            media: vec![Attachment {
                media_id,
                alt_text: Some("A bell".into()),
                file_name: "bell.png".into(),
                kind: domain::media::MediaKind::Png,
                size_bytes: 70,
                pixels: Some(domain::media::Pixels { width: 4, height: 3 }),
            }],
            late_policy: LatePolicy::Skip { after_seconds: 900 },
            fingerprint: Some(key.fingerprint.clone()),
            retry_keys: vec![key.of_retry()],
            ..post(vec![busy, published()])
        };
        let item = to_item(&full).unwrap();
        assert_json_snapshot!(json_of(&item));
        assert_eq!(from_item(item).unwrap(), full);
    }

    #[test]
    fn a_draft_has_this_shape() {
        let draft = Post { text: String::new(), due_at: None, ..post(vec![target(1).into_draft()]) };
        let item = to_item(&draft).unwrap();
        assert_json_snapshot!(json_of(&item));
        assert_eq!(from_item(item).unwrap(), draft);
        let empty = Post { publish_at: None, targets: Vec::new(), ..draft };
        assert_eq!(from_item(to_item(&empty).unwrap()).unwrap(), empty);
    }

    #[test]
    fn a_common_post_costs_one_write_unit_all_its_life() {
        let mut post = post(vec![target(1)]);
        post.text = "x".repeat(280);
        post.time_zone = Some("America/Argentina/Buenos_Aires".into());
        let lease = Lease { token: LeaseToken("0123456789abcdef01234567".into()), until: at(40) };
        let mut largest = 0;
        for target in [target(1), target(1).sending(at(0), lease), published()] {
            post.targets = vec![target];
            largest = largest.max(size_of(&to_item(&post).unwrap()));
        }
        assert!(largest <= 1024, "{largest} bytes");
    }

    #[test]
    fn an_item_that_is_not_ours_is_broken_and_named() {
        let whole = to_item(&post(vec![target(1), target(2)])).unwrap();
        let spoilt: [(&str, AttributeValue); 5] = [
            ("revision", AttributeValue::S("one".into())),
            ("calendarAt", AttributeValue::S("tomorrow".into())),
            ("calendarAt", AttributeValue::S("tomorrow#pst".into())),
            ("dueAt", AttributeValue::S("soon".into())),
            ("order", AttributeValue::L(vec![AttributeValue::S(target(1).connection_id.0)])),
        ];
        for (name, value) in spoilt {
            let mut item = whole.clone();
            item.insert(name.into(), value);
            let Err(error @ Error::Broken { .. }) = from_item(item) else { panic!("`{name}` is wrong") };
            let source = error.source().unwrap().to_string();
            assert!(source.contains("pst_00000000000000000000000000000007"), "{source}");
        }
        assert!(from_item(Item::new()).is_err());
    }

    #[test]
    fn an_item_of_a_newer_version_can_be_read() {
        let mut item = to_item(&post(vec![target(1)])).unwrap();
        item.insert("colour".into(), AttributeValue::S("blue".into()));
        assert_eq!(from_item(item).unwrap(), post(vec![target(1)]));
    }

    #[test]
    fn times_sort_as_text() {
        let times = [at(0), at(0) + jiff::SignedDuration::from_millis(1), at(1), at(1_000_000_000)];
        assert!(times.map(fixed_width).is_sorted());
        assert!(times.iter().all(|time| fixed_width(*time).len() == 24));
    }

    #[test]
    fn the_shard_of_a_post_never_changes() {
        let shards = (0..8).map(|number| shard(&format!("pst_{number:032x}"), DUE_SHARDS));
        assert_eq!(shards.collect::<Vec<_>>(), [5, 2, 7, 4, 1, 6, 3, 0]);
    }
}
