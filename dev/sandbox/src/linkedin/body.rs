//! The body of `POST /rest/posts`, field by field.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use axum::http::StatusCode;

use crate::linkedin::attach::Attachment;
use crate::linkedin::little;
use crate::linkedin::problem::Refusal;

/// What a commentary may be long, in UTF-16 units without escapes.
const COMMENTARY_LIMIT: usize = 3_000;

/// Every field that the schema knows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPost {
    pub(crate) author: String,
    pub(crate) commentary: String,
    pub(crate) visibility: Visibility,
    pub(crate) distribution: Distribution,
    pub(crate) content: Option<Content>,
    lifecycle_state: String,
    #[serde(default)]
    pub(crate) is_reshare_disabled_by_author: bool,
    pub(crate) reshare_context: Option<ReshareContext>,
}

/// Who may see a post.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Visibility {
    Public,
    Connections,
    LoggedIn,
}

/// Where a post appears.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Distribution {
    pub(crate) feed_distribution: FeedDistribution,
    #[serde(default, rename = "targetEntities")]
    _target_entities: Vec<Value>,
    #[serde(default, rename = "thirdPartyDistributionChannels")]
    _third_party_distribution_channels: Vec<Value>,
}

/// Whether a post appears in the feed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FeedDistribution {
    MainFeed,
    None,
}

/// What a post carries; exactly one of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Content {
    media: Option<Media>,
    multi_image: Option<MultiImage>,
    article: Option<Article>,
    poll: Option<Poll>,
}

/// The post that is shared again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReshareContext {
    pub(crate) parent: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Media {
    id: String,
    alt_text: Option<String>,
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MultiImage {
    images: Vec<Media>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    source: String,
    title: String,
    description: Option<String>,
    thumbnail: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    question: String,
    options: Vec<PollOption>,
    settings: PollSettings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PollOption {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PollSettings {
    duration: String,
}

impl Visibility {
    /// LinkedIn's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Connections => "CONNECTIONS",
            Self::LoggedIn => "LOGGED_IN",
        }
    }
}

impl FeedDistribution {
    /// LinkedIn's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::MainFeed => "MAIN_FEED",
            Self::None => "NONE",
        }
    }
}

/// Reads a JSON object of a schema that allows no other fields.
///
/// # Errors
/// 400 for what is no object, lacks a field or has a wrong value; 422 for an unknown field.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::argument("Request body could not be converted to data map"))?;
    serde_json::from_value(value).map_err(|error| {
        let message = error.to_string();
        let pointer = format!("/{}", message.split('`').nth(1).unwrap_or_default());
        if message.starts_with("missing field") {
            let what = "field is required but not found and has no default value";
            return Refusal::field("MISSING_FIELD", &pointer, what);
        }
        if message.starts_with("unknown field") {
            return Refusal::coded(
                StatusCode::UNPROCESSABLE_ENTITY,
                "UNPROCESSABLE_ENTITY",
                &format!("ERROR :: {pointer} :: unrecognized field found but not allowed"),
            );
        }
        Refusal::value("/", &message)
    })
}

impl NewPost {
    /// Checks what the schema cannot say.
    ///
    /// # Errors
    /// 400 with the code of the first rule that is broken.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.lifecycle_state != "PUBLISHED" {
            return Err(Refusal::value("/lifecycleState", "only PUBLISHED can be created"));
        }
        if little::length_utf16(&self.commentary) > COMMENTARY_LIMIT {
            return Err(Refusal::field(
                "FIELD_LENGTH_TOO_LONG",
                "/commentary",
                &format!("length is greater than the maximum of {COMMENTARY_LIMIT}"),
            ));
        }
        if self.commentary.trim().is_empty() && self.content.is_none() && self.reshare_context.is_none() {
            return Err(blank("/commentary"));
        }
        match &self.content {
            Some(content) => content.check(),
            None => Ok(()),
        }
    }
}

impl Content {
    /// The media it names, in order.
    pub(crate) fn attachments(&self) -> Vec<Attachment<'_>> {
        let mut found = Vec::new();
        if let Some(media) = &self.media {
            found.push(media.attachment("/content/media/id".to_owned()));
        }
        for (index, image) in self.multi_image.iter().flat_map(|multi| &multi.images).enumerate() {
            found.push(image.attachment(format!("/content/multiImage/images/{index}/id")));
        }
        if let Some(id) = self.article.as_ref().and_then(|article| article.thumbnail.as_deref()) {
            let pointer = "/content/article/thumbnail".to_owned();
            found.push(Attachment { pointer, id, alt_text: None });
        }
        found
    }

    fn check(&self) -> Result<(), Refusal> {
        let kinds =
            [self.media.is_some(), self.multi_image.is_some(), self.article.is_some(), self.poll.is_some()];
        if kinds.into_iter().filter(|given| *given).count() != 1 {
            return Err(Refusal::value("/content", "exactly one kind of content must be given"));
        }
        if let Some(media) = &self.media {
            return media.check("/content/media", &["image", "video", "document"]);
        }
        if let Some(multi) = &self.multi_image {
            if !(2..=20).contains(&multi.images.len()) {
                return Err(Refusal::value("/content/multiImage/images", "2 to 20 images must be given"));
            }
            return multi.images.iter().try_for_each(|image| image.check("/content/multiImage", &["image"]));
        }
        if let Some(article) = &self.article {
            return article.check();
        }
        self.poll.as_ref().map_or(Ok(()), Poll::check)
    }
}

impl Media {
    fn attachment(&self, pointer: String) -> Attachment<'_> {
        Attachment { pointer, id: &self.id, alt_text: self.alt_text.as_deref() }
    }

    /// Whether its id is of the right kind; whether it exists is another matter.
    fn check(&self, pointer: &str, kinds: &[&str]) -> Result<(), Refusal> {
        for (name, text) in [("altText", &self.alt_text), ("title", &self.title)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                return Err(blank(&format!("{pointer}/{name}")));
            }
        }
        let id = format!("{pointer}/id");
        check_urn(&self.id, &id, kinds)?;
        if self.id.starts_with("urn:li:document:") && self.title.is_none() {
            let pointer = format!("{pointer}/title");
            return Err(Refusal::field("MISSING_FIELD", &pointer, "a document must have a title"));
        }
        Ok(())
    }
}

impl Article {
    fn check(&self) -> Result<(), Refusal> {
        let source = Url::parse(&self.source).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if source.is_none() {
            return Err(Refusal::field("INVALID_URL", "/content/article/source", "is not a valid url"));
        }
        if self.title.trim().is_empty() {
            return Err(blank("/content/article/title"));
        }
        if self.description.as_ref().is_some_and(String::is_empty) {
            return Err(blank("/content/article/description"));
        }
        match &self.thumbnail {
            Some(urn) => check_urn(urn, "/content/article/thumbnail", &["image"]),
            None => Ok(()),
        }
    }
}

impl Poll {
    fn check(&self) -> Result<(), Refusal> {
        if self.question.trim().is_empty() || self.options.iter().any(|option| option.text.trim().is_empty())
        {
            return Err(blank("/content/poll"));
        }
        if !(2..=4).contains(&self.options.len()) {
            return Err(Refusal::value("/content/poll/options", "2 to 4 options must be given"));
        }
        match self.settings.duration.as_str() {
            "ONE_DAY" | "THREE_DAYS" | "ONE_WEEK" | "TWO_WEEKS" => Ok(()),
            _ => Err(Refusal::value("/content/poll/settings/duration", "is not a known duration")),
        }
    }
}

fn check_urn(urn: &str, pointer: &str, kinds: &[&str]) -> Result<(), Refusal> {
    let kind = urn.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':'));
    match kind {
        None | Some((_, "")) => Err(Refusal::field("INVALID_URN_ID", pointer, "is not a valid urn")),
        Some((kind, _)) if kinds.contains(&kind) => Ok(()),
        Some(_) => Err(Refusal::field("INVALID_URN_TYPE", pointer, "is of a kind that cannot be attached")),
    }
}

fn blank(pointer: &str) -> Refusal {
    Refusal::field("INVALID_VALUE_BLANK_FIELD", pointer, "must not be blank")
}
