//! A target: one post on one connection, and the life that it may lead.
//!
//! ```text
//! draft ──person──► scheduled ──claim──► publishing ──record──► published | retrying | failed | skipped | canceled
//!                       ▲     │ ambiguous, or the lease ran out
//!          retrying ────┘     └──settle──► published | needs_attention
//! ```
//! Workers move a target only under a lease; a person's cancel moves it only when there is none. Both are conditional
//! writes, so whoever comes second finds the condition broken and lets go.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ConnectionId, LeaseToken};
use crate::platform::Platform;

/// How long before its time a target may be claimed: the claim, the connection's row and the TLS handshake happen in
/// this time, so that one request remains at the second itself.
pub const CLAIM_LEAD: Duration = Duration::from_secs(4);

/// Settlement begins this long after the attempt, so that a commit that was on its way has landed and can be seen.
pub const SETTLE_AFTER: Duration = Duration::from_secs(120);

/// Settlement looks this often before the person is asked.
pub const MAX_LOOKS: u32 = 3;

/// What was uploaded is used within this time, or made again. X forgets after a day, Instagram's containers live as long.
///
/// Source: <https://developers.facebook.com/docs/instagram-platform/content-publishing> (read 2026-11), and
/// `expires_after_secs` of <https://docs.x.com/x-api/media/media-upload-initialize> (read 2026-08-22).
pub const PREPARED_LIFETIME: Duration = Duration::from_secs(23 * 60 * 60);

/// Where a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TargetStatus)]
pub enum Status {
    /// Waits for the person to give it a time.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Claimed: a request is on its way, or its outcome is not known yet.
    Publishing,
    /// Refused for now; another attempt follows at `next_at`.
    Retrying,
    /// Live on the platform.
    Published,
    /// Refused for good.
    Failed,
    /// The outcome is not known and evidence could not settle it.
    NeedsAttention,
    /// Too late by the post's own late policy, and not sent.
    Skipped,
    /// Stopped by the person.
    Canceled,
}

impl Status {
    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        match self {
            Status::Scheduled | Status::Publishing | Status::Retrying => false,
            Status::Draft
            | Status::Published
            | Status::Failed
            | Status::NeedsAttention
            | Status::Skipped
            | Status::Canceled => true,
        }
    }

    /// Whether a request has left, or may have, or is about to leave again.
    fn is_started(self) -> bool {
        match self {
            Status::Publishing | Status::Published | Status::Retrying | Status::NeedsAttention => true,
            Status::Draft | Status::Scheduled | Status::Failed | Status::Skipped | Status::Canceled => false,
        }
    }

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Scheduled => "scheduled",
            Status::Publishing => "publishing",
            Status::Retrying => "retrying",
            Status::Published => "published",
            Status::Failed => "failed",
            Status::NeedsAttention => "needs_attention",
            Status::Skipped => "skipped",
            Status::Canceled => "canceled",
        }
    }
}

/// The right to send and to record, for a limited time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Whoever shows this may record.
    pub token: LeaseToken,
    /// From here on nobody sends under this lease any more: the worker's own timeout lies 10 s before it.
    pub until: Timestamp,
}

/// Who may see a LinkedIn post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The member's connections; not for organizations.
    Connections,
}

/// Who may reply to a post on X.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReplySettings {
    /// Accounts that the author follows.
    Following,
    /// Accounts that the post mentions.
    MentionedUsers,
    /// The author's subscribers.
    Subscribers,
    /// Verified accounts.
    Verified,
}

/// Whether Belfry numbers the parts of a thread that it split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThreadNumbering {
    /// `1/3` at the end of each part, when a text was too long for one.
    Auto,
    /// No numbers.
    Off,
}

/// What becomes of a thread of which a part is refused for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnThreadFailure {
    /// The parts that are live stay, and *Retry* goes on with the one that is missing.
    Resume,
    /// The parts that are live are deleted, the newest first.
    Rollback,
}

/// As what a picture or a film is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MediaPlacement {
    /// In the feed.
    Feed,
    /// As a reel: one film.
    Reels,
    /// As a story: one picture or film, for a day.
    Stories,
}

/// A page that a post points to. In JSON a URL, or with a title or a description an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "LinkWire", into = "LinkWire")]
pub struct Link {
    /// http or https; never fetched by Belfry.
    pub url: String,
    /// LinkedIn only: the headline of its card, which LinkedIn does not look up.
    pub title: Option<String>,
    /// LinkedIn only.
    pub description: Option<String>,
}

/// A URL, or an object with one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Link)]
pub enum LinkWire {
    /// Only where it leads.
    #[schema(format = "uri", example = "https://example.com/bells")]
    Url(String),
    /// With words for its card.
    Card(LinkCard),
}

/// A link with words for its card.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkCard {
    /// Where it leads.
    #[schema(format = "uri", example = "https://example.com/bells")]
    url: String,
    /// The headline; LinkedIn only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    title: Option<String>,
    /// The words below it; LinkedIn only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4_086)]
    description: Option<String>,
}

impl From<LinkWire> for Link {
    fn from(wire: LinkWire) -> Self {
        match wire {
            LinkWire::Url(url) => Self { url, title: None, description: None },
            LinkWire::Card(LinkCard { url, title, description }) => Self { url, title, description },
        }
    }
}

impl From<Link> for LinkWire {
    fn from(link: Link) -> Self {
        match link {
            Link { url, title: None, description: None } => Self::Url(url),
            Link { url, title, description } => Self::Card(LinkCard { url, title, description }),
        }
    }
}

/// What a platform offers beyond the text. A field of another platform is refused when the post is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// LinkedIn only; `PUBLIC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// LinkedIn and Facebook: a page to point to, instead of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LinkWire>)]
    pub link: Option<Link>,
    /// LinkedIn, Facebook and Instagram: a comment by the author, right after the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_comment: Option<String>,
    /// X only; everybody may reply when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_settings: Option<ReplySettings>,
    /// X only; `auto` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_numbering: Option<ThreadNumbering>,
    /// X only; `resume` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_thread_failure: Option<OnThreadFailure>,
    /// Facebook and Instagram; `FEED` when absent. Facebook has no stories here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_kind: Option<MediaPlacement>,
}

/// What is live on the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The platform's name for it: a number on X, a URN on LinkedIn.
    pub remote_id: String,
    /// Where people see it.
    #[schema(format = "uri")]
    pub url: String,
}

/// Why a target is not published, in words for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetError {
    /// Stable, snake_case.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// Whether another attempt could not help either.
    pub permanent: bool,
}

/// Whether sending again is a good idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Nothing reached the platform.
    Safe,
    /// The post may be live already.
    MayDuplicate,
    /// There is nothing to retry.
    No,
}

/// What was made on the platform before the time came: files that were uploaded, a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Whoever prepares right now.
    pub lease: Option<Lease>,
    /// The platform's names for what was made, in order; empty until all of it was.
    pub handles: Vec<String>,
    /// When the last of them was made; platforms forget what is not used within a day.
    pub made_at: Option<Timestamp>,
    /// Whether the platform has finished working on them.
    pub is_ready: bool,
    /// How often the platform has refused, or could not be reached.
    pub tries: u32,
}

impl Prepared {
    /// Whether the platform still knows what was made.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !self.handles.is_empty() && self.made_at.is_some_and(|at| now < at + PREPARED_LIFETIME)
    }
}

/// One post on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it goes.
    pub connection_id: ConnectionId,
    /// The platform of that connection.
    pub platform: Platform,
    /// Words for this target alone.
    pub text: Option<String>,
    /// What the platform offers beyond the text.
    pub options: Options,
    /// Where it stands.
    pub status: Status,
    /// Attempts begun; the number of the latest one.
    pub attempts: u32,
    /// When the latest attempt was claimed: evidence of it cannot be older.
    pub attempted_at: Option<Timestamp>,
    /// When something must happen next: the first attempt, the next one, or settlement. `None` exactly when final.
    pub next_at: Option<Timestamp>,
    /// Held while a worker acts.
    pub lease: Option<Lease>,
    /// How often settlement has looked for evidence of the latest attempt.
    pub looks: u32,
    /// Since when the platform has refused requests for what is to be sent next: a refusal is no proof that nothing is
    /// live, so that whoever sends again looks first.
    pub refused_since: Option<Timestamp>,
    /// The version of the tokens that the platform did not accept in the latest attempt.
    pub refused_token: Option<u32>,
    /// The person canceled while an attempt was in flight: no further request may leave.
    pub stop: bool,
    /// What was made on the platform ahead of time; `None` when nothing was yet, or nothing needs to be.
    pub prepared: Option<Prepared>,
    /// Why what is live of it is being taken down again.
    pub rollback: Option<TargetError>,
    /// When the person last asked to send it again: giving up counts from here.
    pub retried_at: Option<Timestamp>,
    /// What is live, a part each, in order.
    pub published: Vec<Published>,
    /// When the platform accepted the first part.
    pub published_at: Option<Timestamp>,
    /// Why it is not published, when there is something to say.
    pub error: Option<TargetError>,
}

impl Target {
    /// A target that waits for `publish_at`.
    pub fn scheduled(connection_id: ConnectionId, platform: Platform, publish_at: Timestamp) -> Self {
        Self { status: Status::Scheduled, next_at: Some(publish_at), ..Self::draft(connection_id, platform) }
    }

    /// A target that waits for the person.
    pub fn draft(connection_id: ConnectionId, platform: Platform) -> Self {
        Self {
            connection_id,
            platform,
            text: None,
            options: Options::default(),
            status: Status::Draft,
            attempts: 0,
            attempted_at: None,
            next_at: None,
            lease: None,
            looks: 0,
            refused_since: None,
            refused_token: None,
            stop: false,
            prepared: None,
            rollback: None,
            retried_at: None,
            published: Vec::new(),
            published_at: None,
            error: None,
        }
    }

    /// Whether somebody holds a lease that has not run out.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until > now)
    }

    /// Whether `attempt` may be claimed for sending now. The store writes the same rule as a condition.
    pub fn may_send(&self, attempt: u32, now: Timestamp) -> bool {
        matches!(self.status, Status::Scheduled | Status::Retrying)
            && self.attempts + 1 == attempt
            && self.next_at.is_some_and(|at| at <= now + CLAIM_LEAD)
    }

    /// Whether the outcome of `attempt` may be looked into now. The store writes the same rule as a condition.
    pub fn may_settle(&self, attempt: u32, now: Timestamp) -> bool {
        self.status == Status::Publishing
            && self.attempts == attempt
            && self.next_at.is_some_and(|at| at <= now)
            && !self.is_leased(now)
    }

    /// This target under a lease, about to send. What the attempt before said stays until this one has an outcome.
    pub fn sending(&self, now: Timestamp, lease: Lease) -> Self {
        Self {
            status: Status::Publishing,
            attempts: self.attempts + 1,
            attempted_at: Some(now),
            next_at: Some(settle_at(now, &lease)),
            lease: Some(lease),
            looks: 0,
            ..self.clone()
        }
    }

    /// This target under a lease, about to look for evidence.
    pub fn looking(&self, now: Timestamp, lease: Lease) -> Self {
        Self {
            next_at: Some(settle_at(now, &lease)),
            lease: Some(lease),
            looks: self.looks + 1,
            ..self.clone()
        }
    }

    /// One more part is live, which the platform accepted at `at`. What becomes of the target is said by the next step.
    pub fn with_part(mut self, part: Published, at: Timestamp) -> Self {
        self.published.push(part);
        let published_at = self.published_at.or(Some(at));
        Self { published_at, refused_since: None, refused_token: None, error: None, ..self }
    }

    /// Still under the same lease, about to send the part that follows: evidence of it cannot be older than `now`.
    pub fn into_next_part(self, now: Timestamp) -> Self {
        let next_at = self.lease.as_ref().map(|lease| settle_at(now, lease));
        Self { attempted_at: Some(now), next_at, looks: 0, ..self }
    }

    /// Ends as published, every part of it.
    pub fn into_published(self) -> Self {
        Self { error: None, prepared: None, ..self.ended(Status::Published) }
    }

    /// The newest part that is live was taken down. Without any the target ends as failed, for the reason why it was
    /// taken down.
    pub fn without_last_part(mut self) -> Self {
        self.published.pop();
        match self.rollback.take() {
            Some(error) if self.published.is_empty() => {
                Self { published_at: None, ..self.into_failed(error) }
            }
            rollback => Self { rollback, ..self },
        }
    }

    /// Ends as refused for good.
    pub fn into_failed(self, error: TargetError) -> Self {
        Self { error: Some(error), ..self.ended(Status::Failed) }
    }

    /// Ends with the question in the person's hands.
    pub fn into_needs_attention(self, error: TargetError) -> Self {
        Self { error: Some(error), ..self.ended(Status::NeedsAttention) }
    }

    /// Ends because it is too late to send it.
    pub fn into_skipped(self, error: TargetError) -> Self {
        Self { error: Some(error), ..self.ended(Status::Skipped) }
    }

    /// Waits for the person to give it a time: nothing of earlier attempts stays but their number.
    pub fn into_draft(self) -> Self {
        Self {
            text: self.text,
            options: self.options,
            attempts: self.attempts,
            ..Self::draft(self.connection_id, self.platform)
        }
    }

    /// Waits for `at`: nothing of earlier attempts stays but their number.
    pub fn into_scheduled(self, at: Timestamp) -> Self {
        Self { status: Status::Scheduled, next_at: Some(at), ..self.into_draft() }
    }

    /// Sent again at once, because the person said so. What the attempt before said stays until this one has an outcome.
    pub fn into_retried(self, now: Timestamp) -> Self {
        Self {
            status: Status::Retrying,
            next_at: Some(now),
            looks: 0,
            stop: false,
            retried_at: Some(now),
            ..self
        }
    }

    /// Ends because the person said so.
    pub fn into_canceled(self) -> Self {
        self.ended(Status::Canceled)
    }

    /// Waits for another attempt; ends as canceled when the person stopped it meanwhile. Without an error it is the
    /// next part that waits.
    pub fn into_retrying(self, at: Timestamp, error: Option<TargetError>) -> Self {
        if self.stop {
            return self.into_canceled();
        }
        Self { status: Status::Retrying, next_at: Some(at), lease: None, error, ..self }
    }

    /// Still publishing, the outcome unknown: settlement looks at `at`.
    pub fn into_unsettled(self, at: Timestamp, error: TargetError) -> Self {
        Self { status: Status::Publishing, next_at: Some(at), lease: None, error: Some(error), ..self }
    }

    /// Whether something of it is live, or may be, or is about to be: it can no longer be edited.
    pub fn is_started(&self) -> bool {
        self.status.is_started() || !self.published.is_empty()
    }

    /// Whether sending again is a good idea.
    pub fn retry(&self) -> Retry {
        match self.status {
            Status::Failed => Retry::Safe,
            Status::NeedsAttention => Retry::MayDuplicate,
            Status::Draft
            | Status::Scheduled
            | Status::Publishing
            | Status::Retrying
            | Status::Published
            | Status::Skipped
            | Status::Canceled => Retry::No,
        }
    }

    fn ended(self, status: Status) -> Self {
        Self { status, next_at: None, lease: None, rollback: None, ..self }
    }
}

/// The next action of a target under a lease, should its holder die: when the lease has run out and a late commit has
/// landed.
fn settle_at(now: Timestamp, lease: &Lease) -> Timestamp {
    lease.until.max(now + SETTLE_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lease(until: i64) -> Lease {
        Lease { token: LeaseToken("t".into()), until: at(until) }
    }

    fn target() -> Target {
        Target::scheduled(ConnectionId("con_1".into()), Platform::X, at(1000))
    }

    #[test]
    fn a_target_is_claimed_only_near_its_time_and_only_for_its_next_attempt() {
        assert!(!target().may_send(1, at(995)));
        assert!(target().may_send(1, at(996)));
        assert!(!target().may_send(2, at(1000)));
        assert!(!target().sending(at(998), lease(1040)).may_send(1, at(1000)));
    }

    #[test]
    fn settlement_waits_for_the_lease_and_for_a_late_commit() {
        let sent = target().sending(at(1000), lease(1040));
        assert!(!sent.may_settle(1, at(1119)));
        assert!(sent.may_settle(1, at(1120)));
        assert!(!sent.may_settle(2, at(1120)));
        assert!(!sent.looking(at(1120), lease(1160)).may_settle(1, at(1150)));
    }

    #[test]
    fn a_stopped_target_is_not_tried_again() {
        let mut sent = target().sending(at(1000), lease(1040));
        sent.stop = true;
        let error = TargetError { code: "c".into(), detail: "d".into(), permanent: false };
        assert_eq!(sent.into_retrying(at(1060), Some(error)).status, Status::Canceled);
    }
}
