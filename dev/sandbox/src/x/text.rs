//! How X counts text (twitter-text configuration v3), counted here independently of the `twitter-text` crate.
//!
//! Production counts with that crate. This one is built from the rules alone on `tld` (which domains exist),
//! `emojis` (which sequences are one emoji) and Unicode normalization, so that one mistake cannot hide the
//! other. Source: twitter/twitter-text `config/v3.json` and its URL grammar.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// What a text may weigh.
pub(crate) const LIMIT: usize = 280;
/// What a text of a Premium author may weigh.
pub(crate) const PREMIUM_LIMIT: usize = 25_000;

const URL_WEIGHT: usize = 23;
/// The longest emoji has ten code points.
const LONGEST_EMOJI: usize = 10;
const LABEL_LIMIT: usize = 63;

// A domain after `http://` may be in any script; without a scheme only Latin letters count.
static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    let any = r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?";
    let latin = "[a-z0-9\u{c0}-\u{24f}](?:[a-z0-9_\u{c0}-\u{24f}-]*[a-z0-9\u{c0}-\u{24f}])?";
    regex(&format!(r"(?i)(?P<scheme>https?://)(?:{any}\.)+{any}|(?:{latin}\.)+{latin}"))
});

// Port, path and query that follow a domain, as the grammar has them.
static REST: LazyLock<Regex> = LazyLock::new(|| {
    let letters = "a-z\u{400}-\u{4ff}0-9\u{c0}-\u{24f}";
    let path = format!(r"[{letters}!*';:=+,.$/%#\[\]\-\u{{2013}}_~@|&]");
    let parens = format!(r"\((?:{path}+|{path}*\({path}+\){path}*)\)");
    let end = format!(r"(?:[+\-{letters}=_#/]|{parens})");
    let segment = format!(r"(?:(?:{path}*(?:{parens}{path}*)*{end})|(?:@{path}+/))");
    let query = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]";
    regex(&format!(r"(?i)^(?::[0-9]+)?(?:/{segment}*)?(?:{query})?"))
});

static CASHTAG: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)^\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?:$|[^a-z0-9_$])"));

/// The weight of a text: 1 for most of Latin, 2 for most other characters and every emoji, 23 for a URL.
pub(crate) fn weight(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let mut urls = urls(&text).into_iter().peekable();
    let (mut at, mut weight) = (0, 0);
    while at < text.len() {
        if let Some(url) = urls.next_if(|url| url.start == at) {
            weight += URL_WEIGHT;
            at = url.end;
            continue;
        }
        let rest = &text[at..];
        match emoji_at(rest) {
            Some(length) => {
                weight += 2;
                at += length;
            }
            None => {
                let letter = rest.chars().next().expect("the rest is not empty");
                weight += letter_weight(letter);
                at += letter.len_utf8();
            }
        }
    }
    weight
}

/// Whether it holds a character that X refuses.
pub(crate) fn has_forbidden_character(text: &str) -> bool {
    text.contains(['\u{fffe}', '\u{feff}', '\u{ffff}'])
}

/// How many cashtags such as `$TSLA` it holds: each stands at the beginning or after a space.
pub(crate) fn cashtags(text: &str) -> usize {
    text.split_whitespace().filter(|word| CASHTAG.is_match(word)).count()
}

/// Whether it mentions `@username`.
pub(crate) fn mentions(text: &str, username: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.char_indices().filter(|(_, letter)| *letter == '@').any(|(at, _)| {
        let name: String = text[at + 1..].chars().take_while(|letter| is_part(*letter)).collect();
        let apart = !text[..at].ends_with(|letter: char| is_part(letter) || letter == '@');
        apart && name.eq_ignore_ascii_case(username)
    })
}

/// Where the URLs stand, in bytes and in order; those without a scheme count too.
pub(crate) fn urls(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(candidate) = DOMAIN.captures_at(text, at) {
        let whole = candidate.get(0).expect("group 0 is the match").range();
        let scheme = candidate.name("scheme").map_or(0, |scheme| scheme.len());
        let domain_at = whole.start + scheme;
        let length = domain_length(&text[domain_at..whole.end], text[whole.end..].chars().next());
        match length.filter(|_| may_begin(&text[..whole.start], scheme > 0)) {
            Some(length) => {
                let domain_end = domain_at + length;
                let rest = REST.find(&text[domain_end..]).map_or(0, |rest| rest.len());
                at = domain_end + rest;
                found.push(whole.start..at);
            }
            // A URL that may not begin here may still begin after the scheme's letters or at the next label.
            None => at = if scheme > 0 { domain_at } else { whole.end },
        }
    }
    found
}

fn may_begin(before: &str, has_scheme: bool) -> bool {
    let Some(last) = before.chars().next_back() else { return true };
    let glued = last.is_ascii_alphanumeric()
        || matches!(last, '@' | '＠' | '$' | '#' | '＃' | '\u{202a}'..='\u{202e}');
    !glued && (has_scheme || !matches!(last, '-' | '_' | '.' | '/'))
}

/// How much of a candidate is a domain that exists: as many labels as possible, the last one a known
/// top-level domain that no letter, digit, `@`, `+` or `-` follows.
fn domain_length(candidate: &str, next: Option<char>) -> Option<usize> {
    let ends_domain =
        |next: Option<char>| !next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'));
    let mut end = candidate.len();
    let mut following = next;
    loop {
        let start = candidate[..end].rfind('.')? + 1;
        let label = &candidate[start..end];
        // Only subdomains may hold an underscore.
        let name = candidate[..start - 1].rsplit('.').next().unwrap_or_default();
        let labels_fit =
            !name.contains('_') && candidate[..end].split('.').all(|label| label.len() <= LABEL_LIMIT);
        if labels_fit && is_top_level(label) && ends_domain(following) {
            return Some(end);
        }
        // `com` in `com你好` or `com_x`: the grammar backtracks to it.
        let head = label.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(label.len());
        if labels_fit && head < label.len() && is_top_level(&label[..head]) {
            return Some(start + head);
        }
        end = start - 1;
        following = Some('.');
    }
}

fn is_top_level(label: &str) -> bool {
    if label.is_ascii() {
        return tld::exist(&label.to_ascii_lowercase());
    }
    // A top-level domain in its own script is listed in its ASCII form.
    url::Url::parse(&format!("http://a.{label}"))
        .ok()
        .and_then(|url| url.host_str().map(|host| tld::exist(host.trim_start_matches("a."))))
        .unwrap_or(false)
}

/// The length in bytes of the emoji sequence at the beginning, if there is one.
fn emoji_at(text: &str) -> Option<usize> {
    let ends: Vec<usize> =
        text.char_indices().take(LONGEST_EMOJI).map(|(at, letter)| at + letter.len_utf8()).collect();
    ends.into_iter().rev().find(|end| {
        let sequence = &text[..*end];
        // Alone, these are signs; only with the variation selector are they emoji.
        !matches!(sequence, "©" | "®") && emojis::get(sequence).is_some()
    })
}

fn letter_weight(letter: char) -> usize {
    match u32::from(letter) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and compiles in the tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_twitter_text_weigh_what_they_should() {
        let vectors = [
            ("H🐱☺👨‍👩‍👧‍👦", 7),
            ("🙋🏽👨‍🎤", 4),
            ("1⃣", 2),
            ("Hi http://test.co", 26),
            ("example.com and https://example.com/very/long/path?x=1", 51),
            ("故人西辞", 8),
            ("ÁB", 2),
            ("A\u{301}B", 2),
            ("…—“x”", 6),
            ("a.co b.io", 47),
            ("...foo.com", 10),
            ("#rust @alice $TSLA", 18),
            ("example.com", 23),
            ("test.rs", 23),
            ("user@example.com", 16),
            ("https://localhost:3000/x", 24),
        ];
        for (text, expected) in vectors {
            assert_eq!(weight(text), expected, "{text}");
        }
        assert_eq!(weight(&"故".repeat(160)), 320);
        assert_eq!(weight(&"👨‍👩‍👧‍👦".repeat(140)), 280);
    }

    #[test]
    fn a_label_that_is_too_long_is_no_url() {
        let text = format!("{}.com", "a".repeat(64));
        assert_eq!(weight(&text), 68);
    }

    #[test]
    fn urls_end_where_the_grammar_ends_them() {
        let found =
            |text: &'static str| -> Vec<&str> { urls(text).into_iter().map(|range| &text[range]).collect() };
        assert_eq!(found("see https://example.com/a_(b)?c=d, or"), ["https://example.com/a_(b)?c=d"]);
        assert_eq!(found("(https://example.com/a)."), ["https://example.com/a"]);
        assert_eq!(found("https://example.com你好"), ["https://example.com"]);
        assert_eq!(found("你好example.com你好"), ["example.com"]);
        assert_eq!(found("http://例え.みんな"), ["http://例え.みんな"]);
        assert_eq!(found("v1.2.3 and e.g. this.that"), Vec::<&str>::new());
        assert_eq!(found("xhttps://example.com"), Vec::<&str>::new());
        assert_eq!(found("snake_case.rs or http://ex_ample.com"), Vec::<&str>::new());
        assert_eq!(found("http://a_b.example.com"), ["http://a_b.example.com"]);
        assert_eq!(found("example.com:8080/x end"), ["example.com:8080/x"]);
    }

    #[test]
    fn cashtags_and_mentions_stand_apart() {
        assert_eq!(cashtags("$TSLA $AAPL and $5 or a$B"), 2);
        assert_eq!(cashtags("$TSLA, $AAPL."), 2);
        assert!(mentions("hi @Ada!", "ada"));
        assert!(!mentions("a@ada @adam", "ada"));
    }
}
