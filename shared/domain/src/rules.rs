//! What each platform would certainly refuse, or show otherwise than one might think.

use crate::connection::AccountKind;
use crate::exhibiting;
use crate::platform::Platform;
use crate::problem::{About, Problem};
use crate::target::{MediaPlacement, Options, Visibility};
use crate::text::{MAX_PARTS, MAX_TEXT_BYTES, Outgoing, Role, has_url, is_story, length, limit};

/// Every reason why this platform would certainly refuse what is about to be sent, and what is worth knowing about it;
/// without an error among them it may go.
pub fn problems(platform: Platform, kind: AccountKind, outgoing: &Outgoing) -> Vec<Problem> {
    let mut problems = Vec::new();
    let parts = &outgoing.parts;
    if parts.iter().map(String::len).sum::<usize>() > MAX_TEXT_BYTES {
        let detail = format!("the text has more than {MAX_TEXT_BYTES} bytes; shorten it");
        problems.push(Problem::error("text_too_long", About::Text, detail));
        return problems;
    }
    if parts.len() > MAX_PARTS {
        let detail = format!("a thread has at most {MAX_PARTS} parts, this one has {}", parts.len());
        problems.push(Problem::error("too_many_parts", About::Text, detail));
        return problems;
    }
    for (index, part) in parts.iter().enumerate() {
        let of_part = of_part(platform, part, outgoing).into_iter().map(|problem| match parts.len() {
            1 => problem,
            _ => Problem { detail: format!("part {}: {}", index + 1, problem.detail), ..problem },
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
            problems.push(Problem::error("duplicate_part", About::Text, detail));
        }
    }
    problems.extend(of_options(platform, kind, &outgoing.options));
    problems.extend(of_comment(platform, outgoing));
    problems.extend(exhibiting::problems(platform, &outgoing.options, &outgoing.media));
    problems
}

fn of_part(platform: Platform, text: &str, outgoing: &Outgoing) -> Vec<Problem> {
    let title = platform.title();
    let mut problems = Vec::new();
    let mut error = |code, detail| problems.push(Problem::error(code, About::Text, detail));
    if text.is_empty() && needs_words(platform, outgoing) {
        error("text_required", format!("{title} needs words; write some"));
    }
    let (length, limit) = (length(platform, text), limit(platform, Role::Post));
    if length > limit {
        let more = length - limit;
        let detail =
            format!("{title} takes {limit} characters and counts {length}; shorten the text by {more}");
        error("text_too_long", detail);
    }
    match platform {
        Platform::LinkedIn | Platform::Facebook => {}
        Platform::X => {
            if let Some(forbidden) = text.chars().find(|c| matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'))
            {
                let code = u32::from(forbidden);
                error("character_not_allowed", format!("X refuses the character U+{code:04X}; remove it"));
            }
            if cashtags(text) > 1 {
                error("too_many_cashtags", "X allows one cashtag such as $TSLA in a post; keep one".into());
            }
            if has_url(text) {
                let detail =
                    "X charges 20 cents for a post with a link, instead of 1.5; example.com is a link too";
                problems.push(Problem::warning("link_costs_more", About::Text, detail));
            }
        }
        Platform::Instagram => {
            let marks = |mark: char| {
                let words =
                    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.') || c == mark));
                words.filter(|word| word.len() > 1 && word.starts_with(mark)).count()
            };
            if marks('#') > MAX_HASHTAGS {
                error("too_many_hashtags", format!("Instagram takes {MAX_HASHTAGS} hashtags; remove some"));
            }
            if marks('@') > MAX_MENTIONS {
                error("too_many_mentions", format!("Instagram takes {MAX_MENTIONS} mentions; remove some"));
            }
        }
    }
    problems
}

/// Source: <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media>
/// (read 2026-11).
const MAX_HASHTAGS: usize = 30;

/// As [`MAX_HASHTAGS`].
const MAX_MENTIONS: usize = 20;

/// Whether files, or a link, do not say enough. LinkedIn's `commentary` is a required field.
fn needs_words(platform: Platform, outgoing: &Outgoing) -> bool {
    match platform {
        Platform::LinkedIn => true,
        Platform::X => outgoing.media.is_empty() || outgoing.parts.len() > 1,
        Platform::Facebook => outgoing.media.is_empty() && outgoing.options.link.is_none(),
        // Without files it is refused for that.
        Platform::Instagram => false,
    }
}

fn of_comment(platform: Platform, outgoing: &Outgoing) -> Option<Problem> {
    let words = outgoing.first_comment.as_ref()?;
    if is_story(platform, &outgoing.options) {
        let detail = "a story takes no comments; remove firstComment";
        return Some(Problem::error("comment_not_allowed", About::Options, detail));
    }
    let (length, limit) = (length(platform, words), limit(platform, Role::Comment));
    (length > limit).then(|| {
        let title = platform.title();
        let detail = format!("{title} takes {limit} characters in a comment and counts {length}; shorten it");
        Problem::error("comment_too_long", About::Options, detail)
    })
}

fn of_options(platform: Platform, kind: AccountKind, options: &Options) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut foreign = |is_there: bool, name: &str, takers: &[Platform]| {
        if is_there && !takers.contains(&platform) {
            let names: Vec<&str> = takers.iter().map(|taker| taker.title()).collect();
            let detail = format!("{name} belongs to {}; remove it from this target", names.join(" and "));
            problems.push(Problem::error("option_of_another_platform", About::Options, detail));
        }
    };
    use Platform::{Facebook, Instagram, LinkedIn, X};
    foreign(options.visibility.is_some(), "visibility", &[LinkedIn]);
    foreign(options.link.is_some(), "link", &[LinkedIn, Facebook]);
    foreign(options.first_comment.is_some(), "firstComment", &[LinkedIn, Facebook, Instagram]);
    foreign(options.reply_settings.is_some(), "replySettings", &[X]);
    foreign(options.thread_numbering.is_some(), "threadNumbering", &[X]);
    foreign(options.on_thread_failure.is_some(), "onThreadFailure", &[X]);
    foreign(options.media_kind.is_some(), "mediaKind", &[Facebook, Instagram]);
    if let Some(link) = options.link.as_ref() {
        let is_card = link.title.is_some() || link.description.is_some();
        foreign(is_card, "a title or description of a link", &[LinkedIn]);
    }
    let mut error = |code, detail: &str| problems.push(Problem::error(code, About::Options, detail));
    if kind == AccountKind::Organization && options.visibility == Some(Visibility::Connections) {
        error("visibility_not_allowed", "an organization can publish only with visibility PUBLIC");
    }
    if platform == Facebook && options.media_kind == Some(MediaPlacement::Stories) {
        error("media_kind_not_allowed", "Belfry publishes to a Page's feed and reels; write FEED or REELS");
    }
    if let Some(link) = options.link.as_ref() {
        if !is_web_address(&link.url) {
            error("invalid_link", "a link begins with https:// or http:// and names a host");
        }
        if platform == LinkedIn && link.title.as_deref().is_none_or(|title| title.trim().is_empty()) {
            let detail =
                "LinkedIn looks nothing up: give the link a title, or write the address into the text";
            error("link_title_required", detail);
        }
    }
    problems
}

/// Whether it leads to a page of the web. Nothing is fetched.
fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let is_clean = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    is_clean && url.len() <= 2_000 && host.contains('.') && !host.contains('@')
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
    use super::*;
    use crate::post::Attachment;
    use crate::target::Link;
    use crate::text::compose;

    fn codes(platform: Platform, kind: AccountKind, text: &str, options: &Options) -> Vec<&'static str> {
        let media = match platform {
            Platform::LinkedIn | Platform::X | Platform::Facebook => vec![],
            Platform::Instagram => vec![Attachment::example("a.jpg")],
        };
        problems(platform, kind, &compose(platform, text, options, &media))
            .into_iter()
            .map(|it| it.code)
            .collect()
    }

    fn of_person(platform: Platform, text: &str) -> Vec<&'static str> {
        codes(platform, AccountKind::Person, text, &Options::default())
    }

    #[test]
    fn a_text_of_exactly_the_limit_may_go_and_one_more_may_not() {
        for platform in [Platform::LinkedIn, Platform::Facebook, Platform::Instagram] {
            let limit = limit(platform, Role::Post);
            assert!(of_person(platform, &"a".repeat(limit)).is_empty());
            assert_eq!(of_person(platform, &"a".repeat(limit + 1)), ["text_too_long"]);
        }
    }

    #[test]
    fn an_option_of_another_platform_is_named() {
        let options = Options {
            visibility: Some(Visibility::Connections),
            media_kind: Some(MediaPlacement::Reels),
            ..Options::default()
        };
        let foreign = "option_of_another_platform";
        assert_eq!(codes(Platform::X, AccountKind::Person, "hi", &options), [foreign, foreign]);
        assert_eq!(
            codes(Platform::LinkedIn, AccountKind::Organization, "hi", &options),
            [foreign, "visibility_not_allowed"]
        );
        let stories = Options { media_kind: Some(MediaPlacement::Stories), ..Options::default() };
        assert_eq!(codes(Platform::Facebook, AccountKind::Page, "hi", &stories), ["media_kind_not_allowed"]);
    }

    #[test]
    fn a_second_cashtag_is_named_and_a_link_is_told_to_cost_more() {
        assert_eq!(of_person(Platform::X, "$TSLA, and $AAPL."), ["too_many_cashtags"]);
        assert_eq!(of_person(Platform::X, "see example.com"), ["link_costs_more"]);
    }

    #[test]
    fn linkedin_needs_a_headline_and_nobody_takes_a_link_that_leads_nowhere() {
        let link = |url: &str, title: Option<&str>| {
            let link = Link { url: url.into(), title: title.map(str::to_owned), description: None };
            Options { link: Some(link), ..Options::default() }
        };
        let codes = |platform, options| codes(platform, AccountKind::Person, "hi", &options);
        assert!(codes(Platform::LinkedIn, link("https://example.com/a", Some("A"))).is_empty());
        assert_eq!(codes(Platform::LinkedIn, link("https://example.com/a", None)), ["link_title_required"]);
        assert!(codes(Platform::Facebook, link("https://example.com/a", None)).is_empty());
        let card = link("https://example.com/a", Some("A"));
        assert_eq!(codes(Platform::Facebook, card), ["option_of_another_platform"]);
        for bad in
            ["example.com", "javascript:alert(1)", "https://a b.com", "https://", "https://u:p@example.com"]
        {
            assert_eq!(codes(Platform::Facebook, link(bad, None)), ["invalid_link"], "{bad}");
        }
    }

    #[test]
    fn a_comment_that_is_too_long_or_below_a_story_is_refused() {
        let with = |words: &str, media_kind| Options {
            first_comment: Some(words.into()),
            media_kind,
            ..Options::default()
        };
        let codes = |platform, options| codes(platform, AccountKind::Business, "hi", &options);
        assert_eq!(codes(Platform::LinkedIn, with(&"a".repeat(1_251), None)), ["comment_too_long"]);
        assert!(codes(Platform::LinkedIn, with(&"a".repeat(1_250), None)).is_empty());
        let story = with("hi", Some(MediaPlacement::Stories));
        assert!(codes(Platform::Instagram, story).contains(&"comment_not_allowed"));
    }

    #[test]
    fn instagram_counts_hashtags_and_mentions() {
        assert!(of_person(Platform::Instagram, &"#a ".repeat(30)).is_empty());
        assert_eq!(of_person(Platform::Instagram, &"#a ".repeat(31)), ["too_many_hashtags"]);
        assert_eq!(of_person(Platform::Instagram, &"@a ".repeat(21)), ["too_many_mentions"]);
    }

    #[test]
    fn a_text_beyond_one_part_is_a_thread_and_no_problem() {
        assert!(of_person(Platform::X, &"word ".repeat(100)).is_empty());
    }

    #[test]
    fn a_problem_names_its_part() {
        let text = format!("fine\n---\n$A $B {}\n---\nfine", "a");
        let thread = compose(Platform::X, &text, &Options::default(), &[]);
        let problems = problems(Platform::X, AccountKind::Person, &thread);
        let told: Vec<_> = problems.iter().map(|it| (it.code, it.detail.as_str())).collect();
        let tags = "part 2: X allows one cashtag such as $TSLA in a post; keep one";
        let twin = "part 3 says the same as part 1, which X refuses; change it";
        assert_eq!(told, [("too_many_cashtags", tags), ("duplicate_part", twin)]);
        let many = (0..26).map(|part| part.to_string()).collect::<Vec<_>>().join("\n---\n");
        assert_eq!(of_person(Platform::X, &many), ["too_many_parts"]);
    }
}
