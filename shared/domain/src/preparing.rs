//! Getting a post ready before its time: split it, send each target on its way, look after the token.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::access;
use crate::id::Entropy;
use crate::ports::{MAX_QUEUE_DELAY, Posts, Queues};
use crate::post::Post;
use crate::target::{Status, Target};
use crate::task::{DeliverTask, PrepareTask};

/// A first attempt becomes visible in the queue this long before its time, and up to a second more, because queues count
/// in seconds: time enough for a process to start and to get ready.
pub const VISIBLE_LEAD: Duration = Duration::from_secs(2);

/// What preparing touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Says what is to be done.
    pub posts: &'a dyn Posts,
    /// Takes each target.
    pub queues: &'a dyn Queues,
    /// The way to a fresh token.
    pub access: access::Ports<'a>,
}

/// Sends each target of the post on its way, to be visible just before its time.
///
/// A post with several targets is split first, so that from here on no target waits for another one's token.
///
/// # Errors
/// `Unavailable`: the message comes again.
pub async fn prepare(ports: &Ports<'_>, task: &PrepareTask, now: Timestamp, entropy: Entropy) -> Result<()> {
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
        return prepare_target(ports, &post, target, now, entropy).await;
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
    now: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    let Some(next_at) = target.next_at else { return Ok(()) };
    ports.queues.deliver(&next_attempt(post, target), delay_of(target, next_at, now)).await?;
    // The message is on its way whatever becomes of the token: what fails here, delivery finds and deals with.
    let connection = ports.access.connections.find(&post.owner, &target.connection_id).await?;
    if let Some(connection) = connection {
        let _ = access::open(&ports.access, &connection, next_at, now, entropy).await;
    }
    Ok(())
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
