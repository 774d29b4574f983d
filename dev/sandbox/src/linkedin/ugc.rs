//! `POST /v2/ugcPosts`: the older way to share, still what "Share on LinkedIn" documents.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::gate::DuplicatesAccepted;
use crate::house::{House, World};
use crate::linkedin::attach::{Attachment, attach, is_another};
use crate::linkedin::author::Author;
use crate::linkedin::body::{Visibility, parse};
use crate::linkedin::calls::{Style, guarded};
use crate::linkedin::create::{Accepted, check_duplicate, check_visibility, commit};
use crate::linkedin::problem::{Refusal, respond};
use crate::media::Kind;

const POINTER: &str = "/specificContent/com.linkedin.ugc.ShareContent/media";
const TEXT_LIMIT: usize = 3_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UgcPost {
    author: String,
    lifecycle_state: String,
    specific_content: SpecificContent,
    visibility: MemberNetworkVisibility,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecificContent {
    #[serde(rename = "com.linkedin.ugc.ShareContent")]
    share: ShareContent,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ShareContent {
    share_commentary: Text,
    share_media_category: Category,
    #[serde(default)]
    media: Vec<Media>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Category {
    None,
    Article,
    Image,
    Video,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Media {
    status: String,
    original_url: Option<String>,
    media: Option<String>,
    #[serde(rename = "title")]
    _title: Option<Text>,
    #[serde(rename = "description")]
    _description: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberNetworkVisibility {
    #[serde(rename = "com.linkedin.ugc.MemberNetworkVisibility")]
    visibility: Visibility,
}

/// 201 with the URN in `x-restli-id` and in the body. The text is plain: nothing is escaped, nothing is cut.
pub(crate) async fn create(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    duplicates: Option<Extension<DuplicatesAccepted>>,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Style::Unversioned, |world, caller| {
        let post: UgcPost = parse(&body)?;
        let author = Author::parse("/author", &post.author)?;
        author.check_writing(caller, "ugcPosts.CREATE")?;
        check_visibility(author, post.visibility.visibility)?;
        post.check()?;
        let attachments = post.specific_content.share.attachments();
        post.specific_content.share.check_kinds(world)?;
        let media = attach(world, &post.author, &attachments, caller.now_ms)?;
        let text = &post.specific_content.share.share_commentary.text;
        if duplicates.is_none() {
            check_duplicate(&house, world, caller, &post.author, text)?;
        }
        let accepted = Accepted {
            kind: "ugcPost",
            author: &post.author,
            text: text.clone(),
            truncated: false,
            sent: text,
            visibility: post.visibility.visibility,
            media,
            extra: extra(&body, text),
        };
        let urn = commit(&house, world, accepted);
        let mut response = respond(StatusCode::CREATED, &json!({"id": urn}));
        if let Ok(id) = HeaderValue::from_str(&urn) {
            response.headers_mut().insert("x-restli-id", id);
        }
        Ok(response)
    })
}

impl UgcPost {
    fn check(&self) -> Result<(), Refusal> {
        let share = &self.specific_content.share;
        if self.lifecycle_state != "PUBLISHED" {
            return Err(Refusal::value("/lifecycleState", "only PUBLISHED can be created"));
        }
        if share.share_commentary.text.encode_utf16().count() > TEXT_LIMIT {
            return Err(Refusal::field(
                "FIELD_LENGTH_TOO_LONG",
                "/specificContent/com.linkedin.ugc.ShareContent/shareCommentary/text",
                &format!("length is greater than the maximum of {TEXT_LIMIT}"),
            ));
        }
        share.check_media()
    }
}

impl ShareContent {
    fn check_media(&self) -> Result<(), Refusal> {
        match (self.share_media_category, self.media.as_slice()) {
            (Category::None, []) if self.share_commentary.text.trim().is_empty() => {
                Err(Refusal::field("INVALID_VALUE_BLANK_FIELD", "/shareCommentary/text", "must not be blank"))
            }
            (Category::None, []) => Ok(()),
            (Category::None, _) => Err(Refusal::value(POINTER, "must be empty for NONE")),
            (Category::Article, [article]) if article.status == "READY" && article.is_link() => Ok(()),
            (Category::Article, [_]) => Err(Refusal::field("INVALID_URL", POINTER, "is no READY link")),
            (Category::Article, _) => Err(Refusal::value(POINTER, "must be one link for ARTICLE")),
            (Category::Image, []) => Err(Refusal::value(POINTER, "must be images for IMAGE")),
            (Category::Image, images) => images.iter().try_for_each(Media::check_asset),
            (Category::Video, [video]) => video.check_asset(),
            (Category::Video, _) => Err(Refusal::value(POINTER, "must be one video for VIDEO")),
        }
    }

    /// Refuses an image where a video was announced, and the other way round.
    fn check_kinds(&self, world: &World) -> Result<(), Refusal> {
        let (kind, code) = match self.share_media_category {
            Category::None | Category::Article => return Ok(()),
            Category::Image => (Kind::Image, "INVALID_IMAGE_ID"),
            Category::Video => (Kind::Video, "INVALID_VIDEO_ID"),
        };
        let other = self
            .media
            .iter()
            .any(|media| media.media.as_deref().is_some_and(|id| is_another(world, id, kind)));
        if other { Err(Refusal::field(code, POINTER, "is of another kind")) } else { Ok(()) }
    }

    fn attachments(&self) -> Vec<Attachment<'_>> {
        let ids = self.media.iter().filter_map(|media| media.media.as_deref());
        ids.map(|id| Attachment { pointer: POINTER.to_owned(), id, alt_text: None }).collect()
    }
}

impl Media {
    fn check_asset(&self) -> Result<(), Refusal> {
        let asset = self.media.as_deref().unwrap_or_default();
        if self.status != "READY" || self.original_url.is_some() {
            return Err(Refusal::value(POINTER, "must be READY and without a link"));
        }
        match asset.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':')) {
            Some(("digitalmediaAsset", _)) => Ok(()),
            Some(_) => Err(Refusal::field("INVALID_URN_TYPE", POINTER, "is no digitalmediaAsset")),
            None => Err(Refusal::field("INVALID_URN_ID", POINTER, "is not a valid urn")),
        }
    }

    fn is_link(&self) -> bool {
        let url = self.original_url.as_deref().and_then(|url| Url::parse(url).ok());
        self.media.is_none() && url.is_some_and(|url| matches!(url.scheme(), "http" | "https"))
    }
}

/// In the shape that `/rest/posts` reads back.
fn extra(body: &[u8], text: &str) -> Value {
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let media = &sent["specificContent"]["com.linkedin.ugc.ShareContent"]["media"][0];
    let article = media.get("originalUrl").map(|url| {
        json!({"article": {
            "source": url,
            "title": media["title"]["text"],
            "description": media["description"]["text"],
        }})
    });
    json!({
        "commentary": text,
        "content": article,
        "reshareContext": null,
        "feedDistribution": "MAIN_FEED",
        "isReshareDisabledByAuthor": false,
    })
}
