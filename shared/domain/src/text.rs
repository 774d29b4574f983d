//! The rules for text, platform by platform, and the one function that decides what leaves the house.

use twitter_text::extractor::{Extract, Extractor};
use twitter_text::{ParserBackend, parse_with_parser_backend};
use twitter_text_config::config_v3;

use crate::connection::AccountKind;
use crate::platform::Platform;
use crate::target::{Options, Published, Visibility};

/// The longest text that is looked at, in bytes, whatever the platform: beyond it counting would only cost time.
pub const MAX_TEXT_BYTES: usize = 100_000;

/// A thread has at most this many parts: each is a request and a write of its own.
pub const MAX_PARTS: usize = 25;

/// What is sent to one target, exactly: the preview shows it, the publisher sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The words, before the wire's own escaping: one part, or a thread of them. Never empty.
    pub parts: Vec<String>,
    /// What the platform offers beyond the text.
    pub options: Options,
}

/// What one create request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The words, before the wire's own escaping.
    pub text: &'a str,
    /// What the platform offers beyond the text; who may reply is said once, by the first part.
    pub options: Options,
    /// The platform's name of the part before it, which it replies to; `None` for the first.
    pub reply_to: Option<&'a str>,
}

impl Outgoing {
    /// The part that follows those that are live; `None` when all are.
    pub fn part_after<'a>(&'a self, published: &'a [Published]) -> Option<Part<'a>> {
        let text = self.parts.get(published.len())?;
        let reply_to = published.last().map(|before| before.remote_id.as_str());
        let reply_settings = self.options.reply_settings.filter(|_| reply_to.is_none());
        Some(Part { text, options: Options { reply_settings, ..self.options }, reply_to })
    }
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
pub fn compose(platform: Platform, text: &str, options: Options) -> Outgoing {
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
    let mut parts: Vec<String> =
        parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    if !has_threads(platform) || parts.is_empty() {
        parts = vec![parts.join("\n\n")];
    }
    Outgoing { parts, options }
}

/// Whether a post can go on in a reply to itself.
fn has_threads(platform: Platform) -> bool {
    match platform {
        Platform::LinkedIn => false,
        Platform::X => true,
    }
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
/// X: 15 for each part, 200 for one that contains a URL. Source: <https://docs.x.com/x-api/getting-started/pricing>
/// (read 2026-08-22).
pub fn cost_millidollars(platform: Platform, outgoing: &Outgoing) -> Option<u32> {
    match platform {
        Platform::LinkedIn => None,
        Platform::X => {
            let extractor = Extractor::with_parser_backend(ParserBackend::External);
            let has_url = |part: &String| !extractor.extract_urls_with_indices(part).is_empty();
            let cost = |part| if has_url(part) { 200 } else { 15 };
            Some(outgoing.parts.iter().map(cost).sum())
        }
    }
}

/// Every reason why this platform would certainly refuse what is about to be sent; none means that it may go.
pub fn problems(platform: Platform, kind: AccountKind, outgoing: &Outgoing) -> Vec<TextProblem> {
    let mut problems = Vec::new();
    let parts = &outgoing.parts;
    if parts.iter().map(String::len).sum::<usize>() > MAX_TEXT_BYTES {
        let detail = format!("the text has more than {MAX_TEXT_BYTES} bytes; shorten it");
        problems.push(TextProblem { code: "text_too_long", detail });
        return problems;
    }
    if parts.len() > MAX_PARTS {
        let detail = format!("a thread has at most {MAX_PARTS} parts, this one has {}", parts.len());
        problems.push(TextProblem { code: "too_many_parts", detail });
        return problems;
    }
    for (index, part) in parts.iter().enumerate() {
        let of_part = problems_of_part(platform, part).into_iter().map(|problem| match parts.len() {
            1 => problem,
            _ => TextProblem { detail: format!("part {}: {}", index + 1, problem.detail), ..problem },
        });
        problems.extend(of_part);
        if let Some(twin) = parts[..index].iter().position(|before| before == part) {
            // X refuses what an account has said before, and a thread would end there.
            let detail = format!(
                "part {} says the same as part {}, which {} refuses; change it",
                index + 1,
                twin + 1,
                platform.title()
            );
            problems.push(TextProblem { code: "duplicate_part", detail });
        }
    }
    problems.extend(problems_of_options(platform, kind, outgoing.options));
    problems
}

fn problems_of_part(platform: Platform, text: &str) -> Vec<TextProblem> {
    let title = platform.title();
    let mut problems = Vec::new();
    let mut add = |code, detail| problems.push(TextProblem { code, detail });
    if text.is_empty() {
        add("text_required", format!("{title} needs words; write some"));
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
        Platform::LinkedIn => {}
        Platform::X => {
            if let Some(forbidden) = text.chars().find(|c| matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'))
            {
                let code = u32::from(forbidden);
                add("character_not_allowed", format!("X refuses the character U+{code:04X}; remove it"));
            }
            if cashtags(text) > 1 {
                add("too_many_cashtags", "X allows one cashtag such as $TSLA in a post; keep one".into());
            }
        }
    }
    problems
}

fn problems_of_options(platform: Platform, kind: AccountKind, options: Options) -> Vec<TextProblem> {
    let mut problems = Vec::new();
    let mut add = |code, detail: &str| problems.push(TextProblem { code, detail: detail.into() });
    match platform {
        Platform::LinkedIn => {
            if kind == AccountKind::Organization && options.visibility == Some(Visibility::Connections) {
                let detail = "an organization can publish only with visibility PUBLIC";
                add("visibility_not_allowed", detail);
            }
            if options.reply_settings.is_some() {
                let detail = "replySettings belongs to X; remove it from this target";
                add("option_of_another_platform", detail);
            }
        }
        Platform::X => {
            if options.visibility.is_some() {
                let detail = "visibility belongs to LinkedIn; remove it from this target";
                add("option_of_another_platform", detail);
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
        problems(platform, kind, &compose(platform, text, options))
            .into_iter()
            .map(|problem| problem.code)
            .collect()
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
    fn parts_are_a_thread_on_x_and_joined_by_an_empty_line_elsewhere() {
        let parts = |platform, text| compose(platform, text, Options::default()).parts;
        assert_eq!(parts(Platform::LinkedIn, "one\n---\ntwo\n"), ["one\n\ntwo"]);
        assert_eq!(parts(Platform::X, "one\n---\n\n---\ntwo\n"), ["one", "two"]);
        assert_eq!(parts(Platform::X, "  \n---\n"), [""]);
    }

    #[test]
    fn each_part_replies_to_the_one_before_and_the_first_says_who_may_reply() {
        let options =
            Options { reply_settings: Some(crate::target::ReplySettings::Verified), ..Options::default() };
        let thread = compose(Platform::X, "one\n---\ntwo", options);
        let live = |id: &str| Published { remote_id: id.into(), url: String::new() };
        let first = Part { text: "one", options, reply_to: None };
        assert_eq!(thread.part_after(&[]), Some(first));
        let second = Part { text: "two", options: Options::default(), reply_to: Some("1") };
        assert_eq!(thread.part_after(&[live("1")]), Some(second));
        assert_eq!(thread.part_after(&[live("1"), live("2")]), None);
    }

    #[test]
    fn a_problem_names_its_part() {
        let text = format!("fine\n---\n{}\n---\nfine", "a".repeat(281));
        let thread = compose(Platform::X, &text, Options::default());
        let problems = problems(Platform::X, AccountKind::Person, &thread);
        let told: Vec<_> = problems.iter().map(|it| (it.code, it.detail.as_str())).collect();
        let too_long = "part 2: X takes 280 characters and counts 281; shorten the text by 1";
        let twin = "part 3 says the same as part 1, which X refuses; change it";
        assert_eq!(told, [("text_too_long", too_long), ("duplicate_part", twin)]);
        let many = (0..26).map(|part| part.to_string()).collect::<Vec<_>>().join("\n---\n");
        assert_eq!(codes(Platform::X, AccountKind::Person, &many, Options::default()), ["too_many_parts"]);
    }

    proptest! {
        #[test]
        fn composing_twice_changes_nothing_more(text in "(?s).{0,200}") {
            for platform in Platform::ALL {
                let once = compose(platform, &text, Options::default());
                let again = once.parts.join("\n---\n");
                prop_assert_eq!(&compose(platform, &again, Options::default()), &once);
            }
        }
    }
}
