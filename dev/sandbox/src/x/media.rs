//! Media uploads, as `docs.x.com/x-api/media` describes them (read 2026-08-22): at once or in segments.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::gate::Misprocessed;
use crate::house::{House, World};
use crate::media::{Kind, Medium, Stage};
use crate::platform::Platform;
use crate::uploads::{HEAD_BYTES, LIFETIME_MS, Upload, digest, receive_whole};
use crate::x::attach;
use crate::x::body::is_id;
use crate::x::create::EPOCH_MS;
use crate::x::fields::Query;
use crate::x::limits::{Caller, Endpoint, guarded};
use crate::x::multipart::Form;
use crate::x::problem::Problem;
use crate::x::rules::{Declared, GIF_BYTES, check_declared, check_file, kind_of};

/// The server's own limit of a segment; X recommends at most 5 MB.
const SEGMENT_BYTES: u64 = 8 << 20;
const SEGMENTS: u32 = 1_000;
/// Room for the boundaries around what is sent.
const AROUND_BYTES: u64 = 64 << 10;
const ALT_TEXT_LIMIT: usize = 1_000;
/// How soon a client shall ask again: the shortest that X's whole seconds can say.
const CHECK_AFTER_SECONDS: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMetadata {
    id: String,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    alt_text: AltText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AltText {
    text: String,
}

/// `POST /2/media/upload`: an image in one multipart body.
pub(crate) async fn upload(State(house): State<Arc<House>>, headers: HeaderMap, body: Body) -> Response {
    let known = ["media", "media_category", "media_type"];
    let Some(received) = received(&headers, body, GIF_BYTES, &known).await else {
        return crate::x::plain(StatusCode::BAD_REQUEST);
    };
    guarded(&house, &headers, Endpoint::Upload, |world, caller| {
        let (form, digest) = received?;
        let media = form.part("media")?;
        form.part("media_category")?;
        let kind = kind_of(form.text("media_category"))?;
        if kind == Kind::Video {
            let message = "Videos must be uploaded in segments";
            return Err(Problem::invalid("media_category", form.text("media_category"), message));
        }
        let size_bytes = u64::try_from(media.data.len()).unwrap_or_default();
        let promised = match (form.text("media_type"), media.content_type.as_str()) {
            ("", "application/octet-stream") => "",
            ("", of_part) => of_part,
            (of_form, _) => of_form,
        };
        let sniffed = check_file(kind, promised, size_bytes, &media.data)?;
        let mut upload = Upload::new(caller.now_ms, 0);
        let _first = upload.add(0, media.data.clone(), digest);
        let mut medium = new_medium(world, caller, kind);
        finish(&house, &mut medium, upload, sniffed, caller.now_ms);
        let body = json!({"data": shown(&medium, caller.now_ms)});
        world.media.push(medium);
        Ok(crate::x::json(StatusCode::OK, &body))
    })
}

/// `POST /2/media/upload/initialize`: promises a type and a length, and gets an id.
pub(crate) async fn initialize(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    guarded(&house, &headers, Endpoint::Initialize, |world, caller| {
        let declared: Declared = parse(&headers, &body)?;
        let kind = check_declared(&declared)?;
        let medium = new_medium(world, caller, kind);
        let keep = match kind {
            // Judged as a whole: a GIF by its number of pictures.
            Kind::Image | Kind::Gif => usize::try_from(GIF_BYTES).unwrap_or(HEAD_BYTES),
            Kind::Video | Kind::Document => HEAD_BYTES,
        };
        let mut upload = Upload::new(caller.now_ms, keep);
        upload.promised_type = declared.media_type;
        upload.promised_bytes = declared.total_bytes;
        house.uploads().begin(&medium.id, upload);
        let body = json!({"data": {
            "id": medium.id,
            "media_key": media_key(&medium),
            "expires_after_secs": LIFETIME_MS / 1000,
        }});
        world.media.push(medium);
        Ok(crate::x::json(StatusCode::OK, &body))
    })
}

/// `POST /2/media/upload/{id}/append`: one segment, in any order.
pub(crate) async fn append(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Response {
    let known = ["media", "segment_index"];
    let Some(received) = received(&headers, body, SEGMENT_BYTES, &known).await else {
        return crate::x::plain(StatusCode::BAD_REQUEST);
    };
    guarded(&house, &headers, Endpoint::Append, |world, caller| {
        let expires_at_ms = own(world, caller, "id", &id)?.begun_at_ms + LIFETIME_MS;
        let (form, digest) = received?;
        let media = form.part("media")?;
        let size_bytes = u64::try_from(media.data.len()).unwrap_or_default();
        if size_bytes > SEGMENT_BYTES {
            return Err(Problem::too_large());
        }
        if size_bytes == 0 {
            return Err(Problem::invalid("media", "", "media must not be empty"));
        }
        let index = form.text("segment_index");
        let number = index.parse::<u32>().ok().filter(|number| *number < SEGMENTS).ok_or_else(|| {
            let message = format!("segment_index must be within 0 and {}", SEGMENTS - 1);
            Problem::invalid("segment_index", index, &message)
        })?;
        let mut uploads = house.uploads();
        let upload = uploads.find(&id, caller.now_ms).ok_or_else(|| unknown("id", &id))?;
        upload
            .add(number, media.data.clone(), digest)
            .map_err(|why| Problem::invalid("segment_index", index, why))?;
        if upload.size_bytes() > upload.promised_bytes {
            let message = "The segments are longer than total_bytes";
            return Err(Problem::invalid("media", "", message));
        }
        Ok(crate::x::json(StatusCode::OK, &json!({"data": {"expires_at": expires_at_ms / 1000}})))
    })
}

/// `POST /2/media/upload/{id}/finalize`: everything must have come. Again is as good as once.
pub(crate) async fn finalize(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    guarded(&house, &headers, Endpoint::Finalize, |world, caller| {
        let mut medium = own(world, caller, "id", &id)?.clone();
        if medium.sha256.is_none() {
            let mut uploads = house.uploads();
            let upload = uploads.find(&id, caller.now_ms).ok_or_else(|| unknown("id", &id))?;
            if upload.digests().is_none() || upload.size_bytes() != upload.promised_bytes {
                let message = format!(
                    "Segments are missing: {} of {} bytes arrived in order",
                    upload.size_bytes(),
                    upload.promised_bytes
                );
                return Err(Problem::invalid("id", &id, &message));
            }
            let upload = uploads.take(&id).ok_or_else(|| unknown("id", &id))?;
            let promised = upload.promised_type.clone();
            let size_bytes = upload.size_bytes();
            match check_file(medium.kind, &promised, size_bytes, upload.kept()) {
                Ok(sniffed) => finish(&house, &mut medium, upload, sniffed, caller.now_ms),
                Err(problem) => {
                    change(world, &id, |medium| medium.stage = Stage::Failed);
                    return Err(problem);
                }
            }
            change(world, &id, |kept| *kept = medium.clone());
        }
        Ok(crate::x::json(StatusCode::OK, &json!({"data": shown(&medium, caller.now_ms)})))
    })
}

/// `GET /2/media/upload?command=STATUS&media_id=…`; each look counts.
pub(crate) async fn status(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    misprocessed: Option<Extension<Misprocessed>>,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Endpoint::Status, |world, caller| {
        let query = Query::parse(query.as_deref(), &["command", "media_id"])?;
        let command = query.text("command").unwrap_or_default();
        if command != "STATUS" {
            return Err(Problem::invalid("command", command, "command must be STATUS"));
        }
        let id = query.text("media_id").unwrap_or_default().to_owned();
        if own(world, caller, "media_id", &id)?.stage == Stage::Waiting {
            return Err(Problem::invalid("media_id", &id, "The upload was not finalized"));
        }
        let mut body = Value::Null;
        change(world, &id, |medium| {
            let mut look = medium.clone();
            match misprocessed.map(|Extension(how)| how) {
                Some(Misprocessed::Stalls) => {
                    look.stage = Stage::Processing { looks_left: 1, until_ms: caller.now_ms };
                }
                Some(Misprocessed::Fails) => {
                    medium.stage = Stage::Failed;
                    look.stage = Stage::Failed;
                }
                None => look.stage = medium.look(caller.now_ms),
            }
            body = shown(&look, caller.now_ms);
            if let Some(info) = processing_info(&look, "in_progress") {
                body["processing_info"] = info;
            }
        });
        Ok(crate::x::json(StatusCode::OK, &json!({"data": body})))
    })
}

/// `POST /2/media/metadata`: what an image says to those who cannot see it.
pub(crate) async fn metadata(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    guarded(&house, &headers, Endpoint::Metadata, |world, caller| {
        let asked: NewMetadata = parse(&headers, &body)?;
        let text = asked.metadata.alt_text.text;
        if !(1..=ALT_TEXT_LIMIT).contains(&text.chars().count()) {
            let message = format!("alt_text must have 1 to {ALT_TEXT_LIMIT} characters");
            return Err(Problem::invalid("metadata.alt_text.text", "", &message));
        }
        own(world, caller, "id", &asked.id)?;
        let body = json!({"data": {
            "id": asked.id,
            "associated_metadata": {"alt_text": {"text": text}},
        }});
        change(world, &asked.id, |medium| medium.alt_text = Some(text));
        Ok(crate::x::json(StatusCode::OK, &body))
    })
}

/// `3_…` for photos, `16_…` for GIFs, `7_…` for videos.
pub(crate) fn media_key(medium: &Medium) -> String {
    let prefix = match medium.kind {
        Kind::Image | Kind::Document => 3,
        Kind::Gif => 16,
        Kind::Video => 7,
    };
    format!("{prefix}_{}", medium.id)
}

/// The form of an upload and the digest of its file, found before the world is locked; the outer `None` if the
/// client left.
async fn received(
    headers: &HeaderMap,
    body: Body,
    most: u64,
    known: &[&str],
) -> Option<Result<(Form, String), Problem>> {
    let body = receive_whole(body, usize::try_from(most + AROUND_BYTES).unwrap_or(HEAD_BYTES)).await?;
    let form = body.ok_or_else(Problem::too_large).and_then(|body| Form::parse(headers, &body, known));
    Some(form.map(|form| {
        let digest = form.part("media").map(|media| digest(&media.data)).unwrap_or_default();
        (form, digest)
    }))
}

fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    if !content_type.starts_with("application/json") {
        let message = "Content-Type must be application/json";
        return Err(Problem::invalid("content-type", content_type, message));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        let field = message.split('`').nth(1).unwrap_or("body").to_owned();
        Problem::invalid(&field, "", &message)
    })
}

fn own<'a>(world: &'a World, caller: &Caller, parameter: &str, id: &str) -> Result<&'a Medium, Problem> {
    let found = is_id(id).then(|| attach::own(world, caller, id)).flatten();
    found.ok_or_else(|| unknown(parameter, id))
}

fn unknown(parameter: &str, id: &str) -> Problem {
    Problem::invalid(parameter, id, "The media id is unknown, has expired or belongs to another user")
}

fn change(world: &mut World, id: &str, act: impl FnOnce(&mut Medium)) {
    if let Some(medium) = world.media.find_mut(Platform::X, id) {
        act(medium);
    }
}

fn new_medium(world: &mut World, caller: &Caller, kind: Kind) -> Medium {
    let id = world.posts.next_id(Platform::X, caller.now_ms, EPOCH_MS).to_string();
    Medium::registered(Platform::X, &caller.person.x_id(), id, kind, caller.now_ms)
}

fn finish(house: &House, medium: &mut Medium, upload: Upload, sniffed: crate::sniff::Sniffed, now_ms: i64) {
    let arrived = upload.end();
    medium.content_type = sniffed.content_type.to_owned();
    medium.plays_ms = sniffed.plays_ms;
    medium.size_bytes = arrived.size_bytes;
    medium.sha256 = Some(arrived.sha256);
    medium.stage = match medium.kind {
        Kind::Image | Kind::Document => Stage::Ready,
        Kind::Gif | Kind::Video => Stage::processing(house.options.processing, now_ms),
    };
}

fn shown(medium: &Medium, now_ms: i64) -> Value {
    let mut data = json!({
        "id": medium.id,
        "media_key": media_key(medium),
        "size": medium.size_bytes,
        "expires_after_secs": (medium.begun_at_ms + LIFETIME_MS - now_ms) / 1000,
    });
    if let Some(info) = processing_info(medium, "pending") {
        data["processing_info"] = info;
    }
    data
}

/// Images are not processed, so that nothing is said about them.
fn processing_info(medium: &Medium, unfinished: &str) -> Option<Value> {
    if medium.kind == Kind::Image && medium.stage == Stage::Ready {
        return None;
    }
    match medium.stage {
        Stage::Waiting => None,
        Stage::Processing { .. } => Some(json!({
            "state": unfinished,
            "check_after_secs": CHECK_AFTER_SECONDS,
            "progress_percent": if unfinished == "pending" { 0 } else { 50 },
        })),
        Stage::Ready => Some(json!({"state": "succeeded", "progress_percent": 100})),
        Stage::Failed => Some(json!({"state": "failed", "progress_percent": 50})),
    }
}
