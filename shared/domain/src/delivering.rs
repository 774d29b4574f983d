//! Delivering one target: get ready, claim, send, record.
//!
//! A message says "see attempt N through". Whoever gets the claim sends; a message that finds the attempt begun and its
//! lease run out settles it instead; any other is a duplicate or stale, and is let go: the watch sends again whatever
//! is still open.

use std::time::Duration;

use jiff::Timestamp;

use crate::access::Access;
use crate::concluding::{
    Conclusion, Held, Refusal, accepted_at, announce, conclude, refused, tell_of_sunset,
};
use crate::connection::Connection;
use crate::exhibiting::is_fetched_while_published;
use crate::id::{Entropy, LeaseToken};
use crate::metric::Metric;
use crate::ports::{
    Claim, Clock, Failure, FailureClass, Files, Gates, Look, MAX_QUEUE_DELAY, Platforms, Posts, Publisher,
    Purpose, Queues, Receipt, Schedules, Source, Written,
};
use crate::post::Post;
use crate::preparing::{delay_of, is_unprepared, sources};
use crate::settling::{LOOK_TIME, evidence};
use crate::target::{Lease, OnThreadFailure, Status, Target, TargetError};
use crate::task::DeliverTask;
use crate::text::{Outgoing, Part};
use crate::waking::preparation;
use crate::{Error, Result, access, settling};

/// A lease outlives the invocation by this much, so that its holder is dead when it ends.
pub const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// A target is claimed this long before its time. Between the claim and its record a worker that dies leaves a question
/// behind, so that everything that can be done before the claim is; what remains is one write and one read.
pub const SEND_LEAD: Duration = Duration::from_millis(100);

/// This much of the invocation stays free for writing down the outcome.
const RECORD_TIME: Duration = Duration::from_secs(5);

/// A create request may take this long, and is not begun with less.
const SEND_TIME: Duration = Duration::from_secs(12);

/// What delivering, and preparing for it, touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Gives the claim, takes the record.
    pub posts: &'a dyn Posts,
    /// Takes what is to be tried again soon.
    pub queues: &'a dyn Queues,
    /// Takes what is to be tried again later.
    pub schedules: &'a dyn Schedules,
    /// Says which platforms are closed to everybody.
    pub gates: &'a dyn Gates,
    /// Publishes.
    pub platforms: &'a dyn Platforms,
    /// Has the files.
    pub files: &'a dyn Files,
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
    let lease = Lease { token: entropy.lease_token(), until: deadline + LEASE_MARGIN };
    let Some(seen) = ports.posts.find(&task.owner, &task.post).await? else { return Ok(()) };
    let may_send = |target: &Target| target.may_send(task.attempt, ports.clock.now());
    let target = seen.target(&task.connection).filter(|_| seen.revision == task.revision);
    let Some(target) = target.filter(|target| may_send(target)) else {
        return not_mine(ports, task, &seen, lease, entropy).await;
    };
    if is_unprepared(&seen, target, ports.clock.now()) {
        // Whoever uploads sends it back here.
        return ports.queues.prepare(&preparation(&seen, target), Duration::ZERO).await;
    }
    let ready = Ready::get(ports, &seen, target, entropy).await;
    ports.clock.until(target.next_at.unwrap_or(seen.time()) - SEND_LEAD).await;
    if !has_time(ports, deadline) {
        // Getting ready took too long to send safely now; the next worker finds most of it done.
        return ports.queues.deliver(task, Duration::ZERO).await;
    }
    let now = ports.clock.now();
    let claim = Claim { purpose: Purpose::Send, task: task.clone(), now, lease: lease.clone() };
    let post = match ports.posts.claim(&claim).await? {
        Written::Done(post) => post,
        Written::Refused(Some(post)) => return not_mine(ports, task, &post, lease, entropy).await,
        Written::Refused(None) => return Ok(()),
    };
    Delivery { ports, task, lease: &lease.token, deadline, entropy }.of(post, &ready).await
}

/// The attempt is not ours to begin: settle, come back when it is time, or let go.
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
            ports.queues.deliver(task, delay_of(target, at, now)).await
        }
        _ => Ok(()),
    }
}

/// Whether a create request can still be sent, answered and written down.
fn has_time(ports: &Ports<'_>, deadline: Timestamp) -> bool {
    ports.clock.now() + SEND_TIME + RECORD_TIME <= deadline
}

/// What is prepared before the claim. The claim demands the revision that this was made from, so that nothing else is
/// sent than what stands there.
struct Ready {
    outgoing: Outgoing,
    publisher: Box<dyn Publisher>,
    /// What the platform will fetch itself.
    sources: Result<Vec<Source>, Failure>,
}

impl Ready {
    /// Composes what is sent, opens the connection that will carry it, and sees to a fresh token. What fails here is
    /// found, and decided, under the claim.
    async fn get(ports: &Ports<'_>, post: &Post, target: &Target, entropy: Entropy) -> Self {
        let outgoing = Outgoing::of(post, target);
        let publisher = ports.platforms.publisher(target.platform);
        let now = ports.clock.now();
        let sources = match is_fetched_while_published(target.platform, &target.options, &post.media) {
            true => sources(ports.files, target.platform, &post.media, now).await,
            false => Ok(Vec::new()),
        };
        if let Ok(Some(connection)) = ports.access.connections.find(&post.owner, &target.connection_id).await
        {
            let _ = access::open(&ports.access, &connection, now, now, entropy).await;
        }
        // What is late already opens its connection with the request itself.
        if target.next_at.is_some_and(|at| ports.clock.now() < at - SEND_LEAD) {
            publisher.warm().await;
        }
        Self { outgoing, publisher, sources }
    }
}

/// One claimed attempt.
struct Delivery<'a> {
    ports: &'a Ports<'a>,
    task: &'a DeliverTask,
    lease: &'a LeaseToken,
    deadline: Timestamp,
    entropy: Entropy,
}

impl Delivery<'_> {
    /// Sends part after part, and writes down what became of each before the next one leaves.
    async fn of(&self, mut post: Box<Post>, ready: &Ready) -> Result<()> {
        let held = Held { task: self.task, lease: self.lease };
        loop {
            let Some(target) = self.target(&post) else { return Ok(()) };
            // A first attempt is the only one that can be too late: what was claimed before may be live.
            let is_first = target.attempts == 1 && target.published.is_empty();
            if is_first && post.late_policy.skips(post.time(), self.ports.clock.now()) {
                let skipped = |target: Target, _| Conclusion::of(target.into_skipped(too_late()));
                return conclude(self.ports, &held, &post, skipped).await.map(drop);
            }
            if target.rollback.is_some() {
                let outcome = self.take_down(&post, target, ready).await;
                let conclusion = |target: Target, now| self.taken_down(&post, target, &outcome, now);
                match conclude(self.ports, &held, &post, conclusion).await? {
                    Some(written) if self.target(&written).is_some_and(|it| it.lease.is_some()) => {
                        post = written
                    }
                    Some(_) | None => return Ok(()),
                }
                continue;
            }
            let outcome = self.attempt(&post, target, ready).await;
            let conclusion =
                |target: Target, now| self.concluded(&post, target, &ready.outgoing, &outcome, now);
            let concluded = conclude(self.ports, &held, &post, conclusion).await?;
            // After the record: what is told to the operator holds up no post.
            tell_of_sunset(self.ports, target.platform).await;
            match concluded {
                Some(written) if self.target(&written).is_some_and(|it| it.lease.is_some()) => post = written,
                Some(_) | None => return Ok(()),
            }
        }
    }

    fn target<'p>(&self, post: &'p Post) -> Option<&'p Target> {
        post.target(&self.task.connection)
    }

    /// Everything between claim and record. Whatever fails before the request leaves is a refusal like the platform's
    /// own.
    async fn attempt(&self, post: &Post, target: &Target, ready: &Ready) -> Result<Receipt, Refusal> {
        let Self { ports, .. } = *self;
        let handles = target.prepared.as_ref().map(|prepared| &prepared.handles[..]).unwrap_or_default();
        let Some(part) = ready.outgoing.part_after(&target.published, handles) else {
            let detail = "more parts are live than there are now; look at the account".into();
            return Err(unsent(Failure { class: FailureClass::Content, code: "text_changed", detail }));
        };
        let sources = ready.sources.as_ref().map_err(|failure| unsent(failure.clone()))?;
        let part = Part { sources: if part.media.is_empty() { &[] } else { sources }, ..part };
        let (connection, access) =
            admission(self.ports, post, target, self.ports.clock.now(), self.entropy).await?;
        let publisher = &*ready.publisher;
        let since = target.refused_since.filter(|_| publisher.can_read_back(&connection.account, part));
        if let Some(since) = since {
            // A refusal is no proof: before the same is sent again, somebody looks whether it is there.
            let now = ports.clock.now();
            let look = Look { part, since, may_resend: false };
            match publisher.look(&connection.account, &access.token, look, LOOK_TIME).await {
                Ok(receipts) => {
                    let found = evidence(ports.posts, post, target, part.text, since..now, receipts).await;
                    if let Some(receipt) = found.map_err(|error| unsent(error.into()))? {
                        ports.access.metrics.put(Metric::AmbiguousSettled { platform: target.platform });
                        return Ok(receipt);
                    }
                }
                // An account that lets us write and not read: the platform's own refusal of a repetition remains.
                Err(Failure { class: FailureClass::NotPermitted, .. }) => {}
                Err(failure) => return Err(unsent(failure)),
            }
        }
        ports.clock.until(post.time()).await;
        if !has_time(ports, self.deadline) {
            let detail = "there was no time left to send safely; it is sent again at once".into();
            return Err(unsent(Failure { class: FailureClass::RetrySoon, code: "out_of_time", detail }));
        }
        let sent = publisher.publish(&connection.account, &access.token, part, SEND_TIME).await;
        sent.map_err(|failure| Refusal { failure, heard_by: Some(connection) })
    }

    /// Deletes the newest part that is live. Deleting twice is no harm, so whatever is unclear is tried again.
    async fn take_down(&self, post: &Post, target: &Target, ready: &Ready) -> Result<(), Refusal> {
        let Some(last) = target.published.last() else { return Ok(()) };
        let (connection, access) =
            admission(self.ports, post, target, self.ports.clock.now(), self.entropy).await?;
        let deleted = ready.publisher.delete(&connection.account, &access.token, last, SEND_TIME).await;
        deleted.map_err(|failure| Refusal { failure, heard_by: Some(connection) })
    }

    /// The target after one part of it was deleted, or was not.
    fn taken_down(
        &self,
        post: &Post,
        target: Target,
        outcome: &Result<(), Refusal>,
        now: Timestamp,
    ) -> Conclusion {
        let Err(refusal) = outcome else {
            let target = target.without_last_part();
            let is_done = target.status == Status::Failed;
            return Conclusion::of(if is_done || has_time(self.ports, self.deadline) {
                target
            } else {
                let error = target.rollback.clone();
                target.into_retrying(now, error)
            });
        };
        let class = match refusal.failure.class {
            FailureClass::Ambiguous | FailureClass::Unprepared => FailureClass::RetrySoon,
            class @ (FailureClass::RetrySoon
            | FailureClass::RetryAt(_)
            | FailureClass::Reconnect
            | FailureClass::Content
            | FailureClass::Duplicate
            | FailureClass::NotPermitted
            | FailureClass::Operator) => class,
        };
        let refusal = Refusal {
            failure: Failure { class, ..refusal.failure.clone() },
            heard_by: refusal.heard_by.clone(),
        };
        let tries = target.attempts;
        refused(post, target, &refusal, tries, now, self.entropy)
    }

    /// The target after `outcome`, and what else must be told.
    fn concluded(
        &self,
        post: &Post,
        target: Target,
        outgoing: &Outgoing,
        outcome: &Result<Receipt, Refusal>,
        now: Timestamp,
    ) -> Conclusion {
        let receipt = match outcome {
            Ok(receipt) => receipt,
            Err(refusal) => {
                let tries = target.attempts;
                let concluded = refused(post, target, refusal, tries, now, self.entropy);
                return self.or_rollback(concluded);
            }
        };
        let at = accepted_at(receipt, &target, now);
        let target = target.with_part(receipt.published.clone(), at);
        Conclusion::of(if outgoing.part_after(&target.published, &[]).is_none() {
            target.into_published()
        } else if has_time(self.ports, self.deadline) && !target.stop {
            target.into_next_part(now)
        } else {
            target.into_retrying(now, None)
        })
    }

    /// A thread that ends in the middle is taken down again, if its person asked for that, by the delivery that follows.
    fn or_rollback(&self, concluded: Conclusion) -> Conclusion {
        let Conclusion { target, news } = concluded;
        let is_wanted = target.options.on_thread_failure == Some(OnThreadFailure::Rollback);
        if !is_wanted || target.status != Status::Failed || target.published.is_empty() {
            return Conclusion { target, news };
        }
        let parts = target.published.len();
        let error = target.error.clone().map(|error| TargetError {
            detail: format!("{}; the {parts} parts that were live were taken down", error.detail),
            ..error
        });
        let at = self.ports.clock.now();
        let target = Target { rollback: error.clone(), ..target.into_retrying(at, error) };
        Conclusion { target, news }
    }
}

/// The connection and its token, good until then, if the platform is open.
pub(crate) async fn admission(
    ports: &Ports<'_>,
    post: &Post,
    target: &Target,
    needed_until: Timestamp,
    entropy: Entropy,
) -> Result<(Connection, Access), Refusal> {
    let now = ports.clock.now();
    // A gate that cannot be read is open: the platform itself says no if it must.
    if let Ok(Some(until)) = ports.gates.closed_until(target.platform, now).await {
        return Err(unsent(closed(target, until)));
    }
    let connection = ports.access.connections.find(&post.owner, &target.connection_id).await;
    let connection = connection.map_err(|error| unsent(error.into()))?.ok_or_else(|| unsent(removed()))?;
    let access =
        access::open(&ports.access, &connection, needed_until, now, entropy).await.map_err(unsent)?;
    // What the platform says of a token, it says of the one that was sent.
    let connection = Connection { token_version: access.version, ..connection };
    Ok((connection, access))
}

/// A refusal of which no platform knows.
pub(crate) fn unsent(failure: Failure) -> Refusal {
    Refusal { failure, heard_by: None }
}

/// Why a file could not be had.
pub(crate) fn unreachable(error: &Error) -> Failure {
    let detail = format!("the files could not be had just now: {error}");
    Failure { class: FailureClass::RetrySoon, code: "unavailable", detail }
}

pub(crate) fn too_late() -> TargetError {
    TargetError {
        code: "too_late".into(),
        detail:
            "it could not be sent in time, and its late policy says not to send it later; give it a new time"
                .into(),
        permanent: true,
    }
}

/// Why nothing can be sent to a platform that is closed to everybody.
fn closed(target: &Target, until: Timestamp) -> Failure {
    let title = target.platform.title();
    let detail = format!(
        "{title} takes nothing from this installation just now, which only its operator can mend; it is tried again"
    );
    Failure { class: FailureClass::RetryAt(until), code: "platform_closed", detail }
}

/// Why nothing can be sent over a connection that is gone.
pub(crate) fn removed() -> Failure {
    Failure {
        class: FailureClass::NotPermitted,
        code: "connection_removed",
        detail: "the connection was removed; choose another one".into(),
    }
}
