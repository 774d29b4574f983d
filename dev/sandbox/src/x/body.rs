//! The body of `POST /2/tweets`, field by field; the schema allows no others.

use serde::Deserialize;
use serde_json::Value;

use crate::x::problem::Problem;

/// Every field that the schema knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTweet {
    #[serde(default)]
    pub(crate) text: String,
    pub(crate) media: Option<Media>,
    pub(crate) reply: Option<Reply>,
    pub(crate) quote_tweet_id: Option<String>,
    pub(crate) poll: Option<Poll>,
    pub(crate) reply_settings: Option<ReplySettings>,
    pub(crate) made_with_ai: Option<bool>,
    pub(crate) paid_partnership: Option<bool>,
    community_id: Option<String>,
    share_with_followers: Option<bool>,
    for_super_followers_only: Option<bool>,
    nullcast: Option<bool>,
    geo: Option<Geo>,
    card_uri: Option<String>,
    direct_message_deep_link: Option<String>,
    edit_options: Option<EditOptions>,
}

/// Attached media.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    pub(crate) media_ids: Vec<String>,
    #[serde(default)]
    tagged_user_ids: Vec<String>,
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "preview_media_id")]
    _preview_media_id: Option<String>,
    #[serde(rename = "embeddable")]
    _embeddable: Option<bool>,
    #[serde(rename = "call_to_actions")]
    _call_to_actions: Option<Value>,
}

/// What it answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    pub(crate) in_reply_to_tweet_id: String,
    #[serde(default)]
    exclude_reply_user_ids: Vec<String>,
    // Ignored by X as well.
    #[serde(rename = "auto_populate_reply_metadata")]
    _auto_populate_reply_metadata: Option<bool>,
}

/// A poll.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Poll {
    pub(crate) options: Vec<String>,
    pub(crate) duration_minutes: u32,
}

/// Who may reply; left out means everybody.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReplySettings {
    Following,
    MentionedUsers,
    Subscribers,
    Verified,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Geo {
    #[serde(rename = "place_id")]
    _place_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditOptions {
    #[serde(rename = "previous_post_id")]
    _previous_post_id: String,
}

impl ReplySettings {
    /// X's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::MentionedUsers => "mentionedUsers",
            Self::Subscribers => "subscribers",
            Self::Verified => "verified",
        }
    }
}

impl NewTweet {
    /// Reads a body and checks what its schema says.
    ///
    /// # Errors
    /// 400 `invalid-request` for anything the schema does not allow.
    pub(crate) fn parse(content_type: &str, body: &[u8]) -> Result<Self, Problem> {
        if !content_type.starts_with("application/json") {
            return Err(Problem::invalid(
                "content-type",
                content_type,
                "Content-Type must be application/json",
            ));
        }
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| Problem::invalid("body", "", &format!("Invalid JSON: {error}")))?;
        let tweet = Self::deserialize(&value).map_err(|error| {
            let message = error.to_string();
            let field = message.split('`').nth(1).unwrap_or("body").to_owned();
            let given = value.get(&field).map(Value::to_string).unwrap_or_default();
            let message = match message.strip_prefix("unknown field") {
                Some(_) => format!(
                    "The property '$.{field}' is not defined in the schema and the schema does not allow \
                     additional properties"
                ),
                None => message,
            };
            Problem::invalid(&field, &given, &message)
        })?;
        tweet.check()?;
        Ok(tweet)
    }

    /// Whether it asks for something that exists on X but not for a self-serve app, or not here.
    pub(crate) fn asks_for_more(&self) -> bool {
        self.quote_tweet_id.is_some()
            || self.community_id.is_some()
            || self.share_with_followers == Some(true)
            || self.for_super_followers_only == Some(true)
            || self.nullcast == Some(true)
            || self.geo.is_some()
            || self.card_uri.is_some()
            || self.direct_message_deep_link.is_some()
            || self.edit_options.is_some()
    }

    fn check(&self) -> Result<(), Problem> {
        let invalid = |field, message: &str| Err(Problem::invalid(field, "", message));
        if let Some(media) = &self.media {
            if !(1..=4).contains(&media.media_ids.len()) || !media.media_ids.iter().all(|id| is_id(id)) {
                return invalid(
                    "media.media_ids",
                    "media_ids must be 1 to 4 strings that match ^[0-9]{1,19}$",
                );
            }
            if media.tagged_user_ids.len() > 10 || !media.tagged_user_ids.iter().all(|id| is_id(id)) {
                return invalid("media.tagged_user_ids", "tagged_user_ids must be at most 10 user ids");
            }
        }
        if let Some(reply) = &self.reply
            && !(is_id(&reply.in_reply_to_tweet_id)
                && reply.exclude_reply_user_ids.iter().all(|id| is_id(id)))
        {
            return invalid("reply.in_reply_to_tweet_id", "reply ids must match ^[0-9]{1,19}$");
        }
        if let Some(quoted) = &self.quote_tweet_id
            && !is_id(quoted)
        {
            return invalid("quote_tweet_id", "quote_tweet_id must match ^[0-9]{1,19}$");
        }
        if let Some(poll) = &self.poll {
            let fit = |option: &String| (1..=25).contains(&option.chars().count());
            if !(2..=4).contains(&poll.options.len()) || !poll.options.iter().all(fit) {
                return invalid("poll.options", "a poll has 2 to 4 options of 1 to 25 characters");
            }
            if !(5..=10_080).contains(&poll.duration_minutes) {
                return invalid("poll.duration_minutes", "duration_minutes must be within 5 and 10080");
            }
            if self.media.is_some() || self.quote_tweet_id.is_some() {
                return invalid("poll", "a poll goes with neither media nor a quote");
            }
        }
        Ok(())
    }
}

/// Whether it could be an id: 1 to 19 digits.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}
