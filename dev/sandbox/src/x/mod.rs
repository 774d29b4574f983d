//! X as its API v2 behaves for a pay-per-use app: OAuth 2.0 with PKCE, posts, threads, media, read-back,
//! limits.

mod attach;
mod body;
mod create;
mod fields;
mod limits;
mod links;
mod media;
mod multipart;
mod oauth;
mod problem;
mod read;
mod rules;
mod text;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{delete, get, post};
use url::form_urlencoded;

use crate::faults::Operation;
use crate::gate::{Gate, Subject, bearer, pass};
use crate::house::House;
use crate::people::Person;
use crate::platform::Platform;

pub(crate) use limits::rate_limited;
pub(crate) use problem::{credits_depleted, plain};

/// Everything below `/x`.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let gate = Gate { house: Arc::clone(house), platform: Platform::X };
    Router::new()
        .route("/i/oauth2/authorize", get(oauth::authorize))
        .route("/2/oauth2/token", post(oauth::token))
        .route("/2/oauth2/revoke", post(oauth::revoke))
        .route("/2/users/me", get(users::me))
        .route("/2/users/{id}/tweets", get(read::timeline))
        .route("/2/tweets", post(create::create).get(read::lookup))
        .route("/2/tweets/{id}", delete(create::delete))
        .route("/2/media/upload", post(media::upload).get(media::status))
        .route("/2/media/upload/initialize", post(media::initialize))
        .route("/2/media/upload/{id}/append", post(media::append))
        .route("/2/media/upload/{id}/finalize", post(media::finalize))
        .route("/2/media/metadata", post(media::metadata))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_route)
        .layer(from_fn_with_state(gate, pass))
        .with_state(Arc::clone(house))
}

/// Whether a call brings a file, which its handler reads.
pub(crate) fn is_upload(parts: &Parts) -> bool {
    let path = parts.uri.path();
    parts.method == Method::POST
        && (path == "/2/media/upload" || (path.starts_with("/2/media/upload/") && path.ends_with("/append")))
}

/// What a call does and to whose account: the user of its token, or of its code or refresh token.
pub(crate) fn identify(house: &House, parts: &Parts, body: &Bytes) -> Subject {
    let path = parts.uri.path();
    if path == "/2/oauth2/token" {
        return identify_token_call(house, body);
    }
    let operation = if path == "/2/tweets" && parts.method == Method::POST {
        Some(Operation::Create)
    } else if path == "/2/tweets" && parts.uri.query().is_some_and(|query| query.contains("metrics")) {
        Some(Operation::Metrics)
    } else if path == "/2/tweets" || (path.starts_with("/2/users/") && parts.method == Method::GET) {
        Some(Operation::Read)
    } else if path.starts_with("/2/tweets/") && parts.method == Method::DELETE {
        Some(Operation::Delete)
    } else if path == "/2/media/upload" && parts.method == Method::GET {
        Some(Operation::Status)
    } else if path.starts_with("/2/media/") && parts.method == Method::POST {
        Some(Operation::Upload)
    } else {
        None
    };
    let world = house.world();
    let person = bearer(&parts.headers).and_then(|token| world.grants.person_of_token(Platform::X, token));
    Subject { operation, account: person.and_then(account), version: None }
}

fn identify_token_call(house: &House, body: &Bytes) -> Subject {
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let find = |name| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let world = house.world();
    match find("grant_type") {
        "refresh_token" => Subject {
            operation: Some(Operation::Refresh),
            account: world.grants.person_of_token(Platform::X, find("refresh_token")).and_then(account),
            version: None,
        },
        _ => Subject {
            operation: Some(Operation::Token),
            account: world.grants.person_of_code(Platform::X, find("code")).and_then(account),
            version: None,
        },
    }
}

fn account(name: &str) -> Option<String> {
    Person::named(name).map(|person| person.x_id())
}

/// A JSON answer with a status.
fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    problem::respond(status, "application/json; charset=utf-8", body)
}
