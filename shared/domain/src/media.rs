//! A file that posts show: a picture, a film, a document.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{MediaId, OwnerId, PostId};
use crate::secret::Secret;

/// Permission to upload ends after this long.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Permission to read ends after this long: a platform that fetches a file does so within this time, and a page that
/// shows it asks again.
pub const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A file that no post shows is forgotten after this long, well before the bucket deletes it.
pub const UNUSED_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A post marks its files before it is kept itself: for this long after a mark every mark counts, whether its post is
/// there or not. Longer than any function runs.
pub const MARK_SETTLES: Duration = Duration::from_secs(60);

/// This many bytes at the beginning of a file tell what it is, what it is instead, and how large a picture is: a JPEG
/// says so behind up to 64 KB of what its camera noted.
pub const HEAD_BYTES: usize = 128 * 1_024;

/// A file name has at most this many characters.
pub const MAX_FILE_NAME_CHARS: usize = 255;

/// A description has at most this many characters: what X takes.
///
/// Source: <https://developer.x.com/en/docs/media/upload-media/api-reference/post-media-metadata-create> (read
/// 2026-11-24); the page of version 2 names no number.
pub const MAX_ALT_TEXT_CHARS: usize = 1_000;

/// A million bytes: where a platform says "MB" and not which, the smaller reading is never too large.
const MB: u64 = 1_000_000;

/// The largest picture: X's limit; LinkedIn names pixels and no bytes.
///
/// Source: <https://docs.x.com/x-api/media/introduction> (read 2026-11-24).
pub const MAX_PICTURE_BYTES: u64 = 5 * MB;

/// The largest GIF: X's limit; LinkedIn names 250 frames and no bytes.
///
/// Source: <https://docs.x.com/x-api/media/introduction> (read 2026-11-24).
pub const MAX_GIF_BYTES: u64 = 15 * MB;

/// The largest film: LinkedIn's limit; X takes 512 MB.
///
/// Source: <https://www.ayrshare.com/docs/media-guidelines/linkedin> (read 2026-11-24), a third party's account:
/// LinkedIn's own page could not be read.
pub const MAX_FILM_BYTES: u64 = 500 * MB;

/// The largest document: LinkedIn's limit, and X takes no documents.
///
/// Source: <https://www.ayrshare.com/docs/media-guidelines/linkedin> (read 2026-11-24), a third party's account:
/// LinkedIn's own page could not be read.
pub const MAX_DOCUMENT_BYTES: u64 = 100 * MB;

/// What a file may be. Platforms in use take at least one of them each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/gif`.
    Gif,
    /// `image/webp`.
    WebP,
    /// `video/mp4`.
    Mp4,
    /// `application/pdf`.
    Pdf,
}

/// Whether the file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaStatus {
    /// It has not been seen yet.
    Waiting,
    /// It is there, of the declared size.
    Ready,
    /// It is being removed: nobody sees it any more.
    Withdrawn,
}

/// What is known of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Whose it is.
    pub owner: OwnerId,
    /// Its name.
    pub id: MediaId,
    /// What it is called on the person's machine; shown, and never a path.
    pub file_name: String,
    /// What it is, as declared.
    pub kind: MediaKind,
    /// How large it is, as declared.
    pub size_bytes: u64,
    /// What it shows, for whoever cannot see it.
    pub alt_text: Option<String>,
    /// Whether it is there.
    pub status: MediaStatus,
    /// The posts that show it. A mark may outlive its post, and is stale then.
    pub used_by: BTreeSet<PostId>,
    /// When the last mark was made; `None` when none ever was.
    pub used_at: Option<Timestamp>,
    /// When it was declared.
    pub created_at: Timestamp,
    /// From then on it does not exist any more; `None` once a post has shown it.
    pub expires_at: Option<Timestamp>,
}

/// How and where to upload. The address is a permission to whoever has it, so nothing prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The HTTP method.
    pub method: String,
    /// The address, with a signature.
    pub url: Secret<String>,
    /// Headers to send with exactly these values, besides the length that every client sends.
    pub headers: Vec<(String, String)>,
    /// After this it is worth nothing.
    pub expires_at: Timestamp,
}

/// Where the file can be read. The address is a permission to whoever has it, so nothing prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The address, with a signature.
    pub url: Secret<String>,
    /// After this it is worth nothing.
    pub expires_at: Timestamp,
}

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pixels {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// Which of the two forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it was uploaded.
    Original,
    /// A JPEG of the picture that it shows.
    Jpeg,
}

/// What can be seen of a file from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How large it is.
    pub size_bytes: u64,
    /// Its first bytes, [`HEAD_BYTES`] or all.
    pub bytes: Vec<u8>,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Gif, Self::WebP, Self::Mp4, Self::Pdf];

    /// The kind of this content type, whatever its case.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.content_type().eq_ignore_ascii_case(content_type))
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Pdf => "application/pdf",
        }
    }

    /// Its name, for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Mp4 => "MP4",
            Self::Pdf => "PDF",
        }
    }

    /// Whether it is a picture, moving or not.
    pub fn is_picture(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::WebP => true,
            Self::Mp4 | Self::Pdf => false,
        }
    }

    /// The largest that the strictest platform in use takes.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Jpeg | Self::Png | Self::WebP => MAX_PICTURE_BYTES,
            Self::Gif => MAX_GIF_BYTES,
            Self::Mp4 => MAX_FILM_BYTES,
            Self::Pdf => MAX_DOCUMENT_BYTES,
        }
    }
}

impl Media {
    /// Whether the owner can still see it.
    pub fn is_there(&self, now: Timestamp) -> bool {
        self.status != MediaStatus::Withdrawn && self.expires_at.is_none_or(|at| at > now)
    }
}

/// The content type that these first bytes of a file have, one of ours or any other; `None` when they are of no known
/// kind.
pub fn content_type_of(bytes: &[u8]) -> Option<&'static str> {
    match infer::get(bytes).map(|found| found.mime_type()) {
        // Apple's name for an MP4 with its own brand in front.
        Some("video/x-m4v") => Some(MediaKind::Mp4.content_type()),
        None if names_an_mp4_brand(bytes) => Some(MediaKind::Mp4.content_type()),
        found => found,
    }
}

/// How large the picture is that begins with these bytes; `None` when it is no picture, or they do not say.
pub fn pixels_of(bytes: &[u8]) -> Option<Pixels> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some(Pixels { width: size.width.try_into().ok()?, height: size.height.try_into().ok()? })
}

/// Whether the file says that a reader of MP4 can read it, whatever brand its maker put in front.
///
/// The box `ftyp` holds its size (4 bytes), its name, the maker's brand, a version (4 bytes), then the brands that it
/// is compatible with. Source: ISO/IEC 14496-12:2022, 4.3.
fn names_an_mp4_brand(bytes: &[u8]) -> bool {
    let (Some(size), Some(b"ftyp")) = (bytes.get(..4), bytes.get(4..8)) else { return false };
    let size = size.iter().fold(0, |size, byte| (size << 8) | usize::from(*byte));
    let brands = bytes.get(16..size.min(bytes.len())).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| matches!(brand, b"isom" | b"iso2" | b"mp41" | b"mp42"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_its_first_bytes() {
        let files: [(&[u8], Option<&str>); 14] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("image/png")),
            (b"GIF89a\x01\0\x01\0", Some("image/gif")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", Some("video/mp4")),
            (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", Some("video/mp4")),
            (b"\0\0\0\x1cftypM4V \0\0\0\x01M4V mp42isom", Some("video/mp4")),
            (b"\0\0\0\x1cftypXAVC\x01\0\x1f\xffXAVCmp42iso2", Some("video/mp4")),
            (b"\0\0\0\x14ftypXAVC\0\0\0\0XAVCmp42", None),
            (b"\xff\xff\xff\xffftyp", None),
            (b"%PDF-1.7\n", Some("application/pdf")),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Some("video/quicktime")),
            (b"PK\x03\x04\x14\0\0\0", Some("application/zip")),
            (b"hello", None),
        ];
        for (bytes, wanted) in files {
            assert_eq!(content_type_of(bytes), wanted, "{}", bytes.escape_ascii());
        }
        assert_eq!(content_type_of(b""), None);
    }

    #[test]
    fn a_kind_is_found_by_its_content_type() {
        for kind in MediaKind::ALL {
            assert_eq!(MediaKind::from_content_type(kind.content_type()), Some(kind));
        }
        assert_eq!(MediaKind::from_content_type("Image/PNG"), Some(MediaKind::Png));
        assert_eq!(MediaKind::from_content_type("image/svg+xml"), None);
        assert_eq!(MediaKind::from_content_type("image/png; x=y"), None);
    }
}
