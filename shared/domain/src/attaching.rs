//! Posts and the files that they show: checked by content, then marked, so that no file goes while a post needs it.

use jiff::Timestamp;

use crate::Result;
use crate::id::{MediaId, OwnerId, PostId};
use crate::input::Mistakes;
use crate::media::{Head, Media, MediaStatus, content_type_of, pixels_of};
use crate::ports::{Files, MediaShelf};
use crate::post::Attachment;

/// What attaching touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Knows the files.
    pub shelf: &'a dyn MediaShelf,
    /// Has the files.
    pub files: &'a dyn Files,
}

/// Checks the files that a post wants to show and marks them as shown by it: call it before the post is kept, and keep
/// the post within [`crate::media::MARK_SETTLES`]. The mark of a post that was then not kept is stale and hurts nobody.
///
/// Marks nothing when there are mistakes, also such as were found before. The same again is done again.
///
/// # Errors
/// `Unavailable` when a neighbour is away. What is wrong with the files is noted in `mistakes`.
pub async fn attach(
    ports: &Ports<'_>,
    owner: &OwnerId,
    post: &PostId,
    wanted: &[(String, MediaId)],
    mistakes: &mut Mistakes,
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    let found = check(ports, owner, wanted, mistakes, now).await?;
    if mistakes.is_empty() {
        hold(ports, owner, post, wanted, mistakes, now).await?;
    }
    Ok(found)
}

/// Whether these files can be shown: each is this owner's, has been uploaded, in its declared size, and is what it was
/// declared to be. Each file comes with the JSON pointer to its id. Answers those that exist, in order.
///
/// # Errors
/// `Unavailable` when a neighbour is away. What is wrong with the files is noted in `mistakes`.
pub async fn check(
    ports: &Ports<'_>,
    owner: &OwnerId,
    wanted: &[(String, MediaId)],
    mistakes: &mut Mistakes,
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    let mut found = Vec::new();
    for (pointer, id) in wanted {
        let Some(media) = ports.shelf.find(owner, id).await?.filter(|media| media.is_there(now)) else {
            unknown(pointer, mistakes);
            continue;
        };
        let head = ports.files.head(id).await?;
        if let Err((code, detail)) = check_content(&media, head.as_ref()) {
            mistakes.add(pointer, code, detail);
        }
        let pixels = head.filter(|_| media.kind.is_picture()).and_then(|head| pixels_of(&head.bytes));
        found.push(Attachment {
            media_id: media.id,
            alt_text: media.alt_text,
            file_name: media.file_name,
            kind: media.kind,
            size_bytes: media.size_bytes,
            pixels,
        });
    }
    Ok(found)
}

/// Marks files that were checked as shown by this post; from then on they do not expire.
///
/// # Errors
/// `Unavailable` when a neighbour is away. A file that went meanwhile is noted in `mistakes`.
pub async fn hold(
    ports: &Ports<'_>,
    owner: &OwnerId,
    post: &PostId,
    wanted: &[(String, MediaId)],
    mistakes: &mut Mistakes,
    now: Timestamp,
) -> Result<()> {
    for (pointer, id) in wanted {
        // In this order: an interruption between the two leaves a file too many, and not a post without its file.
        ports.files.keep(id).await?;
        if !ports.shelf.hold(owner, id, post, now).await? {
            unknown(pointer, mistakes);
        }
    }
    Ok(())
}

/// Takes the marks of a post away that does not show these files any more. The files stay.
///
/// # Errors
/// `Unavailable` when the shelf is away.
pub async fn detach(
    shelf: &dyn MediaShelf,
    owner: &OwnerId,
    post: &PostId,
    unwanted: &[MediaId],
) -> Result<()> {
    for id in unwanted {
        shelf.release(owner, id, post).await?;
    }
    Ok(())
}

fn unknown(pointer: &str, mistakes: &mut Mistakes) {
    let detail = "you have no file with this id; upload it first, with POST /v1/media";
    mistakes.add(pointer, "unknown_media", detail);
}

/// Whether the file is what its owner said it would be; else code and detail.
fn check_content(media: &Media, head: Option<&Head>) -> Result<(), (&'static str, String)> {
    let name = &media.file_name;
    let Some(head) = head else {
        let detail = match media.status {
            MediaStatus::Waiting => "has not been uploaded yet; send it to the address that was given for it",
            MediaStatus::Ready | MediaStatus::Withdrawn => "is gone; upload it again",
        };
        return Err(("media_not_uploaded", format!("`{name}` {detail}")));
    };
    if head.size_bytes != media.size_bytes {
        let (wanted, got) = (media.size_bytes, head.size_bytes);
        let detail = format!("`{name}` was to have {wanted} bytes and has {got}; upload it again");
        return Err(("media_size_mismatch", detail));
    }
    let (wanted, got) = (media.kind.content_type(), content_type_of(&head.bytes));
    if got != Some(wanted) {
        let got = got.unwrap_or("of no known kind");
        let detail = format!("`{name}` was to be {wanted} and is {got}; upload it again as what it is");
        return Err(("media_type_mismatch", detail));
    }
    Ok(())
}
