//! What X makes of a text: every URL a t.co link, and `&`, `<`, `>` escaped.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::house::World;
use crate::media::Kind;
use crate::platform::Platform;
use crate::x::media::media_key;
use crate::x::text;

/// A text as X returns it.
pub(crate) struct Shown {
    /// Escaped, with t.co links.
    pub(crate) text: String,
    /// `entities.urls`, in order; empty without links.
    pub(crate) urls: Vec<Value>,
}

/// The media of a post, as its text and `attachments` tell of them.
pub(crate) struct Carried {
    /// In the post's order.
    pub(crate) keys: Vec<String>,
    video: bool,
    username: String,
}

/// What a post with these media ids carries; `None` without any.
pub(crate) fn carried(world: &World, ids: &[String]) -> Option<Carried> {
    let found: Vec<_> = ids.iter().filter_map(|id| world.media.find(Platform::X, id)).collect();
    let video = found.iter().any(|medium| matches!(medium.kind, Kind::Gif | Kind::Video));
    let author = found.first().and_then(|medium| world.people_of(Platform::X, &medium.account).pop());
    let username = author.map(|author| author.x_username()).unwrap_or_default();
    let keys: Vec<String> = found.into_iter().map(media_key).collect();
    (!keys.is_empty()).then_some(Carried { keys, video, username })
}

/// The text of post `id` as X returns it: with media, one more t.co link stands at the end.
pub(crate) fn shown(id: &str, text: &str, carried: Option<&Carried>) -> Shown {
    let mut shown = String::new();
    let mut urls = Vec::new();
    let (mut at, mut letters) = (0, 0);
    for (number, range) in text::urls(text).into_iter().enumerate() {
        let before = &text[at..range.start];
        let url = &text[range.clone()];
        let link = link(id, number, url);
        shown.push_str(&escaped(before));
        shown.push_str(&link);
        let start = letters + before.chars().count();
        letters = start + link.len();
        at = range.end;
        urls.push(json!({
            "start": start,
            "end": letters,
            "url": link,
            "expanded_url": expanded(url),
            "display_url": displayed(url),
        }));
    }
    shown.push_str(&escaped(&text[at..]));
    if let Some(carried) = carried {
        letters += text[at..].chars().count();
        if !shown.is_empty() {
            shown.push(' ');
            letters += 1;
        }
        let link = link(id, urls.len(), "media");
        shown.push_str(&link);
        let what = if carried.video { "video" } else { "photo" };
        for key in &carried.keys {
            urls.push(json!({
                "start": letters,
                "end": letters + link.len(),
                "url": link,
                "expanded_url": format!("https://x.com/{}/status/{id}/{what}/1", carried.username),
                "display_url": "pic.x.com/media",
                "media_key": key,
            }));
        }
    }
    Shown { text: shown, urls }
}

/// X escapes these three and nothing else.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn link(id: &str, number: usize, url: &str) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = Sha256::digest(format!("{id}/{number}/{url}"));
    let code: String =
        hash.iter().take(10).map(|byte| char::from(LETTERS[usize::from(*byte) % 62])).collect();
    format!("https://t.co/{code}")
}

/// A URL without a scheme is expanded with `http://`.
fn expanded(url: &str) -> String {
    if url.contains("://") { url.to_owned() } else { format!("http://{url}") }
}

/// Without scheme and `www.`, at most 26 characters and an ellipsis.
fn displayed(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    if bare.chars().count() <= 27 {
        return bare.to_owned();
    }
    bare.chars().take(26).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_shortened_and_the_rest_is_escaped() {
        let shown = shown("1", "a & b <c> example.com/x?a=1&b=2 end", None);
        assert!(shown.text.starts_with("a &amp; b &lt;c&gt; https://t.co/"));
        assert!(shown.text.ends_with(" end"));
        assert_eq!(shown.urls.len(), 1);
        assert_eq!(shown.urls[0]["expanded_url"], "http://example.com/x?a=1&b=2");
        assert_eq!(shown.urls[0]["start"], 10);
    }
}
