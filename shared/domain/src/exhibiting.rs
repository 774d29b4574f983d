//! Which files each platform shows, how many, how large, and in which form.

use crate::media::{Form, MediaKind, Pixels};
use crate::platform::Platform;
use crate::post::Attachment;
use crate::problem::{About, Problem};
use crate::target::{MediaPlacement, Options};

const MB: u64 = 1_000_000;

/// A picture of LinkedIn's has fewer pixels than this. Source:
/// <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api> (read 2026-09).
const LINKEDIN_MAX_PIXELS: u64 = 36_152_320;

/// Width to height of a picture in Instagram's feed, from 4:5 to 1.91:1, as thousandths. Source:
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media> (read 2026-11).
const INSTAGRAM_RATIO: std::ops::RangeInclusive<u64> = 800..=1_910;

/// In which form a file is sent to this platform.
///
/// Instagram takes pictures as JPEG only; LinkedIn and Facebook take no WebP.
pub fn form(platform: Platform, kind: MediaKind) -> Form {
    let is_converted = match platform {
        Platform::X => false,
        Platform::LinkedIn | Platform::Facebook => kind == MediaKind::WebP,
        Platform::Instagram => kind.is_picture() && kind != MediaKind::Jpeg,
    };
    if is_converted { Form::Jpeg } else { Form::Original }
}

/// Whether the platform fetches the files itself while it publishes, so that nothing can be made ahead of time: a film in
/// the feed of a Page, which Facebook's `videos` edge takes by its address and publishes in one call. Source:
/// <https://developers.facebook.com/docs/pages-api/posts> (read 2026-11).
pub fn is_fetched_while_published(platform: Platform, options: &Options, media: &[Attachment]) -> bool {
    let is_film = media.iter().any(|file| file.kind == MediaKind::Mp4);
    platform == Platform::Facebook && is_film && options.media_kind != Some(MediaPlacement::Reels)
}

/// Every reason why this platform would certainly refuse these files, and what it will show otherwise.
pub(crate) fn problems(platform: Platform, options: &Options, media: &[Attachment]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let placement = options.media_kind.unwrap_or(MediaPlacement::Feed);
    let counts = Counts::of(media);
    if let Some((code, detail)) = of_all(platform, placement, counts, options.link.is_some()) {
        problems.push(Problem::error(code, About::Files, detail));
    }
    for (index, file) in media.iter().enumerate() {
        of_one(platform, placement, counts, file, About::File(index), &mut problems);
    }
    problems
}

/// How many files of which sort.
#[derive(Clone, Copy)]
struct Counts {
    pictures: usize,
    gifs: usize,
    films: usize,
    documents: usize,
}

impl Counts {
    fn of(media: &[Attachment]) -> Self {
        let count = |is_one: fn(MediaKind) -> bool| media.iter().filter(|file| is_one(file.kind)).count();
        Self {
            pictures: count(MediaKind::is_picture),
            gifs: count(|kind| kind == MediaKind::Gif),
            films: count(|kind| kind == MediaKind::Mp4),
            documents: count(|kind| kind == MediaKind::Pdf),
        }
    }

    fn all(self) -> usize {
        self.pictures + self.films + self.documents
    }
}

/// What is wrong with the files together: how many, and which beside which.
fn of_all(
    platform: Platform,
    placement: MediaPlacement,
    counts: Counts,
    has_link: bool,
) -> Option<(&'static str, String)> {
    let Counts { pictures, gifs, films, documents } = counts;
    let title = platform.title();
    let unknown_document =
        || (documents > 0).then(|| ("media_kind_not_taken", format!("{title} takes no PDF; remove it")));
    let mixed =
        |what: &str| Some(("media_mixed", format!("{title} shows {what} in one post; remove the others")));
    match platform {
        Platform::LinkedIn if has_link && counts.all() > 0 => {
            Some(("media_beside_link", "LinkedIn shows either a link or files; remove one of them".into()))
        }
        Platform::LinkedIn if films > 0 && counts.all() > 1 => mixed("one film, and nothing beside it,"),
        Platform::LinkedIn if documents > 0 && counts.all() > 1 => mixed("one PDF, and nothing beside it,"),
        Platform::LinkedIn => None,
        Platform::X if documents > 0 => unknown_document(),
        Platform::X if films + gifs > 0 && counts.all() > 1 => {
            mixed("up to four pictures, or one GIF, or one film,")
        }
        Platform::X if pictures > 4 => {
            Some(("too_many_media", format!("X shows 4 pictures, these are {pictures}; remove some")))
        }
        Platform::X => None,
        Platform::Facebook if documents > 0 => unknown_document(),
        Platform::Facebook if placement == MediaPlacement::Reels && (films, counts.all()) != (1, 1) => {
            Some(("reel_needs_a_film", "a reel is one MP4 and nothing else".into()))
        }
        Platform::Facebook if has_link && counts.all() > 0 => {
            Some(("media_beside_link", "Facebook shows either a link or files; remove one of them".into()))
        }
        Platform::Facebook if films > 0 && counts.all() > 1 => mixed("pictures, or one film,"),
        Platform::Facebook => None,
        Platform::Instagram if documents > 0 => unknown_document(),
        Platform::Instagram if counts.all() == 0 => {
            Some(("media_required", "Instagram takes no words alone; add a picture or a film".into()))
        }
        Platform::Instagram => match placement {
            MediaPlacement::Feed if counts.all() > 10 => Some((
                "too_many_media",
                format!("Instagram shows 10 files, these are {}; remove some", counts.all()),
            )),
            MediaPlacement::Feed => None,
            MediaPlacement::Reels if (films, counts.all()) != (1, 1) => {
                Some(("reel_needs_a_film", "a reel is one MP4 and nothing else".into()))
            }
            MediaPlacement::Stories if counts.all() != 1 => {
                Some(("too_many_media", "a story is one picture or one film".into()))
            }
            MediaPlacement::Reels | MediaPlacement::Stories => None,
        },
    }
}

/// What is wrong with one file, whatever is beside it.
fn of_one(
    platform: Platform,
    placement: MediaPlacement,
    counts: Counts,
    file: &Attachment,
    about: About,
    problems: &mut Vec<Problem>,
) {
    let (title, name) = (platform.title(), &file.file_name);
    let mut error = |code, detail| problems.push(Problem::error(code, about, detail));
    if let Some(max) = max_bytes(platform, placement, file.kind).filter(|max| file.size_bytes > *max) {
        let (size, max) = (megabytes(file.size_bytes), max / MB);
        error("media_too_large", format!("`{name}` has {size} MB, and {title} takes {max} MB of this kind"));
    }
    if let Some(pixels) = file.pixels {
        let Pixels { width, height } = pixels;
        match platform {
            Platform::LinkedIn if u64::from(width) * u64::from(height) >= LINKEDIN_MAX_PIXELS => {
                let detail = format!(
                    "`{name}` is {width} × {height}, and LinkedIn takes fewer than {LINKEDIN_MAX_PIXELS} pixels"
                );
                error("media_too_many_pixels", detail);
            }
            // Source: <https://docs.x.com/x-api/media/introduction> (read 2026-11-24).
            Platform::X if file.kind == MediaKind::Gif && (width > 1_280 || height > 1_080) => {
                error(
                    "media_too_many_pixels",
                    format!("`{name}` is {width} × {height}, and X takes GIFs up to 1280 × 1080"),
                );
            }
            Platform::Instagram if placement == MediaPlacement::Feed && !has_ratio(pixels) => {
                let detail = format!(
                    "`{name}` is {width} × {height}, and Instagram takes pictures from 4:5 (upright) to 1.91:1 (wide); crop it"
                );
                error("media_aspect_ratio", detail);
            }
            Platform::LinkedIn | Platform::X | Platform::Facebook | Platform::Instagram => {}
        }
    }
    if form(platform, file.kind) == Form::Jpeg {
        let kind = file.kind.title();
        let what = if file.kind == MediaKind::Gif { "its first picture" } else { "it" };
        let detail = format!("{title} takes no {kind}; {what} is sent as a JPEG");
        problems.push(Problem::warning("sent_as_jpeg", about, detail));
    }
    let is_silent = file.alt_text.is_some() && !shows_descriptions(platform, placement, file.kind, counts);
    if is_silent {
        let detail = format!("{title} has no place for the description of `{name}`; it is left out");
        problems.push(Problem::warning("alt_text_not_shown", about, detail));
    }
}

/// The largest file of this kind, where the platform takes less than may be uploaded at all.
fn max_bytes(platform: Platform, placement: MediaPlacement, kind: MediaKind) -> Option<u64> {
    match (platform, placement, kind) {
        // Source: <https://developers.facebook.com/docs/instagram-platform/content-publishing> (read 2026-11).
        (Platform::Instagram, MediaPlacement::Stories, MediaKind::Mp4) => Some(100 * MB),
        (Platform::Instagram, _, MediaKind::Mp4) => Some(300 * MB),
        // Source: error 1366046 and practice; the page names 10 MB.
        (Platform::Facebook, _, kind) if kind.is_picture() => Some(10 * MB),
        (Platform::LinkedIn | Platform::X | Platform::Facebook | Platform::Instagram, ..) => None,
    }
}

/// Whether the platform tells people who cannot see it what this file shows.
fn shows_descriptions(
    platform: Platform,
    placement: MediaPlacement,
    kind: MediaKind,
    counts: Counts,
) -> bool {
    match platform {
        Platform::LinkedIn => kind != MediaKind::Pdf,
        Platform::X => true,
        Platform::Facebook => kind.is_picture(),
        Platform::Instagram => kind.is_picture() && placement == MediaPlacement::Feed && counts.all() >= 1,
    }
}

fn has_ratio(pixels: Pixels) -> bool {
    let ratio = u64::from(pixels.width) * 1_000 / u64::from(pixels.height.max(1));
    INSTAGRAM_RATIO.contains(&ratio)
}

/// With one decimal, rounded up: what is too large never looks as if it fitted.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(MB / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(platform: Platform, placement: Option<MediaPlacement>, names: &[&str]) -> Vec<&'static str> {
        let media: Vec<Attachment> = names.iter().map(|name| Attachment::example(name)).collect();
        let options = Options { media_kind: placement, ..Options::default() };
        problems(platform, &options, &media).iter().map(|it| it.code).collect()
    }

    #[test]
    fn each_platform_takes_what_it_shows_and_names_what_it_does_not() {
        let (reels, stories) = (Some(MediaPlacement::Reels), Some(MediaPlacement::Stories));
        let five = &["a.png"; 5];
        let eleven = &["a.jpg"; 11];
        type Case = (Platform, Option<MediaPlacement>, &'static [&'static str], &'static [&'static str]);
        let cases: [Case; 24] = [
            (Platform::LinkedIn, None, &[], &[]),
            (Platform::LinkedIn, None, &["a.png", "b.jpg", "c.gif"], &[]),
            (Platform::LinkedIn, None, &["a.mp4"], &[]),
            (Platform::LinkedIn, None, &["a.mp4", "b.png"], &["media_mixed"]),
            (Platform::LinkedIn, None, &["a.pdf"], &[]),
            (Platform::LinkedIn, None, &["a.pdf", "b.pdf"], &["media_mixed"]),
            (Platform::LinkedIn, None, &["a.webp"], &["sent_as_jpeg"]),
            (Platform::X, None, &five[..4], &[]),
            (Platform::X, None, five, &["too_many_media"]),
            (Platform::X, None, &["a.gif"], &[]),
            (Platform::X, None, &["a.gif", "b.png"], &["media_mixed"]),
            (Platform::X, None, &["a.mp4", "b.mp4"], &["media_mixed"]),
            (Platform::X, None, &["a.pdf"], &["media_kind_not_taken"]),
            (Platform::Facebook, None, five, &[]),
            (Platform::Facebook, None, &["a.mp4", "b.png"], &["media_mixed"]),
            (Platform::Facebook, reels, &["a.mp4"], &[]),
            (Platform::Facebook, reels, &["a.png"], &["reel_needs_a_film"]),
            (Platform::Facebook, None, &["a.pdf"], &["media_kind_not_taken"]),
            (Platform::Instagram, None, &[], &["media_required"]),
            (Platform::Instagram, None, &["a.jpg", "b.mp4"], &[]),
            (Platform::Instagram, None, &["a.png"], &["sent_as_jpeg"]),
            (Platform::Instagram, None, eleven, &["too_many_media"]),
            (Platform::Instagram, reels, &["a.jpg"], &["reel_needs_a_film"]),
            (Platform::Instagram, stories, &["a.jpg", "b.jpg"], &["too_many_media"]),
        ];
        for (platform, placement, names, wanted) in cases {
            assert_eq!(codes(platform, placement, names), wanted, "{platform:?} {placement:?} {names:?}");
        }
    }

    #[test]
    fn a_picture_that_is_too_tall_for_the_feed_may_be_a_story() {
        let tall = |ratio: (u32, u32)| Attachment {
            pixels: Some(Pixels { width: ratio.0, height: ratio.1 }),
            ..Attachment::example("tall.jpg")
        };
        let codes = |file: Attachment, media_kind| {
            let options = Options { media_kind, ..Options::default() };
            problems(Platform::Instagram, &options, &[file]).iter().map(|it| it.code).collect::<Vec<_>>()
        };
        assert!(codes(tall((800, 1_000)), None).is_empty());
        assert!(codes(tall((1_910, 1_000)), None).is_empty());
        assert_eq!(codes(tall((799, 1_000)), None), ["media_aspect_ratio"]);
        assert_eq!(codes(tall((1_911, 1_000)), None), ["media_aspect_ratio"]);
        assert!(codes(tall((9, 16)), Some(MediaPlacement::Stories)).is_empty());
    }

    #[test]
    fn what_is_too_large_is_named_with_its_size_and_its_rule() {
        let film = Attachment { size_bytes: 300 * MB + 1, ..Attachment::example("bell.mp4") };
        let problems = problems(Platform::Instagram, &Options::default(), &[film]);
        assert_eq!(problems[0].code, "media_too_large");
        assert_eq!(problems[0].detail, "`bell.mp4` has 300.1 MB, and Instagram takes 300 MB of this kind");
        assert_eq!(problems[0].about, About::File(0));
    }

    #[test]
    fn a_description_without_a_place_is_told() {
        let film = Attachment { alt_text: Some("A bell".into()), ..Attachment::example("bell.mp4") };
        let problems = problems(Platform::Instagram, &Options::default(), &[film]);
        assert_eq!(problems[0].code, "alt_text_not_shown");
        assert!(!problems[0].is_error());
    }
}
