//! What travels through the queues: names and counters, never content and never a secret.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectionId, OwnerId, PostId};

/// Get this post ready: split it into its targets and send each on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareTask {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// As which the post was known when this was sent; another revision drops it.
    pub revision: u32,
    /// Only this target; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
}

/// See this attempt through: send it, or find out what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliverTask {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// Which target.
    pub connection: ConnectionId,
    /// As which the post was known when this was sent.
    pub revision: u32,
    /// Which attempt, from 1.
    pub attempt: u32,
}

/// Count how the targets of this post ended. It is the detail of an event on our bus, of which no more is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountTask {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post_id: PostId,
}

impl fmt::Display for CountTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.post_id)
    }
}

impl fmt::Display for PrepareTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} revision {}", self.post, self.revision)?;
        self.connection.as_ref().map_or(Ok(()), |connection| write!(f, " on {connection}"))
    }
}

impl fmt::Display for DeliverTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} revision {} attempt {}", self.post, self.connection, self.revision, self.attempt)
    }
}

/// A one-time schedule: at `at` or up to a minute later, `task` lands in the prepare queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// Derived from what it is for, so that making it twice makes it once. At most 64 of `[0-9A-Za-z-_.]`.
    pub name: String,
    /// To the second.
    pub at: Timestamp,
    /// What to do then.
    pub task: PrepareTask,
}

impl Wake {
    /// The schedule that begins the preparation of this revision of the post.
    pub fn for_post(owner: &OwnerId, post: &PostId, revision: u32, at: Timestamp) -> Self {
        let task = PrepareTask { owner: owner.clone(), post: post.clone(), revision, connection: None };
        Self { name: Self::name_for_post(post, revision), at, task }
    }

    /// The name of that schedule.
    pub fn name_for_post(post: &PostId, revision: u32) -> String {
        format!("{post}-{revision}")
    }

    /// The schedule that brings one target back for the attempt of `task`, when that is too far for a queue.
    pub fn for_retry(task: &DeliverTask, at: Timestamp) -> Self {
        let target = crate::id::derived(&[&task.connection.0]);
        Self {
            name: format!("{}-{}-{}-{}", task.post, task.revision, &target[..8], task.attempt),
            at,
            task: PrepareTask {
                owner: task.owner.clone(),
                post: task.post.clone(),
                revision: task.revision,
                connection: Some(task.connection.clone()),
            },
        }
    }
}
