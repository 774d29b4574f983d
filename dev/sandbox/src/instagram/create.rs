//! `POST /{ig}/media`: a container, whose media are fetched and looked at.
//!
//! <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media> and
//! <https://developers.facebook.com/docs/instagram-platform/content-publishing> (read 2026-11)

use serde_json::json;

use crate::graph::{
    Call, Container, DAY_MS, Fetched, Jpeg, Outcome, Process, Product, Refusal, State, Wanted, fetch,
    is_video, new_id,
};
use crate::house::{House, World};
use crate::instagram::account::{Right, enter};
use crate::platform::Platform;

const CAPTION_LIMIT: usize = 2_200;
const HASHTAG_LIMIT: usize = 30;
const MENTION_LIMIT: usize = 20;
const ALT_TEXT_LIMIT: usize = 1_000;
/// Containers that an account may make in 24 hours.
const CONTAINERS_PER_DAY: usize = 400;
/// 8 MiB; a picture is kept whole until its frame header is found.
const IMAGE: Wanted = Wanted { limit_bytes: 8 << 20, kept_bytes: 8 << 20 };
/// 300 MB.
const VIDEO: Wanted = Wanted { limit_bytes: 300_000_000, kept_bytes: 64 };
/// 4:5 and 1.91:1, with room for a pixel that was rounded.
const RATIOS: std::ops::RangeInclusive<f64> = 0.795..=1.915;

/// `POST /{ig}/media`: `{"id"}` of a container, which is not published yet.
pub(crate) async fn create(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let asked = {
        let world = house.world();
        let (caller, account) = enter(house, &world, platform, call, id, Right::Publish)?;
        let since_ms = caller.now_ms - DAY_MS;
        let made = world.shelf.containers.values();
        let made = made.filter(|it| it.account == account.id && it.created_at_ms > since_ms).count();
        if made >= CONTAINERS_PER_DAY {
            return Err(Refusal::sub(9, 2_207_042, "Application request limit reached"));
        }
        Asked::parse(call)?
    };
    let (labels, video, failed) = match &asked.source {
        Source::Image(url) => (vec![image(house, url, asked.product).await?.path], false, None),
        Source::Video(url) => {
            let fetched = download(house, url, VIDEO).await?;
            let good = is_video(&fetched.head) && fetched.size_bytes <= VIDEO.limit_bytes;
            // What is no video fails while it is processed.
            (vec![fetched.path], true, (!good).then_some(2_207_026))
        }
        Source::Children(children) => {
            let labels = check_children(house, &house.world(), id, children)?;
            (labels, false, None)
        }
    };
    house.change(|world| {
        let now_ms = house.now_ms();
        let container = Container {
            account: id.to_owned(),
            product: asked.product,
            video,
            caption: asked.caption,
            alt_text: asked.alt_text,
            labels,
            created_at_ms: now_ms,
            process: Process::begun(now_ms, failed),
            published: None,
        };
        let id = new_id(world, now_ms);
        world.shelf.add(&id, container);
        Ok(json!({"id": id}))
    })
}

/// What a call asks to be made.
struct Asked {
    product: Product,
    source: Source,
    caption: String,
    alt_text: Option<String>,
}

enum Source {
    Image(String),
    Video(String),
    Children(Vec<String>),
}

impl Asked {
    fn parse(call: &Call) -> Result<Self, Refusal> {
        let item = call.flag("is_carousel_item", false)?;
        let (product, source) = match (call.find("media_type"), item) {
            (None | Some("IMAGE"), false) => (Product::Image, Source::Image(address(call, "image_url")?)),
            (None | Some("IMAGE"), true) => match call.find("video_url") {
                // A video has to say that it is one.
                Some(_) => return Err(wrong_type("VIDEO must be named in media_type")),
                None => (Product::Item, Source::Image(address(call, "image_url")?)),
            },
            (Some("VIDEO"), true) => (Product::Item, Source::Video(address(call, "video_url")?)),
            (Some("VIDEO"), false) => {
                return Err(wrong_type("The VIDEO value for media_type is no longer supported. Use REELS"));
            }
            (Some("REELS"), false) => (Product::Reel, Source::Video(address(call, "video_url")?)),
            (Some("STORIES"), false) => {
                let source = match call.find("video_url") {
                    Some(_) => Source::Video(address(call, "video_url")?),
                    None => Source::Image(address(call, "image_url")?),
                };
                (Product::Story, source)
            }
            (Some("CAROUSEL"), false) => {
                let children = call.list("children");
                if !(2..=10).contains(&children.len()) {
                    let why = "The number of items in a carousel must be between 2 and 10";
                    return Err(Refusal::sub(100, 2_207_028, "Invalid parameter").saying(why));
                }
                (Product::Carousel, Source::Children(children))
            }
            (Some(other), _) => return Err(wrong_type(other)),
        };
        let alt_text = call.find("alt_text");
        if alt_text.is_some() && !matches!(source, Source::Image(_)) {
            return Err(Refusal::parameter("alt_text is supported for images only"));
        }
        if alt_text.is_some_and(|text| text.chars().count() > ALT_TEXT_LIMIT) {
            return Err(Refusal::parameter("alt_text must be at most 1000 characters"));
        }
        let caption = call.find("caption").unwrap_or_default();
        check_caption(caption, product)?;
        Ok(Self { product, source, caption: caption.to_owned(), alt_text: alt_text.map(str::to_owned) })
    }
}

fn address(call: &Call, name: &str) -> Result<String, Refusal> {
    if call.find("image_url").is_some() && call.find("video_url").is_some() {
        return Err(Refusal::parameter("image_url and video_url exclude each other"));
    }
    call.must(name).map(str::to_owned)
}

fn wrong_type(what: &str) -> Refusal {
    Refusal::sub(100, 2_207_023, "Invalid parameter").saying(format!("The media type is unknown: {what}"))
}

fn check_caption(caption: &str, product: Product) -> Result<(), Refusal> {
    let captioned = match product {
        Product::Image | Product::Reel | Product::Carousel => true,
        Product::Story | Product::Item => false,
    };
    if !captioned && !caption.is_empty() {
        // Meta ignores it, and then readers miss it: here whoever sends it shall know.
        return Err(Refusal::parameter("caption is not supported for stories and carousel items"));
    }
    if caption.chars().count() > CAPTION_LIMIT {
        let why = "The caption was too long. A maximum of 2,200 characters is permitted.";
        return Err(Refusal::sub(36_004, 2_207_010, "The caption was too long").saying(why));
    }
    let (hashtags, mentions) = (marked(caption, '#'), marked(caption, '@'));
    if hashtags > HASHTAG_LIMIT || mentions > MENTION_LIMIT {
        let why = format!("{hashtags} hashtags and {mentions} mentions: at most 30 and 20 are permitted.");
        return Err(Refusal::sub(100, 2_207_040, "Too many tags").saying(why));
    }
    Ok(())
}

/// How many words begin with that sign.
fn marked(caption: &str, sign: char) -> usize {
    let mut before = ' ';
    let mut letters = caption.chars().peekable();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        let begins = letter == sign && !before.is_alphanumeric() && before != '_';
        let goes_on = letters.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_');
        count += usize::from(begins && goes_on);
        before = letter;
    }
    count
}

async fn download(house: &House, url: &str, wanted: Wanted) -> Result<Fetched, Refusal> {
    fetch(&house.options, url, wanted).await.map_err(|_| {
        Refusal::sub(9_004, 2_207_052, "Only photo or video can be accepted as media type.")
            .saying(format!("The media could not be fetched from this URI: {url}"))
    })
}

async fn image(house: &House, url: &str, product: Product) -> Result<Fetched, Refusal> {
    let fetched = download(house, url, IMAGE).await?;
    if fetched.size_bytes > IMAGE.limit_bytes {
        let why = "The image is too large to download. It should be less than 8 MiB.";
        return Err(Refusal::sub(36_000, 2_207_004, "The image is too large").saying(why));
    }
    let Some(jpeg) = Jpeg::read(&fetched.head).filter(|jpeg| !jpeg.several) else {
        let why = "The image format is not supported. Please upload a JPEG.";
        return Err(Refusal::sub(36_001, 2_207_005, "The image format is not supported").saying(why));
    };
    let ratio = f64::from(jpeg.width) / f64::from(jpeg.height);
    if product != Product::Story && !RATIOS.contains(&ratio) {
        let why = format!(
            "The submitted image with aspect ratio {ratio:.3} cannot be published: 4:5 to 1.91:1 are supported."
        );
        return Err(Refusal::sub(36_003, 2_207_009, "The aspect ratio is not supported.").saying(why));
    }
    Ok(fetched)
}

/// The labels of a carousel's parts, which must all be ready.
fn check_children(
    house: &House,
    world: &World,
    account: &str,
    children: &[String],
) -> Result<Vec<String>, Refusal> {
    let now_ms = house.now_ms();
    let mut labels = Vec::new();
    for id in children {
        let found = world.shelf.containers.get(id).filter(|child| child.account == account);
        let child =
            found.ok_or_else(|| Refusal::sub(24, 2_207_006, "The requested resource does not exist"))?;
        if child.product != Product::Item {
            return Err(Refusal::parameter(format!("children: {id} was not made with is_carousel_item")));
        }
        match child.state(&house.options, now_ms) {
            State::Finished => labels.extend(child.labels.iter().cloned()),
            State::InProgress => return Err(not_ready()),
            State::Failed(number) => return Err(Refusal::sub(-1, number, "The media cannot be used")),
            State::Expired | State::Published => return Err(lost()),
        }
    }
    Ok(labels)
}

/// 9007/2207027: it is still being processed.
pub(crate) fn not_ready() -> Refusal {
    Refusal::sub(9_007, 2_207_027, "Media ID is not available")
        .saying("The media is not ready to be published. Please wait a moment.")
}

/// 24/2207008: the container was used or has expired.
pub(crate) fn lost() -> Refusal {
    Refusal::sub(24, 2_207_008, "The requested resource does not exist")
        .saying("The media builder with this creation id does not exist or has expired.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_within_a_word_marks_nothing() {
        assert_eq!(marked("#one, a#b ##two # #_x c@d @e", '#'), 3);
        assert_eq!(marked("me@example.com @e", '@'), 1);
    }
}
