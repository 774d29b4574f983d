//! What becomes of a container: `GET /{container}` and `POST /{ig}/media_publish`.

use serde_json::{Value, json};

use crate::graph::{Call, Container, Fields, Outcome, Product, Refusal, State, new_id};
use crate::house::{House, World};
use crate::instagram::account::{Right, enter, used};
use crate::instagram::create::{lost, not_ready};
use crate::platform::Platform;
use crate::posts::Post;

/// `GET /{container}?fields=status_code,status`: how far it is, this look counted.
///
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container>
/// (read 2026-11)
pub(crate) fn look(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let account = world.shelf.containers.get(id).map(|container| container.account.clone());
        let account = account.ok_or_else(|| Refusal::gone("get", id))?;
        let (caller, _) = enter(house, world, platform, call, &account, Right::Basic)?;
        let fields = Fields::of(call, "id");
        let container = world.shelf.containers.get_mut(id).ok_or_else(|| Refusal::gone("get", id))?;
        let state = match container.state(&house.options, caller.now_ms) {
            settled @ (State::Published | State::Expired) => settled,
            State::InProgress | State::Finished | State::Failed(_) => {
                container.process.looked_at(call.processing, &house.options, caller.now_ms)
            }
        };
        let (status_code, status) = shown(state);
        fields.pick(&json!({"id": id, "status_code": status_code, "status": status}), "IGContainer")
    })
}

/// `POST /{ig}/media_publish`: a container becomes a post, once.
///
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media_publish>
/// (read 2026-11)
pub(crate) fn publish(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let (caller, account) = enter(house, world, platform, call, id, Right::Publish)?;
        let creation_id = call.must("creation_id")?;
        let found = world.shelf.containers.get(creation_id).filter(|it| it.account == account.id);
        let container = found
            .cloned()
            .ok_or_else(|| Refusal::sub(24, 2_207_006, "The requested resource does not exist"))?;
        match container.state(&house.options, caller.now_ms) {
            State::Finished => {}
            State::InProgress => return Err(not_ready()),
            State::Failed(number) => return Err(Refusal::sub(-1, number, "The media cannot be published")),
            State::Expired | State::Published => return Err(lost()),
        }
        if container.product == Product::Item {
            return Err(Refusal::parameter("a carousel item cannot be published alone"));
        }
        let quota = usize::try_from(house.options.instagram_publish_quota).unwrap_or(usize::MAX);
        if used(world, &account.id, caller.now_ms) >= quota {
            let why = "You reached the maximum number of posts that is allowed to be published by Content \
                       Publishing API.";
            return Err(Refusal::sub(9, 2_207_042, "Application request limit reached").saying(why));
        }
        let media = commit(world, &container, caller.now_ms);
        if let Some(container) = world.shelf.containers.get_mut(creation_id) {
            container.published = Some(media.clone());
        }
        Ok(json!({"id": media}))
    })
}

fn shown(state: State) -> (&'static str, String) {
    match state {
        State::InProgress => ("IN_PROGRESS", "In Progress: Media is still being processed.".to_owned()),
        State::Finished => {
            ("FINISHED", "Finished: Media has been uploaded and it is ready to be published.".to_owned())
        }
        State::Failed(number) => {
            ("ERROR", format!("Error: Media upload has failed with error code {number}"))
        }
        State::Expired => {
            ("EXPIRED", "Expired: Media was not published within 24 hours and has expired.".to_owned())
        }
        State::Published => ("PUBLISHED", "Published: Media has already been published.".to_owned()),
    }
}

fn commit(world: &mut World, container: &Container, now_ms: i64) -> String {
    let id = new_id(world, now_ms);
    let (product, folder) = match container.product {
        Product::Image | Product::Carousel | Product::Item => ("FEED", "p"),
        Product::Reel => ("REELS", "reel"),
        Product::Story => ("STORY", "stories"),
    };
    let kind = match (container.product, container.video) {
        (Product::Carousel, _) => "CAROUSEL_ALBUM",
        (_, true) => "VIDEO",
        (_, false) => "IMAGE",
    };
    let shortcode: Value = json!(shortcode(&id));
    world.posts.push(Post {
        platform: Platform::Instagram,
        account: container.account.clone(),
        text: container.caption.clone(),
        sent: container.caption.clone(),
        truncated: false,
        media: container.labels.clone(),
        reply_to: None,
        visibility: "published".to_owned(),
        accepted_at_ms: now_ms,
        deleted_at_ms: None,
        extra: json!({
            "media_product_type": product,
            "media_type": kind,
            "shortcode": shortcode,
            "permalink": format!("https://www.instagram.com/{folder}/{}/", shortcode.as_str().unwrap_or_default()),
            "alt_text": container.alt_text,
        }),
        comment: false,
        id: id.clone(),
    });
    id
}

/// The id in Instagram's 64 letters, as its addresses have it.
fn shortcode(id: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut number = id.parse::<u64>().unwrap_or_default();
    let mut letters = Vec::new();
    while number > 0 {
        letters.insert(0, char::from(LETTERS[usize::try_from(number % 64).unwrap_or_default()]));
        number /= 64;
    }
    letters.into_iter().collect()
}
