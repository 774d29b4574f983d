//! Little text: LinkedIn's markup in `commentary`, and what a reader sees of it.
//!
//! Reserved characters must be escaped with a backslash. At the first that is not, LinkedIn silently cuts the
//! published text and still answers 201; so does this.

/// The characters that must be escaped to stand for themselves.
const RESERVED: &str = r"|{}@[]()<>#\*_~";

/// What became of a commentary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Little {
    /// What a reader sees.
    pub(crate) read: String,
    /// How much of the commentary was kept, in bytes; all of it unless it was cut.
    pub(crate) kept_bytes: usize,
}

/// Reads a commentary until its end or the first unescaped reserved character.
pub(crate) fn read(commentary: &str) -> Little {
    let mut read = String::new();
    let mut at = 0;
    while let Some(letter) = commentary[at..].chars().next() {
        let rest = &commentary[at..];
        let element = match letter {
            '\\' => escape(rest),
            '#' if !read.ends_with(char::is_alphanumeric) => hashtag(rest),
            '@' => mention(rest),
            '{' => template(rest),
            other if RESERVED.contains(other) => None,
            other => Some((other.to_string(), other.len_utf8())),
        };
        let Some((seen, length_bytes)) = element else { break };
        read.push_str(&seen);
        at += length_bytes;
    }
    Little { read, kept_bytes: at }
}

/// The length in UTF-16 units of a commentary without its escapes, cut or not.
pub(crate) fn length_utf16(commentary: &str) -> usize {
    let mut length = 0;
    let mut letters = commentary.chars().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letter == '\\' && letters.peek().is_some_and(|next| RESERVED.contains(*next));
        length += if escaped { letters.next().map_or(0, char::len_utf16) } else { letter.len_utf16() };
    }
    length
}

// Each of these returns what a reader sees of the element at the beginning, and its length in bytes.

fn escape(rest: &str) -> Option<(String, usize)> {
    let escaped = rest.chars().nth(1).filter(|next| RESERVED.contains(*next))?;
    Some((escaped.to_string(), 1 + escaped.len_utf8()))
}

fn hashtag(rest: &str) -> Option<(String, usize)> {
    let word: String = rest[1..].chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let length_bytes = 1 + word.len();
    (!word.is_empty()).then(|| (format!("#{word}"), length_bytes))
}

fn mention(rest: &str) -> Option<(String, usize)> {
    let (name, after) = until(rest.strip_prefix("@[")?, ']')?;
    let (urn, _) = after.strip_prefix('(')?.split_once(')')?;
    let id = urn.strip_prefix("urn:li:person:").or_else(|| urn.strip_prefix("urn:li:organization:"))?;
    let fits = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let length_bytes = rest.len() - after.len() + urn.len() + 2;
    (fits && !id.is_empty() && !name.is_empty()).then_some((name, length_bytes))
}

fn template(rest: &str) -> Option<(String, usize)> {
    let inside = rest.strip_prefix(r"{hashtag|\#|")?;
    let (word, after) = until(inside, '}')?;
    (!word.is_empty()).then(|| (format!("#{word}"), rest.len() - after.len()))
}

/// The text before an unescaped `end` with its escapes resolved, and what follows `end`.
fn until(text: &str, end: char) -> Option<(String, &str)> {
    let mut seen = String::new();
    let mut at = 0;
    loop {
        let letter = text[at..].chars().next()?;
        if letter == end {
            return Some((seen, &text[at + letter.len_utf8()..]));
        }
        let (part, length_bytes) = match letter {
            '\\' => escape(&text[at..])?,
            other if RESERVED.contains(other) => return None,
            other => (other.to_string(), other.len_utf8()),
        };
        seen.push_str(&part);
        at += length_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(commentary: &str) -> String {
        read(commentary).read
    }

    #[test]
    fn escaped_characters_stand_for_themselves() {
        assert_eq!(seen(r"a\_b \(c\) \\ \#1 \@you"), r"a_b (c) \ #1 @you");
    }

    #[test]
    fn the_text_ends_at_an_unescaped_reserved_character() {
        for (commentary, expected) in [
            ("Costs (about) 5", "Costs "),
            ("snake_case", "snake"),
            ("mail me@example.com", "mail me"),
            ("C# is", "C"),
            (r"a\b", "a"),
            ("end\\", "end"),
        ] {
            let little = read(commentary);
            assert_eq!(little.read, expected, "{commentary}");
            assert!(little.kept_bytes < commentary.len(), "{commentary}");
        }
    }

    #[test]
    fn hashtags_and_mentions_are_elements() {
        assert_eq!(seen("#rust and {hashtag|\\#|bells}!"), "#rust and #bells!");
        assert_eq!(seen("hi @[Ada \\(A\\)](urn:li:person:a-b_1), yes"), "hi Ada (A), yes");
        assert_eq!(seen("hi @[Ada](urn:li:share:1)"), "hi ");
    }

    #[test]
    fn escapes_do_not_count_towards_the_length() {
        assert_eq!(length_utf16(r"\(a\)🐱"), 5);
        assert_eq!(length_utf16("(a)"), 3);
    }
}
