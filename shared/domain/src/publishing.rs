//! Publishing now: the same way as any other post, with its time come already.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::composition;
use crate::content::PostAsk;
use crate::id::{Entropy, OwnerId};
use crate::idempotency::{self, IdempotencyKey};
use crate::input::Field;
use crate::ports::{Connections, Metrics, Posts, Queues};
use crate::post::Post;
use crate::scheduling::keep;
use crate::{Result, attaching, waking};

/// What publishing now touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the post.
    pub posts: &'a dyn Posts,
    /// Says which platform each connection is.
    pub connections: &'a dyn Connections,
    /// Has the files that it shows.
    pub media: attaching::Ports<'a>,
    /// Takes each target.
    pub queues: &'a dyn Queues,
    /// Counts what went wrong behind the caller's back.
    pub metrics: &'a dyn Metrics,
}

/// Sends the post on its way at once, the same way as any other, to as many connections as `count` allows.
///
/// # Errors
/// `Invalid` with every broken rule; `IdempotencyKeyReused`; `Unavailable` when the post could not be kept.
pub async fn publish_now(
    ports: &Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    count: RangeInclusive<usize>,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let id = key.map_or_else(|| entropy.post_id(), |key| key.post_id(owner));
    let post = composition::publish_now(ports.connections, &ports.media, owner, ask, count, now, id).await?;
    let post = keep(ports.posts, post, key).await?;
    waking::send(ports.queues, ports.metrics, &post).await;
    Ok(post)
}

/// What this request published when it came before, sent on its way again in case that was cut off.
///
/// # Errors
/// `IdempotencyKeyReused`.
pub async fn published_before(
    ports: &Ports<'_>,
    owner: &OwnerId,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Post>> {
    let post = idempotency::made_before(ports.posts, owner, key).await?;
    if let Some(post) = &post {
        waking::send(ports.queues, ports.metrics, post).await;
    }
    Ok(post)
}
