//! LinkedIn's names for posts, and what they say.

use std::time::Duration;

use domain::ports::Receipt;
use domain::target::Published;
use jiff::Timestamp;

/// The kinds of URN that name something live.
const KINDS: [&str; 3] = ["share", "ugcPost", "activity"];

/// No post is older than this: 2012-01-01. Ids from before did not carry their time.
const FIRST_POST_MS: i64 = 1_325_376_000_000;

/// The first `urn:li:(share|ugcPost|activity):N` in `text`. URNs of other kinds prove nothing and are passed over.
pub(super) fn first_in(text: &str) -> Option<&str> {
    text.match_indices("urn:li:").find_map(|(start, prefix)| {
        let rest = &text[start + prefix.len()..];
        let (kind, id) = rest.split_once(':')?;
        let digits = id.bytes().take_while(u8::is_ascii_digit).count();
        let known = KINDS.contains(&kind) && (1..=19).contains(&digits);
        known.then(|| &text[start..start + prefix.len() + kind.len() + 1 + digits])
    })
}

/// `text`, if it is the name of a post and nothing else.
pub(super) fn whole(text: &str) -> Option<&str> {
    first_in(text).filter(|urn| *urn == text)
}

/// The post and the number in the name of a comment, `urn:li:comment:(urn:li:activity:1,2)`.
pub(super) fn of_comment(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("urn:li:comment:(")?.strip_suffix(')')?;
    let (post, id) = inner.split_once(',')?;
    Some((whole(post)?, number(id)?))
}

/// `text`, if it is a number such as LinkedIn gives out.
pub(super) fn number(text: &str) -> Option<&str> {
    let is_one = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then_some(text)
}

/// A URN as Rest.li wants it within a path or a query. Ours hold no other character that would have to be written
/// otherwise.
pub(super) fn encoded(urn: &str) -> String {
    urn.replace(':', "%3A")
}

/// Where people see the post of this name.
pub(super) fn address(urn: &str) -> String {
    format!("https://www.linkedin.com/feed/update/{urn}/")
}

/// The post of this name. `now` is when we heard of it.
pub(super) fn receipt(urn: &str, now: Timestamp) -> Receipt {
    let published = Published { remote_id: urn.to_owned(), url: address(urn) };
    Receipt { published, accepted_at: made_at(urn, now) }
}

/// When LinkedIn gave out this id: its bits above the lowest 22 are Unix milliseconds. That is known practice and no
/// promise, so a time before LinkedIn's feed or after `now` is not believed.
pub(super) fn made_at(urn: &str, now: Timestamp) -> Option<Timestamp> {
    let (_, id) = urn.rsplit_once(':')?;
    let millis = id.parse::<i64>().ok()? >> 22;
    let at = Timestamp::from_millisecond(millis).ok()?;
    (millis >= FIRST_POST_MS && at <= now + Duration::from_secs(60)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_post_is_proof() {
        assert_eq!(
            first_in("a duplicate of urn:li:share:7295588489876647936"),
            Some("urn:li:share:7295588489876647936")
        );
        assert_eq!(first_in("(urn:li:person:1,urn:li:ugcPost:22)"), Some("urn:li:ugcPost:22"));
        assert_eq!(first_in("urn:li:activity:3."), Some("urn:li:activity:3"));
        for nothing in ["urn:li:person:1", "urn:li:share:", "urn:li:share:x", "urn:li:sharePost:1", ""] {
            assert_eq!(first_in(nothing), None, "{nothing}");
        }
        assert_eq!(whole("urn:li:share:1"), Some("urn:li:share:1"));
        assert_eq!(whole("urn:li:share:1/"), None);
        assert_eq!(whole(" urn:li:share:1"), None);
    }

    #[test]
    fn the_name_of_a_comment_holds_its_post() {
        let urn = "urn:li:comment:(urn:li:activity:11,22)";
        assert_eq!(of_comment(urn), Some(("urn:li:activity:11", "22")));
        for none in ["urn:li:comment:(urn:li:person:11,22)", "urn:li:comment:(urn:li:activity:11)", "22", ""]
        {
            assert_eq!(of_comment(none), None, "{none}");
        }
        assert_eq!((number("22"), number("2/2"), number("")), (Some("22"), None, None));
    }

    #[test]
    fn an_id_says_when_it_was_made_if_that_can_be() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let made = made_at("urn:li:share:7295588489876647936", now).unwrap();
        assert_eq!(made.to_string(), "2025-02-12T23:44:01.466Z");
        assert_eq!(made_at("urn:li:share:12", now), None);
        assert_eq!(made_at("urn:li:share:9223372036854775807", now), None);
    }
}
