//! `POST /{page}/photos`: by an address that is really fetched, or by bytes.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/page/photos> (read 2026-11)

use serde_json::json;

use crate::facebook::feed::{Accepted, check_duplicate, check_message, check_publishing, commit};
use crate::graph::{Call, Fetched, Outcome, Photo, Refusal, Wanted, authenticate, fetch, format_of, new_id};
use crate::house::House;
use crate::platform::Platform;

/// 10 MiB.
const LIMIT_BYTES: usize = 10 << 20;
const ALT_TEXT_LIMIT: usize = 1_000;

/// `POST /{page}/photos`: published, it is a post; else it waits to be attached to one.
pub(crate) async fn create(house: &House, call: &Call, page: &str) -> Outcome {
    // Who may not publish does not make Meta fetch anything.
    check_publishing(&authenticate(house, &house.world(), Platform::Facebook, call)?, page)?;
    let message = call.find("message").or_else(|| call.find("caption")).unwrap_or_default();
    check_message(message)?;
    let alt_text = call.find("alt_text_custom");
    if alt_text.is_some_and(|text| text.chars().count() > ALT_TEXT_LIMIT) {
        return Err(Refusal::parameter("param alt_text_custom is too long"));
    }
    let published = call.flag("published", true)?;
    let fetched = content(house, call).await?;
    if fetched.size_bytes > LIMIT_BYTES || format_of(&fetched.head).is_none() {
        return Err(Refusal::sub(100, 1_366_046, "Invalid parameter").saying(
            "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG, PNG, GIF, TIFF, \
             HEIF or WebP files.",
        ));
    }
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        let id = new_id(world, caller.now_ms);
        let label = if fetched.path.is_empty() { id.clone() } else { fetched.path.clone() };
        let accepted = Accepted {
            page,
            message,
            labels: vec![label.clone()],
            hashes: vec![fetched.hash.clone()],
            published,
            ..Accepted::default()
        };
        check_duplicate(house, world, call, &accepted)?;
        let post = published.then(|| commit(world, &caller, accepted));
        let mut body = json!({"id": id});
        if let Some(post) = &post {
            body["post_id"] = json!(post);
        }
        let alt_text = alt_text.map(str::to_owned);
        world
            .shelf
            .photos
            .insert(id, Photo { page: page.to_owned(), label, hash: fetched.hash, alt_text, post });
        Ok(body)
    })
}

async fn content(house: &House, call: &Call) -> Result<Fetched, Refusal> {
    let sent = call.files.iter().find(|file| file.name == "source");
    match (sent, call.find("url")) {
        (Some(file), _) => Ok(Fetched::sent(&file.bytes)),
        (None, Some(url)) => {
            let wanted = Wanted { limit_bytes: LIMIT_BYTES, kept_bytes: 64 };
            fetch(&house.options, url, wanted)
                .await
                .map_err(|_| Refusal::sub(324, 2_069_019, "(#324) Missing or invalid image file"))
        }
        (None, None) => Err(Refusal::new(324, "(#324) Requires upload file")),
    }
}
