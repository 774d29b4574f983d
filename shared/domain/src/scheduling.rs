//! Putting a post on the calendar.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::composition::{self, ScheduleAsk};
use crate::id::{Entropy, OwnerId};
use crate::input::Field;
use crate::metric::Metric;
use crate::ports::{Connections, Metrics, Posts, Queues, Schedules};
use crate::post::Post;
use crate::task::{PrepareTask, Wake};

/// A schedule rings this long before the post's time: EventBridge Scheduler may be a minute late, and the preparation
/// must fit in what is left.
/// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html> (read 2026-11).
pub const PREPARE_LEAD: Duration = Duration::from_secs(12 * 60);

/// A post due sooner than this needs no schedule: the queues can hold it.
pub const SCHEDULE_FROM: Duration = Duration::from_secs(15 * 60);

/// What scheduling touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the post.
    pub posts: &'a dyn Posts,
    /// Says which platform each connection is.
    pub connections: &'a dyn Connections,
    /// Takes a post that is due soon.
    pub queues: &'a dyn Queues,
    /// Takes a post that is due later.
    pub schedules: &'a dyn Schedules,
    /// Counts what went wrong behind the caller's back.
    pub metrics: &'a dyn Metrics,
}

/// Keeps the post until its time comes.
///
/// A post that is kept goes out, even when nothing could be sent or scheduled for it now: the watch finds it.
///
/// # Errors
/// `Invalid` with every broken rule; `Unavailable` when the post could not be kept.
pub async fn schedule(
    ports: &Ports<'_>,
    owner: &OwnerId,
    ask: Field<ScheduleAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let post = composition::schedule(ports.connections, owner, ask, now, entropy).await?;
    ports.posts.insert(&post).await?;
    let task = PrepareTask {
        owner: owner.clone(),
        post: post.id.clone(),
        revision: post.revision,
        connection: None,
    };
    let woken = if post.publish_at > now + SCHEDULE_FROM {
        let wake = Wake::for_post(owner, &post.id, post.revision, post.publish_at - PREPARE_LEAD);
        ports.schedules.create(&wake).await
    } else {
        ports.queues.prepare(&task, Duration::ZERO).await
    };
    if woken.is_err() {
        ports.metrics.put(Metric::WakeFailed);
    }
    Ok(post)
}
