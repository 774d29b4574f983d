//! `POST /2/tweets` and `DELETE /2/tweets/{id}`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::gate::DuplicatesAccepted;
use crate::house::{House, World};
use crate::options::millis;
use crate::people::Person;
use crate::platform::Platform;
use crate::posts::Post;
use crate::x::attach;
use crate::x::body::{NewTweet, is_id};
use crate::x::limits::{Caller, Endpoint, guarded};
use crate::x::links::{carried, shown};
use crate::x::problem::Problem;
use crate::x::text;

/// Where the milliseconds in X's ids begin: 2010-11-04T01:42:54.657Z.
pub(crate) const EPOCH_MS: i64 = 1_288_834_974_657;

const TOO_LONG: &str = "Your Tweet text is too long. For more information on how Twitter determines text length \
                        see https://github.com/twitter/twitter-text.";
const DUPLICATE: &str = "You are not allowed to create a Tweet with duplicate content.";
const NOT_SUMMONED: &str = "Reply to this conversation is not allowed because you have not been mentioned or \
                            otherwise engaged by the author of the post you are replying to.";
const PARENT_GONE: &str = "You attempted to reply to a Tweet that is deleted or not visible to you.";
const CASHTAGS: &str = "You are not permitted to create a Tweet with more than the maximum of one cashtag.";

/// `POST /2/tweets`: 201 with the id, which carries the millisecond of acceptance.
pub(crate) async fn create(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    duplicates: Option<Extension<DuplicatesAccepted>>,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Endpoint::Create, |world, caller| {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let tweet = NewTweet::parse(content_type.unwrap_or_default(), &body)?;
        let text: String = tweet.text.trim().nfc().collect();
        check_text(&tweet, &text, &caller.person)?;
        check_permissions(world, &tweet, &text, caller)?;
        if duplicates.is_none() {
            check_duplicate(&house, world, &text, caller)?;
        }
        Ok(commit(&house, world, &tweet, text, &caller.person))
    })
}

/// `DELETE /2/tweets/{id}`: 200 for an own post, 403 for another's, 404 for one that is not there.
pub(crate) async fn delete(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    guarded(&house, &headers, Endpoint::Delete, |world, caller| {
        if !is_id(&id) {
            return Err(Problem::invalid("id", &id, "The `id` query parameter value is not valid"));
        }
        let Some(post) = world.posts.live(Platform::X, &id) else {
            return Err(Problem::not_found("tweet", "id", &id));
        };
        if post.account != caller.person.x_id() {
            return Err(Problem::forbidden("You are not authorized to delete this Tweet."));
        }
        world.posts.delete(Platform::X, &id, caller.now_ms);
        Ok(crate::x::json(StatusCode::OK, &json!({"data": {"deleted": true}})))
    })
}

fn check_text(tweet: &NewTweet, text: &str, author: &Person) -> Result<(), Problem> {
    if text.is_empty() && tweet.media.is_none() && tweet.poll.is_none() {
        return Err(Problem::invalid("text", "", "text is required unless there is media"));
    }
    if text::has_forbidden_character(text) {
        return Err(Problem::invalid("text", "", "text holds a character that is not allowed"));
    }
    let limit = if author.x_premium() { text::PREMIUM_LIMIT } else { text::LIMIT };
    if text::weight(text) > limit {
        return Err(Problem::blank(StatusCode::BAD_REQUEST, "Bad Request", TOO_LONG));
    }
    Ok(())
}

fn check_permissions(world: &World, tweet: &NewTweet, text: &str, caller: &Caller) -> Result<(), Problem> {
    let author = &caller.person;
    if tweet.asks_for_more() {
        return Err(Problem::not_permitted());
    }
    if text::cashtags(text) > 1 {
        return Err(Problem::forbidden(CASHTAGS));
    }
    if let Some(media) = &tweet.media {
        attach::check(world, caller, &media.media_ids)?;
    }
    let Some(reply) = &tweet.reply else { return Ok(()) };
    let parent = world
        .posts
        .live(Platform::X, &reply.in_reply_to_tweet_id)
        .ok_or_else(|| Problem::forbidden(PARENT_GONE))?;
    let summoned = parent.account == author.x_id() || text::mentions(&parent.text, &author.x_username());
    if summoned { Ok(()) } else { Err(Problem::forbidden(NOT_SUMMONED)) }
}

fn check_duplicate(house: &House, world: &World, text: &str, caller: &Caller) -> Result<(), Problem> {
    let since_ms = caller.now_ms - millis(house.options.duplicate_window);
    let account = caller.person.x_id();
    let twin =
        world.posts.twin(Platform::X, &account, since_ms, |post| !text.is_empty() && post.text == text);
    if twin.is_some() { Err(Problem::forbidden(DUPLICATE)) } else { Ok(()) }
}

fn commit(house: &House, world: &mut World, tweet: &NewTweet, text: String, author: &Person) -> Response {
    let now_ms = house.now_ms();
    let id = world.posts.next_id(Platform::X, now_ms, EPOCH_MS).to_string();
    let media = tweet.media.as_ref().map(|media| media.media_ids.clone()).unwrap_or_default();
    let body = json!({"data": {
        "id": id,
        "text": shown(&id, &text, carried(world, &media).as_ref()).text,
        "edit_history_tweet_ids": [id],
    }});
    world.posts.push(Post {
        platform: Platform::X,
        account: author.x_id(),
        id,
        sent: text.clone(),
        text,
        truncated: false,
        media,
        reply_to: tweet.reply.as_ref().map(|reply| reply.in_reply_to_tweet_id.clone()),
        visibility: "public".to_owned(),
        accepted_at_ms: now_ms,
        deleted_at_ms: None,
        extra: extra(tweet),
        comment: false,
    });
    crate::x::json(StatusCode::CREATED, &body)
}

fn extra(tweet: &NewTweet) -> Value {
    json!({
        "reply_settings": tweet.reply_settings.map_or("everyone", |settings| settings.as_str()),
        "made_with_ai": tweet.made_with_ai.unwrap_or(false),
        "paid_partnership": tweet.paid_partnership.unwrap_or(false),
        "poll": tweet.poll.as_ref().map(|poll| json!({
            "options": poll.options,
            "duration_minutes": poll.duration_minutes,
        })),
    })
}
