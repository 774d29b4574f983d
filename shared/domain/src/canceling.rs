//! Stopping a post.

use jiff::Timestamp;

use crate::id::{OwnerId, PostId};
use crate::ports::{Amendment, Posts, Schedules, Written};
use crate::post::Post;
use crate::scheduling::PREPARE_LEAD;
use crate::target::Status;
use crate::task::Wake;
use crate::{Error, Result};

/// A conditional write that lost its race is tried again this often.
const MAX_RACES: u32 = 8;

/// Cancels every target that is neither published nor in flight. Targets in flight make no further attempt.
///
/// # Errors
/// `NotFound`; `NothingToCancel` when no target could be stopped; `Unavailable` when workers won every race.
pub async fn cancel(
    posts: &dyn Posts,
    schedules: &dyn Schedules,
    owner: &OwnerId,
    id: &PostId,
    now: Timestamp,
) -> Result<Post> {
    let mut seen = posts.find(owner, id).await?.ok_or(Error::NotFound("post"))?;
    for _ in 0..MAX_RACES {
        let amendment = canceled(&seen, now)?;
        let post = match posts.amend(&amendment).await? {
            Written::Done(post) => post,
            Written::Refused(Some(current)) => {
                seen = *current;
                continue;
            }
            Written::Refused(None) => return Err(Error::NotFound("post")),
        };
        if post.publish_at > now + PREPARE_LEAD {
            // A schedule that stays rings for a revision that is gone, and is dropped.
            let _ = schedules.delete(&Wake::name_for_post(id, seen.revision)).await;
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
            Status::Published | Status::Failed | Status::NeedsAttention | Status::Canceled => {}
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
    Ok(Amendment { post, touched })
}
