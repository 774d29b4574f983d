//! From what a person asks for to a post that no platform will certainly refuse.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::connection::{Connection, ConnectionStatus};
use crate::content::{Content, MAX_TARGETS, PostAsk, Wanted, read};
use crate::id::{ConnectionId, OwnerId, PostId};
use crate::input::{Field, Mistakes};
use crate::platform::Platform;
use crate::ports::Connections;
use crate::post::{Attachment, Post};
use crate::problem::{About, Problem};
use crate::target::{Status, Target};
use crate::text::{MAX_TEXT_BYTES, Outgoing};
use crate::{Result, attaching, rules, text};

/// One target as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// Where it would go.
    pub connection_id: ConnectionId,
    /// The platform of that connection.
    pub platform: Platform,
    /// Exactly what would be sent.
    pub outgoing: Outgoing,
    /// Why the platform would certainly refuse it, and what is worth knowing.
    pub problems: Vec<Problem>,
}

/// The post that `ask` describes, due now, for as many connections as `count` allows.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub(crate) async fn publish_now(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    count: RangeInclusive<usize>,
    now: Timestamp,
    id: PostId,
) -> Result<Post> {
    let mut content = read(ask)?;
    if content.publish_at.is_some() || content.is_time_unreadable {
        let detail = "this publishes at once; schedule the post to give it a time, or remove this field";
        content.mistakes.add("/publishAt", "unknown_field", detail);
    }
    content.require_targets(count);
    let blank = Post::blank(owner.clone(), id, now);
    attach(connections, media, &blank, content, Some(now), now).await
}

/// The post that `ask` describes, due when it says.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub(crate) async fn schedule(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    now: Timestamp,
    id: PostId,
) -> Result<Post> {
    let mut content = read(ask)?;
    if content.publish_at.is_none() && !content.is_time_unreadable {
        content.mistakes.add("/publishAt", "required", "this field is required");
    }
    let publish_at = content.instant(None, now);
    content.require_targets(1..=MAX_TARGETS);
    let blank = Post::blank(owner.clone(), id, now);
    attach(connections, media, &blank, content, Some(publish_at.unwrap_or(now)), now).await
}

/// The draft that `ask` describes. Only what can never become right is refused: a draft may be unfinished.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub(crate) async fn draft(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    now: Timestamp,
    id: PostId,
) -> Result<Post> {
    let mut content = read(ask)?;
    let blank = Post::blank(owner.clone(), id, now);
    let publish_at = content.instant(None, now);
    content.count_targets(0..=MAX_TARGETS);
    Ok(Post { publish_at, ..attach(connections, media, &blank, content, None, now).await? })
}

/// `seen` with the changes of `content`, one revision later: what `content` leaves out stays.
///
/// A time schedules every target; without one each stays what it is, and a new target goes with those that wait. The
/// time of a draft that shall stay one is only kept.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub(crate) async fn edit(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    seen: &Post,
    mut content: Content,
    now: Timestamp,
) -> Result<Post> {
    let publish_at = content.instant(seen.time_zone.as_deref(), now);
    if content.stays_draft && !seen.is_draft() {
        let detail = "this post is no draft any more; remove this field";
        content.mistakes.add("/status", "not_a_draft", detail);
    }
    let wished_at = publish_at.filter(|_| content.stays_draft);
    let wants_time = content.publish_at.is_some() && !content.stays_draft;
    let send_at = if wants_time { Some(publish_at.unwrap_or(now)) } else { None };
    let min = if wants_time || !seen.is_draft() { 1 } else { 0 };
    content.count_targets(min..=MAX_TARGETS);
    let post = attach(connections, media, seen, content, send_at, now).await?;
    Ok(Post { publish_at: wished_at.or(post.publish_at), ..post })
}

/// [`build`], with the files looked into and then marked as shown by this post, which is about to be kept.
async fn attach(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    before: &Post,
    mut content: Content,
    send_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Post> {
    let attached = content.attachments(media, before, now).await?;
    let new = content.new_media(before);
    let post = build(connections, before, content, attached, send_at).await?;
    let mut mistakes = Mistakes::default();
    attaching::hold(media, &post.owner, &post.id, &new, &mut mistakes, now).await?;
    mistakes.into_result()?;
    Ok(post)
}

/// Each target of `ask` as it would be sent, and what is wrong with it. Nothing is kept.
///
/// # Errors
/// `Invalid` when it cannot be said what would be sent where.
pub(crate) async fn preview(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    now: Timestamp,
    id: PostId,
) -> Result<Vec<Prospect>> {
    let mut content = read(ask)?;
    content.require_targets(1..=MAX_TARGETS);
    let blank = Post::blank(owner.clone(), id, now);
    let attached = content.attachments(media, &blank, now).await?;
    let Content { text, targets, mut mistakes, .. } = content;
    let common = text.optional("/text", &mut mistakes).unwrap_or_default();
    let wanted = targets.unwrap_or_default();
    let found = found(connections, owner, wanted.iter().map(|wanted| &wanted.connection)).await?;
    let prospects = wanted
        .iter()
        .filter_map(|wanted| {
            let connection = known(&found, wanted, &mut mistakes)?;
            let text = wanted.text.as_deref().unwrap_or(&common);
            let outgoing = text::compose(connection.platform, text, &wanted.options, &attached);
            let problems = problems(connection, &outgoing);
            let (connection_id, platform) = (connection.id.clone(), connection.platform);
            Some(Prospect { connection_id, platform, outgoing, problems })
        })
        .collect();
    mistakes.into_result()?;
    Ok(prospects)
}

/// Every reason why this connection would certainly not take it, and what is worth knowing.
pub(crate) fn problems(connection: &Connection, outgoing: &Outgoing) -> Vec<Problem> {
    let mut problems = Vec::new();
    if connection.status == ConnectionStatus::NeedsReconnect {
        let title = connection.platform.title();
        let detail = format!("{title} no longer accepts this connection; connect the account again");
        problems.push(Problem::error("needs_reconnect", About::Connection, detail));
    }
    problems.extend(rules::problems(connection.platform, connection.account.kind, outgoing));
    problems
}

/// `before` with what `content` says, one revision later. With `send_at` every target is sent then.
async fn build(
    connections: &dyn Connections,
    before: &Post,
    content: Content,
    media: Vec<Attachment>,
    send_at: Option<Timestamp>,
) -> Result<Post> {
    let Content { text, targets, time_zone, late_policy, lacks_targets, mut mistakes, .. } = content;
    let names_targets = targets.is_some();
    let wanted = targets.unwrap_or_else(|| before.targets.iter().enumerate().map(as_it_is).collect());
    let waits_at = send_at.or(before.publish_at.filter(|_| is_waiting(before)));
    let everyone_has_own = !wanted.is_empty() && wanted.iter().all(|wanted| wanted.text.is_some());
    // A platform that needs words says so itself where files could say enough.
    let needs_text = waits_at.is_some() && before.text.is_empty() && !everyone_has_own && media.is_empty();
    let common = match text {
        Field::Missing if needs_text => text.required("/text", &mut mistakes),
        Field::Missing => Some(before.text.clone()),
        text => text.optional("/text", &mut mistakes),
    };
    if let Some(text) = common.as_ref().filter(|text| text.len() > MAX_TEXT_BYTES) {
        let detail = format!("the text has {} bytes, more than the {MAX_TEXT_BYTES} allowed", text.len());
        mistakes.add("/text", "text_too_long", detail);
    }
    let found = found(connections, &before.owner, wanted.iter().map(|wanted| &wanted.connection)).await?;
    let mut targets = Vec::new();
    for wanted in &wanted {
        let there = before.target(&wanted.connection);
        let will_wait = send_at.is_some() || there.is_some_and(|it| it.status == Status::Scheduled);
        if let Some(there) = there.filter(|_| !names_targets && !will_wait) {
            targets.push(there.clone());
            continue;
        }
        let Some(connection) = known(&found, wanted, &mut mistakes) else { continue };
        let target =
            there.cloned().unwrap_or_else(|| Target::draft(connection.id.clone(), connection.platform));
        // What was made ahead of time was made of what stood there before.
        let target =
            Target { text: wanted.text.clone(), options: wanted.options.clone(), prepared: None, ..target };
        let target = match (send_at, there) {
            (Some(at), _) => target.into_scheduled(at),
            (None, Some(_)) => target,
            (None, None) if before.is_draft() => target,
            (None, None) => match waits_at {
                Some(at) => target.into_scheduled(at),
                None => {
                    let detail = "this post has ended; give it a time to send it to another connection";
                    mistakes.add("/publishAt", "required", detail);
                    continue;
                }
            },
        };
        if let Some(common) = common.as_ref().filter(|_| target.status == Status::Scheduled) {
            check_target(connection, wanted, common, &media, &mut mistakes);
        }
        targets.push(target);
    }
    if send_at.is_some() && wanted.is_empty() && lacks_targets && before.revision > 0 {
        mistakes.add("/targets", "too_few_targets", "name at least one connection to publish to");
    }
    mistakes.into_result()?;
    let post = Post {
        text: common.unwrap_or_default(),
        media,
        publish_at: send_at.or(before.publish_at),
        time_zone: time_zone.map(|(name, _)| name).or_else(|| before.time_zone.clone()),
        late_policy: late_policy.unwrap_or(before.late_policy),
        targets,
        revision: before.revision + 1,
        ..before.clone()
    };
    Ok(Post { due_at: post.next_action_at(), ..post })
}

/// Whether some target waits for the post's time.
fn is_waiting(post: &Post) -> bool {
    post.targets.iter().any(|target| target.status == Status::Scheduled)
}

/// A target that stays as it is, as if it had been asked for.
fn as_it_is((index, target): (usize, &Target)) -> Wanted {
    Wanted {
        pointer: format!("/targets/{index}"),
        connection: target.connection_id.clone(),
        text: target.text.clone(),
        options: target.options.clone(),
    }
}

async fn found(
    connections: &dyn Connections,
    owner: &OwnerId,
    ids: impl Iterator<Item = &ConnectionId>,
) -> Result<Vec<Connection>> {
    // More are refused, and need not be read for that.
    let ids: Vec<ConnectionId> = ids.take(MAX_TARGETS).cloned().collect();
    if ids.is_empty() { Ok(Vec::new()) } else { connections.find_all(owner, &ids).await }
}

fn known<'a>(found: &'a [Connection], wanted: &Wanted, mistakes: &mut Mistakes) -> Option<&'a Connection> {
    let connection = found.iter().find(|connection| connection.id == wanted.connection);
    if connection.is_none() {
        let at = format!("{}/connectionId", wanted.pointer);
        let detail = "you have no connection with this id; list them at /v1/connections";
        mistakes.add(at, "unknown_connection", detail);
    }
    connection
}

fn check_target(
    connection: &Connection,
    wanted: &Wanted,
    common: &str,
    media: &[Attachment],
    mistakes: &mut Mistakes,
) {
    let own = wanted.text.as_deref();
    let outgoing = text::compose(connection.platform, own.unwrap_or(common), &wanted.options, media);
    for problem in problems(connection, &outgoing).into_iter().filter(Problem::is_error) {
        let at = match (problem.about, own) {
            (About::Connection, _) => format!("{}/connectionId", wanted.pointer),
            (About::Options, _) => format!("{}/options", wanted.pointer),
            (About::Files, _) => "/media".into(),
            (About::File(index), _) => format!("/media/{index}"),
            (About::Text, Some(_)) => format!("{}/text", wanted.pointer),
            (About::Text, None) => "/text".into(),
        };
        mistakes.add(at, problem.code, problem.detail);
    }
}
