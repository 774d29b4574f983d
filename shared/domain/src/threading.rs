//! Splits a text that is too long for one post on X into the parts of a thread.
//!
//! A part ends, in this order of preference, at an empty line, at the end of a sentence or of a line, between words,
//! after an abbreviation, between grapheme clusters; never inside a URL, a mention, a hashtag or a cashtag.
//! The text is taken apart once, by [`breaks`]; then one pass packs it, and every part is counted when it is finished.

mod breaks;

#[cfg(test)]
mod tests;

use breaks::{Break, Kind};

pub(crate) use breaks::length;

/// Whether the parts say which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// Each part of several ends in ` k/N`.
    Auto,
    /// The parts are the text and nothing else.
    Off,
}

/// How the length of a finished part is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// The sum of its pieces: good enough to guess how many parts there will be.
    Estimated,
    /// What X counts: a cut can change what a word is, and with it its length.
    Counted,
}

/// The parts of this text, each at most `limit` long as X counts, its number included.
///
/// A text within the limit is one part without a number; a text of nothing but white space has no part.
/// A part is longer than the limit only where it is a single thing that may not be torn.
pub fn split(text: &str, limit: usize, numbering: Numbering) -> Vec<String> {
    let text = text.trim();
    let breaks = breaks::find(text);
    let Some(end) = breaks.last() else {
        return Vec::new();
    };
    // The sum of the pieces is close to what X counts: a text of twice the limit need not be counted.
    if end.weight_to_end <= limit.saturating_mul(2) && length(text) <= limit {
        return vec![text.to_owned()];
    }
    match numbering {
        Numbering::Off => {
            let parts = pack(text, &breaks, limit, None, Measure::Counted);
            parts.into_iter().map(str::to_owned).collect()
        }
        Numbering::Auto => {
            let parts = pack_for_numbers(text, &breaks, limit);
            let count = parts.len();
            let number = |(index, part): (usize, &str)| match count {
                1 => part.to_owned(),
                _ => format!("{part}{}", suffix(index + 1, count)),
            };
            parts.into_iter().enumerate().map(number).collect()
        }
    }
}

/// Packs again until the count is no wider than the room that was kept for it.
///
/// The first rounds only estimate, so that as a rule every part is counted in one round alone.
fn pack_for_numbers<'a>(text: &'a str, breaks: &[Break], limit: usize) -> Vec<&'a str> {
    let mut highest_count = 9;
    while pack(text, breaks, limit, Some(highest_count), Measure::Estimated).len() > highest_count {
        highest_count = highest_count * 10 + 9;
    }
    loop {
        let parts = pack(text, breaks, limit, Some(highest_count), Measure::Counted);
        if parts.len() <= highest_count {
            return parts;
        }
        highest_count = highest_count * 10 + 9;
    }
}

/// The parts without their numbers; with a `highest_count` each leaves room for its number and a count so wide.
fn pack<'a>(
    text: &'a str,
    breaks: &[Break],
    limit: usize,
    highest_count: Option<usize>,
    measure: Measure,
) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut rest = breaks;
    let (mut start, mut weight) = (0, 0);
    while !rest.is_empty() {
        let suffix = highest_count.map_or(String::new(), |count| suffix(parts.len() + 1, count));
        let room = limit.saturating_sub(suffix.len());
        let mut allowed = room;
        let chosen = loop {
            let index = choose(rest, weight, room, allowed);
            let part = &text[start..rest[index].end];
            let over = match measure {
                Measure::Estimated => 0,
                Measure::Counted => length(&format!("{part}{suffix}")).saturating_sub(limit),
            };
            if over == 0 || index == 0 {
                break index;
            }
            // The estimate was too low: take so much less, which is always an earlier break.
            allowed = (rest[index].weight_to_end - weight).saturating_sub(over);
        };
        let end = rest[chosen];
        parts.push(&text[start..end.end]);
        (start, weight) = (end.next, end.weight_to_next);
        rest = &rest[chosen + 1..];
    }
    parts
}

/// Which of these breaks ends the part that begins at this weight: the last of the best kind within what is allowed.
///
/// A break is good enough if it fills half of the room. One between words is also good enough if the word after it
/// fits a part of its own, so that only a word longer than a part is torn.
/// If nothing fits, it is the first: what may not be torn stays whole, and whoever counts the part says so.
fn choose(breaks: &[Break], weight: usize, room: usize, allowed: usize) -> usize {
    let fitting = breaks.iter().take_while(|it| it.weight_to_end - weight <= allowed).count();
    if fitting == breaks.len() || fitting == 0 {
        return fitting.saturating_sub(1);
    }
    for kind in [Kind::Paragraph, Kind::Sentence, Kind::Word, Kind::Tight] {
        let Some(last) = breaks[..fitting].iter().rposition(|it| it.kind >= kind) else {
            continue;
        };
        let is_half_full = (breaks[last].weight_to_end - weight) * 2 >= room;
        if is_half_full || (kind <= Kind::Word && next_fits(&breaks[last..], kind, room)) {
            return last;
        }
    }
    fitting - 1
}

/// Whether what stands between the first of these breaks and the next that is as good fits a part of its own.
fn next_fits(breaks: &[Break], kind: Kind, room: usize) -> bool {
    let weight = breaks[0].weight_to_next;
    let mut within = breaks[1..].iter().take_while(|it| it.weight_to_end - weight <= room);
    within.any(|it| it.kind >= kind)
}

/// What a part says at its end: which it is, of how many.
fn suffix(number: usize, count: usize) -> String {
    format!(" {number}/{count}")
}
