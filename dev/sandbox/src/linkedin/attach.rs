//! Which media a post may carry: the author's own, arrived and processed.

use axum::http::StatusCode;

use crate::house::World;
use crate::linkedin::problem::Refusal;
use crate::media::{Kind, Stage};
use crate::platform::Platform;

/// One medium that a post wants to carry.
pub(crate) struct Attachment<'a> {
    /// Where its id stands in the body.
    pub(crate) pointer: String,
    pub(crate) id: &'a str,
    pub(crate) alt_text: Option<&'a str>,
}

/// Checks each and returns the ids in order. An attempt counts as a look: it is all a member's token can do.
///
/// # Errors
/// 400 for what does not exist, failed, or is not there yet; 403 for what is not the author's.
pub(crate) fn attach(
    world: &mut World,
    author: &str,
    attachments: &[Attachment<'_>],
    now_ms: i64,
) -> Result<Vec<String>, Refusal> {
    for attachment in attachments {
        let Some(medium) = world.media.find_mut(Platform::LinkedIn, attachment.id) else {
            return Err(unknown(attachment));
        };
        if medium.account != author {
            let message = format!("Accessing this {} resource is forbidden", medium.kind.as_str());
            return Err(Refusal::service(StatusCode::FORBIDDEN, 100, "ACCESS_DENIED", &message));
        }
        match medium.look(now_ms) {
            Stage::Ready => {}
            Stage::Waiting | Stage::Processing { .. } => {
                let what = format!("{} is waiting for its upload", attachment.id);
                return Err(Refusal::field("MEDIA_ASSET_WAITING_UPLOAD", &attachment.pointer, &what));
            }
            Stage::Failed => {
                let what = format!("{} could not be processed", attachment.id);
                return Err(Refusal::field("MEDIA_ASSET_PROCESSING_FAILED", &attachment.pointer, &what));
            }
        }
    }
    Ok(attachments.iter().map(|attachment| attachment.id.to_owned()).collect())
}

/// Notes what the post says its media show, once it is accepted.
pub(crate) fn describe(world: &mut World, attachments: &[Attachment<'_>]) {
    for attachment in attachments {
        let text = attachment.alt_text.map(str::to_owned);
        if let Some(medium) =
            world.media.find_mut(Platform::LinkedIn, attachment.id).filter(|_| text.is_some())
        {
            medium.alt_text = text;
        }
    }
}

/// Whether an asset that was registered is of another kind than a post calls it.
pub(crate) fn is_another(world: &World, id: &str, kind: Kind) -> bool {
    world.media.find(Platform::LinkedIn, id).is_some_and(|medium| medium.kind != kind)
}

fn unknown(attachment: &Attachment<'_>) -> Refusal {
    let code = match attachment.id.split(':').nth(2) {
        Some("video") => "INVALID_VIDEO_ID",
        Some("image") => "INVALID_IMAGE_ID",
        Some(_) | None => "INVALID_URN_ID",
    };
    Refusal::field(code, &attachment.pointer, &format!("{} does not exist", attachment.id))
}
