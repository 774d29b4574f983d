//! How often something was seen and liked: invented, but the same at every look; comments are counted.

use sha2::{Digest, Sha256};

use crate::house::World;
use crate::posts::Post;

/// The numbers of one post.
pub(crate) struct Numbers {
    pub(crate) views: usize,
    pub(crate) reach: usize,
    pub(crate) likes: usize,
    pub(crate) comments: usize,
    pub(crate) saved: usize,
    pub(crate) shares: usize,
    pub(crate) clicks: usize,
}

impl Numbers {
    /// The numbers of a post. One post in eight nobody has seen.
    pub(crate) fn of(world: &World, post: &Post) -> Self {
        let seed: [u8; 32] = Sha256::digest(&post.id).into();
        let number = |index: usize| usize::from(seed[index]);
        let comments = world.posts.newest_first().filter(|other| {
            other.comment && other.deleted_at_ms.is_none() && other.reply_to.as_deref() == Some(&post.id)
        });
        let comments = comments.count();
        if number(0) < 32 {
            return Self { views: 0, reach: 0, likes: 0, comments, saved: 0, shares: 0, clicks: 0 };
        }
        let views = 50 + number(1) * 10;
        Self {
            views,
            reach: views / 2,
            likes: number(2) / 2,
            comments,
            saved: number(3) / 16,
            shares: number(4) / 16,
            clicks: number(5) / 8,
        }
    }

    /// Everything that people did with it.
    pub(crate) fn interactions(&self) -> usize {
        self.likes + self.comments + self.saved + self.shares
    }
}
