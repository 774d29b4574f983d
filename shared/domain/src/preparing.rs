//! Getting a post ready before its time: split it, upload what it shows, look after the token, send each target on its
//! way.
//!
//! Uploading publishes nothing and may happen twice; a lease of its own sees to it that it seldom does. Whatever fails
//! before the post's time is tried again quietly; after it, as an attempt that failed.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::access::{self, Access};
use crate::concluding::{Conclusion, Refusal, due_after, pass_on, refused, tell};
use crate::connection::Connection;
use crate::delivering::{LEASE_MARGIN, Ports, admission, too_late, unreachable, unsent};
use crate::exhibiting::{form, is_fetched_while_published};
use crate::id::{Entropy, LeaseToken};
use crate::media::{Form, MediaKind};
use crate::platform::Platform;
use crate::ports::{
    Failure, FailureClass, Files, Groundwork, MAX_QUEUE_DELAY, Publisher, Readiness, Source, Written,
};
use crate::post::{Attachment, Post};
use crate::scheduling::PREPARE_LEAD;
use crate::target::{Lease, Prepared, Status, Target};
use crate::task::{DeliverTask, PrepareTask, Wake};
use crate::text::{Outgoing, Part};
use crate::waking::preparation;

/// A first attempt becomes visible in the queue this long before its time, and up to a second more, because queues count
/// in seconds: time enough for a process to start and to get ready.
pub const VISIBLE_LEAD: Duration = Duration::from_secs(2);

/// This much of the invocation stays free for writing down how far it came.
const RECORD_TIME: Duration = Duration::from_secs(5);

/// One question whether the platform has finished may take this long.
const ASK_TIME: Duration = Duration::from_secs(10);

/// A platform that works on a film is asked this often, and less often later.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sends each target of the post on its way, to be visible just before its time.
///
/// A post with several targets is split first, so that from here on no target waits for another one's token or film.
///
/// `deadline` is the end of this invocation: what is not done by then is gone on with by another.
///
/// # Errors
/// `Unavailable`: the message comes again.
pub async fn prepare(
    ports: &Ports<'_>,
    task: &PrepareTask,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    let Some(post) = ports.posts.find(&task.owner, &task.post).await? else { return Ok(()) };
    if post.revision != task.revision {
        return Ok(());
    }
    let waiting: Vec<&Target> = post
        .targets
        .iter()
        .filter(|target| matches!(target.status, Status::Scheduled | Status::Retrying))
        .filter(|target| task.connection.as_ref().is_none_or(|wanted| *wanted == target.connection_id))
        .collect();
    if let [target] = waiting[..] {
        return prepare_target(ports, &post, target, deadline, entropy).await;
    }
    for target in waiting {
        let task = PrepareTask { connection: Some(target.connection_id.clone()), ..task.clone() };
        ports.queues.prepare(&task, Duration::ZERO).await?;
    }
    Ok(())
}

async fn prepare_target(
    ports: &Ports<'_>,
    post: &Post,
    target: &Target,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    let Some(next_at) = target.next_at else { return Ok(()) };
    let now = ports.clock.now();
    if is_unprepared(post, target, now) {
        if target.status == Status::Retrying && next_at > now {
            return ports.queues.prepare(&preparation(post, target), queue_delay(next_at, now, true)).await;
        }
        return Preparation { ports, deadline, entropy }.of(post, target).await;
    }
    ports.queues.deliver(&next_attempt(post, target), delay_of(target, next_at, now)).await?;
    // The message is on its way whatever becomes of the token: what fails here, delivery finds and deals with.
    let connection = ports.access.connections.find(&post.owner, &target.connection_id).await?;
    if let Some(connection) = connection {
        let _ = access::open(&ports.access, &connection, next_at, now, entropy).await;
    }
    Ok(())
}

/// Whether something must still be made on the platform before this target can be sent.
pub(crate) fn is_unprepared(post: &Post, target: &Target, now: Timestamp) -> bool {
    let needs_files = !post.media.is_empty() && target.published.is_empty();
    if !needs_files || is_fetched_while_published(target.platform, &target.options, &post.media) {
        return false;
    }
    target.prepared.as_ref().is_none_or(|prepared| !prepared.is_ready || !prepared.is_fresh(now))
}

/// The files in the form in which this platform takes them, each with an address that is good for an hour.
///
/// # Errors
/// `Content` for what should be a picture and is none; `RetrySoon` when the files could not be had.
pub(crate) async fn sources(
    files: &dyn Files,
    platform: Platform,
    media: &[Attachment],
    now: Timestamp,
) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::with_capacity(media.len());
    for file in media {
        let form = form(platform, file.kind);
        let (kind, size_bytes) = match form {
            Form::Original => (file.kind, file.size_bytes),
            Form::Jpeg => {
                let size = files.as_jpeg(&file.media_id).await.map_err(|error| unreachable(&error))?;
                let Some(size) = size else {
                    let name = &file.file_name;
                    let detail =
                        format!("`{name}` cannot be read as a picture; save it anew and upload it again");
                    let class = FailureClass::Content;
                    return Err(Failure { class, code: "picture_unreadable", detail });
                };
                (MediaKind::Jpeg, size)
            }
        };
        let link = files.link(&file.media_id, form, now).await.map_err(|error| unreachable(&error))?;
        sources.push(Source { kind, size_bytes, link });
    }
    Ok(sources)
}

/// The preparation of one target that shows files.
struct Preparation<'a> {
    ports: &'a Ports<'a>,
    deadline: Timestamp,
    entropy: Entropy,
}

/// What a preparation came to.
enum Made {
    /// Everything is there, and the platform has finished with it.
    Ready,
    /// Everything is there, and the platform is still working on it.
    Waiting,
}

impl Preparation<'_> {
    async fn of(&self, post: &Post, seen: &Target) -> Result<()> {
        let now = self.ports.clock.now();
        let before = seen.prepared.clone().unwrap_or_default();
        if before.lease.as_ref().is_some_and(|lease| lease.until > now) {
            // Whoever prepares right now sends it on its way; should they die, the watch comes by.
            return Ok(());
        }
        let lease = Lease { token: self.entropy.lease_token(), until: self.deadline + LEASE_MARGIN };
        // What the platform has forgotten is made again.
        let kept = if before.is_fresh(now) {
            before.clone()
        } else {
            Prepared { tries: before.tries, ..Prepared::default() }
        };
        let held = before.lease.map(|lease| lease.token);
        let leased = Prepared { lease: Some(lease.clone()), ..kept };
        let target = Target { prepared: Some(leased), ..seen.clone() };
        let Some(post) = self.write(post, seen.status, held, target).await? else { return Ok(()) };
        let Some(target) = post.target(&seen.connection_id) else { return Ok(()) };
        if is_first(target) && post.late_policy.skips(post.time(), now) {
            return self
                .end(&post, target, &lease.token, Conclusion::of(target.clone().into_skipped(too_late())))
                .await;
        }
        let mut target = target.clone();
        match self.make(&post, &mut target, &lease.token).await? {
            Ok(Made::Ready) => self.release(&post, target, &lease.token, true).await,
            Ok(Made::Waiting) => self.release(&post, target, &lease.token, false).await,
            Err(refusal) => self.refuse(&post, target, &lease.token, &refusal).await,
        }
    }

    /// Uploads, unless that was done, and waits for the platform to finish, as long as there is time. `target` is kept as
    /// it was last written.
    async fn make(
        &self,
        post: &Post,
        target: &mut Target,
        held: &LeaseToken,
    ) -> Result<Result<Made, Refusal>> {
        let ports = self.ports;
        let needed_until = target.next_at.unwrap_or(Timestamp::MIN).max(ports.clock.now());
        let (connection, access) = match admission(ports, post, target, needed_until, self.entropy).await {
            Ok(admitted) => admitted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let publisher = ports.platforms.publisher(target.platform);
        let outgoing = Outgoing::of(post, target);
        let heard =
            |failure: Failure| Refusal { failure: of_upload(failure), heard_by: Some(connection.clone()) };
        if !target.prepared.as_ref().is_some_and(|prepared| prepared.is_fresh(ports.clock.now())) {
            let made = self.upload(&*publisher, &connection, &access, target.platform, &outgoing).await;
            let handles = match made {
                Ok(handles) => handles,
                Err(Upload::Refused(failure)) => return Ok(Err(heard(failure))),
                Err(Upload::NotSent(failure)) => return Ok(Err(unsent(failure))),
            };
            let prepared = target.prepared.take().unwrap_or_default();
            target.prepared = Some(Prepared { handles, made_at: Some(ports.clock.now()), ..prepared });
            // Written at once: a worker that dies while the platform works on a film does not send it again.
            if self.write(post, target.status, Some(held.clone()), target.clone()).await?.is_none() {
                let detail = "the post changed while its files were uploaded".into();
                return Ok(Err(unsent(Failure { class: FailureClass::RetrySoon, code: "changed", detail })));
            }
        }
        let mut pause = FIRST_PAUSE;
        loop {
            let handles = target.prepared.as_ref().map(|prepared| &prepared.handles[..]).unwrap_or_default();
            let Some(part) = outgoing.part_after(&[], handles) else { return Ok(Ok(Made::Ready)) };
            match publisher.readiness(&connection.account, &access.token, part, ASK_TIME).await {
                Ok(Readiness::Ready) => return Ok(Ok(Made::Ready)),
                Ok(Readiness::Waiting) => {}
                Err(failure) => return Ok(Err(heard(failure))),
            }
            let again_at = ports.clock.now() + pause;
            if again_at + ASK_TIME + RECORD_TIME > self.deadline {
                return Ok(Ok(Made::Waiting));
            }
            ports.clock.until(again_at).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn upload(
        &self,
        publisher: &dyn Publisher,
        connection: &Connection,
        access: &Access,
        platform: Platform,
        outgoing: &Outgoing,
    ) -> Result<Vec<String>, Upload> {
        let now = self.ports.clock.now();
        let sources = sources(self.ports.files, platform, &outgoing.media, now).await;
        let sources = sources.map_err(Upload::NotSent)?;
        let Some(part) = outgoing.part_after(&[], &[]) else { return Ok(Vec::new()) };
        let within = Duration::try_from(self.deadline.duration_since(now)).unwrap_or_default();
        let within = within.saturating_sub(RECORD_TIME);
        let part = Part { sources: &sources, ..part };
        let made = publisher.upload(&connection.account, &access.token, part, within).await;
        made.map_err(Upload::Refused)
    }

    /// Gives the lease back, and sees to whatever comes next.
    async fn release(&self, post: &Post, target: Target, held: &LeaseToken, is_ready: bool) -> Result<()> {
        let ports = self.ports;
        let prepared = target.prepared.clone().unwrap_or_default();
        let target = Target { prepared: Some(Prepared { lease: None, is_ready, ..prepared }), ..target };
        let written = self.write(post, target.status, Some(held.clone()), target.clone()).await?;
        let (Some(post), Some(next_at)) = (written, target.next_at) else { return Ok(()) };
        if is_ready {
            let delay = delay_of(&target, next_at, ports.clock.now());
            return ports.queues.deliver(&next_attempt(&post, &target), delay).await;
        }
        ports.queues.prepare(&preparation(&post, &target), LONGEST_PAUSE).await
    }

    /// What could not be prepared is tried again quietly while there is time; then as any attempt that was refused.
    async fn refuse(&self, post: &Post, target: Target, held: &LeaseToken, refusal: &Refusal) -> Result<()> {
        let ports = self.ports;
        let now = ports.clock.now();
        let prepared = target.prepared.clone().unwrap_or_default();
        let tries = prepared.tries + 1;
        let prepared = match refusal.failure.class {
            FailureClass::Unprepared | FailureClass::Content => Prepared { tries, ..Prepared::default() },
            FailureClass::RetrySoon
            | FailureClass::RetryAt(_)
            | FailureClass::Reconnect
            | FailureClass::Duplicate
            | FailureClass::NotPermitted
            | FailureClass::Ambiguous
            | FailureClass::Operator => Prepared { lease: None, tries, ..prepared },
        };
        let target = Target { prepared: Some(prepared.clone()), ..target };
        let due = target.next_at.unwrap_or(now);
        // No request to publish has left this time, so that there is nothing more to look for than there was.
        let unasked = Target { refused_since: None, ..target.clone() };
        let concluded = refused(post, unasked, refusal, tries, now, self.entropy);
        let concluded = Conclusion {
            target: Target {
                refused_since: target.refused_since,
                prepared: Some(prepared),
                ..concluded.target
            },
            news: concluded.news,
        };
        let is_quiet = concluded.target.status == Status::Retrying && now < due;
        if !is_quiet {
            return self.end(post, &target, held, concluded).await;
        }
        let again_at = concluded.target.next_at.unwrap_or(now).min(due);
        let quiet = Target {
            status: target.status,
            next_at: target.next_at,
            error: target.error.clone(),
            ..concluded.target
        };
        if self.write(post, target.status, Some(held.clone()), quiet.clone()).await?.is_none() {
            return Ok(());
        }
        pass_on(ports, concluded.news).await;
        let delay = queue_delay(again_at, now, true);
        ports.queues.prepare(&preparation(post, &quiet), delay).await
    }

    /// Writes an outcome that the person can see, and sees to what follows from it.
    async fn end(&self, post: &Post, seen: &Target, held: &LeaseToken, concluded: Conclusion) -> Result<()> {
        let ports = self.ports;
        let Conclusion { target, news } = concluded;
        let prepared = target.prepared.clone().map(|prepared| Prepared { lease: None, ..prepared });
        let target = Target { prepared, ..target };
        let written = self.write(post, seen.status, Some(held.clone()), target.clone()).await?;
        let Some(post) = written else { return Ok(()) };
        pass_on(ports, news).await;
        let now = ports.clock.now();
        if let Some(at) = target.next_at {
            return if at <= now + MAX_QUEUE_DELAY {
                ports.queues.prepare(&preparation(&post, &target), queue_delay(at, now, true)).await
            } else {
                let wake = Wake::for_retry(&next_attempt(&post, &target), at - PREPARE_LEAD);
                ports.schedules.create(&wake).await
            };
        }
        tell(ports.access.events, ports.access.metrics, &post, &target).await;
        if post.is_final() && post.due_at.is_some() {
            let _ = ports.posts.reschedule(&post, None).await;
        }
        Ok(())
    }

    /// Writes the target, if nobody else did since; `None` when somebody did.
    async fn write(
        &self,
        post: &Post,
        status: Status,
        held: Option<LeaseToken>,
        target: Target,
    ) -> Result<Option<Box<Post>>> {
        let groundwork = Groundwork {
            owner: post.owner.clone(),
            post: post.id.clone(),
            revision: post.revision,
            status,
            held,
            due: due_after(post, &target),
            target,
            now: self.ports.clock.now(),
        };
        match self.ports.posts.groundwork(&groundwork).await? {
            Written::Done(post) => Ok(Some(post)),
            Written::Refused(_) => Ok(None),
        }
    }
}

/// Why nothing was uploaded.
enum Upload {
    /// The platform said so.
    Refused(Failure),
    /// It did not come to that.
    NotSent(Failure),
}

/// The failure of an upload: an unknown outcome is no harm, because it published nothing.
fn of_upload(failure: Failure) -> Failure {
    let class = match failure.class {
        FailureClass::Ambiguous | FailureClass::Duplicate => FailureClass::RetrySoon,
        class @ (FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator) => class,
    };
    Failure { class, ..failure }
}

/// Whether no attempt of it was ever claimed.
fn is_first(target: &Target) -> bool {
    target.attempts == 0 && target.published.is_empty()
}

/// The task that makes the next attempt on this target.
pub(crate) fn next_attempt(post: &Post, target: &Target) -> DeliverTask {
    DeliverTask {
        owner: post.owner.clone(),
        post: post.id.clone(),
        connection: target.connection_id.clone(),
        revision: post.revision,
        attempt: target.attempts + 1,
    }
}

/// How long the message of this target waits, whose next action is at `next_at`: a first attempt shall be there just
/// before its time, anything else not before.
pub(crate) fn delay_of(target: &Target, next_at: Timestamp, now: Timestamp) -> Duration {
    match target.status {
        Status::Scheduled => queue_delay(next_at - VISIBLE_LEAD, now, false),
        Status::Retrying
        | Status::Publishing
        | Status::Draft
        | Status::Published
        | Status::Failed
        | Status::NeedsAttention
        | Status::Skipped
        | Status::Canceled => queue_delay(next_at, now, true),
    }
}

/// The delay in whole seconds, as queues count, after which something is visible at `at`: just before, or with
/// `not_before` just after. What lies beyond a queue's reach comes early, and is sent back when it does.
pub(crate) fn queue_delay(at: Timestamp, now: Timestamp, not_before: bool) -> Duration {
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    let seconds = if not_before && wait.subsec_nanos() > 0 { wait.as_secs() + 1 } else { wait.as_secs() };
    Duration::from_secs(seconds).min(MAX_QUEUE_DELAY)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_first_attempt_is_rounded_down_and_a_retry_up() {
        let now = Timestamp::from_second(1000).unwrap();
        let at = now + SignedDuration::from_millis(2_400);
        assert_eq!(queue_delay(at, now, false), Duration::from_secs(2));
        assert_eq!(queue_delay(at, now, true), Duration::from_secs(3));
        assert_eq!(queue_delay(now - SignedDuration::from_secs(5), now, true), Duration::ZERO);
        assert_eq!(queue_delay(now + SignedDuration::from_hours(1), now, true), MAX_QUEUE_DELAY);
    }
}
