//! `rupload.facebook.com`: the bytes of a Reel, all at once, in parts, or by an address.
//!
//! <https://developers.facebook.com/docs/video-api/guides/reels-publishing> (read 2026-11)

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::facebook::videos::WANTED;
use crate::graph::{Call, Fetched, Refusal, authenticate, fetch, respond, written};
use crate::house::{House, World};
use crate::platform::Platform;

/// `POST /video-upload/{version}/{video}`: `Authorization: OAuth`, and `offset` with `file_size`, or `file_url`.
pub(crate) async fn receive(house: &House, call: &Call, version: &str, id: &str) -> Response {
    if let Err(refusal) = check(house, &house.world(), call, version, id) {
        return written(Err(refusal));
    }
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(url) = header("file_url") {
        return match fetch(&house.options, url, WANTED).await {
            Ok(fetched) => house.change(|world| {
                let now_ms = house.now_ms();
                if let Some(video) = world.shelf.videos.get_mut(id) {
                    video.receive(&fetched, now_ms);
                }
                done()
            }),
            Err(_) => failed("ProcessingFailedError", "The file could not be fetched from file_url"),
        };
    }
    let number = |name: &str| header(name).and_then(|text| text.parse::<usize>().ok());
    let (Some(offset), Some(size)) = (number("offset"), number("file_size")) else {
        return failed("HeaderMissingError", "The headers offset and file_size are required");
    };
    house.change(|world| take(house, world, call, id, offset, size))
}

fn check(house: &House, world: &World, call: &Call, version: &str, id: &str) -> Result<(), Refusal> {
    let by_header = call.headers.get("authorization").and_then(|value| value.to_str().ok());
    if call.method != axum::http::Method::POST || !by_header.is_some_and(|value| value.starts_with("OAuth "))
    {
        return Err(Refusal::query("An active access token must be sent as Authorization: OAuth"));
    }
    let alive = Call { path: Vec::new(), version: Some(version.to_owned()), ..call.clone() };
    alive.check_version(true)?;
    let caller = authenticate(house, world, Platform::Facebook, call)?;
    let video = world.shelf.videos.get(id).ok_or_else(|| Refusal::gone("post", id))?;
    caller.role_at("post", &video.page).map(|_| ())
}

fn take(house: &House, world: &mut World, call: &Call, id: &str, offset: usize, size: usize) -> Response {
    let now_ms = house.now_ms();
    let Some(video) = world.shelf.videos.get_mut(id) else { return written(Err(Refusal::gone("post", id))) };
    if video.uploaded || offset != video.uploaded_bytes || *video.file_bytes.get_or_insert(size) != size {
        return failed("OffsetInvalidError", "The offset is not where the upload stands");
    }
    if call.body.is_empty() || offset + call.body.len() > size {
        return failed("PartialRequestError", "The bytes do not fit file_size");
    }
    // Only the first bytes are looked at and none are kept.
    let sent = Fetched::sent(&call.body);
    if offset == 0 {
        video.receive(&sent, now_ms);
    }
    video.uploaded_bytes = offset + call.body.len();
    video.uploaded = video.uploaded_bytes == size;
    done()
}

fn done() -> Response {
    respond(StatusCode::OK, &json!({"success": true}))
}

fn failed(kind: &str, message: &str) -> Response {
    let body: Value = json!({"debug_info": {"retriable": false, "type": kind, "message": message}});
    respond(StatusCode::BAD_REQUEST, &body)
}
