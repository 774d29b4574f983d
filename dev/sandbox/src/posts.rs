//! What was published: posts, replies and comments of every platform, in the order they were accepted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::platform::Platform;

/// More than this are not kept; the oldest go first.
const KEPT: usize = 20_000;

/// One thing that a platform accepted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Post {
    /// Where.
    pub(crate) platform: Platform,
    /// By whom: the X user id, the LinkedIn author URN, the Page id or the Instagram id.
    pub(crate) account: String,
    /// The platform's id of it.
    pub(crate) id: String,
    /// What a reader sees.
    pub(crate) text: String,
    /// The text as it was sent: LinkedIn's little text with its escapes, elsewhere the same as `text`.
    pub(crate) sent: String,
    /// Whether a reader sees less than was meant, because of an unescaped reserved character.
    pub(crate) truncated: bool,
    /// The attached media in order: ids, or paths of addresses, never with a query.
    pub(crate) media: Vec<String>,
    /// The id of what it answers: the parent in a thread, the post under a comment.
    pub(crate) reply_to: Option<String>,
    /// Who may see it, in the platform's own word.
    pub(crate) visibility: String,
    /// When it was committed, in Unix milliseconds.
    pub(crate) accepted_at_ms: i64,
    /// When it was deleted, in Unix milliseconds.
    pub(crate) deleted_at_ms: Option<i64>,
    /// What else the platform shows on read-back: an article, a poll, reply settings.
    pub(crate) extra: Value,
    /// Whether it is a comment rather than a post of its own.
    pub(crate) comment: bool,
}

/// Every post, oldest first.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Posts {
    all: Vec<Arc<Post>>,
    last_ids: Vec<(Platform, u64)>,
}

impl Posts {
    /// Commits a post.
    pub(crate) fn push(&mut self, post: Post) {
        if self.all.len() >= KEPT {
            self.all.drain(..KEPT / 10);
        }
        self.all.push(Arc::new(post));
    }

    /// A new id of the shape `milliseconds << 22`, greater than every earlier one of that platform.
    ///
    /// `epoch_ms` is where the platform's milliseconds begin: 1288834974657 for X, 0 for LinkedIn.
    pub(crate) fn next_id(&mut self, platform: Platform, now_ms: i64, epoch_ms: i64) -> u64 {
        let base = u64::try_from(now_ms - epoch_ms).unwrap_or_default() << 22;
        let last = self.last_ids.iter_mut().find(|(of, _)| *of == platform);
        match last {
            Some((_, last)) => {
                *last = base.max(*last + 1);
                *last
            }
            None => {
                self.last_ids.push((platform, base));
                base
            }
        }
    }

    /// Every post, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Arc<Post>> {
        self.all.iter().rev()
    }

    /// The post of that id, deleted or not.
    pub(crate) fn find(&self, platform: Platform, id: &str) -> Option<&Arc<Post>> {
        self.newest_first().find(|post| post.platform == platform && post.id == id)
    }

    /// The post of that id unless it was deleted.
    pub(crate) fn live(&self, platform: Platform, id: &str) -> Option<&Arc<Post>> {
        self.find(platform, id).filter(|post| post.deleted_at_ms.is_none())
    }

    /// The newest live post of `account` accepted since `since_ms` for which `same` holds.
    pub(crate) fn twin(
        &self,
        platform: Platform,
        account: &str,
        since_ms: i64,
        same: impl Fn(&Post) -> bool,
    ) -> Option<&Arc<Post>> {
        self.newest_first().take_while(|post| post.accepted_at_ms > since_ms).find(|post| {
            post.platform == platform && post.account == account && post.deleted_at_ms.is_none() && same(post)
        })
    }

    /// Marks a post as deleted; the first deletion's time stays.
    pub(crate) fn delete(&mut self, platform: Platform, id: &str, now_ms: i64) {
        if let Some(post) = self.all.iter_mut().rev().find(|post| post.platform == platform && post.id == id)
        {
            Arc::make_mut(post).deleted_at_ms.get_or_insert(now_ms);
        }
    }

    /// Forgets every post; ids go on growing.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_differ_and_keep_the_millisecond() {
        let mut posts = Posts::default();
        let first = posts.next_id(Platform::LinkedIn, 1_790_000_000_123, 0);
        let second = posts.next_id(Platform::LinkedIn, 1_790_000_000_123, 0);
        assert!(second > first);
        assert_eq!((first >> 22, second >> 22), (1_790_000_000_123, 1_790_000_000_123));
    }
}
