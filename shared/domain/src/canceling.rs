//! Stopping a post.

use jiff::Timestamp;

use crate::concluding::tell;
use crate::id::{OwnerId, PostId};
use crate::ports::{Amendment, Events, Metrics, Posts, Schedules, Written};
use crate::post::Post;
use crate::target::Status;
use crate::{Error, Result, waking};

/// A conditional write that lost its race is tried again this often.
const MAX_RACES: u32 = 8;

/// What canceling touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the post.
    pub posts: &'a dyn Posts,
    /// Forgets when it was due.
    pub schedules: &'a dyn Schedules,
    /// Hears of it.
    pub events: &'a dyn Events,
    /// Counts lost events.
    pub metrics: &'a dyn Metrics,
}

/// Cancels every target that is neither published nor in flight. Targets in flight make no further attempt. A draft
/// is thrown away, because nothing of it was ever to be sent. Answers the post as it is then, a draft as it was.
///
/// # Errors
/// `NotFound`; `NothingToCancel` when no target could be stopped; `Unavailable` when workers won every race.
pub async fn cancel(ports: &Ports<'_>, owner: &OwnerId, id: &PostId, now: Timestamp) -> Result<Post> {
    let Ports { posts, schedules, events, metrics } = *ports;
    let mut seen = posts.find(owner, id).await?.ok_or(Error::NotFound("post"))?;
    for _ in 0..MAX_RACES {
        if seen.is_draft() {
            if posts.discard(&seen).await? {
                return Ok(seen);
            }
            seen = posts.find(owner, id).await?.ok_or(Error::NotFound("post"))?;
            continue;
        }
        let amendment = canceled(&seen, now)?;
        let post = match posts.amend(&amendment).await? {
            Written::Done(post) => post,
            Written::Refused(Some(current)) => {
                seen = *current;
                continue;
            }
            Written::Refused(None) => return Err(Error::NotFound("post")),
        };
        waking::forget(schedules, &seen, now).await;
        for target in post.targets.iter().filter(|target| target.status == Status::Canceled) {
            tell(events, metrics, &post, target).await;
        }
        return Ok(*post);
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time it was to be canceled"))
}

fn canceled(seen: &Post, now: Timestamp) -> Result<Amendment> {
    let mut post = seen.clone();
    let mut touched = Vec::new();
    let mut stopped = false;
    for target in &mut post.targets {
        let before = (target.connection_id.clone(), target.status, target.attempts);
        match target.status {
            Status::Scheduled | Status::Retrying => {
                *target = target.clone().into_canceled();
                stopped = true;
                touched.push(before);
            }
            Status::Publishing => {
                target.stop = true;
                touched.push(before);
            }
            Status::Draft
            | Status::Published
            | Status::Failed
            | Status::NeedsAttention
            | Status::Skipped
            | Status::Canceled => {}
        }
    }
    if !stopped {
        return Err(Error::NothingToCancel);
    }
    post.revision += 1;
    post.updated_at = now;
    if post.is_final() {
        post.due_at = None;
    }
    Ok(Amendment { post, touched, added: Vec::new() })
}
