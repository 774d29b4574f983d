//! Keeping a post that is not finished.

use jiff::Timestamp;

use crate::Result;
use crate::composition::{self, PostAsk};
use crate::id::{Entropy, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::input::Field;
use crate::ports::{Connections, Posts};
use crate::post::Post;
use crate::scheduling::keep;

/// Keeps a draft. It is sent when an edit gives it a time.
///
/// # Errors
/// `Invalid` with every broken rule; `IdempotencyKeyReused`; `Unavailable` when it could not be kept.
pub async fn draft(
    posts: &dyn Posts,
    connections: &dyn Connections,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let id = key.map_or_else(|| entropy.post_id(), |key| key.post_id(owner));
    let post = composition::draft(connections, owner, ask, now, id).await?;
    keep(posts, post, key).await
}
