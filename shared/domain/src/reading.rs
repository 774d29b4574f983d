//! Looking at posts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::{OwnerId, PostId};
use crate::ports::{Place, PostQuery, Posts};
use crate::post::Post;
use crate::{Error, Result};

/// The default and the greatest number of items on one page.
pub const DEFAULT_LIMIT: u32 = 100;
/// The greatest number of items on one page.
pub const MAX_LIMIT: u32 = 200;

/// One page of an owner's posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In order of `publish_at`.
    pub posts: Vec<Post>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

/// Which posts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListAsk {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// As an earlier page gave it.
    pub cursor: Option<String>,
    /// 1 to [`MAX_LIMIT`].
    pub limit: Option<u32>,
}

/// One post.
///
/// # Errors
/// `NotFound` when this owner has none by that name.
pub async fn find(posts: &dyn Posts, owner: &OwnerId, id: &PostId) -> Result<Post> {
    posts.find(owner, id).await?.ok_or(Error::NotFound("post"))
}

/// One page of the owner's posts, by `publish_at`.
///
/// # Errors
/// `InvalidCursor` when the cursor is not one that this list gave to this owner.
pub async fn list(posts: &dyn Posts, owner: &OwnerId, ask: ListAsk) -> Result<Page> {
    let limit = ask.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let after = ask.cursor.as_deref().map(|cursor| open_cursor(owner, cursor)).transpose()?;
    let query = PostQuery { owner: owner.clone(), from: ask.from, to: ask.to, after, limit: limit + 1 };
    let mut found = posts.list(&query).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| make_cursor(owner, last));
    Ok(Page { posts: found, next_cursor })
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    at: i64,
    post: String,
    check: String,
}

fn make_cursor(owner: &OwnerId, last: &Post) -> String {
    let at = last.publish_at.as_millisecond();
    let check = cursor_check(owner, at, &last.id.0);
    let cursor = Cursor { at, post: last.id.0.clone(), check };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("our own types serialise"))
}

fn open_cursor(owner: &OwnerId, cursor: &str) -> Result<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::InvalidCursor)?;
    let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| Error::InvalidCursor)?;
    if cursor.check != cursor_check(owner, cursor.at, &cursor.post) {
        return Err(Error::InvalidCursor);
    }
    let publish_at = Timestamp::from_millisecond(cursor.at).map_err(|_| Error::InvalidCursor)?;
    Ok(Place { publish_at, post: PostId(cursor.post) })
}

/// Ties a cursor to its owner. It guards nothing secret: a forged one could only reach its own forger's posts.
fn cursor_check(owner: &OwnerId, at: i64, post: &str) -> String {
    let at = at.to_string();
    let hash = Sha256::new().chain_update("cursor").chain_update(crate::id::derived(&[&owner.0, &at, post]));
    crate::id::hex(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ConnectionId;
    use crate::platform::Platform;
    use crate::target::Target;

    #[test]
    fn a_cursor_opens_for_its_owner_only_and_only_unchanged() {
        let (alice, bob) = (OwnerId("alice".into()), OwnerId("bob".into()));
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let post = Post {
            owner: alice.clone(),
            id: PostId("pst_1".into()),
            text: String::new(),
            publish_at: at,
            time_zone: None,
            targets: vec![Target::scheduled(ConnectionId("con_1".into()), Platform::X, at)],
            revision: 1,
            due_at: None,
            created_at: at,
            updated_at: at,
        };
        let cursor = make_cursor(&alice, &post);
        assert_eq!(open_cursor(&alice, &cursor).unwrap().publish_at, at);
        assert!(matches!(open_cursor(&bob, &cursor), Err(Error::InvalidCursor)));
        assert!(matches!(open_cursor(&alice, "e30"), Err(Error::InvalidCursor)));
        assert!(matches!(open_cursor(&alice, "%%%"), Err(Error::InvalidCursor)));
    }
}
