//! From what a person asks for to a post that no platform will certainly refuse.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::Deserialize;

use crate::connection::{Connection, ConnectionStatus};
use crate::id::{ConnectionId, Entropy, OwnerId};
use crate::input::{Field, Mistakes, Unknown};
use crate::ports::Connections;
use crate::post::Post;
use crate::target::{Options, ReplySettings, Target, Visibility};
use crate::{Result, text};

/// A post goes to at most this many connections.
pub const MAX_TARGETS: usize = 20;

/// A post is scheduled at least this far ahead.
pub const MIN_AHEAD: Duration = Duration::from_secs(10);

/// A post is scheduled at most this far ahead: 366 days.
pub const MAX_AHEAD: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The body of a request to publish now.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishAsk {
    #[serde(default)]
    text: Field<String>,
    #[serde(default)]
    targets: Field<Vec<Field<TargetAsk>>>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// The body of a request to schedule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleAsk {
    #[serde(default)]
    text: Field<String>,
    #[serde(default)]
    targets: Field<Vec<Field<TargetAsk>>>,
    #[serde(default)]
    publish_at: Field<String>,
    #[serde(default)]
    time_zone: Field<String>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetAsk {
    #[serde(default)]
    connection_id: Field<String>,
    #[serde(default)]
    text: Field<String>,
    #[serde(default)]
    options: Field<OptionsAsk>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionsAsk {
    #[serde(default)]
    visibility: Field<Visibility>,
    #[serde(default)]
    reply_settings: Field<ReplySettings>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// What one target asks for, as far as it could be read.
struct Wanted {
    pointer: String,
    connection: ConnectionId,
    text: Option<String>,
    options: Options,
}

/// The post that `ask` describes, due now.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub async fn publish_now(
    connections: &dyn Connections,
    owner: &OwnerId,
    ask: Field<PublishAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let mut mistakes = Mistakes::default();
    let ask = body(ask, &mut mistakes)?;
    mistakes.unknown("", &ask.unknown);
    let wanted = targets(ask.targets, 1, &mut mistakes);
    let draft = Draft { publish_at: now, time_zone: None, text: ask.text, wanted };
    check(connections, owner, draft, now, entropy, mistakes).await
}

/// The post that `ask` describes, due when it says.
///
/// # Errors
/// `Invalid` with every broken rule at once.
pub async fn schedule(
    connections: &dyn Connections,
    owner: &OwnerId,
    ask: Field<ScheduleAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Post> {
    let mut mistakes = Mistakes::default();
    let ask = body(ask, &mut mistakes)?;
    mistakes.unknown("", &ask.unknown);
    let zone = ask.time_zone.optional("/timeZone", &mut mistakes).and_then(|name| zone(name, &mut mistakes));
    let publish_at = ask
        .publish_at
        .required("/publishAt", &mut mistakes)
        .and_then(|wish| instant(&wish, zone.as_ref(), &mut mistakes))
        .inspect(|at| check_distance(*at, now, &mut mistakes));
    let wanted = targets(ask.targets, MAX_TARGETS, &mut mistakes);
    let draft = Draft {
        publish_at: publish_at.unwrap_or(now),
        time_zone: zone.map(|(name, _)| name),
        text: ask.text,
        wanted,
    };
    check(connections, owner, draft, now, entropy, mistakes).await
}

struct Draft {
    publish_at: Timestamp,
    time_zone: Option<String>,
    text: Field<String>,
    wanted: Vec<Wanted>,
}

/// The body itself: there is nothing more to find in one that is no object.
fn body<T>(ask: Field<T>, mistakes: &mut Mistakes) -> Result<T> {
    match ask.required("", mistakes) {
        Some(ask) => Ok(ask),
        None => {
            std::mem::take(mistakes).into_result()?;
            unreachable!("an absent body is a mistake")
        }
    }
}

fn targets(asks: Field<Vec<Field<TargetAsk>>>, max: usize, mistakes: &mut Mistakes) -> Vec<Wanted> {
    let Some(asks) = asks.required("/targets", mistakes) else { return Vec::new() };
    if asks.is_empty() {
        mistakes.add("/targets", "too_few_targets", "name at least one connection to publish to");
    }
    if asks.len() > max {
        let detail = format!("{} targets are more than the {max} allowed here", asks.len());
        mistakes.add("/targets", "too_many_targets", detail);
        return Vec::new();
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for (index, ask) in asks.into_iter().enumerate() {
        let pointer = format!("/targets/{index}");
        let Some(ask) = ask.required(&pointer, mistakes) else { continue };
        mistakes.unknown(&pointer, &ask.unknown);
        let text = ask.text.optional(&format!("{pointer}/text"), mistakes);
        let options = options(ask.options, &format!("{pointer}/options"), mistakes);
        let at = format!("{pointer}/connectionId");
        let Some(connection) = ask.connection_id.required(&at, mistakes).map(ConnectionId) else { continue };
        if wanted.iter().any(|other| other.connection == connection) {
            mistakes.add(at, "duplicate_target", "this connection is named twice; name it once");
            continue;
        }
        wanted.push(Wanted { pointer, connection, text, options });
    }
    wanted
}

fn options(ask: Field<OptionsAsk>, pointer: &str, mistakes: &mut Mistakes) -> Options {
    let Some(ask) = ask.optional(pointer, mistakes) else { return Options::default() };
    mistakes.unknown(pointer, &ask.unknown);
    Options {
        visibility: ask.visibility.optional(&format!("{pointer}/visibility"), mistakes),
        reply_settings: ask.reply_settings.optional(&format!("{pointer}/replySettings"), mistakes),
    }
}

fn zone(name: String, mistakes: &mut Mistakes) -> Option<(String, TimeZone)> {
    match TimeZone::get(&name) {
        Ok(zone) => Some((name, zone)),
        Err(_) => {
            let detail = "not an IANA time zone; write one such as Europe/Berlin";
            mistakes.add("/timeZone", "unknown_time_zone", detail);
            None
        }
    }
}

/// The instant that a person means: one with an offset, or a local time by the rules of the zone on that day.
fn instant(wish: &str, zone: Option<&(String, TimeZone)>, mistakes: &mut Mistakes) -> Option<Timestamp> {
    let mut wrong = |code, detail: &str| {
        mistakes.add("/publishAt", code, detail);
        None
    };
    let instant = if let Ok(instant) = wish.parse::<Timestamp>() {
        instant
    } else if let Ok(local) = wish.parse::<DateTime>() {
        let Some((_, zone)) = zone else {
            return wrong(
                "time_zone_required",
                "a local time needs timeZone beside it, or an offset such as Z or +01:00",
            );
        };
        match zone.to_ambiguous_timestamp(local).unambiguous() {
            Ok(instant) => instant,
            Err(_) => {
                let detail = "the clocks change then, so this local time does not exist or exists twice; give it an offset such as +01:00";
                return wrong("ambiguous_local_time", detail);
            }
        }
    } else {
        return wrong("invalid_time", "not a time; write one such as 2026-12-01T09:00:00Z");
    };
    instant.round(Unit::Millisecond).ok().or_else(|| wrong("invalid_time", "this time lies out of range"))
}

fn check_distance(at: Timestamp, now: Timestamp, mistakes: &mut Mistakes) {
    if at < now + MIN_AHEAD {
        let detail = "the time must lie at least 10 seconds ahead; choose a later one, or publish now";
        mistakes.add("/publishAt", "publish_at_in_past", detail);
    } else if at > now + MAX_AHEAD {
        mistakes.add("/publishAt", "publish_at_too_far", "the time must lie at most 366 days ahead");
    }
}

async fn check(
    connections: &dyn Connections,
    owner: &OwnerId,
    draft: Draft,
    now: Timestamp,
    entropy: Entropy,
    mut mistakes: Mistakes,
) -> Result<Post> {
    let everyone_has_own =
        !draft.wanted.is_empty() && draft.wanted.iter().all(|wanted| wanted.text.is_some());
    let common = match draft.text {
        Field::Missing if everyone_has_own => Some(String::new()),
        text => text.required("/text", &mut mistakes),
    };
    let ids: Vec<ConnectionId> = draft.wanted.iter().map(|wanted| wanted.connection.clone()).collect();
    let found = if ids.is_empty() { Vec::new() } else { connections.find_all(owner, &ids).await? };
    let mut targets = Vec::new();
    for wanted in draft.wanted {
        let Some(connection) = found.iter().find(|connection| connection.id == wanted.connection) else {
            let at = format!("{}/connectionId", wanted.pointer);
            mistakes.add(
                at,
                "unknown_connection",
                "you have no connection with this id; list them at /v1/connections",
            );
            continue;
        };
        if let Some(common) = &common {
            check_target(connection, &wanted, common, &mut mistakes);
        }
        targets.push(Target {
            text: wanted.text,
            options: wanted.options,
            ..Target::scheduled(connection.id.clone(), connection.platform, draft.publish_at)
        });
    }
    mistakes.into_result()?;
    Ok(Post {
        owner: owner.clone(),
        id: entropy.post_id(),
        text: common.unwrap_or_default(),
        publish_at: draft.publish_at,
        time_zone: draft.time_zone,
        targets,
        revision: 1,
        due_at: Some(draft.publish_at),
        created_at: now,
        updated_at: now,
    })
}

fn check_target(connection: &Connection, wanted: &Wanted, common: &str, mistakes: &mut Mistakes) {
    if connection.status == ConnectionStatus::NeedsReconnect {
        let detail = format!(
            "{} no longer accepts this connection; connect the account again",
            connection.platform.title()
        );
        mistakes.add(format!("{}/connectionId", wanted.pointer), "needs_reconnect", detail);
    }
    let own = wanted.text.as_deref();
    let outgoing = text::compose(own.unwrap_or(common), wanted.options);
    for problem in text::problems(connection.platform, connection.account.kind, &outgoing) {
        let at = match (problem.code, own) {
            ("option_of_another_platform" | "visibility_not_allowed", _) => {
                format!("{}/options", wanted.pointer)
            }
            (_, Some(_)) => format!("{}/text", wanted.pointer),
            (_, None) => "/text".into(),
        };
        mistakes.add(at, problem.code, problem.detail);
    }
}
