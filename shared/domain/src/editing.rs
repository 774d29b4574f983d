//! Changing what has not started.

use jiff::Timestamp;

use crate::composition;
use crate::content::{self, PostAsk};
use crate::id::{MediaId, OwnerId, PostId};
use crate::input::Field;
use crate::ports::{Amendment, Written};
use crate::post::Post;
use crate::scheduling::Ports;
use crate::target::Target;
use crate::{Error, Result, attaching, waking};

/// A conditional write that lost its race is tried again this often.
const MAX_RACES: u32 = 8;

/// Changes the post: what the request leaves out stays, a list replaces the whole list. A time schedules it, also what
/// was canceled, skipped or failed, and a draft that is not told to stay one.
///
/// `expected` is the revision that the caller saw; any will do when it is `None`.
///
/// # Errors
/// `NotFound`; `RevisionMismatch`; `AlreadyStarted`; `Invalid` with every broken rule; `Unavailable`.
pub async fn edit(
    ports: &Ports<'_>,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    id: &PostId,
    ask: Field<PostAsk>,
    expected: Option<u32>,
    now: Timestamp,
) -> Result<Post> {
    let content = content::read_edit(ask)?;
    let mut seen = ports.posts.find(owner, id).await?.ok_or(Error::NotFound("post"))?;
    for _ in 0..MAX_RACES {
        if expected.is_some_and(|revision| revision != seen.revision) {
            return Err(Error::RevisionMismatch);
        }
        if seen.targets.iter().any(Target::is_started) {
            return Err(Error::AlreadyStarted);
        }
        let post = composition::edit(ports.connections, media, &seen, content.clone(), now).await?;
        let amendment = changed(&seen, Post { updated_at: now, ..post });
        match ports.posts.amend(&amendment).await? {
            Written::Done(post) => {
                waking::wake_again(ports.queues, ports.schedules, ports.metrics, &seen, &post, now).await;
                // A mark that stays is stale, and hurts nobody.
                let _ = attaching::detach(media.shelf, owner, id, &given_up(&seen, &post)).await;
                return Ok(*post);
            }
            Written::Refused(Some(current)) => seen = *current,
            Written::Refused(None) => return Err(Error::NotFound("post")),
        }
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time it was to be edited"))
}

/// The files that the post shows no more.
fn given_up(before: &Post, post: &Post) -> Vec<MediaId> {
    let is_shown = |id: &MediaId| post.media.iter().any(|shown| shown.media_id == *id);
    before.media.iter().map(|shown| shown.media_id.clone()).filter(|id| !is_shown(id)).collect()
}

/// Every target that was there must still be as it was seen: none has started meanwhile.
fn changed(seen: &Post, post: Post) -> Amendment {
    let touched = seen.targets.iter();
    let touched = touched.map(|it| (it.connection_id.clone(), it.status, it.attempts)).collect();
    let added = post.targets.iter().filter(|target| seen.target(&target.connection_id).is_none());
    let added = added.map(|target| target.connection_id.clone()).collect();
    Amendment { post, touched, added }
}
