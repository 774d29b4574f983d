//! The one function that decides what leaves the house: the preview shows it, the publisher sends it.

use twitter_text::extractor::{Extract, Extractor};
use twitter_text::{ParserBackend, parse_with_parser_backend};
use twitter_text_config::config_v3;

use crate::platform::Platform;
use crate::ports::Source;
use crate::post::{Attachment, Post};
use crate::target::{MediaPlacement, Options, Published, Target, ThreadNumbering};
use crate::threading::{self, Numbering};

/// The longest text that is looked at, in bytes, whatever the platform: beyond it counting would only cost time.
pub const MAX_TEXT_BYTES: usize = 100_000;

/// A thread has at most this many parts: each is a request and a write of its own.
pub const MAX_PARTS: usize = 25;

/// What is sent to one target, exactly: the preview shows it, the publisher sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The words, before the wire's own escaping: one part, or a thread of them. Never empty.
    pub parts: Vec<String>,
    /// A comment by the author that follows the post.
    pub first_comment: Option<String>,
    /// What the platform offers beyond the text.
    pub options: Options,
    /// What the first part shows, in order.
    pub media: Vec<Attachment>,
}

/// What a request makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A post, or a part of a thread.
    Post,
    /// A comment below the post that [`Part::reply_to`] names.
    Comment,
}

/// What one create request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it makes.
    pub role: Role,
    /// The words, before the wire's own escaping. Empty only where files say enough.
    pub text: &'a str,
    /// What the platform offers beyond the text.
    pub options: &'a Options,
    /// The platform's name of what it replies to; `None` for the first part.
    pub reply_to: Option<&'a str>,
    /// What it shows; later parts show nothing.
    pub media: &'a [Attachment],
    /// The platform's names for what was made of `media` ahead of time; see [`crate::target::Prepared`].
    pub handles: &'a [String],
    /// Where `media` can be read: while it is being prepared, and while it is published where the platform fetches it
    /// then; else empty.
    pub sources: &'a [Source],
}

impl Outgoing {
    /// What is sent to this target of the post.
    pub fn of(post: &Post, target: &Target) -> Self {
        compose(target.platform, post.text_for(target), &target.options, &post.media)
    }

    /// The part that follows those that are live; `None` when all are. `handles` are of what was made ahead of time.
    pub fn part_after<'a>(&'a self, published: &'a [Published], handles: &'a [String]) -> Option<Part<'a>> {
        let before = published.last().map(|before| before.remote_id.as_str());
        let blank = Part {
            role: Role::Post,
            text: "",
            options: &self.options,
            reply_to: before,
            media: &[],
            handles: &[],
            sources: &[],
        };
        match self.parts.get(published.len()) {
            Some(text) if published.is_empty() => Some(Part { text, media: &self.media, handles, ..blank }),
            Some(text) => Some(Part { text, ..blank }),
            None if published.len() == self.parts.len() => {
                let text = self.first_comment.as_deref()?;
                let reply_to = published.first().map(|post| post.remote_id.as_str());
                Some(Part { role: Role::Comment, text, reply_to, ..blank })
            }
            None => None,
        }
    }

    /// Whether this is among what is said.
    pub fn says(&self, text: &str) -> bool {
        self.parts.iter().chain(&self.first_comment).any(|part| part == text)
    }
}

/// What is sent to this platform for this text.
///
/// A line that holds only `---` separates parts; where a platform has no threads they are joined by an empty line. A
/// part that is too long for a post of a thread is split, and then every part is numbered, unless the options say `off`.
pub fn compose(platform: Platform, text: &str, options: &Options, media: &[Attachment]) -> Outgoing {
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
    if has_threads(platform) {
        let numbering = match options.thread_numbering {
            None | Some(ThreadNumbering::Auto) => Numbering::Auto,
            Some(ThreadNumbering::Off) => Numbering::Off,
        };
        parts = threaded(&parts, limit(platform, Role::Post), numbering);
    }
    if is_story(platform, options) {
        // Instagram shows no words with a story.
        parts = vec![String::new()];
    }
    let first_comment = options.first_comment.as_deref().map(str::trim).filter(|words| !words.is_empty());
    Outgoing {
        parts,
        first_comment: first_comment.map(str::to_owned),
        options: options.clone(),
        media: media.to_vec(),
    }
}

/// Parts that are too long are split. Numbers tell which part of which it is, where the person did not part the text
/// alone.
fn threaded(parts: &[String], limit: usize, numbering: Numbering) -> Vec<String> {
    let is_beyond_measure = parts.iter().map(String::len).sum::<usize>() > MAX_TEXT_BYTES;
    if is_beyond_measure {
        // It is refused whatever its parts.
        return parts.to_vec();
    }
    if let [whole] = parts {
        let split = threading::split(whole, limit, numbering);
        return if split.is_empty() { vec![String::new()] } else { split };
    }
    // Numbers of one part alone would say nothing of the thread: room is kept for them in every part.
    let pieces = |room: usize| -> Vec<String> {
        parts.iter().flat_map(|part| threading::split(part, limit - room, Numbering::Off)).collect()
    };
    let unnumbered = pieces(0);
    if numbering == Numbering::Off || unnumbered.len() == parts.len() {
        return unnumbered;
    }
    let numbered = pieces(WIDEST_NUMBER);
    let count = numbered.len();
    numbered.into_iter().enumerate().map(|(index, part)| format!("{part} {}/{count}", index + 1)).collect()
}

/// ` 25/25`, and room for a thread that is refused for having too many parts.
const WIDEST_NUMBER: usize = 8;

/// Whether a post can go on in a reply to itself.
fn has_threads(platform: Platform) -> bool {
    match platform {
        Platform::LinkedIn | Platform::Facebook | Platform::Instagram => false,
        Platform::X => true,
    }
}

/// Whether it is shown for a day, without words.
pub(crate) fn is_story(platform: Platform, options: &Options) -> bool {
    platform == Platform::Instagram && options.media_kind == Some(MediaPlacement::Stories)
}

/// How long the platform finds this text, in its own unit.
///
/// - LinkedIn, Facebook and Instagram: UTF-16 code units (assumed: none of them names a unit; the stricter reading is
///   taken).
/// - X counts weighted characters by its own configuration v3: a URL is 23 whether or not it has a scheme, an emoji 2,
///   CJK 2. Source: <https://docs.x.com/fundamentals/counting-characters> (read 2026-08-22).
pub fn length(platform: Platform, text: &str) -> usize {
    match platform {
        Platform::LinkedIn | Platform::Facebook | Platform::Instagram => text.encode_utf16().count(),
        Platform::X => threading::length(text),
    }
}

/// How long X's own library finds a text. Its time grows with the square of the longest run without spaces: 25,000
/// letters of Chinese take it 38 s, so that a whole text goes to [`threading::length`] instead, which parses pieces.
pub(crate) fn weight(text: &str) -> usize {
    let result = parse_with_parser_backend(text, config_v3(), true, ParserBackend::External);
    usize::try_from(result.weighted_length).unwrap_or(usize::MAX)
}

/// The longest text that the platform takes as this, in the unit of [`length`].
///
/// - LinkedIn: 3,000, comments 1,250 (help pages and practice; the API pages publish no number).
/// - X: 280 for everybody. Source: <https://docs.x.com/fundamentals/counting-characters> (read 2026-08-22).
/// - Facebook: 63,206, comments 8,000 (practice; the API pages publish no number).
/// - Instagram: 2,200. Source: <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media>
///   (read 2026-11); assumed for comments too.
pub fn limit(platform: Platform, role: Role) -> usize {
    match (platform, role) {
        (Platform::LinkedIn, Role::Post) => 3_000,
        (Platform::LinkedIn, Role::Comment) => 1_250,
        (Platform::X, Role::Post | Role::Comment) => 280,
        (Platform::Facebook, Role::Post) => 63_206,
        (Platform::Facebook, Role::Comment) => 8_000,
        (Platform::Instagram, Role::Post | Role::Comment) => 2_200,
    }
}

/// What the platform charges for this post, in thousandths of a dollar; `None` where posting is free.
///
/// X: 15 for each part, 200 for one that contains a URL, 5 for each description of a file. Source:
/// <https://docs.x.com/x-api/getting-started/pricing> (read 2026-08-22).
pub fn cost_millidollars(platform: Platform, outgoing: &Outgoing) -> Option<u32> {
    match platform {
        Platform::LinkedIn | Platform::Facebook | Platform::Instagram => None,
        Platform::X => {
            let cost = |part: &String| if has_url(part) { 200 } else { 15 };
            let described = outgoing.media.iter().filter(|file| file.alt_text.is_some()).count() as u32;
            Some(outgoing.parts.iter().map(cost).sum::<u32>() + 5 * described)
        }
    }
}

/// Whether X sees a URL in this text, with or without a scheme.
pub(crate) fn has_url(text: &str) -> bool {
    let extractor = Extractor::with_parser_backend(ParserBackend::External);
    !extractor.extract_urls_with_indices(text).is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::target::ReplySettings;

    fn composed(platform: Platform, text: &str) -> Outgoing {
        compose(platform, text, &Options::default(), &[])
    }

    fn live(id: &str) -> Published {
        Published { remote_id: id.into(), url: String::new() }
    }

    /// A text and how long it is found; the web page's counters are held to the same file.
    #[derive(serde::Deserialize)]
    struct Vector {
        text: String,
        /// Of each part.
        x: Vec<usize>,
        /// LinkedIn, Facebook and Instagram, which join the parts.
        others: usize,
    }

    #[test]
    fn each_text_is_as_long_as_its_platform_finds_it() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("lengths.json")).expect("vectors");
        for Vector { text, x, others } in vectors {
            let found = composed(Platform::X, &text).parts;
            let found: Vec<usize> = found.iter().map(|part| length(Platform::X, part)).collect();
            // A post of no words has one part, which is empty.
            assert_eq!(found, if x.is_empty() { vec![0] } else { x }, "{text}");
            for platform in [Platform::LinkedIn, Platform::Facebook, Platform::Instagram] {
                let whole = &composed(platform, &text).parts[0];
                assert_eq!(length(platform, whole), others, "{text} on {platform:?}");
            }
        }
    }

    #[test]
    fn parts_are_a_thread_on_x_and_joined_by_an_empty_line_elsewhere() {
        let parts = |platform, text| composed(platform, text).parts;
        for platform in [Platform::LinkedIn, Platform::Facebook, Platform::Instagram] {
            assert_eq!(parts(platform, "one\n---\ntwo\n"), ["one\n\ntwo"]);
        }
        assert_eq!(parts(Platform::X, "one\n---\n\n---\ntwo\n"), ["one", "two"]);
        assert_eq!(parts(Platform::X, "  \n---\n"), [""]);
    }

    #[test]
    fn each_part_replies_to_the_one_before_and_only_the_first_shows_files() {
        let options = Options { reply_settings: Some(ReplySettings::Verified), ..Options::default() };
        let media = [Attachment::example("a.png")];
        let thread = compose(Platform::X, "one\n---\ntwo", &options, &media);
        let handles = ["7".to_owned()];
        let first = thread.part_after(&[], &handles).unwrap();
        assert_eq!(
            (first.text, first.reply_to, first.media, first.handles),
            ("one", None, &media[..], &handles[..])
        );
        let (one, two) = (live("1"), live("2"));
        let published = [one.clone()];
        let second = thread.part_after(&published, &handles).unwrap();
        assert_eq!((second.text, second.reply_to), ("two", Some("1")));
        assert_eq!((second.media.len(), second.handles.len()), (0, 0));
        assert_eq!(thread.part_after(&[one, two], &handles), None);
    }

    #[test]
    fn the_first_comment_follows_the_post_and_hangs_below_it() {
        let options = Options { first_comment: Some(" more ".into()), ..Options::default() };
        let outgoing = compose(Platform::LinkedIn, "words", &options, &[]);
        let published = [live("urn:1")];
        let comment = outgoing.part_after(&published, &[]).unwrap();
        assert_eq!((comment.role, comment.text, comment.reply_to), (Role::Comment, "more", Some("urn:1")));
        assert_eq!(outgoing.part_after(&[live("urn:1"), live("urn:2")], &[]), None);
        assert!(outgoing.says("more") && outgoing.says("words") && !outgoing.says("mor"));
    }

    #[test]
    fn a_part_that_is_too_long_is_split_and_then_all_are_numbered() {
        let long = "One two three four five. ".repeat(20);
        let parts = |text: &str, thread_numbering| {
            let options = Options { thread_numbering, ..Options::default() };
            compose(Platform::X, text, &options, &[]).parts
        };
        assert_eq!(parts("one\n---\ntwo", None), ["one", "two"]);
        for text in [long.clone(), format!("first\n---\n{long}")] {
            let numbered = parts(&text, None);
            assert!(numbered.len() > 1);
            for (index, part) in numbered.iter().enumerate() {
                assert!(part.ends_with(&format!(" {}/{}", index + 1, numbered.len())), "{part}");
                assert!(length(Platform::X, part) <= 280, "{part}");
            }
            let plain = parts(&text, Some(ThreadNumbering::Off));
            assert!(plain.iter().all(|part| !part.ends_with(&format!("/{}", plain.len()))));
        }
    }

    #[test]
    fn a_story_has_no_words() {
        let options = Options { media_kind: Some(MediaPlacement::Stories), ..Options::default() };
        let outgoing = compose(Platform::Instagram, "words", &options, &[Attachment::example("a.jpg")]);
        assert_eq!(outgoing.parts, [""]);
    }

    proptest! {
        #[test]
        fn composing_twice_changes_nothing_more(text in "(?s).{0,200}") {
            let options = Options { thread_numbering: Some(ThreadNumbering::Off), ..Options::default() };
            for platform in Platform::ALL {
                let once = compose(platform, &text, &options, &[]);
                let again = once.parts.join("\n---\n");
                prop_assert_eq!(&compose(platform, &again, &options, &[]), &once);
            }
        }
    }
}
