//! Answers as callers see them.

pub mod analytics;
pub mod media;

use domain::connecting::Begun;
use domain::connection::{AccountKind, Connection, ConnectionStatus};
use domain::id::{ConnectionId, MediaId, PostId};
use domain::limits::Quota;
use domain::platform::Platform;
use domain::post::{Attachment, LatePolicy, Post, PostStatus};
use domain::previewing::{Part, Preview};
use domain::problem::Severity;
use domain::reading::Page;
use domain::target::{Options, Published, Retry, Status, Target, TargetError};
use domain::text::Role;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Post)]
pub struct PostView<'a> {
    id: &'a PostId,
    status: PostStatus,
    text: &'a str,
    media: Vec<AttachmentView<'a>>,
    /// Null only on a draft.
    #[schema(required)]
    publish_at: Option<Timestamp>,
    /// The IANA zone that the time was chosen in.
    #[schema(required)]
    time_zone: Option<&'a str>,
    late_policy: LatePolicy,
    /// Counts what people change, from 1.
    revision: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    targets: Vec<TargetView<'a>>,
}

/// A file that goes out with a post.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attachment)]
struct AttachmentView<'a> {
    media_id: &'a MediaId,
    /// What it shows, for people who cannot see it.
    #[schema(required)]
    alt_text: Option<&'a str>,
    file_name: &'a str,
    #[schema(example = "image/png")]
    content_type: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Target)]
struct TargetView<'a> {
    connection_id: &'a ConnectionId,
    platform: Platform,
    status: Status,
    /// Words for this target alone; null where it takes those of the post.
    #[schema(required)]
    text: Option<&'a str>,
    options: &'a Options,
    published: &'a [Published],
    #[schema(required)]
    published_at: Option<Timestamp>,
    /// The platform's acceptance minus `publishAt`.
    #[schema(required)]
    lateness_ms: Option<i64>,
    attempts: u32,
    #[schema(required)]
    next_attempt_at: Option<Timestamp>,
    retry: Retry,
    #[schema(required)]
    error: Option<&'a TargetError>,
}

/// A page of posts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Posts)]
pub struct PageView<'a> {
    posts: Vec<PostView<'a>>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    next_cursor: Option<&'a str>,
}

/// What would be sent, target by target.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Previews)]
pub struct PreviewsView<'a> {
    targets: Vec<PreviewView<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Preview)]
struct PreviewView<'a> {
    connection_id: &'a ConnectionId,
    platform: Platform,
    parts: Vec<PartView<'a>>,
    problems: Vec<PreviewProblemView<'a>>,
    /// What the platform charges for it; null where posting is free.
    #[schema(required)]
    estimated_cost: Option<CostView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Part)]
struct PartView<'a> {
    role: RoleView,
    /// Byte for byte what would be sent.
    text: &'a str,
    /// In the platform's own unit.
    length: usize,
    /// The greatest length that the platform takes.
    limit: usize,
}

/// What a part is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Role)]
enum RoleView {
    /// A post, or a part of a thread.
    Post,
    /// The first comment.
    Comment,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PreviewProblem)]
struct PreviewProblemView<'a> {
    code: &'a str,
    severity: SeverityView,
    detail: &'a str,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Severity)]
enum SeverityView {
    /// The platform would certainly refuse the post.
    Error,
    /// The post may go, and something about it will not be as one might think.
    Warning,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Cost)]
struct CostView {
    #[schema(example = "USD")]
    currency: &'static str,
    /// A decimal number with three places, as text: money is no floating-point number.
    #[schema(pattern = "^[0-9]+\\.[0-9]{3}$", example = "0.015")]
    amount: String,
}

/// A connection. Tokens appear in no answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connection)]
pub struct ConnectionView<'a> {
    id: &'a ConnectionId,
    platform: Platform,
    account_id: &'a str,
    display_name: &'a str,
    #[schema(required)]
    handle: Option<&'a str>,
    #[schema(required)]
    avatar_url: Option<&'a str>,
    kind: AccountKind,
    status: ConnectionStatus,
    scopes: &'a [String],
    /// When the person must have connected again; null where tokens are refreshed without them.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Connections, all of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connections)]
pub struct ConnectionsView<'a> {
    connections: Vec<ConnectionView<'a>>,
}

/// An authorization that has begun.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Begun)]
pub struct BegunView<'a> {
    #[schema(format = "uri")]
    authorization_url: &'a str,
    expires_at: Timestamp,
}

/// What is left of each limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub struct LimitsView {
    limits: Vec<LimitView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Limit)]
struct LimitView {
    #[schema(example = "schedule")]
    name: &'static str,
    #[schema(minimum = 1, maximum = 130)]
    allowed: u8,
    window_seconds: u64,
    remaining: u8,
    /// When one more call passes than now.
    reset_at: Timestamp,
}

impl From<&[Quota]> for LimitsView {
    fn from(quotas: &[Quota]) -> Self {
        let limit = |quota: &Quota| LimitView {
            name: quota.rule.limit.name(),
            allowed: quota.rule.allowance.calls(),
            window_seconds: quota.rule.limit.window().as_secs(),
            remaining: quota.remaining,
            reset_at: quota.reset_at,
        };
        Self { limits: quotas.iter().map(limit).collect() }
    }
}

impl<'a> From<&'a Post> for PostView<'a> {
    fn from(post: &'a Post) -> Self {
        Self {
            id: &post.id,
            status: post.status(),
            text: &post.text,
            media: post.media.iter().map(AttachmentView::from).collect(),
            publish_at: post.publish_at,
            time_zone: post.time_zone.as_deref(),
            late_policy: post.late_policy,
            revision: post.revision,
            created_at: post.created_at,
            updated_at: post.updated_at,
            targets: post.targets.iter().map(|target| TargetView::of(post, target)).collect(),
        }
    }
}

impl<'a> From<&'a Attachment> for AttachmentView<'a> {
    fn from(file: &'a Attachment) -> Self {
        Self {
            media_id: &file.media_id,
            alt_text: file.alt_text.as_deref(),
            file_name: &file.file_name,
            content_type: file.kind.content_type(),
        }
    }
}

impl<'a> TargetView<'a> {
    fn of(post: &Post, target: &'a Target) -> Self {
        let lateness = |at: Timestamp| at.as_millisecond() - post.time().as_millisecond();
        Self {
            connection_id: &target.connection_id,
            platform: target.platform,
            status: target.status,
            text: target.text.as_deref(),
            options: &target.options,
            published: &target.published,
            published_at: target.published_at,
            lateness_ms: target.published_at.map(lateness),
            attempts: target.attempts,
            next_attempt_at: target.next_at.filter(|_| target.status == Status::Retrying),
            retry: target.retry(),
            error: target.error.as_ref(),
        }
    }
}

impl<'a> From<&'a Page> for PageView<'a> {
    fn from(page: &'a Page) -> Self {
        Self {
            posts: page.posts.iter().map(PostView::from).collect(),
            next_cursor: page.next_cursor.as_deref(),
        }
    }
}

impl<'a> From<&'a [Preview]> for PreviewsView<'a> {
    fn from(previews: &'a [Preview]) -> Self {
        Self { targets: previews.iter().map(PreviewView::from).collect() }
    }
}

impl<'a> From<&'a Preview> for PreviewView<'a> {
    fn from(preview: &'a Preview) -> Self {
        let parts = preview.parts.iter();
        let problems = preview.problems.iter();
        let cost = |it: u32| CostView { currency: "USD", amount: format!("{}.{:03}", it / 1000, it % 1000) };
        Self {
            connection_id: &preview.connection_id,
            platform: preview.platform,
            parts: parts.map(PartView::from).collect(),
            problems: problems
                .map(|it| PreviewProblemView {
                    code: it.code,
                    severity: match it.severity {
                        Severity::Error => SeverityView::Error,
                        Severity::Warning => SeverityView::Warning,
                    },
                    detail: &it.detail,
                })
                .collect(),
            estimated_cost: preview.cost_millidollars.map(cost),
        }
    }
}

impl<'a> From<&'a Part> for PartView<'a> {
    fn from(part: &'a Part) -> Self {
        let role = match part.role {
            Role::Post => RoleView::Post,
            Role::Comment => RoleView::Comment,
        };
        Self { role, text: &part.text, length: part.length, limit: part.limit }
    }
}

impl<'a> From<&'a Connection> for ConnectionView<'a> {
    fn from(connection: &'a Connection) -> Self {
        let account = &connection.account;
        Self {
            id: &connection.id,
            platform: connection.platform,
            account_id: &account.id,
            display_name: &account.display_name,
            handle: account.handle.as_deref(),
            avatar_url: account.avatar_url.as_deref(),
            kind: account.kind,
            status: connection.status,
            scopes: &connection.scopes,
            expires_at: connection.reconnect_by(),
            created_at: connection.created_at,
        }
    }
}

impl<'a> From<&'a [Connection]> for ConnectionsView<'a> {
    fn from(connections: &'a [Connection]) -> Self {
        Self { connections: connections.iter().map(ConnectionView::from).collect() }
    }
}

impl<'a> From<&'a Begun> for BegunView<'a> {
    fn from(begun: &'a Begun) -> Self {
        Self { authorization_url: &begun.authorization_url, expires_at: begun.expires_at }
    }
}
