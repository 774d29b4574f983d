//! `PUT` to an upload address: a whole file, or one part of a video.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::house::{House, World};
use crate::linkedin::author::Author;
use crate::linkedin::calls::authenticate;
use crate::linkedin::media::{PART_BYTES, part_id};
use crate::linkedin::problem::{Refusal, empty, plain};
use crate::linkedin::read::Parameters;
use crate::media::{Kind, Medium, Stage};
use crate::options::Processing;
use crate::platform::Platform;
use crate::sniff::{Sniffed, sniff};
use crate::uploads::{Arrived, HEAD_BYTES, receive};

/// An image is judged as a whole, a GIF by its number of pictures; above this it is none.
const IMAGE_BYTES: usize = 64 << 20;
const DOCUMENT_BYTES: u64 = 100 << 20;
const VIDEO_BYTES: u64 = 500 << 20;
/// Width times height must stay below.
const PIXELS: u64 = 36_152_320;
const GIF_FRAMES: u32 = 250;
/// 3 s to 30 min.
const PLAYS_MS: std::ops::RangeInclusive<u64> = 3_000..=1_800_000;

/// `PUT /dms-uploads/{kind}/{number}/{part}?ut=…`: 201 for a whole file, 200 with an `ETag` for a part.
///
/// Parts of videos and documents are pre-signed; the others ask for the token of who may write as the owner.
pub(crate) async fn put(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path((kind, number, part)): Path<(String, String, u32)>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let keep = match kind.as_str() {
        "image" | "asset" => IMAGE_BYTES,
        "video" => usize::try_from(PART_BYTES).unwrap_or(HEAD_BYTES),
        _ => HEAD_BYTES,
    };
    // A video by the older way comes whole: its beginning says enough.
    let is_image = |world: &World| {
        let found = world.media.find(Platform::LinkedIn, &urn_of(&kind, &number));
        found.is_some_and(|medium| medium.kind == Kind::Image)
    };
    let keep = if kind == "asset" && !is_image(&house.world()) { HEAD_BYTES } else { keep };
    let Some(arrived) = receive(body, keep).await else { return plain(StatusCode::BAD_REQUEST) };
    let secret = Parameters::parse(query.as_deref()).find("ut").unwrap_or_default().to_owned();
    let answer = house.change(|world| {
        let address = Address { urn: urn_of(&kind, &number), part, secret: &secret };
        address.take(&house, world, &headers, arrived)
    });
    answer.into_response()
}

/// The URN of what an upload address is for.
pub(crate) fn urn_of(kind: &str, number: &str) -> String {
    let kind = if kind == "asset" { "digitalmediaAsset" } else { kind };
    format!("urn:li:{kind}:{number}")
}

struct Address<'a> {
    urn: String,
    part: u32,
    secret: &'a str,
}

impl Address<'_> {
    fn take(
        self,
        house: &House,
        world: &mut World,
        headers: &HeaderMap,
        arrived: Arrived,
    ) -> Result<Response, Refusal> {
        let now_ms = house.now_ms();
        let mut uploads = house.uploads();
        let expired = || Refusal::field("EXPIRED_UPLOAD_URL", "/uploadUrl", "has expired or was never given");
        let upload = uploads.find(&self.urn, now_ms).filter(|upload| upload.secret == self.secret);
        let upload = upload.ok_or_else(expired)?;
        let presigned = self.urn.starts_with("urn:li:video:") || self.urn.starts_with("urn:li:document:");
        if !presigned {
            let (caller, _) = authenticate(world, headers, now_ms)?;
            let owner = world.media.find(Platform::LinkedIn, &self.urn).map(|medium| medium.account.clone());
            Author::parse("/owner", &owner.unwrap_or_default())?.check_writing(&caller, "dms-uploads")?;
        }
        if arrived.size_bytes == 0 {
            return Err(Refusal::argument("The upload is empty"));
        }
        let medium = world.media.find_mut(Platform::LinkedIn, &self.urn).ok_or_else(expired)?;
        if !self.urn.starts_with("urn:li:video:") {
            let how = match medium.kind {
                Kind::Image | Kind::Gif => house.options.linkedin_image_processing,
                Kind::Video | Kind::Document => house.options.processing,
            };
            settle(medium, arrived, how, now_ms);
            return Ok(empty(StatusCode::CREATED, None));
        }
        let first = u64::from(self.part) * PART_BYTES;
        let length = upload.promised_bytes.saturating_sub(first).min(PART_BYTES);
        if arrived.size_bytes != length {
            let what = format!("{} bytes came where {length} were asked for", arrived.size_bytes);
            return Err(Refusal::argument(&what));
        }
        let etag = part_id(&arrived.sha256);
        let bytes = Bytes::from(arrived.kept);
        upload.add(self.part, bytes, arrived.sha256).map_err(Refusal::argument)?;
        let mut response = empty(StatusCode::OK, None);
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        Ok(response)
    }
}

/// Notes what arrived. What LinkedIn cannot use was taken all the same; its processing fails.
pub(crate) fn settle(medium: &mut Medium, arrived: Arrived, how: Processing, now_ms: i64) {
    let sniffed = sniff(&arrived.kept);
    let usable = sniffed.is_some_and(|sniffed| is_usable(medium.kind, sniffed, &arrived));
    medium.content_type = sniffed.map_or_else(String::new, |sniffed| sniffed.content_type.to_owned());
    medium.plays_ms = sniffed.and_then(|sniffed| sniffed.plays_ms);
    medium.size_bytes = arrived.size_bytes;
    medium.sha256 = Some(arrived.sha256);
    medium.stage = if !usable {
        Stage::Failed
    } else if how.looks == 0 && how.time.is_zero() {
        Stage::Ready
    } else {
        Stage::processing(how, now_ms)
    };
}

fn is_usable(kind: Kind, sniffed: Sniffed, arrived: &Arrived) -> bool {
    match kind {
        Kind::Image | Kind::Gif => {
            let small =
                sniffed.pixels.is_some_and(|(width, height)| u64::from(width) * u64::from(height) < PIXELS);
            let format = match sniffed.content_type {
                "image/jpeg" | "image/png" => true,
                "image/gif" => sniffed.frames.is_some_and(|frames| frames <= GIF_FRAMES),
                _ => false,
            };
            small && format && arrived.is_whole()
        }
        Kind::Video => {
            sniffed.content_type == "video/mp4"
                && arrived.size_bytes <= VIDEO_BYTES
                && sniffed.plays_ms.is_none_or(|plays_ms| PLAYS_MS.contains(&plays_ms))
        }
        Kind::Document => {
            sniffed.content_type.starts_with("application/") && arrived.size_bytes <= DOCUMENT_BYTES
        }
    }
}
