//! Reads the account's newest posts back, to find the one whose creation nobody confirmed.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Look, Receipt};
use domain::secret::Secret;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::refusal::{of_read, silent_read, unreadable};
use crate::x::id::{first_at, is_id};
use crate::x::{PLATFORM, XPublisher, errors, receipt};

/// How far X's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Timeline {
    data: Option<Vec<Post>>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    result_count: u32,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    text: String,
    #[serde(default, alias = "referenced_posts")]
    referenced_tweets: Vec<Reference>,
    #[serde(default)]
    entities: Entities,
    #[serde(default)]
    attachments: Attachments,
}

#[derive(Default, Deserialize)]
struct Attachments {
    #[serde(default)]
    media_keys: Vec<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Default, Deserialize)]
struct Entities {
    #[serde(default)]
    urls: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    url: String,
    expanded_url: Option<String>,
    media_key: Option<String>,
}

/// Every post of the account since the attempt with these words, newest first.
///
/// One page is everything: it holds 100, which is also what an account may post in 15 minutes. Reading costs money by
/// the post returned, and `since_id` keeps those few.
pub(super) async fn read_back(
    x: &XPublisher,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let since = first_at(look.since - SKEW);
    let query = [
        ("max_results", "100"),
        ("since_id", &since.to_string()),
        ("exclude", "retweets"),
        ("tweet.fields", "created_at,referenced_tweets,entities,attachments"),
    ];
    let url = x.api.with_query(&format!("/2/users/{}/tweets", account.id), &query);
    let request = x.wire.get(url).bearer_auth(access.expose());
    let answer =
        x.wire.send(request, within, &[access]).await.map_err(|silence| silent_read(PLATFORM, silence))?;
    if !answer.status.is_success() {
        return Err(of_read(PLATFORM, errors::of(&answer)));
    }
    let timeline: Timeline = answer.json().ok_or_else(|| unreadable(PLATFORM))?;
    let posts = match (timeline.data, timeline.meta) {
        (Some(posts), _) => posts,
        (None, Some(Meta { result_count: 0 })) => Vec::new(),
        // Neither posts nor the word that there are none: this proves nothing.
        (None, _) => return Err(unreadable(PLATFORM)),
    };
    let wanted = canonical(look.part.text);
    let mut found: Vec<&Post> = posts
        .iter()
        .filter(|post| is_id(&post.id) && post.replies_to() == look.part.reply_to && post.words() == wanted)
        // Of posts without words there may be several.
        .filter(|post| !wanted.is_empty() || post.shows(look.part.handles))
        .collect();
    found.sort_by_key(|post| std::cmp::Reverse(post.id.parse::<u64>().unwrap_or(0)));
    let receipts = found.into_iter().map(|post| receipt(account, &post.id, answer.at));
    Ok(receipts.filter(|receipt| receipt.accepted_at.is_some_and(|at| at >= look.since - SKEW)).collect())
}

impl Post {
    /// What it is an answer to. (A quote is none, and may be ours: X makes one of a post's URL.)
    fn replies_to(&self) -> Option<&str> {
        let parent = self.referenced_tweets.iter().find(|reference| reference.kind == "replied_to");
        parent.map(|reference| reference.id.as_str())
    }

    /// Whether it shows these files: a media key is a number for the kind, `_`, and the media id.
    fn shows(&self, handles: &[String]) -> bool {
        let has = |id: &String| {
            self.attachments.media_keys.iter().any(|key| key.rsplit_once('_').is_some_and(|(_, of)| of == id))
        };
        !handles.is_empty() && handles.iter().all(has)
    }

    /// The words as their author wrote them: X hands out `&`, `<` and `>` as HTML entities and every link as `t.co`, and
    /// puts a link to the files behind the words.
    fn words(&self) -> String {
        // The ampersand comes last, so that a written `&lt;`, which is sent as `&amp;lt;`, stays what it was.
        let mut text = self.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        for link in &self.entities.urls {
            if link.is_to_own_files() {
                text = text.replace(&link.url, "");
            } else if let Some(expanded) = &link.expanded_url {
                text = text.replace(&link.url, expanded);
            }
        }
        canonical(&text)
    }
}

impl Link {
    /// Whether X put it there, because the post shows files.
    fn is_to_own_files(&self) -> bool {
        let leads_to = |part: &str| self.expanded_url.as_deref().is_some_and(|url| url.contains(part));
        self.media_key.is_some() || (leads_to("/status/") && (leads_to("/photo/") || leads_to("/video/")))
    }
}

/// What two texts are compared by. A scheme counts for nothing, because X puts one before a link that has none.
fn canonical(text: &str) -> String {
    let composed: String = text.trim().nfc().collect();
    composed.replace("https://", "").replace("http://", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(json: &str) -> Post {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_text_is_recognised_through_entities_links_and_composition() {
        let read = post(
            r#"{"id": "1", "text": "Caf\u0065\u0301 &amp; &lt;b&gt; &amp;lt; https://t.co/abc https://t.co/abd ",
                "entities": {"urls": [
                    {"url": "https://t.co/abc", "expanded_url": "https://example.com/a?b=c&d"},
                    {"url": "https://t.co/abd", "expanded_url": "http://example.org"}]}}"#,
        );
        assert_eq!(read.words(), canonical("Café & <b> &lt; https://example.com/a?b=c&d example.org"));
        assert_ne!(read.words(), canonical("Café & <b> < https://example.com/a?b=c&d example.org"));
    }

    #[test]
    fn the_link_to_its_own_files_is_none_of_a_posts_words() {
        let read = post(
            r#"{"id": "1", "text": "bells https://t.co/a https://t.co/m",
                "attachments": {"media_keys": ["3_70", "3_71"]},
                "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://example.com/a"},
                    {"url": "https://t.co/m", "expanded_url": "https://x.com/ada/status/1/photo/1"},
                    {"url": "https://t.co/m", "expanded_url": "https://x.com/ada/status/1", "media_key": "3_71"}]}}"#,
        );
        assert_eq!(read.words(), canonical("bells https://example.com/a"));
        let shows = |ids: &[&str]| read.shows(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert!(shows(&["70", "71"]) && shows(&["71"]));
        assert!(!shows(&["70", "7"]) && !shows(&[]));
    }

    #[test]
    fn a_post_says_what_it_answers_and_a_quote_answers_nothing() {
        let of_kind = |kind: &str| {
            post(&format!(r#"{{"id":"1","text":"a","referenced_tweets":[{{"type":"{kind}","id":"2"}}]}}"#))
        };
        assert_eq!(of_kind("replied_to").replies_to(), Some("2"));
        assert_eq!(of_kind("quoted").replies_to(), None);
        let newer = r#"{"id":"1","text":"a","referenced_posts":[{"type":"replied_to","id":"3"}]}"#;
        assert_eq!(post(newer).replies_to(), Some("3"));
    }
}
