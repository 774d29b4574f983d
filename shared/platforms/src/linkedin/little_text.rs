//! Little text: the markup that `/rest/posts` takes for `commentary`.
//!
//! A reserved character that is not escaped makes LinkedIn cut the text there, silently and with a 201.
//! Source: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format>
//! (`li-lms-2026-05`).

/// What must be escaped to be itself.
const RESERVED: &str = "|{}@[]()<>#\\*_~";

/// After one of these a `#` is part of something longer, such as a URL.
const INSIDE: &str = "_#&/@=%";

/// `text` as little text that shows as `text`. Hashtags stay alive: the `#` that begins one is left as it is.
///
/// A hashtag begins where no word goes on, and its word has at least one letter: neither `C#` nor `#1` is one.
/// Everything else is escaped, which is always safe.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let alive = c == '#' && begins_hashtag(before, &text[at + 1..]);
        if RESERVED.contains(c) && !alive {
            escaped.push('\\');
        }
        escaped.push(c);
        before = Some(c);
    }
    escaped
}

/// What the reader of this little text sees: `\x` is `x`, a hashtag template is its hashtag.
pub(super) fn plain(commentary: &str) -> String {
    let mut text = String::with_capacity(commentary.len());
    let mut rest = commentary;
    while let Some(c) = rest.chars().next() {
        if let Some((tag, after)) = hashtag_template(rest) {
            text.push('#');
            text.push_str(&tag);
            rest = after;
            continue;
        }
        let mut chars = rest.chars();
        chars.next();
        let escaped = chars.clone().next().filter(|next| c == '\\' && RESERVED.contains(*next));
        if escaped.is_some() {
            chars.next();
        }
        text.push(escaped.unwrap_or(c));
        rest = chars.as_str();
    }
    text
}

/// `{hashtag|\#|word}` at the beginning, and what follows. LinkedIn keeps hashtags in this form.
fn hashtag_template(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix("{hashtag|\\#|").or_else(|| text.strip_prefix("{hashtag|#|"))?;
    let (word, after) = inner.split_once('}')?;
    Some((word.replace('\\', ""), after))
}

fn begins_hashtag(before: Option<char>, after: &str) -> bool {
    let free = before.is_none_or(|c| !c.is_alphanumeric() && !INSIDE.contains(c));
    free && after.chars().take_while(|c| c.is_alphanumeric()).any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The reverse of [`escape`], written without looking at it: a backslash means its successor.
    fn unescape(escaped: &str) -> String {
        let mut chars = escaped.chars();
        let mut text = String::new();
        while let Some(c) = chars.next() {
            text.push(if c == '\\' { chars.next().expect("a backslash escapes something") } else { c });
        }
        text
    }

    /// Byte offsets of the reserved characters that stand there unescaped, backslashes aside.
    fn bare(escaped: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut chars = escaped.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if "|{}@[]()<>#*_~".contains(c) {
                found.push(at);
            }
        }
        found
    }

    #[test]
    fn every_reserved_character_is_escaped() {
        assert_eq!(escape("|{}@[]()<>#\\*_~"), r"\|\{\}\@\[\]\(\)\<\>\#\\\*\_\~");
        assert_eq!(escape("plain, words; 1 + 1 = 2!\n"), "plain, words; 1 + 1 = 2!\n");
    }

    #[test]
    fn hashtags_stay_alive_and_other_hashes_do_not() {
        assert_eq!(escape("#rust and (#aws), #日本"), r"#rust and \(#aws\), #日本");
        assert_eq!(escape("we are #1 in C# # ## #"), r"we are \#1 in C\# \# \#\# \#");
        assert_eq!(escape("#2026goals #a_b"), r"#2026goals #a\_b");
        assert_eq!(escape("https://e.com/#top &#x27; a#b ##c"), r"https://e.com/\#top &\#x27; a\#b \#\#c");
    }

    #[test]
    fn what_linkedin_keeps_reads_as_it_was_written() {
        assert_eq!(plain(r"{hashtag|\#|rust} and \(#aws\) C\# a\\b \q"), r"#rust and (#aws) C# a\b \q");
        assert_eq!(plain("{hashtag|"), "{hashtag|");
        assert_eq!(plain("ends with \\"), "ends with \\");
    }

    proptest! {
        #[test]
        fn escaping_loses_nothing(text in r"(?s)([#\\|{}@\[\]()<>*_~ a-c1é日]|.){0,80}") {
            prop_assert_eq!(unescape(&escape(&text)), text.clone());
            prop_assert_eq!(plain(&escape(&text)), text);
        }

        #[test]
        fn nothing_reserved_is_left_but_the_hash_of_a_hashtag(text in r"(?s)([#\\|{}@\[\]()<>*_~ a-c1é日]|.){0,80}") {
            let escaped = escape(&text);
            for at in bare(&escaped) {
                let (before, after) = (&escaped[..at], &escaped[at + 1..]);
                prop_assert_eq!(&escaped[at..=at], "#");
                prop_assert!(!before.chars().next_back().is_some_and(char::is_alphanumeric));
                prop_assert!(after.chars().next().is_some_and(char::is_alphanumeric));
            }
        }
    }
}
