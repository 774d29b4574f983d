//! What can be done with a thing that has an id: look at it, comment on it, count it, delete it.

use serde_json::{Value, json};

use crate::facebook::feed::check_reading;
use crate::facebook::{people, videos};
use crate::graph::{
    Call, Fields, Numbers, Outcome, Photo, Refusal, authenticate, listed, new_id, shown_time,
};
use crate::house::{House, World};
use crate::platform::Platform;
use crate::posts::Post;

/// What the insights of a post know.
/// <https://developers.facebook.com/docs/graph-api/reference/insights> (read 2026-11)
const METRICS: [&str; 4] =
    ["post_media_view", "post_total_media_view_unique", "post_clicks", "post_reactions_by_type_total"];

/// `GET /{id}`: a Page, a post, a comment, a photo or a video.
pub(crate) fn read(house: &House, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        if let Some(role) = caller.person.page(id) {
            let fields = Fields::of(call, "id,name");
            return fields.pick(&people::shown(&caller, &role, None), "Page");
        }
        if id == caller.person.facebook_id() {
            let whole = json!({"id": id, "name": caller.person.display()});
            return Fields::of(call, "id,name").pick(&whole, "User");
        }
        if let Some(video) = world.shelf.videos.get(id).cloned() {
            check_reading(&caller, &video.page)?;
            let fields = Fields::of(call, "id");
            let status =
                if fields.want("status") { videos::look(house, world, call, id) } else { json!(null) };
            let link = format!("https://www.facebook.com/reel/{id}");
            let whole = json!({"id": id, "status": status, "permalink_url": link, "post_id": video.post});
            return fields.pick(&whole, "Video");
        }
        if let Some(Photo { page, alt_text, post, .. }) = world.shelf.photos.get(id) {
            check_reading(&caller, page)?;
            let link = format!("https://www.facebook.com/photo/?fbid={id}");
            let whole = json!({"id": id, "alt_text": alt_text, "link": link, "page_story_id": post});
            return Fields::of(call, "id").pick(&whole, "Photo");
        }
        let post = live(world, call, id)?;
        check_reading(&caller, &post.account)?;
        Fields::of(call, "id,created_time,message").pick(&shown(world, post), "Post")
    })
}

/// `POST /{post}/comments`.
pub(crate) fn comment(house: &House, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        let post = live(world, call, id)?.clone();
        let role = caller.role_at("post", &post.account)?;
        if !caller.has("pages_manage_engagement") || !role.tasks.contains(&"MODERATE") {
            return Err(Refusal::not_permitted(
                "Requires pages_manage_engagement permission to manage the object",
            ));
        }
        let message = call.must("message")?;
        let number = post.id.rsplit('_').next().unwrap_or_default().to_owned();
        let id = format!("{number}_{}", new_id(world, caller.now_ms));
        world.posts.push(Post {
            platform: Platform::Facebook,
            account: post.account,
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

/// `GET /{post}/comments`: oldest first.
pub(crate) fn comments(house: &House, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let caller = authenticate(house, &world, Platform::Facebook, call)?;
    let post = live(&world, call, id)?;
    check_reading(&caller, &post.account)?;
    let fields = Fields::of(call, "created_time,from,message,id");
    let mut found: Vec<Value> = Vec::new();
    for comment in world.posts.newest_first().filter(|other| {
        other.comment && other.deleted_at_ms.is_none() && other.reply_to.as_deref() == Some(&post.id)
    }) {
        found.insert(0, fields.pick(&shown(&world, comment), "Comment")?);
    }
    listed(call, &found)
}

/// `GET /{post}/insights?metric=…`: one metric that does not exist fails the whole call.
pub(crate) fn insights(house: &House, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let caller = authenticate(house, &world, Platform::Facebook, call)?;
    let post = live(&world, call, id)?;
    check_reading(&caller, &post.account)?;
    if !caller.has("read_insights") {
        return Err(Refusal::app_not_permitted());
    }
    let numbers = Numbers::of(&world, post);
    let mut data = Vec::new();
    call.must("metric")?;
    for metric in call.list("metric") {
        let value = match metric.as_str() {
            "post_media_view" => json!(numbers.views),
            "post_total_media_view_unique" => json!(numbers.reach),
            "post_clicks" => json!(numbers.clicks),
            "post_reactions_by_type_total" => json!({"like": numbers.likes}),
            _ => {
                let known = METRICS.join(", ");
                let what = format!("The value must be a valid insights metric: {metric} is none of {known}");
                return Err(Refusal::parameter(what));
            }
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

/// `DELETE /{id}`: a post or a comment of the Page.
pub(crate) fn delete(house: &House, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        let post = live(world, call, id)?;
        let role = caller.role_at("delete", &post.account)?;
        let needed = if post.comment { "pages_manage_engagement" } else { "pages_manage_posts" };
        if !caller.has(needed) || !role.may_create() {
            return Err(Refusal::not_permitted(&format!(
                "Requires {needed} permission to manage the object"
            )));
        }
        let id = post.id.clone();
        world.posts.delete(Platform::Facebook, &id, caller.now_ms);
        Ok(json!({"success": true}))
    })
}

/// Everything that can be seen of a post or comment.
pub(crate) fn shown(world: &World, post: &Post) -> Value {
    let numbers = Numbers::of(world, post);
    let summary = |count: usize| json!({"data": [], "summary": {"total_count": count}});
    let (page, text) = (&post.account, &post.text);
    let name = world
        .people_of(Platform::Facebook, page)
        .first()
        .and_then(|person| person.page(page))
        .map(|role| role.page.name);
    // What nobody shared has no `shares` at all.
    let shares = (numbers.shares > 0).then(|| json!({"count": numbers.shares}));
    json!({
        "id": post.id,
        "message": if text.is_empty() { Value::Null } else { json!(text) },
        "created_time": shown_time(post.accepted_at_ms),
        "permalink_url": format!("https://www.facebook.com/{}", post.id),
        "is_published": post.visibility == "published",
        "from": {"id": page, "name": name},
        "application": {"id": "belfry-facebook", "name": "Belfry"},
        "link": post.extra.get("link"),
        "shares": shares,
        "reactions": summary(numbers.likes),
        "likes": summary(numbers.likes),
        "comments": summary(numbers.comments),
        "comment_count": numbers.comments,
        "like_count": numbers.likes,
    })
}

fn live<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Post, Refusal> {
    let post = world.posts.live(Platform::Facebook, id).map(AsRef::as_ref);
    post.ok_or_else(|| Refusal::gone(call.method.as_str(), id))
}
