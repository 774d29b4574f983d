//! Every place where a text may be cut, how good it is, and how much text there is before it.

use std::collections::HashMap;
use std::ops::Range;

use twitter_text::ParserBackend;
use twitter_text::entity::Type;
use twitter_text::extractor::{Extract, Extractor};
use twitter_text_config::config_v3;
use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// Beyond so many bytes without a space or a slash the text is looked through for entities in windows.
///
/// Looking takes time in proportion to the square of the window, and to its cube among many full stops.
const MAX_DOMAIN_BYTES: usize = 512;

/// The same where there is a slash: a URL has a path.
const MAX_URL_BYTES: usize = 2_048;

/// What ends in a full stop and belongs to the word after it, in lower case.
const ABBREVIATIONS: [&str; 58] = [
    "abs", "adm", "al", "approx", "apr", "aug", "ave", "bzw", "ca", "capt", "cf", "col", "dec", "dept",
    "dipl", "dr", "evtl", "exkl", "feb", "fr", "gen", "ggf", "gov", "hon", "hr", "ing", "inkl", "jan", "jr",
    "jul", "jun", "lt", "mag", "mr", "mrs", "ms", "mt", "nov", "oct", "okt", "ph", "pres", "prof", "rep",
    "rev", "sen", "sep", "sept", "sgt", "sog", "sr", "st", "str", "tel", "univ", "vgl", "viz", "vs",
];

/// What ends in a full stop and belongs to the number after it, in lower case; before anything else it ends a sentence.
const BEFORE_NUMBERS: [&str; 20] = [
    "abb", "art", "bd", "ch", "eq", "fig", "figs", "kap", "no", "nos", "nr", "op", "para", "pp", "sec",
    "tab", "tit", "vol", "vols", "ziff",
];

/// What does not begin a line in Chinese and Japanese text.
const NOT_FIRST: &str = "、。，．：；？！）］｝」』】〉》〕〗〙”’…‥・～％ー゛゜々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%";

/// What does not end a line in Chinese and Japanese text.
const NOT_LAST: &str = "（［｛「『【〈《〔〖〘“‘([{#＃@＠$￥";

/// How good a place is for a cut, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Between two grapheme clusters.
    Grapheme,
    /// At a space that holds together: after an abbreviation, an initial, an ordinal, or one that does not break.
    Tight,
    /// Between words, or where Chinese or Japanese text may go on in the next line.
    Word,
    /// At the end of a sentence or of a line.
    Sentence,
    /// At an empty line, or at the end.
    Paragraph,
}

/// A place where the text may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Break {
    /// How good it is.
    pub(crate) kind: Kind,
    /// Where the text before it ends, in bytes.
    pub(crate) end: usize,
    /// Where the text after it begins, in bytes; there is only white space between.
    pub(crate) next: usize,
    /// How long X finds the text from its beginning to `end`, piece by piece.
    pub(crate) weight_to_end: usize,
    /// The same to `next`.
    pub(crate) weight_to_next: usize,
}

/// What is found in a text and may not be torn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    range: Range<usize>,
    is_url: bool,
}

/// Every break of a text without white space at its ends, in order; the last is the end of the text.
pub(crate) fn find(text: &str) -> Vec<Break> {
    let found = entities(text);
    let mut found = found.iter().peekable();
    let mut sentences = text.split_sentence_bound_indices().map(|(at, _)| at).peekable();
    let mut weights = Weights::default();
    let mut breaks = Vec::new();
    // The end of the last cluster that is not white space, and the weight there.
    let (mut end, mut weight_to_end) = (0, 0);
    let mut weight = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        while found.next_if(|it| it.range.end <= at).is_some() {}
        let inside = found.peek().filter(|it| it.range.start < at + cluster.len());
        if cluster.chars().all(char::is_whitespace) {
            weight += weights.of(cluster);
            continue;
        }
        let is_torn = inside.is_some_and(|it| it.range.start < at);
        // A space with a mark on it is one cluster, and a part that began with it would lose the space.
        if end > 0 && !is_torn && !cluster.starts_with(char::is_whitespace) {
            while sentences.next_if(|it| *it < at && *it <= end).is_some() {}
            let is_sentence = sentences.peek().is_some_and(|it| *it <= at);
            let kind = kind(text, end..at, is_sentence);
            breaks.push(Break { kind, end, next: at, weight_to_end, weight_to_next: weight });
        }
        weight += match inside.filter(|it| it.is_url) {
            Some(url) => weights.of_url(at, cluster, &url.range),
            None => weights.of(cluster),
        };
        (end, weight_to_end) = (at + cluster.len(), weight);
    }
    if end > 0 {
        let kind = Kind::Paragraph;
        breaks.push(Break { kind, end, next: end, weight_to_end, weight_to_next: weight_to_end });
    }
    breaks
}

/// How good a cut is at this white space, which may be none.
fn kind(text: &str, gap: Range<usize>, is_sentence: bool) -> Kind {
    let (before, space, after) = (&text[..gap.start], &text[gap.clone()], &text[gap.end..]);
    if space.is_empty() {
        return match may_wrap(before, after) {
            true if is_sentence => Kind::Sentence,
            true => Kind::Word,
            false => Kind::Grapheme,
        };
    }
    let is_line_end = |c| matches!(c, '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let is_firm = |c| matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}');
    match space.matches(is_line_end).count() - space.matches("\r\n").count() {
        0 if space.chars().all(is_firm) || is_abbreviated(before, after) => Kind::Tight,
        0 if is_sentence => Kind::Sentence,
        0 => Kind::Word,
        1 => Kind::Sentence,
        2.. => Kind::Paragraph,
    }
}

/// Whether the text before ends in a full stop that belongs to what comes after: `Dr.`, `e.g.`, `J.`, `3.`, `No.`.
fn is_abbreviated(before: &str, after: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or(before);
    let Some(stem) = word.trim_start_matches(|c: char| !c.is_alphanumeric()).strip_suffix('.') else {
        return false;
    };
    let is_ordinal = (1..=2).contains(&stem.len()) && stem.bytes().all(|it| it.is_ascii_digit());
    // `J`, `z`, `e.g`, `U.S`, `Ph.D`.
    let is_initials = stem.split('.').all(|it| match it.chars().count() {
        1 => it.chars().all(char::is_alphabetic),
        2 => stem.contains('.') && it.chars().all(char::is_alphabetic),
        _ => false,
    });
    let stem = stem.to_lowercase();
    is_ordinal
        || is_initials
        || ABBREVIATIONS.contains(&stem.as_str())
        || (BEFORE_NUMBERS.contains(&stem.as_str()) && after.starts_with(|c: char| c.is_numeric()))
}

/// Whether a line may end between these, though there is no space: in Chinese and Japanese it may at most places.
fn may_wrap(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let is_katakana = |c| matches!(c, '\u{30A1}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9D}');
    (is_ideographic(last) || is_ideographic(first))
        && !(is_katakana(last) && is_katakana(first))
        && !NOT_LAST.contains(last)
        && !NOT_FIRST.contains(first)
}

/// Chinese and Japanese letters and signs; Korean has spaces between its words.
fn is_ideographic(c: char) -> bool {
    matches!(c,
        '\u{2E80}'..='\u{312F}' | '\u{3190}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF01}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}')
}

/// The URLs, mentions, hashtags and cashtags as X finds them, in order and apart.
///
/// There is none across white space or Chinese punctuation, so each piece between those is looked at alone, and only
/// if it contains a sign of one: looking is slow.
fn entities(text: &str) -> Vec<Found> {
    let extractor = Extractor::with_parser_backend(ParserBackend::External);
    let is_apart =
        |c: char| c.is_whitespace() || "、。，．：；？！（）［］｛｝「」『』【】〈〉《》“”‘’…".contains(c);
    let mut all = Vec::new();
    let mut from = 0;
    for long in text.split_inclusive(is_apart) {
        for piece in windows(long) {
            let mut found = Vec::new();
            let may_be_url = piece.trim_end().split_once('.').is_some_and(|(_, after)| !after.is_empty());
            if may_be_url {
                found.extend(extractor.extract_urls_with_indices(piece));
            }
            if piece.contains(['#', '＃', '@', '＠', '$']) {
                found.extend(extractor.extract_entities_with_indices(piece));
            }
            if !found.is_empty() {
                // The indices are in UTF-16.
                let bytes: Vec<usize> = piece
                    .char_indices()
                    .flat_map(|(at, c)| std::iter::repeat_n(from + at, c.len_utf16()))
                    .chain([from + piece.len()])
                    .collect();
                let byte = |index: i32| usize::try_from(index).ok().and_then(|it| bytes.get(it)).copied();
                all.extend(found.iter().filter_map(|it| {
                    let is_url = it.get_type() == Type::URL;
                    Some(Found { range: byte(it.get_start())?..byte(it.get_end())?, is_url })
                }));
            }
            from += piece.len();
        }
    }
    // A URL with a scheme is found twice.
    all.sort_by_key(|it| (it.range.start, !it.is_url));
    all.dedup_by(|later, kept| {
        let overlap = later.range.start < kept.range.end;
        kept.range.end = if overlap { kept.range.end.max(later.range.end) } else { kept.range.end };
        overlap
    });
    all
}

/// What X finds the text long, exactly: the sum of its [`pieces`], of which only those are parsed that have to be.
pub(crate) fn length(text: &str) -> usize {
    let of_piece = |piece| of_plain(piece).unwrap_or_else(|| text::weight(piece));
    pieces(text).map(of_piece).sum()
}

/// The text cut after white space and after some Chinese punctuation, which stands in no URL, tag, mention or emoji.
///
/// From U+203C on, white space and punctuation such as `。` are not among it: X's library takes them for the
/// beginning of an emoji.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let is_space = |c: char| c < '\u{203C}' && c.is_whitespace();
    text.split_inclusive(move |c| is_space(c) || matches!(c, '，' | '！' | '？' | '；' | '：'))
}

/// The piece in windows of at most so many bytes; as a rule there is one.
fn windows(piece: &str) -> impl Iterator<Item = &str> {
    let size_bytes = if piece.contains('/') { MAX_URL_BYTES } else { MAX_DOMAIN_BYTES };
    let mut rest = piece;
    std::iter::from_fn(move || {
        let (window, after) = rest.split_at(rest.floor_char_boundary(size_bytes));
        rest = after;
        Some(window).filter(|it| !it.is_empty())
    })
}

/// What X finds single clusters long, each counted once.
#[derive(Default)]
struct Weights<'a> {
    known: HashMap<&'a str, usize>,
}

impl<'a> Weights<'a> {
    fn of(&mut self, cluster: &'a str) -> usize {
        let mut chars = cluster.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => of_char(c),
            // Signs that belong together can be one letter or one emoji.
            _ => *self.known.entry(cluster).or_insert_with(|| text::weight(cluster)),
        }
    }

    /// A URL weighs what X makes of it, at its beginning; it may end within a cluster.
    fn of_url(&mut self, at: usize, cluster: &'a str, url: &Range<usize>) -> usize {
        let outside = cluster.char_indices().filter(|(index, _)| !url.contains(&(at + index)));
        let weight: usize = outside.map(|(_, c)| of_char(c)).sum();
        match url.start >= at {
            true => weight + usize::try_from(config_v3().transformed_url_length).unwrap_or(0),
            false => weight,
        }
    }
}

/// What X finds this piece long if it certainly contains neither a URL nor an emoji nor a letter of several signs.
fn of_plain(piece: &str) -> Option<usize> {
    let is_plain = |c| {
        matches!(c,
            '\0'..='\u{A8}' | '\u{AF}'..='\u{2FF}' | '\u{400}'..='\u{482}' | '\u{2010}'..='\u{201F}'
            | '\u{3000}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FF}'
            | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF60}')
    };
    // A URL has a full stop within it.
    let is_whole = piece.trim_end().split_once('.').is_none_or(|(_, after)| after.is_empty());
    (is_whole && !piece.contains("://") && piece.chars().all(is_plain))
        .then(|| piece.chars().map(of_char).sum())
}

/// What X finds a character long that stands alone.
fn of_char(c: char) -> usize {
    let config = config_v3();
    let code = u32::from(c).cast_signed();
    let weight = config.ranges.iter().find(|it| it.range.contains(&code)).map(|it| it.weight);
    usize::try_from(weight.unwrap_or(config.default_weight) / config.scale).unwrap_or(0)
}
