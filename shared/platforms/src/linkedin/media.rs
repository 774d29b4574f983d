//! Uploads, and whether LinkedIn has finished with them: pictures and documents in one request, films in the pieces that
//! LinkedIn asks for. UGC Posts know assets instead, each in one request, and no documents.
//!
//! Sources: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api> and its
//! neighbours `videos-api` and `documents-api` (`li-lms-2026-08`, read 2026-09), and
//! <https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin> for assets.

use std::time::{Duration, Instant};

use domain::connection::Account;
use domain::media::MediaKind;
use domain::ports::{Failure, FailureClass, Readiness};
use domain::secret::Secret;
use domain::text::Part;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fetching::Reader;
use crate::linkedin::{Line, PLATFORM, errors, urn};
use crate::refusal::{failure, media_gone, of_repeatable, silent_read, unreadable};
use crate::settings::PostsApi;
use crate::wire::Answer;

/// Where uploads go to, besides the configured address itself.
const UPLOAD_DOMAINS: [&str; 2] = ["linkedin.com", "licdn.com"];

#[derive(Deserialize)]
struct Begun<T> {
    value: T,
}

/// Where a picture or a document goes, and what it is called from then on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    upload_url: String,
    #[serde(alias = "document")]
    image: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Film {
    video: String,
    upload_instructions: Vec<Instruction>,
    #[serde(default)]
    upload_token: String,
}

/// Where the bytes from the first to the last go.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instruction {
    upload_url: String,
    first_byte: u64,
    last_byte: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    asset: String,
    upload_mechanism: Mechanism,
}

#[derive(Deserialize)]
struct Mechanism {
    #[serde(rename = "com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest")]
    request: UploadRequest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadRequest {
    upload_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status: String,
    processing_failure_reason: Option<String>,
}

/// One file on its way to the account that will show it.
struct Upload<'a> {
    line: &'a Line,
    owner: &'a str,
    access: &'a Secret<String>,
    file: Reader,
    kind: MediaKind,
}

/// Uploads the sources of `part`; answers their URNs in order.
pub(super) async fn upload(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    let until = Instant::now() + within;
    let mut urns = Vec::with_capacity(part.sources.len());
    for source in part.sources {
        let file = Reader::new(PLATFORM, &line.wire, source, until)?;
        let upload = Upload { line, owner: &account.id, access, file, kind: source.kind };
        urns.push(upload.made(line.settings.posts_api).await?);
    }
    Ok(urns)
}

/// Whether LinkedIn has finished with the handles of `part`.
///
/// Only films and documents are asked about: a picture may not be read by who posts as a member, and what is not finished
/// or not ours to read is refused by the post itself, as `MEDIA_ASSET_WAITING_UPLOAD`.
pub(super) async fn readiness(
    line: &Line,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Readiness, Failure> {
    let until = Instant::now() + within;
    for handle in part.handles {
        let resource = match handle.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':')) {
            Some(("video", _)) => "videos",
            Some(("document", _)) => "documents",
            Some(_) | None => continue,
        };
        let url = line.settings.api.at(&format!("/rest/{resource}/{}", urn::encoded(handle)));
        let left = until.saturating_duration_since(Instant::now());
        let answer = line.ask(line.wire.get(url), access, left).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        match answer.status {
            StatusCode::FORBIDDEN => continue,
            StatusCode::NOT_FOUND => return Err(media_gone(PLATFORM, "")),
            _ => {}
        }
        let Status { status, processing_failure_reason } = read(&accepted(answer)?)?;
        match status.as_str() {
            "AVAILABLE" => {}
            "WAITING_UPLOAD" | "PROCESSING" => return Ok(Readiness::Waiting),
            "PROCESSING_FAILED" => {
                let advice = "LinkedIn cannot show this file; save it anew, or choose another";
                let said = processing_failure_reason.unwrap_or_default();
                return Err(failure(PLATFORM, FailureClass::Content, "media_refused", advice, &said));
            }
            _ => return Err(unreadable(PLATFORM)),
        }
    }
    Ok(Readiness::Ready)
}

impl Upload<'_> {
    async fn made(&self, posts_api: PostsApi) -> Result<String, Failure> {
        match (posts_api, self.kind) {
            (PostsApi::Posts, MediaKind::Jpeg | MediaKind::Png | MediaKind::Gif) => {
                self.whole("images").await
            }
            (PostsApi::Posts, MediaKind::Mp4) => self.film().await,
            (PostsApi::Posts, MediaKind::Pdf) => self.whole("documents").await,
            (PostsApi::Ugc, MediaKind::Jpeg | MediaKind::Png | MediaKind::Gif) => {
                self.asset("urn:li:digitalmediaRecipe:feedshare-image").await
            }
            (PostsApi::Ugc, MediaKind::Mp4) => self.asset("urn:li:digitalmediaRecipe:feedshare-video").await,
            (PostsApi::Ugc, MediaKind::Pdf) => Err(not_taken(
                "the way in which this installation posts to LinkedIn has no documents; remove it, or ask its operator",
            )),
            (PostsApi::Posts | PostsApi::Ugc, MediaKind::WebP) => {
                Err(not_taken("LinkedIn takes no WebP; save the picture as a JPEG or PNG"))
            }
        }
    }

    /// A picture or a document.
    async fn whole(&self, resource: &str) -> Result<String, Failure> {
        let body = json!({ "initializeUploadRequest": { "owner": self.owner } });
        let place: Place = self.begin(&format!("/rest/{resource}"), &body).await?;
        self.put_whole(&place.upload_url).await?;
        named(place.image)
    }

    /// A film, in the pieces that LinkedIn asks for.
    async fn film(&self) -> Result<String, Failure> {
        let size = self.file.size_bytes();
        let body = json!({ "initializeUploadRequest": {
            "owner": self.owner,
            "fileSizeBytes": size,
            "uploadCaptions": false,
            "uploadThumbnail": false,
        } });
        let film: Film = self.begin("/rest/videos", &body).await?;
        let mut parts = Vec::with_capacity(film.upload_instructions.len());
        let mut next = 0;
        for instruction in &film.upload_instructions {
            let Instruction { upload_url, first_byte, last_byte } = instruction;
            // Anything but one piece after the other, to the end, would be another film.
            if *first_byte != next || *last_byte < *first_byte || *last_byte >= size {
                return Err(unreadable(PLATFORM));
            }
            next = last_byte + 1;
            let url = self.address(upload_url)?;
            let answer = self.put(url, upload_url, *first_byte..next, false).await?;
            let part = answer.header("etag").ok_or_else(|| unreadable(PLATFORM))?;
            parts.push(part.to_owned());
        }
        if next != size {
            return Err(unreadable(PLATFORM));
        }
        let body = json!({ "finalizeUploadRequest": {
            "video": film.video,
            "uploadToken": film.upload_token,
            "uploadedPartIds": parts,
        } });
        let url = self.line.settings.api.with_query("/rest/videos", &[("action", "finalizeUpload")]);
        self.ask(self.line.wire.post(url).json(&body)).await?;
        named(film.video)
    }

    /// A picture or a film for UGC Posts.
    async fn asset(&self, recipe: &str) -> Result<String, Failure> {
        let line = self.line;
        let body = json!({ "registerUploadRequest": {
            "owner": self.owner,
            "recipes": [recipe],
            "serviceRelationships": [
                { "relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent" },
            ],
        } });
        let url = line.settings.api.with_query("/v2/assets", &[("action", "registerUpload")]);
        let answer =
            line.ask_unversioned(line.wire.post(url).json(&body), self.access, self.file.left()).await;
        let answer = accepted(answer.map_err(|silence| silent_read(PLATFORM, silence))?)?;
        let begun: Begun<Asset> = read(&answer)?;
        self.put_whole(&begun.value.upload_mechanism.request.upload_url).await?;
        named(begun.value.asset)
    }

    async fn begin<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let url = self.line.settings.api.with_query(path, &[("action", "initializeUpload")]);
        let begun: Begun<T> = read(&self.ask(self.line.wire.post(url).json(body)).await?)?;
        Ok(begun.value)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let answer = self.line.ask(request, self.access, self.file.left()).await;
        accepted(answer.map_err(|silence| silent_read(PLATFORM, silence))?)
    }

    async fn put_whole(&self, upload_url: &str) -> Result<(), Failure> {
        let url = self.address(upload_url)?;
        self.put(url, upload_url, 0..self.file.size_bytes(), true).await?;
        Ok(())
    }

    /// Puts these bytes there. The addresses of films' pieces are permission enough and get no token.
    async fn put(
        &self,
        url: Url,
        upload_url: &str,
        bytes: std::ops::Range<u64>,
        with_token: bool,
    ) -> Result<Answer, Failure> {
        let kind = if with_token { self.kind.content_type() } else { "application/octet-stream" };
        let build = |body, length: u64| {
            let request = self.line.wire.put(url).header(CONTENT_TYPE, kind).header(CONTENT_LENGTH, length);
            let request = request.body(body);
            if with_token { request.bearer_auth(self.access.expose()) } else { request }
        };
        let secret = Secret::new(upload_url.to_owned());
        let answer = self.file.send(bytes, build, &[self.access, &secret]).await?;
        // An address that is permission by itself refuses when it has aged, whatever it says of a token.
        let has_aged = match answer.status.as_u16() {
            401 => !with_token,
            403 | 404 | 410 => true,
            _ => false,
        };
        if has_aged { Err(media_gone(PLATFORM, "")) } else { accepted(answer) }
    }

    /// The address of an upload, if it is LinkedIn's: whatever an answer names gets the person's file, and a token.
    fn address(&self, text: &str) -> Result<Url, Failure> {
        let refused = || {
            let advice = "LinkedIn named an address for the upload that is not its own, so nothing was sent there; ask the operator";
            failure(PLATFORM, FailureClass::Content, "upload_address_refused", advice, "")
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let host = url.host_str().unwrap_or_default();
        let is_theirs = UPLOAD_DOMAINS.iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        let is_ours = url.origin() == self.line.settings.api.at("/").origin();
        let is_plain = url.username().is_empty() && url.password().is_none();
        let may_be = is_plain && (is_ours || (is_theirs && url.scheme() == "https" && url.port().is_none()));
        may_be.then_some(url).ok_or_else(refused)
    }
}

fn accepted(answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() { Ok(answer) } else { Err(of_repeatable(PLATFORM, errors::of(&answer))) }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    answer.json().ok_or_else(|| unreadable(PLATFORM))
}

/// A URN that can be written into a path.
fn named(urn: String) -> Result<String, Failure> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_');
    let is_one = urn.starts_with("urn:li:") && urn.bytes().all(is_plain);
    if is_one { Ok(urn) } else { Err(unreadable(PLATFORM)) }
}

fn not_taken(advice: &str) -> Failure {
    failure(PLATFORM, FailureClass::Content, "media_kind_not_taken", advice, "")
}
