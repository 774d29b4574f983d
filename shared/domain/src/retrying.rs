//! Sending again what failed, because the person says so.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::composition::problems;
use crate::id::{ConnectionId, OwnerId, PostId};
use crate::idempotency::{IdempotencyKey, MAX_RETRY_KEYS};
use crate::input::{Field, Mistakes, Unknown};
use crate::ports::{Amendment, Connections, Written};
use crate::post::Post;
use crate::problem::Problem;
use crate::scheduling::Ports;
use crate::target::{Retry, Target};
use crate::text::Outgoing;
use crate::{Error, Result, waking};

/// A conditional write that lost its race is tried again this often.
const MAX_RACES: u32 = 8;

/// The body of a request to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetryAsk {
    /// Which targets; all that can be sent again when left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ConnectionId>>, min_items = 1, max_items = 20)]
    connection_ids: Field<Vec<Field<String>>>,
    /// Whether a target is sent again although it may be live already.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    confirm_duplicate: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What is wanted, as far as it could be read: all targets that can be sent again when none is named.
struct Wish {
    connections: Option<Vec<ConnectionId>>,
    may_duplicate: bool,
}

/// Sends targets again that failed or need attention.
///
/// # Errors
/// `NotFound`; `NothingToRetry`; `MayDuplicate` when a target may be live and the request does not confirm it;
/// `IdempotencyKeyReused`; `Invalid` with every broken rule; `Unavailable`.
pub async fn retry(
    ports: &Ports<'_>,
    owner: &OwnerId,
    id: &PostId,
    ask: Field<RetryAsk>,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
) -> Result<Post> {
    let wish = read(ask)?;
    let mut seen = ports.posts.find(owner, id).await?.ok_or(Error::NotFound("post"))?;
    for _ in 0..MAX_RACES {
        if is_repeated(&seen, key)? {
            send(ports, &seen, now).await;
            return Ok(seen);
        }
        let amendment = retried(ports.connections, &seen, &wish, key, now).await?;
        match ports.posts.amend(&amendment).await? {
            Written::Done(post) => {
                send(ports, &post, now).await;
                return Ok(*post);
            }
            Written::Refused(Some(current)) => seen = *current,
            Written::Refused(None) => return Err(Error::NotFound("post")),
        }
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time it was to be retried"))
}

/// What failed before its time waits for that; all else goes at once.
async fn send(ports: &Ports<'_>, post: &Post, now: Timestamp) {
    if post.time() > now {
        waking::wake(ports.queues, ports.schedules, ports.metrics, post, now).await;
    } else {
        waking::send(ports.queues, ports.metrics, post).await;
    }
}

fn read(ask: Field<RetryAsk>) -> Result<Wish> {
    let mut mistakes = Mistakes::default();
    let ask = ask.required("", &mut mistakes);
    let wish = ask.map(|ask| {
        mistakes.unknown("", &ask.unknown);
        let ids = ask.connection_ids.optional("/connectionIds", &mut mistakes).map(|ids| {
            let ids = ids.into_iter().enumerate();
            let ids =
                ids.filter_map(|(index, id)| id.required(&format!("/connectionIds/{index}"), &mut mistakes));
            ids.map(ConnectionId).collect::<Vec<_>>()
        });
        if ids.as_ref().is_some_and(Vec::is_empty) {
            let detail = "name at least one connection, or leave this out for all that can be sent again";
            mistakes.add("/connectionIds", "too_few_targets", detail);
        }
        let may_duplicate =
            ask.confirm_duplicate.optional("/confirmDuplicate", &mut mistakes).unwrap_or(false);
        Wish { connections: ids, may_duplicate }
    });
    mistakes.into_result()?;
    Ok(wish.expect("an absent body is a mistake"))
}

/// Whether this very request was heard before.
fn is_repeated(post: &Post, key: Option<&IdempotencyKey>) -> Result<bool> {
    let Some(key) = key.map(IdempotencyKey::of_retry) else { return Ok(false) };
    match post.retry_keys.iter().find(|known| known.key == key.key) {
        None => Ok(false),
        Some(known) if known.fingerprint == key.fingerprint => Ok(true),
        Some(_) => Err(Error::IdempotencyKeyReused),
    }
}

async fn retried(
    connections: &dyn Connections,
    seen: &Post,
    wish: &Wish,
    key: Option<&IdempotencyKey>,
    now: Timestamp,
) -> Result<Amendment> {
    let mut mistakes = Mistakes::default();
    let wanted = match &wish.connections {
        Some(ids) => named(seen, ids, &mut mistakes),
        None => {
            seen.targets.iter().enumerate().filter(|(_, it)| it.retry() != Retry::No).map(pointed).collect()
        }
    };
    if wanted.is_empty() && mistakes.is_empty() {
        return Err(Error::NothingToRetry);
    }
    let ids: Vec<ConnectionId> = wanted.iter().map(|(_, target)| target.connection_id.clone()).collect();
    let found = if ids.is_empty() { Vec::new() } else { connections.find_all(&seen.owner, &ids).await? };
    for (pointer, target) in &wanted {
        let Some(connection) = found.iter().find(|it| it.id == target.connection_id) else {
            let detail = "this connection was removed; connect the account again";
            mistakes.add(pointer.clone(), "connection_removed", detail);
            continue;
        };
        let outgoing = Outgoing::of(seen, target);
        for problem in problems(connection, &outgoing).into_iter().filter(Problem::is_error) {
            mistakes.add(pointer.clone(), problem.code, problem.detail);
        }
    }
    mistakes.into_result()?;
    if !wish.may_duplicate && wanted.iter().any(|(_, target)| target.retry() == Retry::MayDuplicate) {
        return Err(Error::MayDuplicate);
    }
    let touched = wanted.iter().map(|(_, it)| (it.connection_id.clone(), it.status, it.attempts)).collect();
    let mut post = seen.clone();
    for target in post.targets.iter_mut().filter(|target| ids.contains(&target.connection_id)) {
        let again = target.clone();
        // Of what has begun, by a clock that is ahead of ours, nothing may be forgotten.
        let waits = seen.time() > now && again.published.is_empty();
        *target = if waits { again.into_scheduled(seen.time()) } else { again.into_retried(now) };
    }
    post.retry_keys.extend(key.map(IdempotencyKey::of_retry));
    let forgotten = post.retry_keys.len().saturating_sub(MAX_RETRY_KEYS);
    post.retry_keys.drain(..forgotten);
    post.revision += 1;
    post.updated_at = now;
    post.due_at = post.next_action_at();
    Ok(Amendment { post, touched, added: Vec::new() })
}

fn pointed((index, target): (usize, &Target)) -> (String, &Target) {
    (format!("/targets/{index}"), target)
}

/// The targets that were named, each once.
fn named<'a>(seen: &'a Post, ids: &[ConnectionId], mistakes: &mut Mistakes) -> Vec<(String, &'a Target)> {
    let mut wanted: Vec<(String, &Target)> = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let pointer = format!("/connectionIds/{index}");
        match seen.target(id) {
            None => mistakes.add(pointer, "unknown_target", "this post does not go to this connection"),
            Some(target) if target.retry() == Retry::No => {
                let detail = format!("this target is {}, and cannot be sent again", target.status.name());
                mistakes.add(pointer, "not_retryable", detail);
            }
            Some(target) if wanted.iter().any(|(_, other)| other.connection_id == *id) => {
                let detail = format!("{} is named twice; name it once", target.connection_id);
                mistakes.add(pointer, "duplicate_target", detail);
            }
            Some(target) => wanted.push((pointer, target)),
        }
    }
    wanted
}
