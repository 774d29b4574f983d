//! `/rest/images`, `/rest/videos` and `/rest/documents`: where to put bytes, the end of it, and how it went.
//!
//! As `learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api`, `…/videos-api`
//! and `…/documents-api` describe them (version 2026-08, read 2026-09).

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::gate::Misprocessed;
use crate::house::{House, World};
use crate::linkedin::author::Author;
use crate::linkedin::body::parse;
use crate::linkedin::calls::{Caller, Style, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, respond};
use crate::linkedin::put::settle;
use crate::linkedin::read::Parameters;
use crate::media::{Kind, Medium, Stage};
use crate::oauth::draw;
use crate::platform::Platform;
use crate::uploads::{HEAD_BYTES, LIFETIME_MS, Upload};

/// How long each part of a video is, but the last: 4 MiB.
pub(crate) const PART_BYTES: u64 = 4 << 20;
/// 75 KB to 500 MB.
const VIDEO_BYTES: std::ops::RangeInclusive<u64> = (75 << 10)..=(500 << 20);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Initialize {
    initialize_upload_request: Owner,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    owner: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InitializeVideo {
    initialize_upload_request: NewVideo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewVideo {
    owner: String,
    file_size_bytes: u64,
    #[serde(default)]
    upload_captions: bool,
    #[serde(default)]
    upload_thumbnail: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Finalize {
    finalize_upload_request: Finalized,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Finalized {
    video: String,
    upload_token: String,
    uploaded_part_ids: Vec<String>,
}

/// `POST /rest/images?action=initializeUpload`.
pub(crate) async fn image(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    whole(&house, &headers, query.as_deref(), &body, Kind::Image)
}

/// `POST /rest/documents?action=initializeUpload`.
pub(crate) async fn document(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    whole(&house, &headers, query.as_deref(), &body, Kind::Document)
}

/// `POST /rest/videos?action=initializeUpload` and `…=finalizeUpload`.
pub(crate) async fn video(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        match Parameters::parse(query.as_deref()).find("action") {
            Some("initializeUpload") => initialize_video(&house, world, caller, &headers, &body),
            Some("finalizeUpload") => finalize_video(&house, world, caller, &body),
            Some(_) | None => Err(Refusal::argument("Parameter action is not known")),
        }
    })
}

/// `GET /rest/{images,videos,documents}/{urn}`; each look counts.
///
/// Of an image it takes more than the two scopes of "Share on LinkedIn": those may write and see nothing.
pub(crate) async fn status(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    misprocessed: Option<Extension<Misprocessed>>,
    Path(urn): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let collection = uri.path().split('/').nth(2).unwrap_or_default();
        let expected = format!("urn:li:{}:", collection.trim_end_matches('s'));
        if !urn.starts_with(&expected) {
            return Err(Refusal::field("INVALID_URN_TYPE", "/id", &format!("\"{urn}\" is no {expected}…")));
        }
        let readers = ["r_organization_social", "r_member_social"];
        if collection == "images" && !caller.has_any(&readers) {
            return Err(Refusal::access_denied("images.GET"));
        }
        let medium =
            world.media.find_mut(Platform::LinkedIn, &urn).ok_or_else(|| Refusal::not_found(&urn))?;
        let owner = medium.account.clone();
        Author::parse("/owner", &owner)?.check_writing(caller, &format!("{collection}.GET"))?;
        let stage = match misprocessed.map(|Extension(how)| how) {
            Some(Misprocessed::Stalls) => Stage::Processing { looks_left: 1, until_ms: caller.now_ms },
            Some(Misprocessed::Fails) => {
                medium.stage = Stage::Failed;
                Stage::Failed
            }
            None => medium.look(caller.now_ms),
        };
        Ok(respond(StatusCode::OK, &element(medium, stage)))
    })
}

/// Registers a medium and its upload; returns its number and the secret of its address.
pub(crate) fn register(
    house: &House,
    world: &mut World,
    caller: &Caller,
    medium: (Kind, &str, &str),
    promised_bytes: u64,
) -> (String, String) {
    let (kind, urn_kind, owner) = medium;
    let number = format!("D4E{}", draw(12));
    let urn = format!("urn:li:{urn_kind}:{number}");
    let mut upload = Upload::new(caller.now_ms, HEAD_BYTES);
    upload.promised_bytes = promised_bytes;
    upload.secret = draw(24);
    if promised_bytes > PART_BYTES {
        upload.echo = draw(12);
    }
    let secret = upload.secret.clone();
    house.uploads().begin(&urn, upload);
    world.media.push(Medium::registered(Platform::LinkedIn, owner, urn, kind, caller.now_ms));
    (number, secret)
}

/// An address below the one by which this call came, so that it works from wherever the caller is.
pub(crate) fn address(headers: &HeaderMap, path: &str, secret: &str) -> Result<String, Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| Refusal::argument("Host is required"))?;
    let prefix = crate::hosts::prefix(Platform::LinkedIn);
    Ok(format!("http://{host}{prefix}/dms-uploads/{path}?ut={secret}"))
}

fn whole(house: &House, headers: &HeaderMap, query: Option<&str>, body: &[u8], kind: Kind) -> Response {
    guarded(house, headers, Style::Versioned, |world, caller| {
        Parameters::parse(query).expect("action", "initializeUpload")?;
        let asked: Initialize = parse(body)?;
        let owner = asked.initialize_upload_request.owner;
        let name = kind.as_str();
        Author::parse("/owner", &owner)?
            .check_writing(caller, &format!("{name}s.ACTION-initializeUpload"))?;
        let (number, secret) = register(house, world, caller, (kind, name, &owner), 0);
        let value = json!({
            "uploadUrlExpiresAt": caller.now_ms + LIFETIME_MS,
            "uploadUrl": address(headers, &format!("{name}/{number}/0"), &secret)?,
            name: format!("urn:li:{name}:{number}"),
        });
        Ok(respond(StatusCode::OK, &json!({"value": value})))
    })
}

fn initialize_video(
    house: &House,
    world: &mut World,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Refusal> {
    let asked = parse::<InitializeVideo>(body)?.initialize_upload_request;
    Author::parse("/owner", &asked.owner)?.check_writing(caller, "videos.ACTION-initializeUpload")?;
    if !VIDEO_BYTES.contains(&asked.file_size_bytes) {
        return Err(Refusal::value("/fileSizeBytes", "a video has 75 KB to 500 MB"));
    }
    if asked.upload_captions || asked.upload_thumbnail {
        return Err(Refusal::value("/uploadCaptions", "captions and thumbnails are not played here"));
    }
    let (number, secret) =
        register(house, world, caller, (Kind::Video, "video", &asked.owner), asked.file_size_bytes);
    let urn = format!("urn:li:video:{number}");
    let parts = asked.file_size_bytes.div_ceil(PART_BYTES);
    let instructions: Result<Vec<Value>, Refusal> = (0..parts)
        .map(|part| {
            Ok(json!({
                "uploadUrl": address(headers, &format!("video/{number}/{part}"), &secret)?,
                "firstByte": part * PART_BYTES,
                "lastByte": ((part + 1) * PART_BYTES).min(asked.file_size_bytes) - 1,
            }))
        })
        .collect();
    let token = house.uploads().find(&urn, caller.now_ms).map(|upload| upload.echo.clone());
    let value = json!({
        "uploadUrlsExpireAt": caller.now_ms + LIFETIME_MS,
        "video": urn,
        "uploadInstructions": instructions?,
        "uploadToken": token.unwrap_or_default(),
    });
    Ok(respond(StatusCode::OK, &json!({"value": value})))
}

/// The ids of all parts in order, and the token as it was given; again is as good as once.
fn finalize_video(
    house: &House,
    world: &mut World,
    caller: &Caller,
    body: &[u8],
) -> Result<Response, Refusal> {
    let asked = parse::<Finalize>(body)?.finalize_upload_request;
    let unknown = || Refusal::field("INVALID_VIDEO_ID", "/video", &format!("{} does not exist", asked.video));
    let medium = world.media.find_mut(Platform::LinkedIn, &asked.video).ok_or_else(unknown)?;
    let owner = medium.account.clone();
    Author::parse("/owner", &owner)?.check_writing(caller, "videos.ACTION-finalizeUpload")?;
    if medium.stage == Stage::Waiting {
        let mut uploads = house.uploads();
        let upload = uploads
            .find(&asked.video, caller.now_ms)
            .ok_or_else(|| Refusal::field("EXPIRED_UPLOAD_URL", "/video", "the upload has expired"))?;
        if asked.upload_token != upload.echo {
            return Err(Refusal::value("/uploadToken", "is not the one that was given"));
        }
        let digests = upload.digests().filter(|_| upload.size_bytes() == upload.promised_bytes);
        let Some(digests) = digests else {
            return Err(Refusal::field("MEDIA_ASSET_WAITING_UPLOAD", "/video", "parts are missing"));
        };
        let expected: Vec<String> = digests.into_iter().map(part_id).collect();
        if asked.uploaded_part_ids != expected {
            return Err(Refusal::value("/uploadedPartIds", "are not the ids of all parts in order"));
        }
        if let Some(upload) = uploads.take(&asked.video) {
            settle(medium, upload.end(), house.options.processing, caller.now_ms);
        }
    }
    Ok(respond(StatusCode::OK, &json!({})))
}

/// What a part answers as its `ETag`: a path, without quotes.
pub(crate) fn part_id(digest: &str) -> String {
    format!("/ambry-video/signedId/{}.bin", &digest[..32])
}

fn element(medium: &Medium, stage: Stage) -> Value {
    let mut element = json!({"id": medium.id, "owner": medium.account});
    element["status"] = json!(match stage {
        Stage::Waiting => "WAITING_UPLOAD",
        Stage::Processing { .. } => "PROCESSING",
        Stage::Ready => "AVAILABLE",
        Stage::Failed => "PROCESSING_FAILED",
    });
    if stage == Stage::Failed && medium.kind == Kind::Video {
        element["processingFailureReason"] = json!("The video could not be processed");
    }
    element
}
