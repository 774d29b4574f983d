//! Delivering one target: claim, send, record.
//!
//! A message says "see attempt N through". Whoever gets the claim sends; a message that finds the attempt begun and its
//! lease run out settles it instead; any other is a duplicate or stale, and is let go: the watch sends again whatever
//! is still open.

use std::time::Duration;

use jiff::Timestamp;

use crate::connection::Connection;
use crate::event::Event;
use crate::id::{Entropy, LeaseToken};
use crate::metric::Metric;
use crate::ports::{
    Claim, Clock, Due, Events, Failure, FailureClass, MAX_QUEUE_DELAY, Metrics, Platforms, Posts, Purpose,
    Queues, Receipt, Record, Schedules, Written,
};
use crate::post::{GIVE_UP_AFTER, Post};
use crate::preparing::queue_delay;
use crate::scheduling::PREPARE_LEAD;
use crate::target::{Lease, SETTLE_AFTER, Status, Target, TargetError};
use crate::task::{DeliverTask, Wake};
use crate::{Error, Result, access, backoff, settling, text};

/// A lease outlives the invocation by this much, so that its holder is dead when it ends.
pub const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// This much of the invocation stays free for writing down the outcome.
const RECORD_TIME: Duration = Duration::from_secs(5);

/// A create request may take this long, and is not begun with less.
const SEND_TIME: Duration = Duration::from_secs(12);

/// An operator needs time to mend what only an operator can mend.
const OPERATOR_WAIT: Duration = Duration::from_secs(15 * 60);

/// A record that lost its race against the person's change is tried again this often.
const MAX_RACES: u32 = 8;

/// The code of a target whose token the platform did not accept for the first time.
const TOKEN_REFUSED: &str = "token_refused";

/// What delivering touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Gives the claim, takes the record.
    pub posts: &'a dyn Posts,
    /// Takes what is to be tried again soon.
    pub queues: &'a dyn Queues,
    /// Takes what is to be tried again later.
    pub schedules: &'a dyn Schedules,
    /// Publishes.
    pub platforms: &'a dyn Platforms,
    /// Waits for the second.
    pub clock: &'a dyn Clock,
    /// The way to a fresh token, the bus and the metrics.
    pub access: access::Ports<'a>,
}

/// Sees one attempt through.
///
/// `deadline` is the end of this invocation: whatever is not done by then is settled by another.
///
/// # Errors
/// `Unavailable` when the claim or the record could not be written: the message comes again.
pub async fn deliver(
    ports: &Ports<'_>,
    task: &DeliverTask,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    let now = ports.clock.now();
    let lease = Lease { token: entropy.lease_token(), until: deadline + LEASE_MARGIN };
    let claim = Claim { purpose: Purpose::Send, task: task.clone(), now, lease: lease.clone() };
    let post = match ports.posts.claim(&claim).await? {
        Written::Done(post) => post,
        Written::Refused(Some(post)) => return not_mine(ports, task, &post, lease, entropy).await,
        Written::Refused(None) => return Ok(()),
    };
    let Some(target) = post.target(&task.connection) else { return Ok(()) };
    let held = Held { task, lease: &lease.token };
    // A first attempt is the only one that can be too late: what was claimed before may be live.
    if target.attempts == 1 && post.late_policy.skips(post.time(), now) {
        return conclude(ports, &held, &post, |target, _| Conclusion::of(target.into_skipped(too_late())))
            .await;
    }
    let outcome = attempt(ports, &post, target, deadline, entropy).await;
    conclude(ports, &held, &post, |target, now| concluded(&post, target, &outcome, now, entropy)).await
}

/// What a worker that holds a claim shows when it writes.
pub(crate) struct Held<'a> {
    pub(crate) task: &'a DeliverTask,
    pub(crate) lease: &'a LeaseToken,
}

/// The claim was refused: settle, come back when it is time, or let go.
async fn not_mine(
    ports: &Ports<'_>,
    task: &DeliverTask,
    post: &Post,
    lease: Lease,
    entropy: Entropy,
) -> Result<()> {
    let now = ports.clock.now();
    let Some(target) = post.target(&task.connection).filter(|_| post.revision == task.revision) else {
        return Ok(());
    };
    if target.may_settle(task.attempt, now) {
        return settling::settle(ports, task, lease, entropy).await;
    }
    let is_early = match target.status {
        Status::Scheduled | Status::Retrying => target.attempts + 1 == task.attempt,
        Status::Publishing => target.attempts == task.attempt,
        Status::Published | Status::Failed | Status::NeedsAttention | Status::Skipped | Status::Canceled => {
            // The message comes again because whoever had it before died after the record: its news may be lost.
            if target.attempts == task.attempt {
                announce(ports.access.events, ports.access.metrics, post, target).await;
            }
            false
        }
        Status::Draft => false,
    };
    match target.next_at {
        Some(at) if is_early && at <= now + MAX_QUEUE_DELAY => {
            ports.queues.deliver(task, queue_delay(at, now, true)).await
        }
        _ => Ok(()),
    }
}

/// Why an attempt did not publish.
struct Refusal {
    failure: Failure,
    /// The connection whose token the platform saw and answered; `None` when nothing reached the platform.
    heard_by: Option<Connection>,
}

/// Everything between claim and record. Whatever fails before the request leaves is a refusal like the platform's own.
async fn attempt(
    ports: &Ports<'_>,
    post: &Post,
    target: &Target,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<Receipt, Refusal> {
    let unsent = |failure: Failure| Refusal { failure, heard_by: None };
    let connection = ports.access.connections.find(&post.owner, &target.connection_id).await;
    let connection = connection.map_err(|error| unsent(error.into()))?.ok_or_else(|| unsent(removed()))?;
    let now = ports.clock.now();
    let access = access::open(&ports.access, &connection, now, now, entropy).await.map_err(unsent)?;
    let outgoing = text::compose(post.text_for(target), target.options);
    let publisher = ports.platforms.publisher(target.platform);
    publisher.warm().await;
    ports.clock.until(post.time()).await;
    let left =
        Duration::try_from((deadline - RECORD_TIME).duration_since(ports.clock.now())).unwrap_or_default();
    if left < SEND_TIME {
        let detail = "there was no time left to send safely; it is sent again at once".into();
        return Err(unsent(Failure { class: FailureClass::RetrySoon, code: "out_of_time", detail }));
    }
    let sent = publisher.publish(&connection.account, &access, &outgoing, SEND_TIME).await;
    sent.map_err(|failure| Refusal { failure, heard_by: Some(connection) })
}

/// The target after `outcome`, and what else must be told to the connection.
fn concluded(
    post: &Post,
    target: Target,
    outcome: &Result<Receipt, Refusal>,
    now: Timestamp,
    entropy: Entropy,
) -> Conclusion {
    match outcome {
        Ok(receipt) => {
            let at = accepted_at(receipt, &target, now);
            Conclusion::of(target.into_published(vec![receipt.published.clone()], at))
        }
        Err(refusal) => refused(post, target, refusal, now, entropy),
    }
}

/// A target as it is to be recorded, and what the connection must hear when that is done.
pub(crate) struct Conclusion {
    target: Target,
    connection: Option<ConnectionNews>,
}

enum ConnectionNews {
    /// The access token is not accepted: refresh it before it is used again.
    Expire(Connection),
    /// The person must connect again.
    GiveUp(Connection),
    /// Stay away until then.
    Close(Connection, Timestamp),
}

impl Conclusion {
    pub(crate) fn of(target: Target) -> Self {
        Self { target, connection: None }
    }
}

fn refused(post: &Post, target: Target, refusal: &Refusal, now: Timestamp, entropy: Entropy) -> Conclusion {
    let Refusal { failure, heard_by } = refusal;
    let error =
        |permanent| TargetError { code: failure.code.into(), detail: failure.detail.clone(), permanent };
    let retry = |target: Target, at: Timestamp| try_again(post, target, at, error(false));
    match failure.class {
        FailureClass::RetrySoon => {
            let at = now + backoff::wait_after(target.attempts, entropy.jitter());
            Conclusion::of(retry(target, at))
        }
        FailureClass::RetryAt(at) => Conclusion {
            target: retry(target, at.max(now + Duration::from_secs(1))),
            connection: heard_by.clone().map(|connection| ConnectionNews::Close(connection, at)),
        },
        FailureClass::Operator => Conclusion::of(retry(target, now + OPERATOR_WAIT)),
        FailureClass::Reconnect => {
            // The first refusal may only mean that the token aged; after a refresh it means the person.
            let is_first = target.error.as_ref().is_none_or(|error| error.code != TOKEN_REFUSED);
            match heard_by.clone() {
                Some(connection) if is_first => {
                    let error = TargetError { code: TOKEN_REFUSED.into(), ..error(false) };
                    let at = now + backoff::wait_after(1, entropy.jitter());
                    let target = try_again(post, target, at, error);
                    Conclusion { target, connection: Some(ConnectionNews::Expire(connection)) }
                }
                connection => Conclusion {
                    target: target.into_failed(error(true)),
                    connection: connection.map(ConnectionNews::GiveUp),
                },
            }
        }
        FailureClass::Content | FailureClass::NotPermitted => Conclusion::of(target.into_failed(error(true))),
        FailureClass::Ambiguous => {
            let at = target.attempted_at.unwrap_or(now) + SETTLE_AFTER;
            Conclusion::of(target.into_unsettled(at, error(false)))
        }
    }
}

/// Another attempt at `at`, unless a day has passed.
fn try_again(post: &Post, target: Target, at: Timestamp, error: TargetError) -> Target {
    if at < target.retried_at.unwrap_or(post.time()).max(post.time()) + GIVE_UP_AFTER {
        return target.into_retrying(at, error);
    }
    let detail = format!("gave up after a day of trying; the last reason was: {}", error.detail);
    target.into_failed(TargetError { code: "gave_up".into(), detail, permanent: false })
}

/// When the platform took it: what its id says, if that fits between our claim and now; else now.
pub(crate) fn accepted_at(receipt: &Receipt, target: &Target, now: Timestamp) -> Timestamp {
    receipt.accepted_at.filter(|at| Some(*at) >= target.attempted_at && *at <= now).unwrap_or(now)
}

/// Writes the outcome under the lease, then sees to what follows from it.
///
/// When the person changed the post meanwhile, the outcome is worked out again on what stands there now.
pub(crate) async fn conclude(
    ports: &Ports<'_>,
    held: &Held<'_>,
    post: &Post,
    conclusion: impl Fn(Target, Timestamp) -> Conclusion,
) -> Result<()> {
    let mut current = post.clone();
    for _ in 0..MAX_RACES {
        let now = ports.clock.now();
        let Some(target) = current.target(&held.task.connection) else { return Ok(()) };
        if target.lease.as_ref().is_none_or(|lease| lease.token != *held.lease) {
            return Ok(());
        }
        let concluded = conclusion(target.clone(), now);
        let record = Record {
            owner: current.owner.clone(),
            post: current.id.clone(),
            revision: current.revision,
            lease: held.lease.clone(),
            due: due_after(&current, &concluded.target),
            target: concluded.target,
            now,
        };
        match ports.posts.record(&record).await? {
            Written::Done(post) => {
                follow_up(ports, held, &post, concluded.connection, now).await;
                return Ok(());
            }
            Written::Refused(Some(changed)) => current = *changed,
            Written::Refused(None) => return Ok(()),
        }
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time its outcome was to be recorded"))
}

/// `due_at` may never lie later than any target's next action. With one target we know it exactly; with several the
/// others move while we look, so it stays where it is until all are final.
fn due_after(post: &Post, target: &Target) -> Due {
    let mut others = post.targets.iter().filter(|other| other.connection_id != target.connection_id);
    match target.next_at {
        Some(at) if post.targets.len() == 1 => Due::At(at),
        None if others.all(|other| other.status.is_final()) => Due::Done,
        Some(_) | None => Due::Keep,
    }
}

/// What follows from a record. Nothing here may fail the message: the outcome is written, and the watch finds whatever
/// is lost.
async fn follow_up(
    ports: &Ports<'_>,
    held: &Held<'_>,
    post: &Post,
    connection: Option<ConnectionNews>,
    now: Timestamp,
) {
    let Some(target) = post.target(&held.task.connection) else { return };
    let metrics = ports.access.metrics;
    let connections = ports.access.connections;
    match connection {
        Some(ConnectionNews::Expire(it)) => {
            let _ = connections.expire(&it.owner, &it.id, it.token_version, now).await;
        }
        Some(ConnectionNews::GiveUp(it)) => access::give_up(&ports.access, &it).await,
        Some(ConnectionNews::Close(it, until)) => {
            let _ = connections.close(&it.owner, &it.id, until).await;
        }
        None => {}
    }
    if let Some(at) = target.next_at {
        let attempt = if target.status == Status::Publishing { target.attempts } else { target.attempts + 1 };
        let task = DeliverTask { revision: post.revision, attempt, ..held.task.clone() };
        let sent = if at <= now + MAX_QUEUE_DELAY {
            ports.queues.deliver(&task, queue_delay(at, now, true)).await
        } else {
            ports.schedules.create(&Wake::for_retry(&task, at - PREPARE_LEAD)).await
        };
        if sent.is_err() {
            metrics.put(Metric::WakeFailed);
        }
    }
    tell(ports.access.events, metrics, post, target).await;
    if post.is_final() && post.due_at.is_some() {
        let _ = ports.posts.reschedule(post, None).await;
    }
}

/// Tells the bus and the metrics how a target ended; says nothing of one that has not.
pub(crate) async fn tell(events: &dyn Events, metrics: &dyn Metrics, post: &Post, target: &Target) {
    let platform = target.platform;
    match target.status {
        Status::Published => metrics.put(Metric::Lateness { platform, ms: lateness_ms(post, target) }),
        Status::NeedsAttention => metrics.put(Metric::NeedsAttention { platform }),
        Status::Draft
        | Status::Scheduled
        | Status::Publishing
        | Status::Retrying
        | Status::Failed
        | Status::Skipped
        | Status::Canceled => {}
    }
    announce(events, metrics, post, target).await;
}

/// Tells the bus how a target ended. Telling it twice harms nobody.
async fn announce(events: &dyn Events, metrics: &dyn Metrics, post: &Post, target: &Target) {
    let (owner, post_id, connection_id) = (post.owner.clone(), post.id.clone(), target.connection_id.clone());
    let platform = target.platform;
    let event = match target.status {
        Status::Published => {
            let lateness_ms = lateness_ms(post, target);
            Event::PostPublished { owner, post_id, connection_id, platform, lateness_ms }
        }
        Status::Failed | Status::NeedsAttention => {
            let code = target.error.as_ref().map(|error| error.code.clone()).unwrap_or_default();
            Event::PostFailed { owner, post_id, connection_id, platform, code }
        }
        Status::Skipped => Event::PostSkipped { owner, post_id, connection_id, platform },
        Status::Canceled => Event::PostCanceled { owner, post_id, connection_id, platform },
        Status::Draft | Status::Scheduled | Status::Publishing | Status::Retrying => return,
    };
    if events.emit(&event).await.is_err() {
        metrics.put(Metric::EventLost);
    }
}

/// The platform's acceptance minus the wished time, milliseconds.
fn lateness_ms(post: &Post, target: &Target) -> i64 {
    target.published_at.unwrap_or(post.time()).as_millisecond() - post.time().as_millisecond()
}

fn too_late() -> TargetError {
    TargetError {
        code: "too_late".into(),
        detail:
            "it could not be sent in time, and its late policy says not to send it later; give it a new time"
                .into(),
        permanent: true,
    }
}

/// Why nothing can be sent over a connection that is gone.
pub(crate) fn removed() -> Failure {
    Failure {
        class: FailureClass::NotPermitted,
        code: "connection_removed",
        detail: "the connection was removed; choose another one".into(),
    }
}
