//! The second trigger: once a minute, look for what should have happened and did not.
//!
//! This is the one recovery path. Whatever is lost anywhere (a schedule, a message, a worker in the middle of its
//! work) leaves a post whose `due_at` has passed, and is found here.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::backoff;
use crate::metric::Metric;
use crate::ports::{DUE_SHARDS, DueKey, Metrics, Posts, Queues, Schedules};
use crate::post::Post;
use crate::preparing::next_attempt;
use crate::scheduling::PREPARE_LEAD;
use crate::target::{Status, Target};
use crate::task::{DeliverTask, Wake};
use crate::waking::{preparation, whole};

/// How far before its ring a schedule is looked after: two runs of the watch see each one.
const LOOK_AFTER: Duration = Duration::from_secs(120);

/// What the watch touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Says what is due.
    pub posts: &'a dyn Posts,
    /// Takes what is to be done again.
    pub queues: &'a dyn Queues,
    /// Says whether a schedule is still there.
    pub schedules: &'a dyn Schedules,
    /// Counts what was found.
    pub metrics: &'a dyn Metrics,
}

/// Looks through one shard of the index of due posts. Shards are independent: one that fails holds up no other.
///
/// `tick` is the minute of this run, as the rule that woke it says: a run that comes late looks at the same minutes.
///
/// # Errors
/// `Unavailable`, after everything that could be reached was done; the next minute looks again.
pub async fn watch(ports: &Ports<'_>, shard: u8, tick: Timestamp) -> Result<()> {
    debug_assert!(shard < DUE_SHARDS, "there are {DUE_SHARDS} shards");
    let mut result = Ok(());
    for key in everything(ports.posts, shard, Timestamp::UNIX_EPOCH, tick).await? {
        let overdue = Duration::try_from(tick.duration_since(key.due_at)).unwrap_or_default();
        if backoff::is_turn(overdue) {
            result = recover(ports, &key, tick).await.and(result);
        }
    }
    let rings_at = tick + PREPARE_LEAD;
    for key in everything(ports.posts, shard, rings_at, rings_at + LOOK_AFTER).await? {
        result = look_after(ports, &key).await.and(result);
    }
    result
}

/// All keys of a window, however many: the index gives a thousand at a time.
async fn everything(posts: &dyn Posts, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
    let mut keys: Vec<DueKey> = Vec::new();
    let mut from = from;
    loop {
        let page = posts.due(shard, from, to).await?;
        let is_full = page.len() >= 1_000;
        let last = page.last().map(|key| key.due_at);
        keys.extend(
            page.into_iter().filter(|key| key.due_at > from || !keys.contains(key)).collect::<Vec<_>>(),
        );
        match last {
            Some(last) if is_full && last > from => from = last,
            _ => return Ok(keys),
        }
    }
}

/// Sends every target on its way again whose next action has passed.
async fn recover(ports: &Ports<'_>, key: &DueKey, now: Timestamp) -> Result<()> {
    let Some(post) = ports.posts.find(&key.owner, &key.post).await? else { return Ok(()) };
    let mut acted = false;
    for target in &post.targets {
        if target.next_at.is_none_or(|at| at > now) || target.is_leased(now) {
            continue;
        }
        acted = true;
        ports.metrics.put(Metric::Overdue);
        match target.status {
            Status::Scheduled => {
                ports.queues.prepare(&preparation(&post, target), Duration::ZERO).await?;
            }
            Status::Retrying => ports.queues.deliver(&next_attempt(&post, target), Duration::ZERO).await?,
            Status::Publishing => ports.queues.deliver(&same_attempt(&post, target), Duration::ZERO).await?,
            Status::Draft
            | Status::Published
            | Status::Failed
            | Status::NeedsAttention
            | Status::Skipped
            | Status::Canceled => {}
        }
    }
    let next = post.next_action_at();
    if !acted && post.due_at.is_some() && next != post.due_at {
        ports.posts.reschedule(&post, next).await?;
    }
    Ok(())
}

/// Makes good a schedule that should ring within the next two minutes and is gone.
async fn look_after(ports: &Ports<'_>, key: &DueKey) -> Result<()> {
    let Some(post) = ports.posts.find(&key.owner, &key.post).await? else { return Ok(()) };
    if post.targets.iter().all(|target| target.status != Status::Scheduled) {
        return Ok(());
    }
    if ports.schedules.exists(&Wake::name_for_post(&post.id, post.revision)).await? {
        return Ok(());
    }
    ports.metrics.put(Metric::WakeMissing);
    ports.queues.prepare(&whole(&post), Duration::ZERO).await
}

pub(crate) fn same_attempt(post: &Post, target: &Target) -> DeliverTask {
    DeliverTask { attempt: target.attempts, ..next_attempt(post, target) }
}
