//! Putting a post on the calendar.

use std::time::Duration;

use jiff::Timestamp;

use crate::composition;
use crate::content::PostAsk;
use crate::id::{Entropy, OwnerId};
use crate::idempotency::{self, IdempotencyKey};
use crate::input::Field;
use crate::ports::{Connections, Metrics, Posts, Queues, Schedules, Written};
use crate::post::Post;
use crate::{Result, attaching, waking};

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
/// `Invalid` with every broken rule; `IdempotencyKeyReused`; `Unavailable` when the post could not be kept.
pub async fn schedule(
    ports: &Ports<'_>,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let id = key.map_or_else(|| entropy.post_id(), |key| key.post_id(owner));
    let post = composition::schedule(ports.connections, media, owner, ask, now, id).await?;
    let post = keep(ports.posts, post, key).await?;
    waking::wake(ports.queues, ports.schedules, ports.metrics, &post, now).await;
    Ok(post)
}

/// What this request scheduled when it came before, woken again in case that was cut off.
///
/// # Errors
/// `IdempotencyKeyReused`.
pub async fn scheduled_before(
    ports: &Ports<'_>,
    owner: &OwnerId,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
) -> Result<Option<Post>> {
    let post = idempotency::made_before(ports.posts, owner, key).await?;
    if let Some(post) = &post {
        waking::wake(ports.queues, ports.schedules, ports.metrics, post, now).await;
    }
    Ok(post)
}

/// Keeps a new post; one that the same request has made meanwhile is as good.
pub(crate) async fn keep(posts: &dyn Posts, post: Post, key: Option<&IdempotencyKey>) -> Result<Post> {
    let post = Post { fingerprint: key.map(|key| key.fingerprint.clone()), ..post };
    match (posts.insert(&post).await?, key) {
        (Written::Refused(Some(there)), Some(key)) => key.made(&there).map(|()| *there),
        // Nobody else has this id: the client repeated a put whose answer was lost.
        (Written::Done(_) | Written::Refused(_), _) => Ok(post),
    }
}
