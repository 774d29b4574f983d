//! `POST /rest/posts` and `DELETE /rest/posts/{urn}`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::gate::DuplicatesAccepted;
use crate::house::{House, World};
use crate::linkedin::attach::{attach, describe};
use crate::linkedin::author::Author;
use crate::linkedin::body::{Content, NewPost, Visibility, parse};
use crate::linkedin::calls::{Caller, Style, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, empty};
use crate::linkedin::{little, read};
use crate::options::millis;
use crate::platform::Platform;
use crate::posts::Post;

/// `POST /rest/posts`: 201 without a body; the URN stands in `x-restli-id`.
pub(crate) async fn create(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    duplicates: Option<Extension<DuplicatesAccepted>>,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        let post: NewPost = parse(&body)?;
        let author = Author::parse("/author", &post.author)?;
        author.check_writing(caller, "posts.CREATE")?;
        check_visibility(author, post.visibility)?;
        post.check()?;
        check_reshare(world, &post)?;
        let attachments = post.content.as_ref().map(Content::attachments).unwrap_or_default();
        let media = attach(world, &post.author, &attachments, caller.now_ms)?;
        if duplicates.is_none() {
            check_duplicate(&house, world, caller, &post.author, &post.commentary)?;
        }
        let little = little::read(&post.commentary);
        let accepted = Accepted {
            kind: "share",
            author: &post.author,
            text: little.read,
            truncated: little.kept_bytes < post.commentary.len(),
            sent: &post.commentary,
            visibility: post.visibility,
            media,
            extra: extra(&body, &post, &post.commentary[..little.kept_bytes]),
        };
        let urn = commit(&house, world, accepted);
        describe(world, &attachments);
        Ok(empty(StatusCode::CREATED, Some(&urn)))
    })
}

/// `DELETE /rest/posts/{urn}`: 204, also when it was deleted before or never existed.
pub(crate) async fn delete(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    Path(urn): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        read::check_post_urn(&urn)?;
        let found = read::find(world, &urn).map(|post| (post.account.clone(), post.id.clone()));
        if let Some((account, id)) = found {
            Author::parse("/author", &account)?.check_writing(caller, "posts.DELETE")?;
            world.posts.delete(Platform::LinkedIn, &id, caller.now_ms);
        }
        Ok(empty(StatusCode::NO_CONTENT, None))
    })
}

/// A post that passed every check.
pub(crate) struct Accepted<'a> {
    /// `share` or `ugcPost`.
    pub(crate) kind: &'static str,
    pub(crate) author: &'a str,
    /// What a reader sees.
    pub(crate) text: String,
    pub(crate) truncated: bool,
    /// What was sent.
    pub(crate) sent: &'a str,
    pub(crate) visibility: Visibility,
    /// The ids of what it carries.
    pub(crate) media: Vec<String>,
    pub(crate) extra: Value,
}

/// Stores a post; returns its URN, whose number carries the millisecond of acceptance.
pub(crate) fn commit(house: &House, world: &mut World, accepted: Accepted<'_>) -> String {
    let now_ms = house.now_ms();
    let urn = format!("urn:li:{}:{}", accepted.kind, world.posts.next_id(Platform::LinkedIn, now_ms, 0));
    world.posts.push(Post {
        platform: Platform::LinkedIn,
        account: accepted.author.to_owned(),
        id: urn.clone(),
        text: accepted.text,
        sent: accepted.sent.to_owned(),
        truncated: accepted.truncated,
        media: accepted.media,
        reply_to: None,
        visibility: accepted.visibility.as_str().to_owned(),
        accepted_at_ms: now_ms,
        deleted_at_ms: None,
        extra: accepted.extra,
        comment: false,
    });
    urn
}

/// Organizations publish for everybody.
///
/// # Errors
/// 400 for anything but `PUBLIC` by an organization.
pub(crate) fn check_visibility(author: Author<'_>, visibility: Visibility) -> Result<(), Refusal> {
    match (author, visibility) {
        (Author::Member(_), _) | (Author::Organization(_), Visibility::Public) => Ok(()),
        (Author::Organization(_), Visibility::Connections | Visibility::LoggedIn) => {
            Err(Refusal::value("/visibility", "organizations can only publish with visibility PUBLIC"))
        }
    }
}

/// The same text by the same author within the window is refused under the name of the live post. Posts
/// without text are never equal.
///
/// # Errors
/// 422 that names the live post.
pub(crate) fn check_duplicate(
    house: &House,
    world: &World,
    caller: &Caller,
    author: &str,
    commentary: &str,
) -> Result<(), Refusal> {
    if commentary.is_empty() {
        return Ok(());
    }
    let since_ms = caller.now_ms - millis(house.options.duplicate_window);
    let twin = world
        .posts
        .twin(Platform::LinkedIn, author, since_ms, |post| !post.comment && post.sent == commentary);
    twin.map_or(Ok(()), |twin| Err(Refusal::duplicate_of(&twin.id)))
}

fn check_reshare(world: &World, post: &NewPost) -> Result<(), Refusal> {
    let Some(context) = &post.reshare_context else { return Ok(()) };
    read::check_post_urn(&context.parent)?;
    match read::find(world, &context.parent).filter(|parent| parent.deleted_at_ms.is_none()) {
        Some(_) => Ok(()),
        None => Err(Refusal::field("INVALID_URN_ID", "/reshareContext/parent", "does not exist")),
    }
}

/// What read-back shows besides the text; content as it was sent.
fn extra(body: &[u8], post: &NewPost, kept: &str) -> Value {
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    json!({
        "commentary": kept,
        "content": sent.get("content"),
        "reshareContext": post.reshare_context.as_ref().map(|context| json!({"parent": context.parent})),
        "feedDistribution": post.distribution.feed_distribution.as_str(),
        "isReshareDisabledByAuthor": post.is_reshare_disabled_by_author,
    })
}
