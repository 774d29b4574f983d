//! A post: one text on its way to one or more targets.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectionId, OwnerId, PostId};
use crate::target::{Status, Target};

/// After this long a post that cannot be sent ends as `failed` with the code `gave_up`.
///
/// Counted from `publish_at`: a day later the news is old, and a person has had the time to notice.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// One text, for one or more connections, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Whose it is.
    pub owner: OwnerId,
    /// Its name.
    pub id: PostId,
    /// The words, unless a target has its own.
    pub text: String,
    /// When it should appear, to the millisecond.
    pub publish_at: Timestamp,
    /// The IANA zone that the person chose the time in, for showing it again.
    pub time_zone: Option<String>,
    /// 1 to 20, in the order given, each connection once.
    pub targets: Vec<Target>,
    /// Counts what people change (cancel, later edit and retry), from 1. What workers do leaves it alone.
    pub revision: u32,
    /// When somebody must look at this post next: never later than any target's next action, `None` when all are final.
    pub due_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What a post is as a whole, derived from its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// Nothing has started.
    Scheduled,
    /// At least one target is on its way or waits for another attempt.
    Publishing,
    /// Every target is published.
    Published,
    /// Some are published, the others ended otherwise.
    PartiallyPublished,
    /// None is published, at least one failed.
    Failed,
    /// The outcome of at least one target is unknown, and the person must decide.
    NeedsAttention,
    /// Every target was canceled.
    Canceled,
}

impl Post {
    /// The target on this connection.
    pub fn target(&self, connection: &ConnectionId) -> Option<&Target> {
        self.targets.iter().find(|target| target.connection_id == *connection)
    }

    /// The target on this connection, to be changed.
    pub fn target_mut(&mut self, connection: &ConnectionId) -> Option<&mut Target> {
        self.targets.iter_mut().find(|target| target.connection_id == *connection)
    }

    /// The words that go to this target.
    pub fn text_for<'a>(&'a self, target: &'a Target) -> &'a str {
        target.text.as_deref().unwrap_or(&self.text)
    }

    /// Whether nothing will happen to any target by itself any more.
    pub fn is_final(&self) -> bool {
        self.targets.iter().all(|target| target.status.is_final())
    }

    /// The earliest next action of any target; `None` when all are final.
    pub fn next_action_at(&self) -> Option<Timestamp> {
        self.targets.iter().filter_map(|target| target.next_at).min()
    }

    /// What the post is as a whole.
    ///
    /// Attention comes first because a person must act; then what still moves; then the outcome.
    pub fn status(&self) -> PostStatus {
        let any = |status: Status| self.targets.iter().any(|target| target.status == status);
        if any(Status::NeedsAttention) {
            PostStatus::NeedsAttention
        } else if any(Status::Publishing) || any(Status::Retrying) {
            PostStatus::Publishing
        } else if any(Status::Scheduled) {
            if any(Status::Published) || any(Status::Failed) {
                PostStatus::Publishing
            } else {
                PostStatus::Scheduled
            }
        } else if any(Status::Published) {
            if any(Status::Failed) || any(Status::Canceled) {
                PostStatus::PartiallyPublished
            } else {
                PostStatus::Published
            }
        } else if any(Status::Failed) {
            PostStatus::Failed
        } else {
            PostStatus::Canceled
        }
    }
}
