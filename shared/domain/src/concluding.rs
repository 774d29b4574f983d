//! Writing down what became of an attempt, and seeing to what follows from it.

use std::time::Duration;

use jiff::Timestamp;

use crate::connection::Connection;
use crate::delivering::Ports;
use crate::event::Event;
use crate::id::{Entropy, LeaseToken};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::ports::{Due, Events, Failure, FailureClass, MAX_QUEUE_DELAY, Metrics, Receipt, Record, Written};
use crate::post::{GIVE_UP_AFTER, Post};
use crate::preparing::queue_delay;
use crate::scheduling::PREPARE_LEAD;
use crate::target::{SETTLE_AFTER, Status, Target, TargetError};
use crate::task::{DeliverTask, Wake};
use crate::{Error, Result, access, backoff};

/// An operator needs time to mend what only an operator can mend; so long the platform is closed to everybody.
const OPERATOR_WAIT: Duration = Duration::from_secs(15 * 60);

/// What waited for a gate goes on within this time after it opens, and not all at once.
const AFTER_GATE: Duration = Duration::from_secs(30);

/// A record that lost its race against the person's change is tried again this often.
const MAX_RACES: u32 = 8;

/// What a worker that holds a claim shows when it writes.
pub(crate) struct Held<'a> {
    pub(crate) task: &'a DeliverTask,
    pub(crate) lease: &'a LeaseToken,
}

/// Why an attempt did not publish.
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    /// The connection whose request the platform heard and answered; `None` when no create request left.
    pub(crate) heard_by: Option<Connection>,
}

/// A target as it is to be recorded, and what others must hear when that is done.
pub(crate) struct Conclusion {
    pub(crate) target: Target,
    pub(crate) news: Option<News>,
}

/// What others must hear.
pub(crate) enum News {
    /// The access token is not accepted: refresh it before it is used again.
    Expire(Connection),
    /// The person must connect again.
    GiveUp(Connection),
    /// Stay away from this account until then.
    CloseAccount(Connection, Timestamp),
    /// Stay away from the platform until then.
    ClosePlatform(Platform, Timestamp),
}

impl Conclusion {
    pub(crate) fn of(target: Target) -> Self {
        Self { target, news: None }
    }
}

/// What a refusal makes of the target, which was the `tries`th.
pub(crate) fn refused(
    post: &Post,
    target: Target,
    refusal: &Refusal,
    tries: u32,
    now: Timestamp,
    entropy: Entropy,
) -> Conclusion {
    let Refusal { failure, heard_by } = refusal;
    let error =
        |permanent| TargetError { code: failure.code.into(), detail: failure.detail.clone(), permanent };
    let retry = |target: Target, at: Timestamp| try_again(post, target, at, error(false));
    let was_refused_before = target.refused_since.is_some();
    let target = match failure.class {
        // What is refused for its sender or its rate is refused before it is read; of the others nobody can be sure.
        FailureClass::RetrySoon | FailureClass::Content | FailureClass::NotPermitted
            if heard_by.is_some() =>
        {
            Target { refused_since: target.refused_since.or(target.attempted_at), ..target }
        }
        FailureClass::RetrySoon
        | FailureClass::Content
        | FailureClass::NotPermitted
        | FailureClass::Duplicate
        | FailureClass::RetryAt(_)
        | FailureClass::Reconnect
        | FailureClass::Ambiguous
        | FailureClass::Unprepared
        | FailureClass::Operator => target,
    };
    match failure.class {
        FailureClass::RetrySoon => {
            let at = now + backoff::wait_after(tries, entropy.jitter());
            Conclusion::of(retry(target, at))
        }
        FailureClass::Unprepared if !was_refused_before => {
            let at = now + backoff::wait_after(tries, entropy.jitter());
            Conclusion::of(retry(Target { prepared: None, ..target }, at))
        }
        FailureClass::RetryAt(until) => Conclusion {
            target: retry(target, after_gate(until, now, entropy)),
            news: heard_by.clone().map(|connection| News::CloseAccount(connection, until)),
        },
        FailureClass::Operator => {
            let until = now + OPERATOR_WAIT;
            let news = heard_by.as_ref().map(|_| News::ClosePlatform(target.platform, until));
            Conclusion { target: retry(target, after_gate(until, now, entropy)), news }
        }
        FailureClass::Reconnect => {
            // It may only mean that the token aged. When other tokens are refused too, it means the person.
            let is_known = |version| target.refused_token.is_some_and(|refused| refused != version);
            match heard_by.clone() {
                Some(connection) if !is_known(connection.token_version) => {
                    let at = now + backoff::wait_after(1, entropy.jitter());
                    let target = Target { refused_token: Some(connection.token_version), ..target };
                    let target = try_again(post, target, at, error(false));
                    Conclusion { target, news: Some(News::Expire(connection)) }
                }
                connection => {
                    Conclusion { target: target.into_failed(error(true)), news: connection.map(News::GiveUp) }
                }
            }
        }
        // A container that is used up, though it was refused before, may well have been published.
        FailureClass::Unprepared => unsettled(target, error(false), now),
        // Refused before, and there all the same: what is there may well be ours.
        FailureClass::Duplicate if was_refused_before => unsettled(target, error(false), now),
        FailureClass::Ambiguous => unsettled(target, error(false), now),
        FailureClass::Content | FailureClass::Duplicate | FailureClass::NotPermitted => {
            Conclusion::of(target.into_failed(error(true)))
        }
    }
}

fn unsettled(target: Target, error: TargetError, now: Timestamp) -> Conclusion {
    let at = target.attempted_at.unwrap_or(now) + SETTLE_AFTER;
    Conclusion::of(target.into_unsettled(at, error))
}

/// Some time after `until`, so that not everybody comes in the same moment.
fn after_gate(until: Timestamp, now: Timestamp, entropy: Entropy) -> Timestamp {
    until.max(now + Duration::from_secs(1)) + AFTER_GATE.mul_f64(entropy.jitter())
}

/// Another attempt at `at`, unless a day has passed.
fn try_again(post: &Post, target: Target, at: Timestamp, error: TargetError) -> Target {
    if at < target.retried_at.unwrap_or(post.time()).max(post.time()) + GIVE_UP_AFTER {
        return target.into_retrying(at, Some(error));
    }
    let detail = format!("gave up after a day of trying; the last reason was: {}", error.detail);
    target.into_failed(TargetError { code: "gave_up".into(), detail, permanent: false })
}

/// When the platform took it: what its id says, if that fits between our claim and now; else now.
pub(crate) fn accepted_at(receipt: &Receipt, target: &Target, now: Timestamp) -> Timestamp {
    let since = target.refused_since.or(target.attempted_at);
    receipt.accepted_at.filter(|at| Some(*at) >= since && *at <= now).unwrap_or(now)
}

/// Writes the outcome under the lease, then sees to what follows from it. Answers the post as it stands then, unless
/// the lease is no longer ours.
///
/// When the person changed the post meanwhile, the outcome is worked out again on what stands there now.
pub(crate) async fn conclude(
    ports: &Ports<'_>,
    held: &Held<'_>,
    post: &Post,
    conclusion: impl Fn(Target, Timestamp) -> Conclusion,
) -> Result<Option<Box<Post>>> {
    let mut current = post.clone();
    for _ in 0..MAX_RACES {
        let now = ports.clock.now();
        let Some(target) = current.target(&held.task.connection) else { return Ok(None) };
        if target.lease.as_ref().is_none_or(|lease| lease.token != *held.lease) {
            return Ok(None);
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
                follow_up(ports, held, &post, concluded.news, now).await;
                return Ok(Some(post));
            }
            Written::Refused(Some(changed)) => current = *changed,
            Written::Refused(None) => return Ok(None),
        }
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time its outcome was to be recorded"))
}

/// `due_at` may never lie later than any target's next action. With one target we know it exactly; with several the
/// others move while we look, so it stays where it is until all are final.
pub(crate) fn due_after(post: &Post, target: &Target) -> Due {
    let mut others = post.targets.iter().filter(|other| other.connection_id != target.connection_id);
    match target.next_at {
        Some(at) if post.targets.len() == 1 => Due::At(at),
        None if others.all(|other| other.status.is_final()) => Due::Done,
        Some(_) | None => Due::Keep,
    }
}

/// What follows from a record. Nothing here may fail the message: the outcome is written, and the watch finds whatever
/// is lost.
async fn follow_up(ports: &Ports<'_>, held: &Held<'_>, post: &Post, news: Option<News>, now: Timestamp) {
    let Some(target) = post.target(&held.task.connection) else { return };
    if target.lease.is_some() {
        // The next part of a thread goes out under the same lease.
        return;
    }
    pass_on(ports, news).await;
    if let Some(at) = target.next_at {
        let attempt = if target.status == Status::Publishing { target.attempts } else { target.attempts + 1 };
        let task = DeliverTask { revision: post.revision, attempt, ..held.task.clone() };
        let sent = if at <= now + MAX_QUEUE_DELAY {
            ports.queues.deliver(&task, queue_delay(at, now, true)).await
        } else {
            ports.schedules.create(&Wake::for_retry(&task, at - PREPARE_LEAD)).await
        };
        if sent.is_err() {
            ports.access.metrics.put(Metric::WakeFailed);
        }
    }
    tell(ports.access.events, ports.access.metrics, post, target).await;
    if post.is_final() && post.due_at.is_some() {
        let _ = ports.posts.reschedule(post, None).await;
    }
}

pub(crate) async fn pass_on(ports: &Ports<'_>, news: Option<News>) {
    let connections = ports.access.connections;
    match news {
        Some(News::Expire(it)) => {
            let _ = connections.expire(&it.owner, &it.id, it.token_version, ports.clock.now()).await;
        }
        Some(News::GiveUp(it)) => access::give_up(&ports.access, &it).await,
        Some(News::CloseAccount(it, until)) => {
            ports.access.metrics.put(Metric::GateClosed { platform: it.platform });
            let _ = connections.close(&it.owner, &it.id, until).await;
        }
        Some(News::ClosePlatform(platform, until)) => {
            ports.access.metrics.put(Metric::GateClosed { platform });
            let _ = ports.gates.close(platform, until).await;
        }
        None => {}
    }
}

/// Tells the operator, each time, that a version of the platform's API has ended and another one is used for now.
pub(crate) async fn tell_of_sunset(ports: &Ports<'_>, platform: Platform) {
    let Some(version) = ports.platforms.newer_version(platform) else { return };
    ports.access.metrics.put(Metric::VersionSunset { platform });
    let event = Event::PlatformVersionSunset { platform, version };
    if ports.access.events.emit(&event).await.is_err() {
        ports.access.metrics.put(Metric::EventLost);
    }
}

/// Tells the bus and the metrics how a target ended; says nothing of one that has not.
pub(crate) async fn tell(events: &dyn Events, metrics: &dyn Metrics, post: &Post, target: &Target) {
    let platform = target.platform;
    match target.status {
        // What a platform refused at first, or the person sent again, says nothing of how punctual we are.
        Status::Published if target.attempts == 1 => {
            metrics.put(Metric::Lateness { platform, ms: lateness_ms(post, target) });
        }
        Status::NeedsAttention => metrics.put(Metric::NeedsAttention { platform }),
        Status::Published
        | Status::Draft
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
pub(crate) async fn announce(events: &dyn Events, metrics: &dyn Metrics, post: &Post, target: &Target) {
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
