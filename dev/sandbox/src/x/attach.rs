//! Which media a post may carry: 1 to 4 photos, or one GIF, or one video, all of them own and ready.

use axum::http::StatusCode;

use crate::house::World;
use crate::media::{Kind, Medium};
use crate::platform::Platform;
use crate::uploads::LIFETIME_MS;
use crate::x::limits::Caller;
use crate::x::problem::Problem;

/// The longest video of an author without Premium: 140 s.
const VIDEO_MS: u64 = 140_000;

/// The caller's medium of that id, unless its day is over.
pub(crate) fn own<'a>(world: &'a World, caller: &Caller, id: &str) -> Option<&'a Medium> {
    let medium = world.media.find(Platform::X, id)?;
    let theirs = medium.account == caller.person.x_id();
    (theirs && caller.now_ms < medium.begun_at_ms + LIFETIME_MS).then_some(medium)
}

/// Checks what a post wants to carry.
///
/// # Errors
/// 400 for an id that is unknown, expired, another user's or unfinished, and for a mixture; 403 for a video
/// that plays too long.
pub(crate) fn check(world: &World, caller: &Caller, ids: &[String]) -> Result<(), Problem> {
    let invalid = |message: &str| Err(Problem::invalid("media.media_ids", &ids.join(","), message));
    let found: Option<Vec<&Medium>> =
        ids.iter().map(|id| own(world, caller, id).filter(|medium| medium.is_ready(caller.now_ms))).collect();
    let Some(found) = found else { return invalid("Your media IDs are invalid.") };
    if ids.iter().enumerate().any(|(index, id)| ids[..index].contains(id)) {
        return invalid("Your media IDs are not unique.");
    }
    let photos = found.iter().all(|medium| medium.kind == Kind::Image);
    if !photos && found.len() != 1 {
        return invalid("A post may have up to 4 photos, or 1 animated GIF, or 1 video.");
    }
    let too_long = found.iter().any(|medium| medium.plays_ms.is_some_and(|plays_ms| plays_ms > VIDEO_MS));
    if too_long && !caller.person.x_premium() {
        return Err(Problem::blank(StatusCode::FORBIDDEN, "Forbidden", "User video duration exceeded"));
    }
    Ok(())
}
