//! Which fields of a post a reader asked for, and the post with them.

use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::house::World;
use crate::platform::Platform;
use crate::posts::Post;
use crate::x::links::{carried, shown};
use crate::x::problem::{Problem, hidden_field};

/// Own posts show their private metrics for this long: 30 days.
const PRIVATE_METRICS_MS: i64 = 30 * 24 * 3600 * 1000;

/// Every value of `tweet.fields`; the drifted spelling `post.fields` takes the same.
const TWEET_FIELDS: [&str; 19] = [
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "id",
    "in_reply_to_user_id",
    "lang",
    "made_with_ai",
    "non_public_metrics",
    "organic_metrics",
    "paid_partnership",
    "possibly_sensitive",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
    "source",
    "text",
];

/// The parameters of a read, each known and given once.
pub(crate) struct Query(Vec<(String, String)>);

/// The fields asked for.
pub(crate) struct Fields {
    names: Vec<String>,
    /// Asked for as `post.fields`, so that newer names are used: `repost_count`, `edit_history_post_ids`.
    posts_dialect: bool,
}

/// How often a post was liked, shared and seen: invented, but the same at every look; replies are counted.
struct Metrics {
    seed: [u8; 32],
    replies: usize,
}

impl Query {
    /// Reads a query string that may hold only `known` parameters.
    ///
    /// # Errors
    /// 400 for an unknown or repeated parameter.
    pub(crate) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        for (index, (name, value)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let message = format!("The query parameter [{name}] is not one of [{}]", known.join(","));
                return Err(Problem::invalid(name, value, &message));
            }
            if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::invalid(name, value, &format!("[{name}] is given more than once")));
            }
        }
        Ok(Self(pairs))
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A number within a range.
    ///
    /// # Errors
    /// 400 if it is none.
    pub(crate) fn number(
        &self,
        name: &str,
        low: usize,
        high: usize,
        default: usize,
    ) -> Result<usize, Problem> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().ok().filter(|number| (low..=high).contains(number)).ok_or_else(|| {
            let message =
                format!("The `{name}` query parameter value [{text}] is not between {low} and {high}");
            Problem::invalid(name, text, &message)
        })
    }

    /// An id.
    ///
    /// # Errors
    /// 400 if it is none.
    pub(crate) fn id(&self, name: &str) -> Result<Option<u64>, Problem> {
        let wrong = |text: &str| {
            Problem::invalid(name, text, &format!("The `{name}` query parameter value [{text}] is not valid"))
        };
        self.text(name).map(|text| u64::from_str(text).map_err(|_| wrong(text))).transpose()
    }

    /// An instant, in Unix milliseconds.
    ///
    /// # Errors
    /// 400 if it is none.
    pub(crate) fn instant_ms(&self, name: &str) -> Result<Option<i64>, Problem> {
        let wrong = |text: &str| {
            Problem::invalid(
                name,
                text,
                &format!("The `{name}` query parameter value [{text}] is not a time"),
            )
        };
        let parse = |text: &str| Timestamp::from_str(text).map(Timestamp::as_millisecond);
        self.text(name).map(|text| parse(text).map_err(|_| wrong(text))).transpose()
    }

    /// A comma-separated list, each of `known`.
    ///
    /// # Errors
    /// 400 for a value that is not known.
    pub(crate) fn list(&self, name: &str, known: &[&str]) -> Result<Vec<String>, Problem> {
        let Some(text) = self.text(name) else { return Ok(Vec::new()) };
        let values: Vec<String> = text.split(',').map(str::to_owned).collect();
        match values.iter().find(|value| !known.contains(&value.as_str())) {
            Some(unknown) => {
                let message = format!(
                    "The `{name}` query parameter value [{unknown}] is not one of [{}]",
                    known.join(",")
                );
                Err(Problem::invalid(name, unknown, &message))
            }
            None => Ok(values),
        }
    }
}

impl Fields {
    /// What `tweet.fields` or `post.fields` ask for.
    ///
    /// # Errors
    /// 400 for a field that does not exist.
    pub(crate) fn of(query: &Query) -> Result<Self, Problem> {
        let mut names = query.list("tweet.fields", &TWEET_FIELDS)?;
        let newer = query.list("post.fields", &TWEET_FIELDS)?;
        let posts_dialect = !newer.is_empty();
        names.extend(newer);
        Ok(Self { names, posts_dialect })
    }

    /// The post as `reader` (a user id) may see it, and partial errors for what is hidden.
    pub(crate) fn show(&self, world: &World, post: &Post, reader: &str, now_ms: i64) -> (Value, Vec<Value>) {
        let carried = carried(world, &post.media);
        let shown = shown(&post.id, &post.text, carried.as_ref());
        let history = if self.posts_dialect { "edit_history_post_ids" } else { "edit_history_tweet_ids" };
        let mut fields = Map::new();
        fields.insert("id".to_owned(), json!(post.id));
        fields.insert("text".to_owned(), json!(shown.text));
        fields.insert(history.to_owned(), json!([post.id]));
        let parent = post.reply_to.as_ref().and_then(|id| world.posts.find(Platform::X, id));
        let private = post.account == reader && now_ms - post.accepted_at_ms <= PRIVATE_METRICS_MS;
        let mut errors = Vec::new();
        for name in &self.names {
            let value = match name.as_str() {
                "attachments" => match &carried {
                    Some(carried) => json!({"media_keys": carried.keys}),
                    None => continue,
                },
                "author_id" => json!(post.account),
                "conversation_id" => json!(conversation(world, post)),
                "created_at" => json!(rfc3339(post.accepted_at_ms)),
                "entities" if shown.urls.is_empty() => continue,
                "entities" => json!({"urls": shown.urls}),
                "in_reply_to_user_id" => match parent {
                    Some(parent) => json!(parent.account),
                    None => continue,
                },
                "referenced_tweets" => match &post.reply_to {
                    Some(id) => json!([{"type": "replied_to", "id": id}]),
                    None => continue,
                },
                "lang" => json!("und"),
                "possibly_sensitive" => json!(false),
                "made_with_ai" | "paid_partnership" | "reply_settings" => post.extra[name].clone(),
                "public_metrics" => Metrics::of(world, post).public(self.posts_dialect),
                "non_public_metrics" | "organic_metrics" if !private => {
                    errors.push(hidden_field(name, &post.id));
                    continue;
                }
                "non_public_metrics" => Metrics::of(world, post).non_public(),
                "organic_metrics" => Metrics::of(world, post).organic(self.posts_dialect),
                // Always there, or nothing to show yet.
                _ => continue,
            };
            fields.insert(name.clone(), value);
        }
        (Value::Object(fields), errors)
    }
}

impl Metrics {
    fn of(world: &World, post: &Post) -> Self {
        let replies = world.posts.newest_first().filter(|other| {
            other.platform == Platform::X
                && other.deleted_at_ms.is_none()
                && other.reply_to.as_deref() == Some(post.id.as_str())
        });
        Self { seed: Sha256::digest(&post.id).into(), replies: replies.count() }
    }

    fn number(&self, index: usize) -> u32 {
        u32::from(self.seed[index])
    }

    fn impressions(&self) -> u32 {
        100 + self.number(4) * 10
    }

    fn public(&self, posts_dialect: bool) -> Value {
        let reposts = if posts_dialect { "repost_count" } else { "retweet_count" };
        json!({
            reposts: self.number(0) / 8,
            "reply_count": self.replies,
            "like_count": self.number(1) / 2,
            "quote_count": self.number(2) / 32,
            "bookmark_count": self.number(3) / 16,
            "impression_count": self.impressions(),
        })
    }

    fn non_public(&self) -> Value {
        json!({
            "impression_count": self.impressions(),
            "url_link_clicks": self.number(5) / 8,
            "user_profile_clicks": self.number(6) / 16,
            "engagements": self.number(7),
        })
    }

    fn organic(&self, posts_dialect: bool) -> Value {
        let reposts = if posts_dialect { "repost_count" } else { "retweet_count" };
        json!({
            reposts: self.number(0) / 8,
            "reply_count": self.replies,
            "like_count": self.number(1) / 2,
            "impression_count": self.impressions(),
            "url_link_clicks": self.number(5) / 8,
            "user_profile_clicks": self.number(6) / 16,
        })
    }
}

/// `2026-11-23T13:00:00.000Z`, with milliseconds always.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|at| format!("{at:.3}")).unwrap_or_default()
}

/// The id of the first post of its thread.
fn conversation(world: &World, post: &Post) -> String {
    let mut root = post.id.clone();
    let mut parent = post.reply_to.clone();
    while let Some(id) = parent {
        parent = world.posts.find(Platform::X, &id).and_then(|post| post.reply_to.clone());
        root = id;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_show_milliseconds_even_when_they_are_zero() {
        assert_eq!(rfc3339(1_790_000_000_000), "2026-09-21T14:13:20.000Z");
    }
}
