//! Requests that may come twice because their answer was lost: the caller names each by a key.
//!
//! The id of a post made under a key is derived from owner and key, and the put is conditional: whoever comes second
//! finds what the first one made.

use serde::{Deserialize, Serialize};

use crate::id::{OwnerId, PostId, derived};
use crate::ports::Posts;
use crate::post::Post;
use crate::{Error, Result};

/// A post remembers the keys of so many retries.
pub const MAX_RETRY_KEYS: usize = 8;

/// What a request was, so that the same key with another request is noticed: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// An `Idempotency-Key` and the request that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// 1 to 255 visible ASCII characters, chosen by the caller.
    pub key: String,
    /// The request.
    pub fingerprint: Fingerprint,
}

/// One retry of a post that was asked for under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryKey {
    /// Stands for the key: 32 hexadecimal digits.
    pub key: String,
    /// The request.
    pub fingerprint: Fingerprint,
}

impl Fingerprint {
    /// Of a request to `route` with this body, whose members are in a canonical order.
    pub fn of(route: &str, body: &str) -> Self {
        Self(derived(&[route, body]))
    }
}

impl IdempotencyKey {
    /// The id of the post that this request makes, the same each time.
    pub fn post_id(&self, owner: &OwnerId) -> PostId {
        PostId(format!("pst_{}", derived(&["idempotency-key", &owner.0, &self.key])))
    }

    /// What a post remembers of this request when it asks for a retry.
    pub fn of_retry(&self) -> RetryKey {
        RetryKey { key: derived(&["retry", &self.key]), fingerprint: self.fingerprint.clone() }
    }

    /// Whether `post` is what this very request made.
    ///
    /// # Errors
    /// `IdempotencyKeyReused` when it was another request under the same key.
    pub fn made(&self, post: &Post) -> Result<()> {
        if post.fingerprint.as_ref() == Some(&self.fingerprint) {
            Ok(())
        } else {
            Err(Error::IdempotencyKeyReused)
        }
    }
}

/// What this request made when it came before; `None` when it comes for the first time. One read.
///
/// # Errors
/// `IdempotencyKeyReused` when the key came with another request.
pub async fn made_before(
    posts: &dyn Posts,
    owner: &OwnerId,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Post>> {
    let Some(key) = key else { return Ok(None) };
    let Some(post) = posts.find(owner, &key.post_id(owner)).await? else { return Ok(None) };
    key.made(&post)?;
    Ok(Some(post))
}
