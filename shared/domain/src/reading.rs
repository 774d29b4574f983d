//! Looking at posts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::connection::Connection;
use crate::id::{ConnectionId, OwnerId, PostId};
use crate::platform::Platform;
use crate::ports::{Connections, Place, PostQuery, Posts, Section};
use crate::post::{Post, PostStatus};
use crate::{Error, Result};

/// The default and the greatest number of items on one page.
pub const DEFAULT_LIMIT: u32 = 100;
/// The greatest number of items on one page.
pub const MAX_LIMIT: u32 = 200;

/// At most so many posts are looked at for one page.
pub const MAX_EXAMINED: u32 = 1_000;

/// One page of an owner's posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In the order of their places.
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
    /// Only posts that are this as a whole.
    pub status: Option<PostStatus>,
    /// Only posts that go there, among others.
    pub platform: Option<Platform>,
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

/// One page of the owner's posts, in the order of their places.
///
/// With a status or a platform at most [`MAX_EXAMINED`] posts are looked at: the page may then hold fewer posts than
/// asked for, even none, and still name a next one.
///
/// # Errors
/// `InvalidCursor` when the cursor is not one that this list gave to this owner.
pub async fn list(posts: &dyn Posts, owner: &OwnerId, ask: ListAsk) -> Result<Page> {
    let limit = ask.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
    let after = ask.cursor.as_deref().map(|cursor| open_cursor(owner, cursor)).transpose()?;
    let section = match ask.status {
        Some(PostStatus::Draft) => Section::Drafts,
        Some(_) => Section::Timed,
        None => Section::All,
    };
    let is_filtered = ask.platform.is_some() || ask.status.is_some_and(|status| status != PostStatus::Draft);
    let step = if is_filtered { MAX_LIMIT } else { limit as u32 + 1 };
    let (from, to) = (ask.from, ask.to);
    let mut query = PostQuery { owner: owner.clone(), section, from, to, after, limit: step };
    let mut found = Vec::new();
    let mut examined = 0;
    loop {
        let page = posts.list(&query).await?;
        let is_last = page.len() < step as usize;
        for post in page {
            if found.len() == limit {
                let next_cursor = query.after.as_ref().map(|place| make_cursor(owner, place));
                return Ok(Page { posts: found, next_cursor });
            }
            query.after = Some(post.place());
            examined += 1;
            if ask.wants(&post) {
                found.push(post);
            }
        }
        if is_last || examined >= MAX_EXAMINED {
            let next = query.after.as_ref().filter(|_| !is_last);
            return Ok(Page { posts: found, next_cursor: next.map(|place| make_cursor(owner, place)) });
        }
    }
}

impl ListAsk {
    fn wants(&self, post: &Post) -> bool {
        let on = |platform| post.targets.iter().any(|target| target.platform == platform);
        self.status.is_none_or(|status| post.status() == status) && self.platform.is_none_or(on)
    }
}

/// One connection.
///
/// # Errors
/// `NotFound` when this owner has none by that name.
pub async fn find_connection(
    connections: &dyn Connections,
    owner: &OwnerId,
    id: &ConnectionId,
) -> Result<Connection> {
    connections.find(owner, id).await?.ok_or(Error::NotFound("connection"))
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    draft: bool,
    at: i64,
    post: String,
    check: String,
}

fn make_cursor(owner: &OwnerId, place: &Place) -> String {
    let Place { is_draft, at, post } = place;
    let at = at.as_millisecond();
    let check = cursor_check(owner, *is_draft, at, &post.0);
    let cursor = Cursor { draft: *is_draft, at, post: post.0.clone(), check };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("our own types serialise"))
}

fn open_cursor(owner: &OwnerId, cursor: &str) -> Result<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::InvalidCursor)?;
    let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| Error::InvalidCursor)?;
    if cursor.check != cursor_check(owner, cursor.draft, cursor.at, &cursor.post) {
        return Err(Error::InvalidCursor);
    }
    let at = Timestamp::from_millisecond(cursor.at).map_err(|_| Error::InvalidCursor)?;
    Ok(Place { is_draft: cursor.draft, at, post: PostId(cursor.post) })
}

/// Ties a cursor to its owner. It guards nothing secret: a forged one could only reach its own forger's posts.
fn cursor_check(owner: &OwnerId, is_draft: bool, at: i64, post: &str) -> String {
    let at = at.to_string();
    let section = if is_draft { "draft" } else { "timed" };
    let hash = Sha256::new()
        .chain_update("cursor")
        .chain_update(crate::id::derived(&[&owner.0, section, &at, post]));
    crate::id::hex(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_owner_only_and_only_unchanged() {
        let (alice, bob) = (OwnerId("alice".into()), OwnerId("bob".into()));
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let place = Place { is_draft: false, at, post: PostId("pst_1".into()) };
        let cursor = make_cursor(&alice, &place);
        assert_eq!(open_cursor(&alice, &cursor).unwrap(), place);
        assert!(matches!(open_cursor(&bob, &cursor), Err(Error::InvalidCursor)));
        assert!(matches!(open_cursor(&alice, "e30"), Err(Error::InvalidCursor)));
        assert!(matches!(open_cursor(&alice, "%%%"), Err(Error::InvalidCursor)));
    }
}
