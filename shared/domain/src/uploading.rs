//! Declaring a file, looking at it, removing it. The file itself goes straight to where files are kept.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::id::{Entropy, MediaId, OwnerId};
use crate::input::{Field, Mistakes, Unknown};
use crate::media::{
    Download, Form, LINK_LIFETIME, MARK_SETTLES, MAX_ALT_TEXT_CHARS, MAX_FILE_NAME_CHARS, Media, MediaKind,
    MediaStatus, UNUSED_LIFETIME, Upload,
};
use crate::ports::{Files, MediaShelf, Posts};
use crate::post::Post;
use crate::{Error, Result};

/// A file that changes under the one who removes it is looked at again this often.
const MAX_RACES: u32 = 4;

/// The body of a request to upload.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadAsk {
    /// Without a path.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 255, example = "bell.png")]
    file_name: Field<String>,
    /// JPEG, PNG, GIF, WebP, MP4 or PDF.
    #[serde(default)]
    #[schema(value_type = String, required, example = "image/png")]
    content_type: Field<String>,
    /// In bytes; the greatest depends on the type.
    #[serde(default)]
    #[schema(value_type = u64, required, minimum = 1, example = 67)]
    size: Field<u64>,
    /// What it shows, for people who cannot see it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1_000, example = "A bell")]
    alt_text: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A file that has been declared, and how to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The declaration.
    pub media: Media,
    /// The permission to upload.
    pub upload: Upload,
}

/// A file that was looked at, and where it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is known of it.
    pub media: Media,
    /// The permission to read it; `None` until it has arrived.
    pub download: Option<Download>,
}

/// Keeps the declaration and permits the upload.
///
/// # Errors
/// `Invalid` with every broken rule at once; `Unavailable` when it could not be kept.
pub async fn start(
    shelf: &dyn MediaShelf,
    files: &dyn Files,
    owner: &OwnerId,
    ask: Field<UploadAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Started> {
    let media = declared(owner, ask, now, entropy)?;
    let upload = files.upload(&media, now).await?;
    shelf.put(&media).await?;
    Ok(Started { media, upload })
}

/// One file, and where it can be read. The first look that finds it uploaded, in its declared size, is remembered.
///
/// # Errors
/// `NotFound` when this owner has none by that name, or it has expired.
pub async fn find(
    shelf: &dyn MediaShelf,
    files: &dyn Files,
    owner: &OwnerId,
    id: &MediaId,
    now: Timestamp,
) -> Result<Found> {
    let found = shelf.find(owner, id).await?.filter(|media| media.is_there(now));
    let mut media = found.ok_or(Error::NotFound("media"))?;
    if media.status == MediaStatus::Waiting {
        let head = files.head(id).await?;
        if head.is_some_and(|head| head.size_bytes == media.size_bytes) {
            shelf.arrived(owner, id).await?;
            media.status = MediaStatus::Ready;
        }
    }
    let download = match media.status {
        MediaStatus::Ready => Some(Download {
            url: files.link(id, Form::Original, now).await?,
            expires_at: now + LINK_LIFETIME,
        }),
        MediaStatus::Waiting | MediaStatus::Withdrawn => None,
    };
    Ok(Found { media, download })
}

/// Removes the file, and first of all from view. What was interrupted is made good when it is asked for again.
///
/// # Errors
/// `NotFound`; `MediaInUse` while a post that exists shows it.
pub async fn remove(
    shelf: &dyn MediaShelf,
    files: &dyn Files,
    posts: &dyn Posts,
    owner: &OwnerId,
    id: &MediaId,
    now: Timestamp,
) -> Result<()> {
    for _ in 0..MAX_RACES {
        let media = shelf.find(owner, id).await?.ok_or(Error::NotFound("media"))?;
        if media.status != MediaStatus::Withdrawn {
            if !media.is_there(now) {
                return Err(Error::NotFound("media"));
            }
            if is_in_use(posts, &media, now).await? {
                return Err(Error::MediaInUse);
            }
            if !shelf.withdraw(&media).await? {
                continue;
            }
        }
        files.delete(id).await?;
        return shelf.forget(owner, id).await;
    }
    Err(Error::unavailable("DynamoDB", "the media changed each time it was to be removed"))
}

/// Whether a post shows the file, or is just about to.
async fn is_in_use(posts: &dyn Posts, media: &Media, now: Timestamp) -> Result<bool> {
    if media.used_by.is_empty() {
        return Ok(false);
    }
    if media.used_at.is_some_and(|at| now < at + MARK_SETTLES) {
        return Ok(true);
    }
    for id in &media.used_by {
        if posts.find(&media.owner, id).await?.is_some_and(|post| shows(&post, &media.id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the post shows this file.
fn shows(post: &Post, media: &MediaId) -> bool {
    post.media.iter().any(|shown| shown.media_id == *media)
}

fn declared(owner: &OwnerId, ask: Field<UploadAsk>, now: Timestamp, entropy: Entropy) -> Result<Media> {
    let mut mistakes = Mistakes::default();
    let read = ask.required("", &mut mistakes).map(|ask| read(ask, &mut mistakes));
    mistakes.into_result()?;
    let Some(Some((file_name, kind, size_bytes, alt_text))) = read else {
        unreachable!("what could not be read is a mistake")
    };
    Ok(Media {
        owner: owner.clone(),
        id: entropy.media_id(),
        file_name,
        kind,
        size_bytes,
        alt_text,
        status: MediaStatus::Waiting,
        used_by: Default::default(),
        used_at: None,
        created_at: now,
        expires_at: Some(now + UNUSED_LIFETIME),
    })
}

fn read(ask: UploadAsk, mistakes: &mut Mistakes) -> Option<(String, MediaKind, u64, Option<String>)> {
    mistakes.unknown("", &ask.unknown);
    let file_name = ask.file_name.required("/fileName", mistakes).inspect(|name| {
        let is_long = !(1..=MAX_FILE_NAME_CHARS).contains(&name.chars().count());
        if is_long || name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\')) {
            let detail = format!(
                "1 to {MAX_FILE_NAME_CHARS} characters, without control characters, slash and backslash"
            );
            mistakes.add("/fileName", "invalid_file_name", detail);
        }
    });
    let content_type = ask.content_type.required("/contentType", mistakes);
    let kind = content_type.and_then(|content_type| {
        let kind = MediaKind::from_content_type(&content_type);
        if kind.is_none() {
            let known = MediaKind::ALL.map(MediaKind::content_type).join(", ");
            mistakes.add("/contentType", "unknown_content_type", format!("this must be one of {known}"));
        }
        kind
    });
    let size_bytes = ask.size.required("/size", mistakes).inspect(|size| {
        if *size == 0 {
            mistakes.add("/size", "file_empty", "the file is empty");
        }
        if let Some(kind) = kind.filter(|kind| *size > kind.max_bytes()) {
            let (title, max) = (kind.title(), kind.max_bytes());
            let detail = format!("{size} bytes are more than the {max} that a {title} may have");
            mistakes.add("/size", "file_too_large", detail);
        }
    });
    let alt_text = ask.alt_text.optional("/altText", mistakes);
    let alt_chars = alt_text.as_ref().map_or(0, |text| text.chars().count());
    if alt_chars > MAX_ALT_TEXT_CHARS {
        let detail =
            format!("{alt_chars} characters are more than the {MAX_ALT_TEXT_CHARS} that platforms take");
        mistakes.add("/altText", "alt_text_too_long", detail);
    }
    Some((file_name?, kind?, size_bytes?, alt_text.filter(|text| !text.is_empty())))
}
