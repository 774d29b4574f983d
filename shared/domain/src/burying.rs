//! Dead letters: messages whose handling failed ten times, so that nobody knows what to do with them but us.

use std::time::Duration;

use jiff::Timestamp;

use crate::concluding::tell;
use crate::id::Entropy;
use crate::ports::{Claim, Due, Events, Metrics, Posts, Purpose, Queues, Record, Written};
use crate::post::Post;
use crate::preparing::{delay_of, next_attempt};
use crate::settling::unanswered;
use crate::target::{Lease, MAX_LOOKS, Status, Target, TargetError};
use crate::task::{DeliverTask, PrepareTask};
use crate::watching::same_attempt;
use crate::{Error, Result};

/// Writing a letter's end takes no longer than this.
const BURY_LEASE: Duration = Duration::from_secs(30);

/// What burying touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the end.
    pub posts: &'a dyn Posts,
    /// Takes what is not ours to end.
    pub queues: &'a dyn Queues,
    /// Hears of the end.
    pub events: &'a dyn Events,
    /// Counts it.
    pub metrics: &'a dyn Metrics,
}

/// Ends what a dead letter stood for.
///
/// A preparation that fails is skipped: delivery does without it. A delivery that fails before its attempt began ends
/// as `failed`, and can safely be tried again. One whose outcome is open is never called failed: it goes to
/// settlement, and when that cannot be had either, to the person.
///
/// # Errors
/// `Broken` when the letter cannot be read; `Unavailable`: the letter comes again.
pub async fn bury(ports: &Ports<'_>, letter: &str, now: Timestamp, entropy: Entropy) -> Result<()> {
    let Ports { posts, queues, .. } = *ports;
    if let Ok(task) = serde_json::from_str::<DeliverTask>(letter) {
        return end(ports, &task, now, entropy).await;
    }
    let task: PrepareTask =
        serde_json::from_str(letter).map_err(|error| Error::broken("dead letter", error.to_string()))?;
    let Some(post) = posts.find(&task.owner, &task.post).await? else { return Ok(()) };
    if post.revision != task.revision {
        return Ok(());
    }
    for target in &post.targets {
        let is_meant = task.connection.as_ref().is_none_or(|wanted| *wanted == target.connection_id);
        if let Some(at) = target.next_at.filter(|_| is_meant && target.status == Status::Scheduled) {
            queues.deliver(&next_attempt(&post, target), delay_of(target, at, now)).await?;
        }
    }
    Ok(())
}

async fn end(ports: &Ports<'_>, task: &DeliverTask, now: Timestamp, entropy: Entropy) -> Result<()> {
    let Ports { posts, queues, .. } = *ports;
    let Some(post) = posts.find(&task.owner, &task.post).await? else { return Ok(()) };
    let Some(target) = post.target(&task.connection).filter(|_| post.revision == task.revision) else {
        return Ok(());
    };
    let purpose = if target.may_send(task.attempt, now) {
        Purpose::Send
    } else if target.may_settle(task.attempt, now) && target.looks >= MAX_LOOKS {
        Purpose::Settle
    } else {
        return hand_over(queues, &post, target, task, now).await;
    };
    let lease = Lease { token: entropy.lease_token(), until: now + BURY_LEASE };
    let claim = Claim { purpose, task: task.clone(), now, lease: lease.clone() };
    let Written::Done(post) = posts.claim(&claim).await? else { return Ok(()) };
    let Some(target) = post.target(&task.connection).cloned() else { return Ok(()) };
    let target = match purpose {
        Purpose::Send => {
            let error = failed(&target);
            target.into_failed(error)
        }
        Purpose::Settle => {
            let error = unanswered(&target);
            target.into_needs_attention(error)
        }
    };
    let due = if post.targets.len() == 1 { Due::Done } else { Due::Keep };
    let (owner, id, revision) = (post.owner.clone(), post.id.clone(), post.revision);
    let record = Record { owner, post: id, revision, lease: lease.token, target, due, now };
    if let Written::Done(post) = posts.record(&record).await?
        && let Some(target) = post.target(&task.connection)
    {
        tell(ports.events, ports.metrics, &post, target).await;
    }
    Ok(())
}

/// An attempt that is open, or not yet due, is somebody else's to end.
async fn hand_over(
    queues: &dyn Queues,
    post: &Post,
    target: &Target,
    task: &DeliverTask,
    now: Timestamp,
) -> Result<()> {
    match target.next_at {
        Some(at) if target.status == Status::Publishing && target.attempts == task.attempt => {
            queues.deliver(&same_attempt(post, target), delay_of(target, at, now)).await
        }
        _ => Ok(()),
    }
}

fn failed(target: &Target) -> TargetError {
    let what = if target.published.is_empty() { "nothing" } else { "nothing more" };
    let detail =
        format!("something on our side failed each time this was to be sent; {what} was published, so retry");
    TargetError { code: "undeliverable".into(), detail, permanent: false }
}
