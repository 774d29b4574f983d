//! Comments, and how many a post has.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::house::{House, World};
use crate::linkedin::author::Author;
use crate::linkedin::body::parse;
use crate::linkedin::calls::{Style, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, empty, respond};
use crate::linkedin::read;
use crate::platform::Platform;
use crate::posts::Post;

const TEXT_LIMIT: usize = 1_250;

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
        Ok(commit(&house, world, &post, comment))
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
        let comments = world
            .posts
            .newest_first()
            .filter(|other| other.comment && other.deleted_at_ms.is_none())
            .filter(|other| other.reply_to.as_deref() == Some(post.id.as_str()))
            .count();
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
    let stamp = json!({"actor": comment.actor, "time": now_ms});
    let body = json!({
        "actor": comment.actor,
        "commentUrn": urn,
        "created": stamp,
        "id": number,
        "lastModified": stamp,
        "message": {"attributes": [], "text": comment.message.text},
        "object": read::activity(post),
    });
    world.posts.push(Post {
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
    });
    let mut response = respond(StatusCode::CREATED, &body);
    if let Ok(id) = HeaderValue::from_str(&number) {
        response.headers_mut().insert("x-restli-id", id);
    }
    response
}
