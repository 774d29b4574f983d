//! Files as callers see them.

use std::collections::BTreeMap;

use domain::id::MediaId;
use domain::media::{Download, MediaStatus};
use domain::uploading::{Found, Started};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A file, and where it can be read.
// Without `Debug`: nothing prints a permission.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Media)]
pub struct MediaView<'a> {
    id: &'a MediaId,
    file_name: &'a str,
    content_type: &'static str,
    size: u64,
    #[schema(required)]
    alt_text: Option<&'a str>,
    status: MediaStatus,
    created_at: Timestamp,
    /// When it is forgotten; null once a post shows it.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    /// Where it can be read; null until it has arrived.
    #[schema(required)]
    download: Option<DownloadView<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Download)]
struct DownloadView<'a> {
    /// For `GET`, by whoever has it, without a token.
    #[schema(format = "uri")]
    url: &'a str,
    /// Until when the permission is worth something: an hour from now.
    expires_at: Timestamp,
}

/// A file that has been declared, with the permission to upload it.
// Without `Debug`, like the one above.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StartedUpload)]
pub struct StartedView<'a> {
    id: &'a MediaId,
    upload: UploadView<'a>,
    /// Until when the permission is worth something.
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Upload)]
struct UploadView<'a> {
    #[schema(example = "PUT")]
    method: &'a str,
    #[schema(format = "uri")]
    url: &'a str,
    #[schema(value_type = BTreeMap<String, String>)]
    headers: BTreeMap<&'a str, &'a str>,
}

impl<'a> From<&'a Found> for MediaView<'a> {
    fn from(Found { media, download }: &'a Found) -> Self {
        Self {
            id: &media.id,
            file_name: &media.file_name,
            content_type: media.kind.content_type(),
            size: media.size_bytes,
            alt_text: media.alt_text.as_deref(),
            status: media.status,
            created_at: media.created_at,
            expires_at: media.expires_at,
            download: download.as_ref().map(DownloadView::from),
        }
    }
}

impl<'a> From<&'a Download> for DownloadView<'a> {
    fn from(download: &'a Download) -> Self {
        Self { url: download.url.expose(), expires_at: download.expires_at }
    }
}

impl<'a> From<&'a Started> for StartedView<'a> {
    fn from(started: &'a Started) -> Self {
        let upload = &started.upload;
        let headers = upload.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Self {
            id: &started.media.id,
            upload: UploadView {
                method: &upload.method,
                url: upload.url.expose(),
                headers: headers.collect(),
            },
            expires_at: upload.expires_at,
        }
    }
}
