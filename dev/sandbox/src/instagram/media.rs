//! What was published: read-back, comments, insights, deletion.
//!
//! <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media> (read 2026-11)

use serde_json::{Value, json};

use crate::graph::{Call, DAY_MS, Fields, Numbers, Outcome, Refusal, listed, new_id, shown_time};
use crate::house::{House, World};
use crate::instagram::account::{Right, enter};
use crate::platform::Platform;
use crate::posts::Post;

/// Which of an account's lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum List {
    /// Everything but stories.
    Media,
    /// The stories of the last 24 hours.
    Stories,
}

/// `GET /{ig}/media` and `GET /{ig}/stories`: newest first.
pub(crate) fn list(house: &House, platform: Platform, call: &Call, id: &str, list: List) -> Outcome {
    let world = house.world();
    let (caller, account) = enter(house, &world, platform, call, id, Right::Basic)?;
    let (since, until) = (seconds(call, "since")?, seconds(call, "until")?);
    let fields = Fields::of(call, "id");
    let mut found = Vec::new();
    for post in world.posts.newest_first().filter(|post| {
        post.platform == Platform::Instagram
            && post.account == account.id
            && !post.comment
            && post.deleted_at_ms.is_none()
    }) {
        let at = post.accepted_at_ms / 1000;
        let story = post.extra["media_product_type"] == "STORY";
        let listed = match list {
            List::Media => !story,
            List::Stories => story && post.accepted_at_ms + DAY_MS > caller.now_ms,
        };
        if listed && since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until) {
            found.push(fields.pick(&shown(&world, post, &account.username), "IGMedia")?);
        }
    }
    listed(call, &found)
}

/// `GET /{media}?fields=…`.
pub(crate) fn read(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let post = live(&world, call, id)?;
    let (_, account) = enter(house, &world, platform, call, &post.account, Right::Basic)?;
    Fields::of(call, "id").pick(&shown(&world, post, &account.username), "IGMedia")
}

/// `POST /{media}/comments`.
pub(crate) fn comment(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let post = live(world, call, id)?.clone();
        let (caller, account) = enter(house, world, platform, call, &post.account, Right::Comment)?;
        let message = call.must("message")?;
        let id = new_id(world, caller.now_ms);
        world.posts.push(Post {
            platform: Platform::Instagram,
            account: account.id,
            id: id.clone(),
            text: message.to_owned(),
            sent: message.to_owned(),
            truncated: false,
            media: Vec::new(),
            reply_to: Some(post.id),
            visibility: post.visibility,
            accepted_at_ms: caller.now_ms,
            deleted_at_ms: None,
            extra: Value::Null,
            comment: true,
        });
        Ok(json!({"id": id}))
    })
}

/// `GET /{media}/comments`: newest first.
pub(crate) fn comments(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let post = live(&world, call, id)?;
    let (_, account) = enter(house, &world, platform, call, &post.account, Right::Comment)?;
    let fields = Fields::of(call, "id,text,timestamp");
    let mut found = Vec::new();
    for comment in world.posts.newest_first().filter(|other| {
        other.comment && other.deleted_at_ms.is_none() && other.reply_to.as_deref() == Some(&post.id)
    }) {
        let whole = json!({
            "id": comment.id,
            "text": comment.text,
            "timestamp": shown_time(comment.accepted_at_ms),
            "username": account.username,
            "like_count": 0,
        });
        found.push(fields.pick(&whole, "IGComment")?);
    }
    listed(call, &found)
}

/// `GET /{media}/insights?metric=…`: one metric that this kind of media does not have fails the whole call.
///
/// <https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights> (read 2026-11)
pub(crate) fn insights(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let post = live(&world, call, id)?;
    enter(house, &world, platform, call, &post.account, Right::Insights)?;
    call.must("metric")?;
    let numbers = Numbers::of(&world, post);
    let product = post.extra["media_product_type"].as_str().unwrap_or_default();
    let mut data = Vec::new();
    for (index, metric) in call.list("metric").into_iter().enumerate() {
        let known = metrics(product);
        if !known.contains(&metric.as_str()) {
            let known = known.join(", ");
            let what = format!("metric[{index}] must be one of the following values: {known}");
            return Err(Refusal::parameter(what));
        }
        let value = match metric.as_str() {
            "views" => numbers.views,
            "reach" => numbers.reach,
            "likes" => numbers.likes,
            "comments" => numbers.comments,
            "saved" => numbers.saved,
            "shares" => numbers.shares,
            "total_interactions" => numbers.interactions(),
            // Milliseconds.
            "ig_reels_avg_watch_time" => 4_200,
            "ig_reels_video_view_total_time" => numbers.views * 4_200,
            _ => 0,
        };
        data.push(json!({
            "name": metric,
            "period": "lifetime",
            "values": [{"value": value}],
            "title": metric,
            "description": metric,
            "id": format!("{id}/insights/{metric}/lifetime"),
        }));
    }
    Ok(json!({"data": data}))
}

/// `DELETE /{media}`: only for accounts of a Page, with `instagram_manage_contents`.
pub(crate) fn delete(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let post = live(world, call, id)?;
        let (account, id) = (post.account.clone(), post.id.clone());
        let (caller, _) = enter(house, world, platform, call, &account, Right::Delete)?;
        world.posts.delete(Platform::Instagram, &id, caller.now_ms);
        Ok(json!({"success": true}))
    })
}

fn metrics(product: &str) -> &'static [&'static str] {
    match product {
        "REELS" => &[
            "views",
            "reach",
            "likes",
            "comments",
            "saved",
            "shares",
            "total_interactions",
            "ig_reels_avg_watch_time",
            "ig_reels_video_view_total_time",
        ],
        "STORY" => &["views", "reach", "shares", "total_interactions", "replies", "follows", "navigation"],
        _ => &["views", "reach", "likes", "comments", "saved", "shares", "total_interactions", "follows"],
    }
}

/// Everything that can be seen of a post.
fn shown(world: &World, post: &Post, username: &str) -> Value {
    let numbers = Numbers::of(world, post);
    json!({
        "id": post.id,
        "caption": if post.text.is_empty() { Value::Null } else { json!(post.text) },
        "timestamp": shown_time(post.accepted_at_ms),
        "permalink": post.extra["permalink"],
        "shortcode": post.extra["shortcode"],
        "media_type": post.extra["media_type"],
        "media_product_type": post.extra["media_product_type"],
        "alt_text": post.extra["alt_text"],
        "media_url": format!("https://scontent.cdninstagram.com/{}", post.id),
        "username": username,
        "owner": {"id": post.account},
        "like_count": numbers.likes,
        "comments_count": numbers.comments,
    })
}

fn live<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Post, Refusal> {
    let post = world.posts.live(Platform::Instagram, id).map(AsRef::as_ref);
    post.ok_or_else(|| Refusal::gone(call.method.as_str(), id))
}

fn seconds(call: &Call, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = call.find(name) else { return Ok(None) };
    let at = text.parse::<i64>().ok().or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_second()));
    at.map(Some).ok_or_else(|| Refusal::parameter(format!("param {name} must be a UNIX timestamp")))
}
