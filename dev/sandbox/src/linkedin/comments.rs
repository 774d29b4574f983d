//! Comments, and how many a post has.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::house::{House, World};
use crate::linkedin::author::Author;
use crate::linkedin::body::parse;
use crate::linkedin::calls::{Caller, Style, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, empty, respond};
use crate::linkedin::read;
use crate::options::millis;
use crate::platform::Platform;
use crate::posts::Post;

const TEXT_LIMIT: usize = 1_250;
const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewComment {
    actor: String,
    object: String,
    message: Message,
    parent_comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    text: String,
    #[serde(default, rename = "attributes")]
    _attributes: Vec<Value>,
}

/// `POST /rest/socialActions/{urn}/comments`: 201 with the comment; its number stands in `x-restli-id`.
pub(crate) async fn create(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    Path(urn): Path<String>,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let post = live(world, &urn)?.clone();
        let comment: NewComment = parse(&body)?;
        Author::parse("/actor", &comment.actor)?.check_writing(caller, "socialActions.comments.CREATE")?;
        comment.check(&post)?;
        check_activity(&house, &post, caller)?;
        check_minute(&house, world, caller)?;
        Ok(commit(&house, world, &post, comment))
    })
}

/// `GET /rest/socialActions/{urn}/comments`: oldest first, closed for members' posts.
pub(crate) async fn list(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
    Path(urn): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let post = live(world, &urn)?;
        Author::parse("/author", &post.account)?.check_reading(caller, "socialActions.comments.GET_ALL")?;
        let (start, count) = read::Parameters::parse(query.as_deref()).page()?;
        let mut all: Vec<&Post> = under(world, post).collect();
        all.reverse();
        let elements: Vec<Value> =
            all.iter().skip(start).take(count).map(|comment| element(post, comment)).collect();
        let paging = json!({"start": start, "count": count, "total": all.len(), "links": []});
        Ok(respond(StatusCode::OK, &json!({"elements": elements, "paging": paging})))
    })
}

/// `DELETE /rest/socialActions/{urn}/comments/{id}`: 204 for an own comment.
pub(crate) async fn delete(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    Path((urn, number)): Path<(String, String)>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        read::check_post_urn(&urn)?;
        let post = read::find(world, &urn).ok_or_else(|| Refusal::not_found(&urn))?;
        let id = comment_urn(post, &number);
        let comment = world.posts.live(Platform::LinkedIn, &id).ok_or_else(|| Refusal::not_found(&id))?;
        Author::parse("/actor", &comment.account)?.check_writing(caller, "socialActions.comments.DELETE")?;
        world.posts.delete(Platform::LinkedIn, &id, caller.now_ms);
        Ok(empty(StatusCode::NO_CONTENT, None))
    })
}

/// `GET /rest/socialActions/{urn}`: the counts of likes and comments, closed for members' posts.
pub(crate) async fn summary(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    Path(urn): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let post = live(world, &urn)?;
        Author::parse("/author", &post.account)?.check_reading(caller, "socialActions.GET")?;
        let comments = under(world, post).count();
        let body = json!({
            "target": read::activity(post),
            "likesSummary": {"totalLikes": 0, "aggregatedTotalLikes": 0, "likedByCurrentUser": false},
            "commentsSummary": {"totalFirstLevelComments": comments, "aggregatedTotalComments": comments},
        });
        Ok(respond(StatusCode::OK, &body))
    })
}

impl NewComment {
    fn check(&self, post: &Post) -> Result<(), Refusal> {
        if self.object != post.id && self.object != read::activity(post) {
            return Err(Refusal::value("/object", "must be the post that is commented on"));
        }
        if self.message.text.trim().is_empty() {
            return Err(Refusal::field("INVALID_VALUE_BLANK_FIELD", "/message/text", "must not be blank"));
        }
        if self.message.text.encode_utf16().count() > TEXT_LIMIT {
            let what = format!("length is greater than the maximum of {TEXT_LIMIT}");
            return Err(Refusal::field("FIELD_LENGTH_TOO_LONG", "/message/text", &what));
        }
        Ok(())
    }
}

/// A post that was just made has no activity yet.
fn check_activity(house: &House, post: &Post, caller: &Caller) -> Result<(), Refusal> {
    if caller.now_ms - post.accepted_at_ms >= millis(house.options.linkedin_activity_after) {
        return Ok(());
    }
    let message = format!("Unable to obtain activity for urn {}", post.id);
    Err(Refusal::coded(StatusCode::NOT_FOUND, "NOT_FOUND", &message))
}

/// The throttle of a minute, for comments alone.
fn check_minute(house: &House, world: &mut World, caller: &Caller) -> Result<(), Refusal> {
    let name = format!("linkedin:comments:{}", caller.person.linkedin_sub());
    let limit = house.options.linkedin_comments_per_minute;
    let ends_at_ms = caller.now_ms + MINUTE_MS;
    let room = world.counters.take(&name, limit, caller.now_ms, ends_at_ms).allowed;
    if room { Ok(()) } else { Err(Refusal::comments_throttled()) }
}

/// The comments that stand directly under a post, newest first.
fn under<'a>(world: &'a World, post: &Post) -> impl Iterator<Item = &'a Post> {
    let id = post.id.clone();
    world
        .posts
        .newest_first()
        .map(AsRef::as_ref)
        .filter(|other| other.comment && other.deleted_at_ms.is_none())
        .filter(move |other| other.reply_to.as_deref() == Some(id.as_str()))
}

/// A comment as it is read back.
fn element(post: &Post, comment: &Post) -> Value {
    let number = comment.id.trim_end_matches(')').rsplit(',').next().unwrap_or_default();
    let stamp = json!({"actor": comment.account, "time": comment.accepted_at_ms});
    json!({
        "actor": comment.account,
        "commentUrn": comment.id,
        "created": stamp,
        "id": number,
        "lastModified": stamp,
        "message": {"attributes": [], "text": comment.text},
        "object": read::activity(post),
    })
}

fn live<'a>(world: &'a World, urn: &str) -> Result<&'a Post, Refusal> {
    read::check_post_urn(urn)?;
    let post = read::find(world, urn).filter(|post| post.deleted_at_ms.is_none());
    post.ok_or_else(|| Refusal::not_found(urn))
}

fn comment_urn(post: &Post, number: &str) -> String {
    format!("urn:li:comment:({},{number})", read::activity(post))
}

fn commit(house: &House, world: &mut World, post: &Post, comment: NewComment) -> Response {
    let now_ms = house.now_ms();
    let number = world.posts.next_id(Platform::LinkedIn, now_ms, 0).to_string();
    let urn = comment_urn(post, &number);
    let comment = Post {
        platform: Platform::LinkedIn,
        account: comment.actor,
        id: urn,
        sent: comment.message.text.clone(),
        text: comment.message.text,
        truncated: false,
        media: Vec::new(),
        reply_to: Some(comment.parent_comment.unwrap_or_else(|| post.id.clone())),
        visibility: post.visibility.clone(),
        accepted_at_ms: now_ms,
        deleted_at_ms: None,
        extra: Value::Null,
        comment: true,
    };
    let mut response = respond(StatusCode::CREATED, &element(post, &comment));
    world.posts.push(comment);
    if let Ok(id) = HeaderValue::from_str(&number) {
        response.headers_mut().insert("x-restli-id", id);
    }
    response
}
