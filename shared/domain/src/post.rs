//! A post: one text on its way to one or more targets.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ConnectionId, MediaId, OwnerId, PostId};
use crate::idempotency::{Fingerprint, RetryKey};
use crate::media::{MediaKind, Pixels};
use crate::ports::Place;
use crate::target::{Status, Target};

/// After this long a post that cannot be sent ends as `failed` with the code `gave_up`.
///
/// Counted from `publish_at`, or from the person's last retry: a day later the news is old, and a person has had the
/// time to notice.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A file that goes out with a post, as it was when it was attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Which file.
    pub media_id: MediaId,
    /// What it shows, for people who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
    /// What it is called on the person's machine.
    pub file_name: String,
    /// What it is.
    pub kind: MediaKind,
    /// How large it is.
    pub size_bytes: u64,
    /// How large it is shown; `None` for films and documents, and where its first bytes did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
}

#[cfg(test)]
impl Attachment {
    /// A small file of the kind that its name says.
    pub(crate) fn example(name: &str) -> Self {
        let kind = match name.rsplit_once('.').map(|(_, kind)| kind) {
            Some("jpg") => MediaKind::Jpeg,
            Some("gif") => MediaKind::Gif,
            Some("webp") => MediaKind::WebP,
            Some("mp4") => MediaKind::Mp4,
            Some("pdf") => MediaKind::Pdf,
            _ => MediaKind::Png,
        };
        let pixels = kind.is_picture().then_some(Pixels { width: 1_000, height: 1_000 });
        let media_id = MediaId(format!("med_{name}"));
        Self { media_id, alt_text: None, file_name: name.into(), kind, size_bytes: 1_000, pixels }
    }
}

/// What becomes of a target that is late before its first attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum LatePolicy {
    /// It is sent: late is better than never.
    #[default]
    Publish,
    /// It is not sent when it is later than this.
    Skip {
        /// Seconds after `publish_at`.
        #[serde(rename = "afterSeconds")]
        after_seconds: u32,
    },
}

impl LatePolicy {
    /// Whether what was due at `publish_at` is not to be sent any more.
    pub fn skips(self, publish_at: Timestamp, now: Timestamp) -> bool {
        match self {
            LatePolicy::Publish => false,
            LatePolicy::Skip { after_seconds } => {
                now > publish_at + Duration::from_secs(after_seconds.into())
            }
        }
    }
}

/// One text, for one or more connections, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Whose it is.
    pub owner: OwnerId,
    /// Its name.
    pub id: PostId,
    /// The words, unless a target has its own.
    pub text: String,
    /// What goes out with the words, in this order.
    pub media: Vec<Attachment>,
    /// When it should appear, to the millisecond. Only a draft may have none.
    pub publish_at: Option<Timestamp>,
    /// The IANA zone that the person chose the time in, for showing it again.
    pub time_zone: Option<String>,
    /// What becomes of it when it is late.
    pub late_policy: LatePolicy,
    /// At most 20, in the order given, each connection once. Only a draft may have none.
    pub targets: Vec<Target>,
    /// Counts what people change (edit, cancel, retry, disconnect), from 1. What workers do leaves it alone.
    pub revision: u32,
    /// When somebody must look at this post next: never later than any target's next action, `None` when all are final.
    pub due_at: Option<Timestamp>,
    /// The request that made it, when that came with an idempotency key.
    pub fingerprint: Option<Fingerprint>,
    /// The latest retries that came with an idempotency key.
    pub retry_keys: Vec<RetryKey>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What a post is as a whole, derived from its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// Waits for the person to give it a time.
    Draft,
    /// Nothing has started.
    Scheduled,
    /// At least one target is on its way or waits for another attempt.
    Publishing,
    /// Every target is published.
    Published,
    /// Something is live, and something ended otherwise: a target, or the rest of a thread.
    PartiallyPublished,
    /// None is published, at least one failed.
    Failed,
    /// The outcome of at least one target is unknown, and the person must decide.
    NeedsAttention,
    /// Too late by its late policy, and not sent.
    Skipped,
    /// Every target was canceled.
    Canceled,
}

impl PostStatus {
    /// All of them.
    pub const ALL: [PostStatus; 9] = [
        PostStatus::Draft,
        PostStatus::Scheduled,
        PostStatus::Publishing,
        PostStatus::Published,
        PostStatus::PartiallyPublished,
        PostStatus::Failed,
        PostStatus::NeedsAttention,
        PostStatus::Skipped,
        PostStatus::Canceled,
    ];

    /// The name in JSON and in queries.
    pub fn name(self) -> &'static str {
        match self {
            PostStatus::Draft => "draft",
            PostStatus::Scheduled => "scheduled",
            PostStatus::Publishing => "publishing",
            PostStatus::Published => "published",
            PostStatus::PartiallyPublished => "partially_published",
            PostStatus::Failed => "failed",
            PostStatus::NeedsAttention => "needs_attention",
            PostStatus::Skipped => "skipped",
            PostStatus::Canceled => "canceled",
        }
    }

    /// The status of this [`PostStatus::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl Post {
    /// A post with nothing in it, before its first revision.
    pub fn blank(owner: OwnerId, id: PostId, now: Timestamp) -> Self {
        Self {
            owner,
            id,
            text: String::new(),
            media: Vec::new(),
            publish_at: None,
            time_zone: None,
            late_policy: LatePolicy::default(),
            targets: Vec::new(),
            revision: 0,
            due_at: None,
            fingerprint: None,
            retry_keys: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

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

    /// When it should appear; a draft without a time counts from when it was made.
    pub fn time(&self) -> Timestamp {
        self.publish_at.unwrap_or(self.created_at)
    }

    /// Whether it waits for the person to give it a time.
    pub fn is_draft(&self) -> bool {
        self.targets.iter().all(|target| target.status == Status::Draft)
    }

    /// Where it stands in the list of its owner's posts: by its time, drafts after all others by when they were made.
    pub fn place(&self) -> Place {
        let is_draft = self.is_draft();
        let at = if is_draft { self.created_at } else { self.time() };
        Place { is_draft, at, post: self.id.clone() }
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
        if self.is_draft() {
            PostStatus::Draft
        } else if any(Status::NeedsAttention) {
            PostStatus::NeedsAttention
        } else if any(Status::Publishing) || any(Status::Retrying) {
            PostStatus::Publishing
        } else if any(Status::Scheduled) {
            if any(Status::Published) { PostStatus::Publishing } else { PostStatus::Scheduled }
        } else if self.targets.iter().all(|target| target.status == Status::Published) {
            PostStatus::Published
        } else if self.targets.iter().any(|target| !target.published.is_empty()) {
            PostStatus::PartiallyPublished
        } else if any(Status::Failed) {
            PostStatus::Failed
        } else if any(Status::Skipped) {
            PostStatus::Skipped
        } else {
            PostStatus::Canceled
        }
    }
}
