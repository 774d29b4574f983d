//! Posts: every move of a target is one conditional `UpdateItem`.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::id::{OwnerId, PostId};
use domain::platform::Platform;
use domain::ports::{
    Amendment, Claim, DUE_SHARDS, Due, DueKey, Groundwork, PostQuery, Posts, Purpose, Record, Section,
    Written,
};
use domain::post::Post;
use domain::target::{CLAIM_LEAD, Status, Target};
use domain::{Error, Result};
use jiff::{SignedDuration, Timestamp};

use crate::change::{Change, Updated, can_be_key, millisecond, number, owner_key, shard, text};
use crate::failure::failed;
use crate::post_item::{
    DRAFTS, Item, calendar_at, due_from_item, fixed_width, from_item, lease_value, target_value, to_item,
};

/// What a person may change, beside the targets.
const AMENDED: [&str; 12] = [
    "calendarAt",
    "wishedAt",
    "text",
    "media",
    "timeZone",
    "latePolicy",
    "order",
    "revision",
    "shard",
    "dueAt",
    "retryKeys",
    "updatedAt",
];

/// At most so many rows of a shard are read at once.
const MAX_DUE: usize = 1_000;

/// The table of posts and the client that reaches it.
#[derive(Clone, Debug)]
pub struct PostStore {
    client: Client,
    table: String,
}

impl PostStore {
    /// Reads `POSTS_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("POSTS_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }

    async fn update(&self, owner: &OwnerId, post: &PostId, change: Change) -> Result<Written> {
        match change.send(&self.client, &self.table, owner_key(owner, "postId", &post.0)).await? {
            Updated::Done(item) => done(item),
            Updated::Refused(item) => refused(item),
        }
    }

    /// The items of an index between two places, at most `limit`, however many pages that takes.
    async fn query(
        &self,
        index: &str,
        hash: (&str, AttributeValue),
        range: (&str, String, String),
        limit: usize,
    ) -> Result<Vec<Item>> {
        // DynamoDB refuses a range that ends before it begins.
        if range.1 > range.2 {
            return Ok(Vec::new());
        }
        let mut items = Vec::new();
        let mut from = None;
        while items.len() < limit {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index)
                .key_condition_expression("#hash = :hash AND #range BETWEEN :from AND :to")
                .expression_attribute_names("#hash", hash.0)
                .expression_attribute_names("#range", range.0)
                .expression_attribute_values(":hash", hash.1.clone())
                .expression_attribute_values(":from", text(&range.1))
                .expression_attribute_values(":to", text(&range.2))
                .limit(i32::try_from(limit - items.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(failed)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(items)
    }
}

#[async_trait]
impl Posts for PostStore {
    async fn insert(&self, post: &Post) -> Result<Written> {
        let item = to_item(post)?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(postId)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => done(item),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => refused(refusal.item.clone()),
                _ => Err(failed(error)),
            },
        }
    }

    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>> {
        if !can_be_key(&id.0) {
            return Ok(None);
        }
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "postId", &id.0)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        answer.item.map(from_item).transpose()
    }

    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let hash = ("owner", text(&query.owner.0));
        let (from, to) = calendar_range(query);
        let items = self.query("calendar", hash, ("calendarAt", from, to), query.limit as usize).await?;
        items.into_iter().map(from_item).collect()
    }

    async fn claim(&self, claim: &Claim) -> Result<Written> {
        let task = &claim.task;
        let written = self.update(&task.owner, &task.post, claiming(claim)?).await?;
        // The client repeats a request whose answer was lost, and the second one finds the first one's lease.
        Ok(recognised(written, |post| {
            let lease = post.target(&task.connection).and_then(|target| target.lease.as_ref());
            lease.is_some_and(|lease| lease.token == claim.lease.token)
        }))
    }

    async fn record(&self, record: &Record) -> Result<Written> {
        let target = ["targets", &record.target.connection_id.0];
        let mut change = Change::default();
        change.require_equal(&["revision"], number(record.revision));
        change.require_equal(&[&target[..], &["lease", "token"]].concat(), text(&record.lease.0));
        change.set(&target, target_value(&record.target)?);
        change.set(&["updatedAt"], millisecond(record.now));
        match record.due {
            Due::Keep => {}
            Due::At(at) => set_due(&mut change, &record.post, Some(at)),
            Due::Done => set_due(&mut change, &record.post, None),
        }
        let written = self.update(&record.owner, &record.post, change).await?;
        Ok(recognised(written, |post| {
            post.revision == record.revision
                && post.updated_at == record.now
                && post.target(&record.target.connection_id) == Some(&record.target)
        }))
    }

    async fn groundwork(&self, groundwork: &Groundwork) -> Result<Written> {
        let id = groundwork.target.connection_id.0.as_str();
        let at = |field: &'static str| ["targets", id, field];
        let mut change = Change::default();
        change.require_equal(&["revision"], number(groundwork.revision));
        change.require_equal(&at("status"), text(groundwork.status.name()));
        change.require_equal(&at("attempts"), number(groundwork.target.attempts));
        let held = groundwork.held.as_ref().map(|token| text(&token.0));
        change.require_same(&["targets", id, "prepared", "lease", "token"], held);
        change.set(&["targets", id], target_value(&groundwork.target)?);
        change.set(&["updatedAt"], millisecond(groundwork.now));
        match groundwork.due {
            Due::Keep => {}
            Due::At(at) => set_due(&mut change, &groundwork.post, Some(at)),
            Due::Done => set_due(&mut change, &groundwork.post, None),
        }
        let written = self.update(&groundwork.owner, &groundwork.post, change).await?;
        Ok(recognised(written, |post| {
            post.revision == groundwork.revision
                && post.target(&groundwork.target.connection_id) == Some(&groundwork.target)
        }))
    }

    async fn amend(&self, amendment: &Amendment) -> Result<Written> {
        let post = &amendment.post;
        let written = self.update(&post.owner, &post.id, amending(amendment)?).await?;
        Ok(recognised(written, |found| {
            found.revision == post.revision
                && found.updated_at == post.updated_at
                && amendment.touched.iter().all(|(id, ..)| found.target(id) == post.target(id))
        }))
    }

    async fn discard(&self, seen: &Post) -> Result<bool> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(&seen.owner, "postId", &seen.id.0)))
            .condition_expression("attribute_not_exists(postId) OR revision = :revision")
            .expression_attribute_values(":revision", number(seen.revision))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(error)),
            },
        }
    }

    async fn due(&self, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
        let last = to - SignedDuration::from_millis(1);
        let range = ("dueAt", fixed_width(from), fixed_width(last));
        let items = self.query("due", ("shard", number(shard)), range, MAX_DUE).await?;
        items.into_iter().map(due_from_item).collect()
    }

    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()> {
        let mut change = Change::default();
        change.require_equal(&["revision"], number(seen.revision));
        match seen.due_at {
            Some(at) => change.require_equal(&["dueAt"], text(&fixed_width(at))),
            None => {
                let absent = change.absent(&["dueAt"]);
                change.require(absent);
            }
        }
        set_due(&mut change, &seen.id, due_at);
        self.update(&seen.owner, &seen.id, change).await.map(drop)
    }
}

/// The claim's condition is [`Target::may_send`] or [`Target::may_settle`], its write [`Target::sending`] or
/// [`Target::looking`], both without having read the post.
fn claiming(claim: &Claim) -> Result<Change> {
    let (task, now) = (&claim.task, claim.now);
    let at = |field: &'static str| ["targets", task.connection.0.as_str(), field];
    // Of this target only that is written which does not depend on what was there.
    let before = Target::scheduled(task.connection.clone(), Platform::X, now);
    let mut change = Change::default();
    change.require_equal(&["revision"], number(task.revision));
    let after = match claim.purpose {
        Purpose::Send => {
            let scheduled = change.value(text(Status::Scheduled.name()));
            let retrying = change.value(text(Status::Retrying.name()));
            let status = change.path(&at("status"));
            change.require(format!("{status} IN ({scheduled}, {retrying})"));
            change.require_equal(&at("attempts"), number(i64::from(task.attempt) - 1));
            let near = change.compare(&at("nextAt"), "<=", millisecond(now + CLAIM_LEAD));
            change.require(near);

            let after = before.sending(now, claim.lease.clone());
            change.set(&at("status"), text(after.status.name()));
            change.set(&at("attempts"), number(task.attempt));
            change.put(&at("attemptedAt"), after.attempted_at.map(millisecond));
            change.remove(&at("looks"));
            after
        }
        Purpose::Settle => {
            change.require_equal(&at("status"), text(Status::Publishing.name()));
            change.require_equal(&at("attempts"), number(task.attempt));
            let ripe = change.compare(&at("nextAt"), "<=", millisecond(now));
            change.require(ripe);
            let none = change.absent(&at("lease"));
            let until = ["targets", &task.connection.0, "lease", "until"];
            let over = change.compare(&until, "<=", millisecond(now));
            change.require(format!("({none} OR {over})"));

            let (looks, zero, one) = (change.path(&at("looks")), number(0), number(1));
            let (zero, one) = (change.value(zero), change.value(one));
            change.set_to(&at("looks"), &format!("if_not_exists({looks}, {zero}) + {one}"));
            before.looking(now, claim.lease.clone())
        }
    };
    change.put(&at("nextAt"), after.next_at.map(millisecond));
    change.set(&at("lease"), lease_value(&claim.lease)?);
    change.set(&["updatedAt"], millisecond(now));
    Ok(change)
}

/// Beyond what the port demands, each touched target must still be under the lease, or under none, that the amendment
/// leaves it, and with as many parts live if it is on its way: every worker's write changes one of these, so what a worker
/// did in between is never overwritten. What the post holds besides is written as a new item would hold it.
fn amending(amendment: &Amendment) -> Result<Change> {
    let post = &amendment.post;
    let mut change = Change::default();
    change.require_equal(&["revision"], number(i64::from(post.revision) - 1));
    for (connection, status, attempts) in &amendment.touched {
        let target = post.target(connection);
        let at = |field: &'static str| ["targets", connection.0.as_str(), field];
        change.require_equal(&at("status"), text(status.name()));
        change.require_equal(&at("attempts"), number(*attempts));
        match target.and_then(|target| target.lease.as_ref()) {
            Some(lease) => {
                let token = ["targets", connection.0.as_str(), "lease", "token"];
                change.require_equal(&token, text(&lease.token.0));
            }
            None => {
                let none = change.absent(&at("lease"));
                change.require(none);
            }
        }
        if *status == Status::Publishing {
            // The next part of a thread goes out under the same lease, and is recorded meanwhile.
            match target.map_or(0, |target| target.published.len()) {
                0 => {
                    let none = change.absent(&at("published"));
                    change.require(none);
                }
                parts => {
                    let (published, parts) = (change.path(&at("published")), number(parts as i64));
                    let parts = change.value(parts);
                    change.require(format!("size({published}) = {parts}"));
                }
            }
        }
        change.put(&["targets", &connection.0], target.map(target_value).transpose()?);
    }
    for connection in &amendment.added {
        let Some(target) = post.target(connection) else {
            return Err(Error::broken("amendment", format!("{connection} is added and not in the post")));
        };
        let absent = change.absent(&["targets", &connection.0]);
        change.require(absent);
        change.set(&["targets", &connection.0], target_value(target)?);
    }
    let mut item = to_item(post)?;
    for name in AMENDED {
        change.put(&[name], item.remove(name));
    }
    Ok(change)
}

/// Puts the post into the `due` index at this time, or takes it off.
fn set_due(change: &mut Change, post: &PostId, at: Option<Timestamp>) {
    change.put(&["shard"], at.map(|_| number(shard(&post.0, DUE_SHARDS))));
    change.put(&["dueAt"], at.map(|at| text(&fixed_width(at))));
}

/// The first and the last key of the calendar that the query may see.
///
/// No key equals a bare time, because `#` and the id follow it: so `to` is excluded although `BETWEEN` includes its
/// ends. A place is excluded by adding the smallest character that no id holds. A place outside `from..to` (a cursor
/// used with other bounds) only narrows the range. Times begin with a digit, and `:` is the character after the digits.
fn calendar_range(query: &PostQuery) -> (String, String) {
    let is_timed = query.from.is_some() || query.to.is_some();
    let (from, to) = match query.section {
        Section::Drafts => (DRAFTS.to_owned(), format!("{DRAFTS}~")),
        Section::All if !is_timed => ("0".to_owned(), "~".to_owned()),
        Section::All | Section::Timed => {
            (query.from.map_or("0".into(), fixed_width), query.to.map_or(":".into(), fixed_width))
        }
    };
    let after = query.after.as_ref().map(|place| format!("{}!", calendar_at(place)));
    (after.map_or(from.clone(), |after| after.max(from)), to)
}

fn done(item: Item) -> Result<Written> {
    Ok(Written::Done(Box::new(from_item(item)?)))
}

fn refused(item: Option<HashMap<String, AttributeValue>>) -> Result<Written> {
    let post = item.filter(|item| !item.is_empty()).map(from_item).transpose()?;
    Ok(Written::Refused(post.map(Box::new)))
}

/// A refusal that finds our own work is none: see [`PostStore::claim`].
fn recognised(written: Written, is_ours: impl FnOnce(&Post) -> bool) -> Written {
    match written {
        Written::Refused(Some(post)) if is_ours(&post) => Written::Done(post),
        written @ (Written::Done(_) | Written::Refused(_)) => written,
    }
}
