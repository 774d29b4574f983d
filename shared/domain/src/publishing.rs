//! Publishing now: the same way as any other post, with its time come already.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::composition::{self, PublishAsk};
use crate::id::{Entropy, OwnerId};
use crate::input::Field;
use crate::metric::Metric;
use crate::ports::{Connections, Metrics, Posts, Queues};
use crate::post::Post;
use crate::preparing::next_attempt;

/// What publishing now touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the post.
    pub posts: &'a dyn Posts,
    /// Says which platform each connection is.
    pub connections: &'a dyn Connections,
    /// Takes each target.
    pub queues: &'a dyn Queues,
    /// Counts what went wrong behind the caller's back.
    pub metrics: &'a dyn Metrics,
}

/// Sends the post on its way at once, the same way as any other.
///
/// # Errors
/// `Invalid` with every broken rule; `Unavailable` when the post could not be kept.
pub async fn publish_now(
    ports: &Ports<'_>,
    owner: &OwnerId,
    ask: Field<PublishAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let post = composition::publish_now(ports.connections, owner, ask, now, entropy).await?;
    ports.posts.insert(&post).await?;
    for target in &post.targets {
        if ports.queues.deliver(&next_attempt(&post, target), Duration::ZERO).await.is_err() {
            ports.metrics.put(Metric::WakeFailed);
        }
    }
    Ok(post)
}
