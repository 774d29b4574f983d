//! `POST /{page}/feed`, the list of a Page's posts, and what every way to publish has in common.
//!
//! <https://developers.facebook.com/docs/pages-api/posts> (read 2026-11)

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::facebook::object::shown;
use crate::graph::{Call, Caller, Fields, Outcome, Refusal, authenticate, listed, new_id};
use crate::house::{House, World};
use crate::options::millis;
use crate::pages::PageRole;
use crate::platform::Platform;
use crate::posts::Post;

/// What a post may hold, as everybody says and the documentation does not.
const MESSAGE_LIMIT: usize = 63_206;

/// `POST /{page}/feed`: words, a link, or photos that were uploaded before.
pub(crate) fn create(house: &House, call: &Call, page: &str) -> Outcome {
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        check_publishing(&caller, page)?;
        let message = call.find("message").unwrap_or_default();
        let link = call.find("link");
        let photos = attached(call)?;
        if message.trim().is_empty() && link.is_none() && photos.is_empty() {
            return Err(Refusal::new(197, "(#197) The post is empty. Please enter a message to share."));
        }
        check_message(message)?;
        let well_formed =
            |link: &str| Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if link.is_some_and(|link| !well_formed(link)) {
            return Err(Refusal::new(1_500, "(#1500) The url you supplied is invalid"));
        }
        let mut accepted =
            Accepted { page, message, link, published: call.flag("published", true)?, ..Accepted::default() };
        for id in &photos {
            let photo = world.shelf.photos.get(id).filter(|photo| photo.page == page).ok_or_else(|| {
                Refusal::parameter(format!("param attached_media must be photos of the Page: {id} is none"))
            })?;
            accepted.labels.push(photo.label.clone());
            accepted.hashes.push(photo.hash.clone());
        }
        check_duplicate(house, world, call, &accepted)?;
        if photos.iter().any(|id| world.shelf.photos.get(id).is_some_and(|photo| photo.post.is_some())) {
            let why = "Photos were already posted.";
            return Err(Refusal::sub(100, 1_366_051, "Invalid parameter").saying(why));
        }
        let id = commit(world, &caller, accepted);
        for photo in &photos {
            if let Some(photo) = world.shelf.photos.get_mut(photo) {
                photo.post = Some(id.clone());
            }
        }
        Ok(json!({"id": id}))
    })
}

/// `GET /{page}/published_posts` and `/feed`: newest first, between `since` and `until`.
pub(crate) fn list(house: &House, call: &Call, page: &str) -> Outcome {
    let world = house.world();
    let caller = authenticate(house, &world, Platform::Facebook, call)?;
    check_reading(&caller, page)?;
    let (since_ms, until_ms) = (instant(call, "since")?, instant(call, "until")?);
    let fields = Fields::of(call, "id,created_time,message");
    let posts = world.posts.newest_first().filter(|post| {
        post.platform == Platform::Facebook
            && post.account == page
            && !post.comment
            && post.deleted_at_ms.is_none()
            && post.visibility == "published"
            // Meta counts in seconds: what was published within the first one is there.
            && since_ms.is_none_or(|since_ms| post.accepted_at_ms / 1000 >= since_ms / 1000)
            && until_ms.is_none_or(|until_ms| post.accepted_at_ms <= until_ms)
    });
    let elements: Result<Vec<Value>, Refusal> =
        posts.map(|post| fields.pick(&shown(&world, post), "Post")).collect();
    listed(call, &elements?)
}

/// A post that passed every check.
#[derive(Default)]
pub(crate) struct Accepted<'a> {
    pub(crate) page: &'a str,
    pub(crate) message: &'a str,
    pub(crate) link: Option<&'a str>,
    /// What its media are called.
    pub(crate) labels: Vec<String>,
    /// What its media are, so that the same can be told from others.
    pub(crate) hashes: Vec<String>,
    pub(crate) published: bool,
    /// Whether it is a Reel, of which a day holds thirty.
    pub(crate) reel: bool,
}

/// Stores a post; returns its id, `{page}_{number}`.
pub(crate) fn commit(world: &mut World, caller: &Caller, accepted: Accepted<'_>) -> String {
    let id = format!("{}_{}", accepted.page, new_id(world, caller.now_ms));
    world.posts.push(Post {
        platform: Platform::Facebook,
        account: accepted.page.to_owned(),
        id: id.clone(),
        text: accepted.message.to_owned(),
        sent: accepted.message.to_owned(),
        truncated: false,
        media: accepted.labels,
        reply_to: None,
        visibility: if accepted.published { "published" } else { "unpublished" }.to_owned(),
        accepted_at_ms: caller.now_ms,
        deleted_at_ms: None,
        extra: json!({"link": accepted.link, "hashes": accepted.hashes, "reel": accepted.reel}),
        comment: false,
    });
    id
}

/// A post that equals the Page's newest one is refused.
///
/// # Errors
/// 506.
pub(crate) fn check_duplicate(
    house: &House,
    world: &World,
    call: &Call,
    accepted: &Accepted<'_>,
) -> Result<(), Refusal> {
    if call.duplicates || !accepted.published {
        return Ok(());
    }
    let newest = world.posts.newest_first().find(|post| {
        post.platform == Platform::Facebook
            && post.account == accepted.page
            && !post.comment
            && post.deleted_at_ms.is_none()
            && post.visibility == "published"
    });
    let since_ms = house.now_ms() - millis(house.options.duplicate_window);
    let same = newest.is_some_and(|post| {
        post.accepted_at_ms > since_ms
            && post.text == accepted.message
            && post.extra["link"].as_str() == accepted.link
            && post.extra["hashes"] == json!(accepted.hashes)
    });
    if !same {
        return Ok(());
    }
    Err(Refusal::new(506, "(#506) Duplicate status message").saying(
        "This status update is identical to the last one you posted. Try posting something different, or delete \
         your previous update.",
    ))
}

/// Refuses who may not publish for the Page.
///
/// # Errors
/// 100/33, 190/2069032, or 200 without the permissions or the task.
pub(crate) fn check_publishing(caller: &Caller, page: &str) -> Result<PageRole, Refusal> {
    let role = caller.role_at("post", page)?;
    let allowed = caller.has("pages_manage_posts") && caller.has("pages_read_engagement");
    if allowed && role.may_create() {
        return Ok(role);
    }
    Err(Refusal::not_permitted(
        "If posting to a page, requires both pages_read_engagement and pages_manage_posts as an admin with \
         sufficient administrative permission",
    ))
}

/// Refuses who may not read what the Page has.
///
/// # Errors
/// 100/33, 190/2069032, or 10 without the permission.
pub(crate) fn check_reading(caller: &Caller, page: &str) -> Result<(), Refusal> {
    caller.role_at("get", page)?;
    if caller.has("pages_read_engagement") { Ok(()) } else { Err(Refusal::app_not_permitted()) }
}

/// Refuses words that are too long.
///
/// # Errors
/// 100.
pub(crate) fn check_message(message: &str) -> Result<(), Refusal> {
    if message.chars().count() > MESSAGE_LIMIT {
        return Err(Refusal::parameter(format!("param message must be at most {MESSAGE_LIMIT} characters")));
    }
    Ok(())
}

/// An instant in Unix seconds or in ISO 8601, in Unix milliseconds.
///
/// # Errors
/// 100.
pub(crate) fn instant(call: &Call, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = call.find(name) else { return Ok(None) };
    let seconds = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    let at = seconds.or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond));
    at.map(Some).ok_or_else(|| Refusal::parameter(format!("param {name} must be a UNIX timestamp")))
}

fn attached(call: &Call) -> Result<Vec<String>, Refusal> {
    let entries = call.list("attached_media").into_iter();
    entries
        .map(|text| {
            let entry: Option<Value> = serde_json::from_str(&text).ok();
            let id = entry.as_ref().and_then(|entry| entry.get("media_fbid"));
            let id =
                id.and_then(|id| id.as_str().map(str::to_owned).or_else(|| Some(id.as_u64()?.to_string())));
            id.ok_or_else(|| {
                Refusal::parameter("param attached_media must be an array of {\"media_fbid\":\"…\"}")
            })
        })
        .collect()
}
