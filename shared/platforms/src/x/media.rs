//! Uploads: pictures in one request, GIFs and films in pieces; and whether X has finished with them.
//!
//! Source: <https://docs.x.com/x-api/media/introduction> and `openapi.json` v2.167 (read 2026-08-22). The older form,
//! `command=INIT`, `APPEND` and `FINALIZE`, must not be sent any more; `STATUS` is still a command.

use std::time::{Duration, Instant};

use domain::media::MediaKind;
use domain::ports::{Failure, FailureClass, Readiness};
use domain::secret::Secret;
use domain::text::Part;
use reqwest::header::CONTENT_LENGTH;
use reqwest::multipart::{Form, Part as FormPart};
use reqwest::{Body, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::fetching::{PIECE_BYTES, Reader};
use crate::refusal::{failure, media_gone, of_repeatable, silent_read, unreadable};
use crate::wire::Answer;
use crate::x::id::is_id;
use crate::x::{PLATFORM, XPublisher, errors};

#[derive(Deserialize)]
struct Uploaded {
    data: Upload,
}

#[derive(Deserialize)]
struct Upload {
    id: String,
}

#[derive(Deserialize)]
struct Asked {
    data: Status,
}

#[derive(Deserialize)]
struct Status {
    processing_info: Option<Processing>,
}

#[derive(Deserialize)]
struct Processing {
    state: String,
    error: Option<Mistake>,
}

#[derive(Deserialize)]
struct Mistake {
    name: Option<String>,
    message: Option<String>,
}

/// Uploads the sources of `part`, each with its description; answers their media ids in order.
pub(super) async fn upload(
    x: &XPublisher,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    let until = Instant::now() + within;
    let mut ids = Vec::with_capacity(part.sources.len());
    for (index, source) in part.sources.iter().enumerate() {
        let file = Reader::new(PLATFORM, &x.wire, source, until)?;
        let kind = source.kind;
        let id = match kind {
            MediaKind::Jpeg | MediaKind::Png | MediaKind::WebP => picture(x, access, &file, kind).await?,
            MediaKind::Gif => in_pieces(x, access, &file, kind, "tweet_gif").await?,
            MediaKind::Mp4 => in_pieces(x, access, &file, kind, "tweet_video").await?,
            MediaKind::Pdf => {
                let advice = "X takes no documents; remove it";
                return Err(failure(PLATFORM, FailureClass::Content, "media_kind_not_taken", advice, ""));
            }
        };
        let words = part.media.get(index).and_then(|file| file.alt_text.as_deref()).map(str::trim);
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            let body = json!({ "id": id, "metadata": { "alt_text": { "text": words } } });
            ask(x, access, x.wire.post(x.api.at("/2/media/metadata")).json(&body), file.left()).await?;
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Whether X has finished with the films and GIFs among the handles of `part`. Pictures are finished once they are there.
pub(super) async fn readiness(
    x: &XPublisher,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Readiness, Failure> {
    let until = Instant::now() + within;
    for (id, file) in part.handles.iter().zip(part.media) {
        let is_worked_on = match file.kind {
            MediaKind::Gif | MediaKind::Mp4 => true,
            MediaKind::Jpeg | MediaKind::Png | MediaKind::WebP | MediaKind::Pdf => false,
        };
        if !is_worked_on {
            continue;
        }
        let url = x.api.with_query("/2/media/upload", &[("command", "STATUS"), ("media_id", id)]);
        let left = until.saturating_duration_since(Instant::now());
        let answer = ask(x, access, x.wire.get(url), left).await?;
        let asked: Asked = answer.json().ok_or_else(|| unreadable(PLATFORM))?;
        let Some(processing) = asked.data.processing_info else { continue };
        match processing.state.as_str() {
            "succeeded" => {}
            "pending" | "in_progress" => return Ok(Readiness::Waiting),
            "failed" => {
                let said = processing.error.and_then(|mistake| mistake.message.or(mistake.name));
                let advice = "X cannot show this file; save it anew, or choose another";
                let said = said.unwrap_or_default();
                return Err(failure(PLATFORM, FailureClass::Content, "media_refused", advice, &said));
            }
            _ => return Err(unreadable(PLATFORM)),
        }
    }
    Ok(Readiness::Ready)
}

async fn picture(
    x: &XPublisher,
    access: &Secret<String>,
    file: &Reader,
    kind: MediaKind,
) -> Result<String, Failure> {
    let build = |body, length| {
        let form = Form::new().text("media_category", "tweet_image").part("media", media(body, length, kind));
        x.wire.post(x.api.at("/2/media/upload")).bearer_auth(access.expose()).multipart(form)
    };
    let answer = file.send(0..file.size_bytes(), build, &[access]).await?;
    id_of(&accepted(answer)?)
}

/// Announces the file, sends it piece by piece, and says that this was all.
async fn in_pieces(
    x: &XPublisher,
    access: &Secret<String>,
    file: &Reader,
    kind: MediaKind,
    category: &str,
) -> Result<String, Failure> {
    let size = file.size_bytes();
    let body = json!({
        "media_type": kind.content_type(),
        "total_bytes": size,
        "media_category": category,
    });
    let url = x.api.at("/2/media/upload/initialize");
    let id = id_of(&ask(x, access, x.wire.post(url).json(&body), file.left()).await?)?;
    let pieces = (0..size).step_by(usize::try_from(PIECE_BYTES).expect("a piece fits into memory"));
    for (index, from) in pieces.enumerate() {
        let build = |body, length| {
            let form =
                Form::new().text("segment_index", index.to_string()).part("media", media(body, length, kind));
            let url = x.api.at(&format!("/2/media/upload/{id}/append"));
            x.wire.post(url).bearer_auth(access.expose()).multipart(form)
        };
        accepted(file.send(from..size.min(from + PIECE_BYTES), build, &[access]).await?)?;
    }
    let url = x.api.at(&format!("/2/media/upload/{id}/finalize"));
    // It has no body, and some servers refuse a POST that does not say so.
    ask(x, access, x.wire.post(url).header(CONTENT_LENGTH, 0), file.left()).await?;
    Ok(id)
}

/// The part of a form that holds a file. Its name on the person's machine is nobody's business.
fn media(body: Body, length: u64, kind: MediaKind) -> FormPart {
    FormPart::stream_with_length(body, length)
        .file_name("media")
        .mime_str(kind.content_type())
        .expect("our content types are well-formed")
}

async fn ask(
    x: &XPublisher,
    access: &Secret<String>,
    request: RequestBuilder,
    within: Duration,
) -> Result<Answer, Failure> {
    let answer = x.wire.send(request.bearer_auth(access.expose()), within, &[access]).await;
    accepted(answer.map_err(|silence| silent_read(PLATFORM, silence))?)
}

/// The answer, if it is a success. What X does not find is an upload that it has forgotten.
fn accepted(answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    if answer.status == StatusCode::NOT_FOUND {
        return Err(media_gone(PLATFORM, ""));
    }
    Err(of_repeatable(PLATFORM, errors::of(&answer)))
}

fn id_of(answer: &Answer) -> Result<String, Failure> {
    let uploaded: Uploaded = answer.json().ok_or_else(|| unreadable(PLATFORM))?;
    Some(uploaded.data.id).filter(|id| is_id(id)).ok_or_else(|| unreadable(PLATFORM))
}
