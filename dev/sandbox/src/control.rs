//! The lever: what was published, what arrived, and how the platforms shall misbehave.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::house::House;
use crate::media::{Kind, Medium};
use crate::oauth::Ended;
use crate::people::Person;
use crate::platform::Platform;
use crate::posts::Post;
use crate::requests::Entry;

/// Everything below `/_control`.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/posts", get(posts))
        .route("/media", get(media))
        .route("/requests", get(requests))
        .route("/secrets", get(secrets))
        .route("/faults", post(add_fault).delete(clear_faults))
        .route("/reset", post(reset))
        .route("/grants", post(end_grants))
        .with_state(Arc::clone(house))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostShown<'a> {
    platform: Platform,
    account: &'a str,
    id: &'a str,
    text: &'a str,
    media: &'a [String],
    reply_to: Option<&'a str>,
    visibility: &'a str,
    accepted_at: i64,
    deleted_at: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MediumShown<'a> {
    platform: Platform,
    account: &'a str,
    id: &'a str,
    kind: Kind,
    content_type: &'a str,
    size_bytes: u64,
    sha256: Option<&'a str>,
    alt_text: Option<&'a str>,
    status: &'static str,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostsQuery {
    platform: Option<String>,
    account: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestsQuery {
    #[serde(default)]
    since: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndGrants {
    platform: String,
    account: String,
    action: Ended,
}

impl<'a> PostShown<'a> {
    fn of(post: &'a Post) -> Self {
        Self {
            platform: post.platform,
            account: &post.account,
            id: &post.id,
            text: &post.text,
            media: &post.media,
            reply_to: post.reply_to.as_deref(),
            visibility: &post.visibility,
            accepted_at: post.accepted_at_ms,
            deleted_at: post.deleted_at_ms,
        }
    }
}

impl<'a> MediumShown<'a> {
    fn of(medium: &'a Medium) -> Self {
        Self {
            platform: medium.platform,
            account: &medium.account,
            id: &medium.id,
            kind: medium.kind,
            content_type: &medium.content_type,
            size_bytes: medium.size_bytes,
            sha256: medium.sha256.as_deref(),
            alt_text: medium.alt_text.as_deref(),
            status: medium.stage.as_str(),
        }
    }
}

async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Newest first; a comment is among them and names in `replyTo` what it stands under.
async fn posts(State(house): State<Arc<House>>, Query(query): Query<PostsQuery>) -> Response {
    let platform = match query.platform.as_deref().map(known).transpose() {
        Ok(platform) => platform,
        Err(why) => return refused(&why),
    };
    let world = house.world();
    let shown: Vec<PostShown<'_>> = world
        .posts
        .newest_first()
        .filter(|post| platform.is_none_or(|platform| post.platform == platform))
        .filter(|post| query.account.as_ref().is_none_or(|account| post.account == *account))
        .map(|post| PostShown::of(post))
        .collect();
    Json(shown).into_response()
}

/// Newest first; what arrived, so that a test can compare it with what was sent.
async fn media(State(house): State<Arc<House>>, Query(query): Query<PostsQuery>) -> Response {
    let platform = match query.platform.as_deref().map(known).transpose() {
        Ok(platform) => platform,
        Err(why) => return refused(&why),
    };
    let world = house.world();
    let shown: Vec<MediumShown<'_>> = world
        .media
        .newest_first()
        .filter(|medium| platform.is_none_or(|platform| medium.platform == platform))
        .filter(|medium| query.account.as_ref().is_none_or(|account| medium.account == *account))
        .map(MediumShown::of)
        .collect();
    Json(shown).into_response()
}

async fn requests(State(house): State<Arc<House>>, Query(query): Query<RequestsQuery>) -> Json<Vec<Entry>> {
    Json(house.requests().since(query.since))
}

/// What must stand in no log, event, message or answer of whoever is tested here.
async fn secrets(State(house): State<Arc<House>>) -> Response {
    let all = house.all_secrets();
    let shown: Vec<Value> = all.iter().map(|(kind, value)| json!({"kind": kind, "value": value})).collect();
    Json(shown).into_response()
}

async fn add_fault(State(house): State<Arc<House>>, body: Bytes) -> Response {
    match parse(&body).and_then(|asked| house.faults().add(asked)) {
        Ok(id) => (StatusCode::CREATED, Json(json!({"id": id}))).into_response(),
        Err(why) => refused(&why),
    }
}

async fn clear_faults(State(house): State<Arc<House>>) -> StatusCode {
    house.faults().clear();
    StatusCode::NO_CONTENT
}

/// No faults, posts, media and counters any more; grants and the log of requests stay.
async fn reset(State(house): State<Arc<House>>) -> StatusCode {
    house.faults().clear();
    house.change(|world| {
        world.posts.clear();
        world.media.clear();
        house.uploads().clear();
        world.counters.clear();
        world.shelf.clear();
    });
    StatusCode::NO_CONTENT
}

/// Ends tokens of an account; 404 if nobody here has it.
async fn end_grants(State(house): State<Arc<House>>, body: Bytes) -> Response {
    let asked =
        parse::<EndGrants>(&body).and_then(|asked| known(&asked.platform).map(|platform| (platform, asked)));
    let (platform, asked) = match asked {
        Ok(asked) => asked,
        Err(why) => return refused(&why),
    };
    let touched = house.change(|world| {
        let people = world.people_of(platform, &asked.account);
        let names: Vec<&str> = people.iter().map(Person::name).collect();
        let platform = world.let_in_by(platform, &asked.account);
        (!names.is_empty()).then(|| world.grants.end(platform, &names, asked.action, house.now_ms()))
    });
    match touched {
        Some(grants) => Json(json!({"grants": grants})).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"detail": "no such account"}))).into_response(),
    }
}

fn known(platform: &str) -> Result<Platform, String> {
    let why = || format!("platform `{platform}` is not played here");
    Platform::named(platform).ok_or_else(why)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn refused(why: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"detail": why}))).into_response()
}
