//! Seeing to it that a post that waits is looked at when its time comes.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::metric::Metric;
use crate::ports::{MAX_QUEUE_DELAY, Metrics, Queues, Schedules};
use crate::post::Post;
use crate::preparing::{delay_of, next_attempt};
use crate::scheduling::{PREPARE_LEAD, SCHEDULE_FROM};
use crate::target::{Status, Target};
use crate::task::{PrepareTask, Wake};
use crate::watching::same_attempt;

/// Makes the post's schedule, or sends it into preparation when it is due sooner. Doing it twice harms nothing.
///
/// A wake that cannot be made is counted and not told: the watch finds the post.
pub async fn wake(
    queues: &dyn Queues,
    schedules: &dyn Schedules,
    metrics: &dyn Metrics,
    post: &Post,
    now: Timestamp,
) {
    if post.targets.iter().all(|target| target.status != Status::Scheduled) {
        return;
    }
    let woken = match post.publish_at.filter(|at| *at > now + SCHEDULE_FROM) {
        Some(at) => {
            let wake = Wake::for_post(&post.owner, &post.id, post.revision, at - PREPARE_LEAD);
            schedules.create(&wake).await
        }
        None => queues.prepare(&whole(post), Duration::ZERO).await,
    };
    count(woken, metrics);
}

/// Sends every target that waits on its way at once: straight into delivery, unless there are files to be uploaded
/// first. Doing it twice harms nothing.
pub async fn send(queues: &dyn Queues, metrics: &dyn Metrics, post: &Post) {
    for target in &post.targets {
        if !matches!(target.status, Status::Scheduled | Status::Retrying) {
            continue;
        }
        let sent = if post.media.is_empty() {
            queues.deliver(&next_attempt(post, target), Duration::ZERO).await
        } else {
            queues.prepare(&preparation(post, target), Duration::ZERO).await
        };
        count(sent, metrics);
    }
}

/// Wakes a post anew whose revision a person's change has counted up: its old schedule and whatever waits in the
/// queues carry the old one, and are dropped. What is to be tried again, or settled, soon gets its message anew; what
/// comes later the watch sends.
pub async fn wake_again(
    queues: &dyn Queues,
    schedules: &dyn Schedules,
    metrics: &dyn Metrics,
    before: &Post,
    post: &Post,
    now: Timestamp,
) {
    wake(queues, schedules, metrics, post, now).await;
    for target in &post.targets {
        let task = match target.status {
            Status::Retrying => next_attempt(post, target),
            Status::Publishing if !target.is_leased(now) => same_attempt(post, target),
            Status::Publishing
            | Status::Draft
            | Status::Scheduled
            | Status::Published
            | Status::Failed
            | Status::NeedsAttention
            | Status::Skipped
            | Status::Canceled => continue,
        };
        if let Some(at) = target.next_at.filter(|at| *at <= now + MAX_QUEUE_DELAY) {
            count(queues.deliver(&task, delay_of(target, at, now)).await, metrics);
        }
    }
    forget(schedules, before, now).await;
}

/// Removes the schedule of a post as it was. One that stays rings for a revision that is gone, and is dropped.
pub async fn forget(schedules: &dyn Schedules, before: &Post, now: Timestamp) {
    if before.publish_at.is_some_and(|at| at > now + PREPARE_LEAD) {
        let _ = schedules.delete(&Wake::name_for_post(&before.id, before.revision)).await;
    }
}

/// The task that prepares every target of the post.
pub(crate) fn whole(post: &Post) -> PrepareTask {
    PrepareTask {
        owner: post.owner.clone(),
        post: post.id.clone(),
        revision: post.revision,
        connection: None,
    }
}

/// The task that prepares this target alone.
pub(crate) fn preparation(post: &Post, target: &Target) -> PrepareTask {
    PrepareTask { connection: Some(target.connection_id.clone()), ..whole(post) }
}

fn count(woken: Result<()>, metrics: &dyn Metrics) {
    if woken.is_err() {
        metrics.put(Metric::WakeFailed);
    }
}
