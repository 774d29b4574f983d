use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use twitter_text::extractor::{Extract, Extractor};
use twitter_text::{ParserBackend, parse_with_parser_backend};
use twitter_text_config::config_v3;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn plain(text: &str, limit: usize) -> Vec<String> {
    split(text, limit, Numbering::Off)
}

#[test]
fn a_text_within_the_limit_is_one_part_without_a_number() {
    assert_eq!(split(" just\n\nright ", 11, Numbering::Auto), ["just\n\nright"]);
    assert_eq!(split("one more.", 8, Numbering::Auto), ["one 1/3", "more 2/3", ". 3/3"]);
    let links = "https://example.com/a/very/long/path ".repeat(11);
    assert_eq!(split(&links, 11 * 24 - 1, Numbering::Auto), [links.trim()]);
}

#[test]
fn a_text_of_white_space_has_no_part() {
    assert!(split("", 280, Numbering::Auto).is_empty());
    assert!(split(" \n\u{A0}\t ", 280, Numbering::Off).is_empty());
}

#[test]
fn an_empty_line_is_the_best_place_then_the_end_of_a_sentence_then_a_space() {
    assert_eq!(plain("One two. Three\n \nfour. Five six.", 22), ["One two. Three", "four. Five six."]);
    assert_eq!(plain("One two. Three four. Five six.", 25), ["One two. Three four.", "Five six."]);
    assert_eq!(plain("One two three four five six", 15), ["One two three", "four five six"]);
    assert_eq!(plain("abcdefghij", 4), ["abcd", "efgh", "ij"]);
}

#[test]
fn the_end_of_a_line_is_as_good_as_that_of_a_sentence() {
    assert_eq!(plain("- one two\n- three four five", 18), ["- one two", "- three four five"]);
}

#[test]
fn a_better_place_is_taken_only_if_it_fills_half_of_the_room() {
    assert_eq!(plain("Hi all. This goes on and on", 16), ["Hi all. This", "goes on and on"]);
    assert_eq!(plain("Hi a all. This goes on and on", 16), ["Hi a all.", "This goes on and", "on"]);
    assert_eq!(plain("Hi.\n\nThis is. It goes on", 20), ["Hi.\n\nThis is.", "It goes on"]);
}

#[test]
fn a_word_that_fits_a_part_is_never_torn_and_a_longer_one_fills_the_rest() {
    assert_eq!(plain("a bcdefghij", 9), ["a", "bcdefghij"]);
    assert_eq!(plain("a bcdefghijk", 9), ["a bcdefgh", "ijk"]);
    assert_eq!(plain("abcde fghijklmnop", 9), ["abcde", "fghijklmn", "op"]);
}

#[test]
fn abbreviations_initials_ordinals_and_decimals_are_not_torn() {
    assert_eq!(plain("They asked for Dr. Smith now", 22), ["They asked for", "Dr. Smith now"]);
    assert_eq!(plain("Written by J. R. R. Tolkien", 20), ["Written by", "J. R. R. Tolkien"]);
    assert_eq!(plain("Das gilt hier, z. B. Berlin", 20), ["Das gilt hier,", "z. B. Berlin"]);
    assert_eq!(plain("Fine fruit, e.g. Apples", 18), ["Fine fruit,", "e.g. Apples"]);
    assert_eq!(plain("It happens on 3. Oktober", 18), ["It happens on", "3. Oktober"]);
    assert_eq!(plain("It is all in No. 5 here", 17), ["It is all in", "No. 5 here"]);
    assert_eq!(plain("It is a no. Then we go", 18), ["It is a no.", "Then we go"]);
    assert_eq!(plain("We measured 3.14 metres", 14), ["We measured", "3.14 metres"]);
    assert_eq!(plain("We measured 3\u{A0}metres", 14), ["We measured", "3\u{A0}metres"]);
}

#[test]
fn chinese_and_japanese_are_cut_after_a_sentence_or_at_any_letter_but_before_no_comma() {
    assert_eq!(plain("你好世界。再见世界", 16), ["你好世界。", "再见世界"]);
    assert_eq!(plain("你好世界，再见世界", 8), ["你好世", "界，再见", "世界"]);
    assert_eq!(plain("使用Rust语言", 9), ["使用Rust", "语言"]);
    assert_eq!(plain("今日はインターネットで", 16), ["今日は", "インターネットで"]);
}

#[test]
fn a_url_counts_23_and_is_never_torn_with_or_without_a_scheme() {
    let long = format!("https://example.com/{}", "a".repeat(100));
    assert_eq!(
        plain(&format!("See {long} or example.com/b"), 27),
        [format!("See {long}"), "or example.com/b".into()]
    );
    assert_eq!(plain(&format!("中文{long}中文"), 24), ["中文".into(), long, "中文".into()]);
    assert_eq!(plain("aaaaaaaa example.com,example.com", 24), ["aaaaaaaa", "example.com,", "example.com"]);
}

#[test]
fn a_tag_or_a_mention_is_never_torn_and_one_that_is_too_long_stands_alone() {
    assert_eq!(plain("aaaa #bbbb,@cccc,ddddd", 8), ["aaaa", "#bbbb,", "@cccc,dd", "ddd"]);
    assert_eq!(plain("aa $TSLA", 6), ["aa", "$TSLA"]);
    let tag = format!("#{}", "b".repeat(20));
    assert_eq!(plain(&format!("aa {tag} cc"), 10), ["aa", &tag, "cc"]);
    assert_eq!(split(&tag, 10, Numbering::Auto), [tag]);
}

#[test]
fn emoji_and_letters_with_marks_are_whole_and_weigh_what_x_says() {
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(plain(&family.repeat(5), 4), [family.repeat(2), family.repeat(2), family.into()]);
    assert_eq!(plain("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
    assert_eq!(plain("1️⃣2️⃣3️⃣", 4), ["1️⃣2️⃣", "3️⃣"]);
}

#[test]
fn a_url_that_only_the_cut_makes_is_counted_and_the_part_made_shorter() {
    // In an address `a.co` is no URL for X; at the beginning of a part it is one.
    let text = format!("{}@a.co", "b".repeat(20));
    assert_eq!(oracle(&text), 25);
    assert_eq!(plain(&text, 21), [&text[..21], "a.", "co"]);
}

#[test]
fn the_numbers_leave_room_for_a_count_of_two_and_of_three_digits() {
    for (words, digits) in [(40, 1), (130, 2), (900, 3)] {
        let parts = split(&"word ".repeat(words), 30, Numbering::Auto);
        assert_eq!(parts.len().to_string().len(), digits);
        assert!(parts.iter().all(|part| part.len() <= 30), "{parts:?}");
        assert!(parts[0].ends_with(&format!(" 1/{}", parts.len())));
    }
    // Nine words fill nine parts; the tenth makes every number a digit longer, and the room too small for a word.
    let nine = "abcdef ".repeat(9);
    assert_eq!(split(&nine, 10, Numbering::Auto).len(), 9);
    let ten = split(&"abcdef ".repeat(10), 10, Numbering::Auto);
    assert!(ten.iter().all(|part| part.len() <= 10), "{ten:?}");
}

#[test]
fn a_limit_too_small_for_anything_still_ends() {
    let parts = split(&"a".repeat(30), 0, Numbering::Auto);
    assert_eq!(parts.len(), 30);
    assert_eq!(parts[29], "a 30/30");
}

/// How long another parser finds this: one that knows every top-level domain and every emoji itself.
///
/// It is slow, so it sees only the words that are not mere letters, and those are counted here by X's table.
fn oracle(text: &str) -> usize {
    let of_word = |word: &str| {
        if word
            .chars()
            .all(|c| matches!(c, '!'..='-' | '/'..='9' | ';'..='~' | 'ß' | 'ä' | 'é' | '一'..='龥'))
        {
            return word.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum();
        }
        let result = parse_with_parser_backend(word, config_v3(), true, ParserBackend::Pest);
        usize::try_from(result.weighted_length).unwrap()
    };
    let spaces = text.matches([' ', '\n']).count();
    spaces + text.split([' ', '\n']).filter(|word| !word.is_empty()).map(of_word).sum::<usize>()
}

/// Where that parser finds URLs, mentions, tags and lists, in bytes.
fn entities(text: &str) -> Vec<Range<usize>> {
    let extractor = Extractor::with_parser_backend(ParserBackend::Pest);
    let mut ranges = Vec::new();
    let mut from = 0;
    for word in text.split_inclusive([' ', '\n']) {
        let mut found = Vec::new();
        if word.contains('.') {
            found.extend(extractor.extract_urls_with_indices(word));
        }
        if word.contains(['@', '＠', '#', '＃', '$']) {
            found.extend(extractor.extract_entities_with_indices(word));
        }
        let byte = |index: i32| {
            let units: Vec<u16> = word.encode_utf16().take(usize::try_from(index).unwrap()).collect();
            from + String::from_utf16(&units).unwrap().len()
        };
        ranges.extend(found.iter().map(|it| byte(it.start)..byte(it.end)));
        from += word.len();
    }
    ranges
}

/// The parts without their numbers.
fn bare(parts: &[String], numbering: Numbering) -> Vec<&str> {
    let bare = |(index, part)| {
        let part: &String = part;
        match numbering {
            Numbering::Auto if parts.len() > 1 => part
                .strip_suffix(&format!(" {}/{}", index + 1, parts.len()))
                .expect("a part says which it is"),
            Numbering::Auto | Numbering::Off => part,
        }
    };
    parts.iter().enumerate().map(bare).collect()
}

/// Where each part stands in the text, with nothing but white space between them.
fn ranges(text: &str, parts: &[&str]) -> Vec<Range<usize>> {
    let mut from = 0;
    let range = |part: &&str| {
        let start = text.len() - text[from..].trim_start().len();
        assert!(text[start..].starts_with(part), "{part:?} is not next in {text:?}");
        from = start + part.len();
        start..from
    };
    let ranges = parts.iter().map(range).collect();
    assert_eq!(text[from..].trim(), "", "the end is missing");
    ranges
}

/// Where one cluster ends and the next begins.
fn boundaries(text: &str) -> Vec<usize> {
    text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect()
}

fn token() -> impl Strategy<Value = String> {
    let pick = |all: &'static [&'static str]| select(all).prop_map(str::to_owned);
    prop_oneof![
        12 => "[a-zA-Zäéß]{1,12}",
        2 => "[A-Za-z]{1,6}[.!?,;:)]",
        2 => pick(&[
            "https://example.com/a/b?c=1#d", "http://test.co", "example.com", "example.com/path", "www.a-b.co.uk",
            "(https://example.com/Primer_(film))", "https://例え.jp/x", "user@example.com", "https://localhost:3000/x",
            "-a.co", "...foo.com", "a.b.c.io:80/x", "example.comだよね", "t.co/abc", "https://t.co/abc",
        ]),
        2 => pick(&["@alice", "#rust", "$TSLA", "@alice/list", "#标签", "#日本語タグ", "＃全角", "@a@b", "&#x", "RT@bob"]),
        1 => "#[a-z]{30,60}",
        2 => pick(&[
            "👨‍👩‍👧‍👦", "🙋🏽", "👨‍🎤", "🇩🇪", "1️⃣", "❤️", "☺", "©", "™", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🐱", "…", "“x”", "—",
        ]),
        2 => "[一-龥]{1,12}[。，！？]?",
        1 => "[ぁ-んァ-ヶ]{1,10}",
        1 => pick(&["e\u{301}", "a\u{308}\u{301}", "ก็", "नमस्ते", "각", "ﬁ", "\u{212B}", "\u{958}", "\u{200D}"]),
        1 => pick(&["Dr.", "e.g.", "z. B.", "No. 5", "J. R. R.", "3.14", "1,000.50", "U.S.", "etc.", "4."]),
        1 => "[a-z]{50,80}",
        1 => "\\PC{1,3}",
    ]
}

/// A text of fewer than so many words and signs: few, because the parser takes its time where it is not optimized.
fn texts(words: usize) -> impl Strategy<Value = String> {
    let space = prop_oneof![
        12 => Just(" "), 3 => Just(""), 1 => Just("\n"), 1 => Just("\n\n"), 1 => Just("\r\n \r\n"),
        1 => Just("  "), 1 => Just("\u{A0}"), 1 => Just("\u{3000}"),
    ];
    proptest::collection::vec((token(), space), 0..words)
        .prop_map(|all| all.into_iter().map(|(token, space)| apart(token, space)).collect())
}

/// A URL is followed by a space: the two grammars differ on `test.coX`, where the one that X counts with is right.
fn apart(token: String, space: &str) -> String {
    match space.is_empty() && token.contains('.') {
        true => token + " ",
        false => token + space,
    }
}

fn numberings() -> impl Strategy<Value = Numbering> {
    select(&[Numbering::Auto, Numbering::Off][..])
}

/// The same cases in each run; `PROPTEST_RNG_SEED` draws others. Among 20,000 others there is one where a letter with two
/// marks stands before a domain without a scheme, of which X's parsers do not agree whether it is one.
fn ten_thousand() -> ProptestConfig {
    let drawn = ProptestConfig::with_cases(10_000);
    match drawn.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(1), ..drawn },
        RngSeed::Fixed(_) => drawn,
    }
}

proptest! {
    #![proptest_config(ten_thousand())]

    #[test]
    fn the_parts_give_the_text_back_and_are_trimmed(
        text in texts(6), limit in 26..60_usize, numbering in numberings(),
    ) {
        let parts = split(&text, limit, numbering);
        let bare = bare(&parts, numbering);
        ranges(&text, &bare);
        for part in bare {
            prop_assert!(!part.is_empty());
            prop_assert_eq!(part.trim(), part);
        }
    }

    #[test]
    fn every_part_is_within_the_limit_unless_it_cannot_be_torn(
        text in texts(6), limit in 26..60_usize, numbering in numberings(),
    ) {
        let parts = split(&text, limit, numbering);
        let long: Vec<_> = parts.iter().map(|part| oracle(part) > limit).collect();
        if long.contains(&true) {
            let (entities, boundaries) = (entities(&text), boundaries(&text));
            let is_inside = |at| entities.iter().any(|it| it.start < at && at < it.end);
            for (range, _) in ranges(&text, &bare(&parts, numbering)).iter().zip(long).filter(|(_, long)| *long) {
                // A space with a mark on it belongs to what is before it.
                let is_space = |at: usize| text[at..].starts_with(char::is_whitespace);
                let mut within = boundaries.iter().filter(|at| range.start < **at && **at < range.end);
                let inner = within.find(|at| !is_inside(**at) && !is_space(**at));
                prop_assert_eq!(inner, None, "{:?} is too long", &text[range.clone()]);
            }
        }
    }

    #[test]
    fn no_url_mention_tag_or_cluster_is_torn(
        text in texts(6), limit in 26..60_usize, numbering in numberings(),
    ) {
        let parts = split(&text, limit, numbering);
        let (entities, boundaries) = (entities(&text), boundaries(&text));
        for range in ranges(&text, &bare(&parts, numbering)) {
            for cut in [range.start, range.end] {
                let torn = entities.iter().find(|it| it.start < cut && cut < it.end);
                prop_assert_eq!(torn, None, "{:?}", &text[range]);
                prop_assert!(boundaries.binary_search(&cut).is_ok(), "a cluster is torn: {:?}", &text[range]);
            }
        }
    }

    #[test]
    fn the_same_text_gives_the_same_parts(text in texts(5), limit in 0..60_usize, numbering in numberings()) {
        prop_assert_eq!(split(&text, limit, numbering), split(&text, limit, numbering));
    }

    #[test]
    fn every_part_of_several_says_which_it_is(text in texts(6), limit in 26..60_usize) {
        let parts = split(&text, limit, Numbering::Auto);
        for (index, part) in parts.iter().enumerate().filter(|_| parts.len() > 1) {
            let suffix = format!(" {}/{}", index + 1, parts.len());
            prop_assert!(part.ends_with(&suffix) && part.len() > suffix.len(), "{part:?}");
        }
        if parts.len() > 1 && text.len() <= 4 * limit {
            prop_assert!(crate::text::weight(text.trim()) > limit, "there was no need to split");
        }
    }

    #[test]
    fn no_word_that_fits_a_part_is_torn(text in texts(5), limit in 26..60_usize) {
        let parts = plain(&text, limit);
        let bare = bare(&parts, Numbering::Off);
        let cuts: Vec<_> = ranges(&text, &bare).iter().map(|it| it.end).collect();
        let mut from = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            let inner = from + 1..from + word.trim_end().len();
            from += word.len();
            // A space that carries a mark is none.
            let is_marked = text[from..].chars().next().is_some_and(|c| !c.is_ascii());
            let is_latin = !is_marked && word.chars().all(|c| c.is_ascii() || c.is_whitespace());
            if is_latin && crate::text::weight(word.trim()) <= limit {
                prop_assert!(!cuts.iter().any(|cut| inner.contains(cut)), "{word:?} is torn: {parts:?}");
            }
        }
    }

    #[test]
    fn counting_by_pieces_is_counting_the_whole(text in texts(5)) {
        prop_assert_eq!(length(&text), crate::text::weight(&text));
    }
}
