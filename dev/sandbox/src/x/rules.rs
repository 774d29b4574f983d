//! What a file must be to be taken by X.

use serde::Deserialize;

use crate::media::Kind;
use crate::sniff::{Sniffed, sniff};
use crate::x::problem::Problem;

const IMAGE_BYTES: u64 = 5 << 20;
/// The longest that is sent at once.
pub(crate) const GIF_BYTES: u64 = 15 << 20;
const VIDEO_BYTES: u64 = 512 << 20;
const GIF_PIXELS: (u32, u32) = (1_280, 1_080);
const GIF_FRAMES: u32 = 350;
/// Width times height times pictures.
const GIF_ALL_PIXELS: u64 = 300_000_000;

/// Every `media_type` of the schema that could belong to a post.
const TYPES: [&str; 11] = [
    "video/mp4",
    "video/webm",
    "video/mp2t",
    "video/quicktime",
    "image/jpeg",
    "image/gif",
    "image/bmp",
    "image/png",
    "image/webp",
    "image/pjpeg",
    "image/tiff",
];
/// What a photo of a post may be.
const PHOTOS: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The body of `POST /2/media/upload/initialize`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declared {
    pub(crate) media_type: String,
    pub(crate) total_bytes: u64,
    media_category: String,
    #[serde(default, rename = "additional_owners")]
    _additional_owners: Vec<String>,
    #[serde(default, rename = "shared")]
    _shared: bool,
}

/// The kind of a `media_category`.
///
/// # Errors
/// 400 for one that does not exist or is not for posts.
pub(crate) fn kind_of(category: &str) -> Result<Kind, Problem> {
    match category {
        "tweet_image" => Ok(Kind::Image),
        "tweet_gif" => Ok(Kind::Gif),
        "tweet_video" => Ok(Kind::Video),
        _ => {
            let message = "media_category must be tweet_image, tweet_gif or tweet_video";
            Err(Problem::invalid("media_category", category, message))
        }
    }
}

/// Checks what a client promises.
///
/// # Errors
/// 400 for a type that does not exist or not in this category, and for too many bytes or none.
pub(crate) fn check_declared(declared: &Declared) -> Result<Kind, Problem> {
    let kind = kind_of(&declared.media_category)?;
    check_type(kind, &declared.media_type)?;
    check_size(kind, "total_bytes", declared.total_bytes)?;
    Ok(kind)
}

/// Checks a file by its bytes, of which `head` may be the beginning; `promised` is empty if nothing was.
///
/// # Errors
/// 400 for another type than promised, and for what is too large.
pub(crate) fn check_file(
    kind: Kind,
    promised: &str,
    size_bytes: u64,
    head: &[u8],
) -> Result<Sniffed, Problem> {
    check_size(kind, "media", size_bytes)?;
    let sniffed = sniff(head)
        .ok_or_else(|| Problem::invalid("media", "", "The bytes are of no media type that is known"))?;
    check_type(kind, sniffed.content_type)?;
    let promised = if promised == "image/pjpeg" { "image/jpeg" } else { promised };
    if !promised.is_empty() && promised != sniffed.content_type {
        let message = format!("The bytes are {} and not {promised}", sniffed.content_type);
        return Err(Problem::invalid("media_type", promised, &message));
    }
    if kind == Kind::Gif {
        check_gif(sniffed)?;
    }
    Ok(sniffed)
}

fn check_type(kind: Kind, media_type: &str) -> Result<(), Problem> {
    let fits = TYPES.contains(&media_type)
        && match kind {
            Kind::Image => PHOTOS.contains(&media_type) || media_type == "image/pjpeg",
            Kind::Gif => media_type == "image/gif",
            Kind::Video => media_type.starts_with("video/"),
            Kind::Document => false,
        };
    if fits {
        return Ok(());
    }
    let message = format!("media_type {media_type} does not go with this media_category");
    Err(Problem::invalid("media_type", media_type, &message))
}

fn check_size(kind: Kind, parameter: &str, size_bytes: u64) -> Result<(), Problem> {
    let most = match kind {
        Kind::Image | Kind::Document => IMAGE_BYTES,
        Kind::Gif => GIF_BYTES,
        Kind::Video => VIDEO_BYTES,
    };
    if (1..=most).contains(&size_bytes) {
        return Ok(());
    }
    let message = format!("{size_bytes} bytes are not within 1 and {most}");
    Err(Problem::invalid(parameter, &size_bytes.to_string(), &message))
}

fn check_gif(sniffed: Sniffed) -> Result<(), Problem> {
    let measures = sniffed.pixels.zip(sniffed.frames);
    let fits = measures.is_some_and(|((width, height), frames)| {
        width <= GIF_PIXELS.0
            && height <= GIF_PIXELS.1
            && (1..=GIF_FRAMES).contains(&frames)
            && u64::from(width) * u64::from(height) * u64::from(frames) <= GIF_ALL_PIXELS
    });
    if fits { Ok(()) } else { Err(Problem::invalid("media", "", "The GIF is broken, too large or too long")) }
}
