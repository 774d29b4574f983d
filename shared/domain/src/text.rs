//! The rules for text, platform by platform, and the one function that decides what leaves the house.

use twitter_text::extractor::{Extract, Extractor};
use twitter_text::{ParserBackend, parse_with_parser_backend};
use twitter_text_config::config_v3;

use crate::connection::AccountKind;
use crate::platform::Platform;
use crate::target::{Options, Visibility};

/// The longest text that is looked at, in bytes, whatever the platform: beyond it counting would only cost time.
pub const MAX_TEXT_BYTES: usize = 100_000;

/// What is sent to one target, exactly: the preview shows it, the publisher sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The words, before the wire's own escaping.
    pub text: String,
    /// What the platform offers beyond the text.
    pub options: Options,
}

/// A reason why a platform would certainly refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextProblem {
    /// Stable, snake_case.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: String,
}

/// What is sent to this platform for this text.
///
/// A line that holds only `---` separates parts; where a platform has no threads they are joined by an empty line.
pub fn compose(text: &str, options: Options) -> Outgoing {
    let mut parts = vec![String::new()];
    for line in text.trim().lines() {
        if line.trim() == "---" {
            parts.push(String::new());
        } else {
            let part = parts.last_mut().expect("there is always a part");
            part.push_str(line.trim_end_matches('\r'));
            part.push('\n');
        }
    }
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    Outgoing { text: parts.join("\n\n"), options }
}

/// How long the platform finds this text, in its own unit.
///
/// - LinkedIn counts UTF-16 code units (assumed: the Posts API names `FIELD_LENGTH_TOO_LONG` and no unit; the stricter
///   reading is taken).
/// - X counts weighted characters by its own configuration v3: a URL is 23 whether or not it has a scheme, an emoji 2,
///   CJK 2. Source: <https://docs.x.com/fundamentals/counting-characters> (read 2026-08-22).
pub fn length(platform: Platform, text: &str) -> usize {
    match platform {
        Platform::LinkedIn => text.encode_utf16().count(),
        Platform::X => {
            let result = parse_with_parser_backend(text, config_v3(), true, ParserBackend::External);
            usize::try_from(result.weighted_length).unwrap_or(usize::MAX)
        }
    }
}

/// The longest text that the platform takes, in the unit of [`length`].
///
/// - LinkedIn: 3,000 (help pages and practice; the API pages publish no number).
/// - X: 280 for everybody. Source: <https://docs.x.com/fundamentals/counting-characters> (read 2026-08-22).
pub fn limit(platform: Platform) -> usize {
    match platform {
        Platform::LinkedIn => 3_000,
        Platform::X => 280,
    }
}

/// What the platform charges for this post, in thousandths of a dollar; `None` where posting is free.
///
/// X: 15 for a post, 200 for one that contains a URL. Source: <https://docs.x.com/x-api/getting-started/pricing>
/// (read 2026-08-22).
pub fn cost_millidollars(platform: Platform, outgoing: &Outgoing) -> Option<u32> {
    match platform {
        Platform::LinkedIn => None,
        Platform::X => {
            let extractor = Extractor::with_parser_backend(ParserBackend::External);
            let has_url = !extractor.extract_urls_with_indices(&outgoing.text).is_empty();
            Some(if has_url { 200 } else { 15 })
        }
    }
}

/// Every reason why this platform would certainly refuse what is about to be sent; none means that it may go.
pub fn problems(platform: Platform, kind: AccountKind, outgoing: &Outgoing) -> Vec<TextProblem> {
    let title = platform.title();
    let text = &outgoing.text;
    let mut problems = Vec::new();
    let mut add = |code, detail| problems.push(TextProblem { code, detail });
    if text.is_empty() {
        add("text_required", format!("{title} needs words; write some"));
    }
    if text.len() > MAX_TEXT_BYTES {
        add("text_too_long", format!("the text has more than {MAX_TEXT_BYTES} bytes; shorten it"));
        return problems;
    }
    let (length, limit) = (length(platform, text), limit(platform));
    if length > limit {
        add(
            "text_too_long",
            format!(
                "{title} takes {limit} characters and counts {length}; shorten the text by {}",
                length - limit
            ),
        );
    }
    match platform {
        Platform::LinkedIn => {
            if kind == AccountKind::Organization
                && outgoing.options.visibility == Some(Visibility::Connections)
            {
                add(
                    "visibility_not_allowed",
                    "an organization can publish only with visibility PUBLIC".into(),
                );
            }
            if outgoing.options.reply_settings.is_some() {
                add(
                    "option_of_another_platform",
                    "replySettings belongs to X; remove it from this target".into(),
                );
            }
        }
        Platform::X => {
            if let Some(forbidden) = text.chars().find(|c| matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'))
            {
                let code = u32::from(forbidden);
                add("character_not_allowed", format!("X refuses the character U+{code:04X}; remove it"));
            }
            if cashtags(text) > 1 {
                add("too_many_cashtags", "X allows one cashtag such as $TSLA in a post; keep one".into());
            }
            if outgoing.options.visibility.is_some() {
                add(
                    "option_of_another_platform",
                    "visibility belongs to LinkedIn; remove it from this target".into(),
                );
            }
        }
    }
    problems
}

/// How many cashtags (`$` and one to six letters, standing alone) X sees.
///
/// Source: the one-cashtag rule for pay-per-use apps, <https://docs.x.com/x-api/posts/manage-tweets/integrate>
/// (read 2026-08-22).
fn cashtags(text: &str) -> usize {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix('$'))
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_punctuation()))
        .filter(|tag| (1..=6).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphabetic()))
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(platform: Platform, kind: AccountKind, text: &str, options: Options) -> Vec<&'static str> {
        problems(platform, kind, &compose(text, options)).into_iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn x_counts_as_its_own_library_does() {
        let vectors = [
            ("H🐱☺👨‍👩‍👧‍👦", 7),
            ("🙋🏽👨‍🎤", 4),
            ("1⃣", 2),
            ("Hi http://test.co", 26),
            ("example.com and https://example.com/very/long/path?x=1", 51),
            ("故人西辞", 8),
            ("ÁB", 2),
            ("…—“x”", 6),
            ("a.co b.io", 47),
            ("...foo.com", 10),
            ("#rust @alice $TSLA", 18),
        ];
        for (text, weight) in vectors {
            assert_eq!(length(Platform::X, text), weight, "{text}");
        }
    }

    #[test]
    fn a_text_of_exactly_the_limit_may_go_and_one_more_may_not() {
        let none = Options::default();
        assert!(codes(Platform::X, AccountKind::Person, &"a".repeat(280), none).is_empty());
        assert_eq!(codes(Platform::X, AccountKind::Person, &"a".repeat(281), none), ["text_too_long"]);
        assert!(codes(Platform::LinkedIn, AccountKind::Person, &"a".repeat(3000), none).is_empty());
        assert_eq!(
            codes(Platform::LinkedIn, AccountKind::Person, &"a".repeat(3001), none),
            ["text_too_long"]
        );
    }

    #[test]
    fn an_option_of_another_platform_and_a_second_cashtag_are_named() {
        let options = Options { visibility: Some(Visibility::Connections), reply_settings: None };
        assert_eq!(codes(Platform::X, AccountKind::Person, "hi", options), ["option_of_another_platform"]);
        assert_eq!(
            codes(Platform::LinkedIn, AccountKind::Organization, "hi", options),
            ["visibility_not_allowed"]
        );
        assert!(codes(Platform::LinkedIn, AccountKind::Person, "hi", options).is_empty());
        let tags = codes(Platform::X, AccountKind::Person, "$TSLA, and $AAPL.", Options::default());
        assert_eq!(tags, ["too_many_cashtags"]);
    }

    #[test]
    fn parts_are_joined_by_an_empty_line() {
        assert_eq!(compose("one\n---\ntwo\n", Options::default()).text, "one\n\ntwo");
        assert_eq!(compose("  \n", Options::default()).text, "");
    }

    proptest! {
        #[test]
        fn composing_twice_changes_nothing_more(text in "(?s).{0,200}") {
            let once = compose(&text, Options::default());
            prop_assert_eq!(&compose(&once.text, Options::default()), &once);
        }
    }
}
