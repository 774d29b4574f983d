//! Keeping a post that is not finished.

use jiff::Timestamp;

use crate::composition;
use crate::content::PostAsk;
use crate::id::{Entropy, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::input::Field;
use crate::ports::{Connections, Posts};
use crate::post::Post;
use crate::scheduling::keep;
use crate::{Result, attaching};

/// What drafting touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the draft.
    pub posts: &'a dyn Posts,
    /// Says which platform each connection is.
    pub connections: &'a dyn Connections,
    /// Has the files that it shows.
    pub media: attaching::Ports<'a>,
}

/// Keeps a draft. It is sent when an edit gives it a time.
///
/// # Errors
/// `Invalid` with every broken rule; `IdempotencyKeyReused`; `Unavailable` when it could not be kept.
pub async fn draft(
    ports: &Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let id = key.map_or_else(|| entropy.post_id(), |key| key.post_id(owner));
    let post = composition::draft(ports.connections, &ports.media, owner, ask, now, id).await?;
    keep(ports.posts, post, key).await
}
