//! LinkedIn as its Posts API behaves for an app with "Share on LinkedIn" and "Community Management".

mod assets;
mod attach;
mod author;
mod body;
mod calls;
mod comments;
mod create;
mod identity;
mod little;
mod media;
mod oauth;
mod problem;
mod put;
mod read;
mod statistics;
mod ugc;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::Value;
use url::form_urlencoded;

use crate::faults::Operation;
use crate::gate::{Gate, Subject, bearer, pass};
use crate::house::{House, World};
use crate::people::Person;
use crate::platform::Platform;

pub(crate) use problem::plain;

/// Everything below `/linkedin`.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let gate = Gate { house: Arc::clone(house), platform: Platform::LinkedIn };
    Router::new()
        .route("/oauth/v2/authorization", get(oauth::authorize))
        .route("/oauth/v2/accessToken", post(oauth::token))
        .route("/oauth/v2/introspectToken", post(oauth::introspect))
        .route("/oauth/v2/revoke", post(oauth::revoke))
        .route("/v2/userinfo", get(identity::userinfo))
        .route("/rest/organizationAcls", get(identity::organization_acls))
        .route("/rest/organizations/{id}", get(identity::organization))
        .route("/rest/posts", post(create::create).get(read::by_author))
        .route("/rest/posts/{urn}", get(read::by_urn).delete(create::delete))
        .route("/v2/ugcPosts", post(ugc::create))
        .route("/rest/socialActions/{urn}", get(comments::summary))
        .route("/rest/socialActions/{urn}/comments", post(comments::create).get(comments::list))
        .route("/rest/socialActions/{urn}/comments/{id}", delete(comments::delete))
        .route("/rest/organizationalEntityShareStatistics", get(statistics::of_organization))
        .route("/rest/memberCreatorPostAnalytics", get(statistics::of_member))
        .route("/rest/images", post(media::image))
        .route("/rest/videos", post(media::video))
        .route("/rest/documents", post(media::document))
        .route("/rest/images/{urn}", get(media::status))
        .route("/rest/videos/{urn}", get(media::status))
        .route("/rest/documents/{urn}", get(media::status))
        .route("/v2/assets", post(assets::register_upload))
        .route("/dms-uploads/{kind}/{number}/{part}", axum::routing::put(put::put))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_route)
        .layer(from_fn_with_state(gate, pass))
        .with_state(Arc::clone(house))
}

/// The throttle: for comments the one of a minute, else the one of the day. Neither says when it ends.
pub(crate) fn rate_limited(operation: Option<Operation>) -> Response {
    match operation {
        Some(Operation::Comment) => problem::Refusal::comments_throttled().into_response(),
        Some(_) | None => problem::Refusal::throttled().into_response(),
    }
}

/// 426 for the version that the call asked for.
pub(crate) fn version_sunset(headers: &HeaderMap) -> Response {
    let version = headers.get(calls::VERSION).and_then(|value| value.to_str().ok()).unwrap_or("202608");
    problem::Refusal::version_not_active(version).into_response()
}

/// Whether a call brings a file, which its handler reads.
pub(crate) fn is_upload(parts: &Parts) -> bool {
    parts.method == Method::PUT && parts.uri.path().starts_with("/dms-uploads/")
}

/// What a call does and to whose account: the author it names, else the author of the post, else the member.
pub(crate) fn identify(house: &House, parts: &Parts, body: &Bytes) -> Subject {
    let path: Vec<&str> = parts.uri.path().trim_start_matches('/').split('/').collect();
    let world = house.world();
    let member = || {
        let name = world.grants.person_of_token(Platform::LinkedIn, bearer(&parts.headers)?)?;
        Person::named(name).map(|person| person.linkedin_urn())
    };
    let named =
        |field: &str| serde_json::from_slice::<Value>(body).ok()?.get(field)?.as_str().map(str::to_owned);
    let version = || Some(parts.headers.get(calls::VERSION)?.to_str().ok()?.to_owned());
    let subject = |operation, account: Option<String>| Subject {
        operation: Some(operation),
        account: account.or_else(member),
        version: version(),
    };
    match (&parts.method, path.as_slice()) {
        (&Method::POST, ["oauth", "v2", "accessToken"]) => identify_token_call(&world, body),
        (&Method::POST, ["rest", "posts"] | ["v2", "ugcPosts"]) => {
            subject(Operation::Create, named("author"))
        }
        (&Method::GET, ["rest", "posts"]) => subject(Operation::Read, author_asked_for(parts)),
        (&Method::GET, ["rest", "posts", urn]) => subject(Operation::Read, author_of(&world, urn)),
        (&Method::DELETE, ["rest", "posts", urn]) => subject(Operation::Delete, author_of(&world, urn)),
        (&Method::POST, ["rest", "socialActions", _, "comments"]) => {
            subject(Operation::Comment, named("actor"))
        }
        (&Method::GET, ["rest", "socialActions", urn, "comments"]) => {
            subject(Operation::Read, author_of(&world, urn))
        }
        (&Method::POST, ["rest", "images" | "videos" | "documents"] | ["v2", "assets"]) => {
            subject(Operation::Upload, owner_named(&world, body))
        }
        (&Method::PUT, ["dms-uploads", kind, number, _]) => {
            subject(Operation::Upload, owner_of(&world, &put::urn_of(kind, number)))
        }
        (&Method::GET, ["rest", "images" | "videos" | "documents", urn]) => {
            subject(Operation::Status, owner_of(&world, &decoded(urn)))
        }
        (&Method::DELETE, ["rest", "socialActions", _, "comments", _]) => subject(Operation::Delete, None),
        (&Method::GET, ["rest", "organizationalEntityShareStatistics"]) => {
            subject(Operation::Metrics, organization_asked_for(parts))
        }
        (&Method::GET, ["rest", "memberCreatorPostAnalytics"]) => subject(Operation::Metrics, None),
        (&Method::GET, ["rest", "socialActions", urn]) => subject(Operation::Metrics, author_of(&world, urn)),
        (&Method::GET, ["v2", "userinfo"] | ["rest", "organizationAcls"] | ["rest", "organizations", _]) => {
            subject(Operation::Read, None)
        }
        _ => Subject { operation: None, account: member(), version: version() },
    }
}

fn identify_token_call(world: &World, body: &Bytes) -> Subject {
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let find = |name| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let account = |name: &str| Person::named(name).map(|person| person.linkedin_urn());
    let grants = &world.grants;
    match find("grant_type") {
        "refresh_token" => Subject {
            operation: Some(Operation::Refresh),
            account: grants.person_of_token(Platform::LinkedIn, find("refresh_token")).and_then(account),
            version: None,
        },
        _ => Subject {
            operation: Some(Operation::Token),
            account: grants.person_of_code(Platform::LinkedIn, find("code")).and_then(account),
            version: None,
        },
    }
}

fn author_asked_for(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?.as_bytes();
    form_urlencoded::parse(query).find(|(key, _)| key == "author").map(|(_, value)| value.into_owned())
}

fn organization_asked_for(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?.as_bytes();
    let found = form_urlencoded::parse(query).find(|(key, _)| key == "organizationalEntity");
    found.map(|(_, value)| value.into_owned())
}

fn author_of(world: &World, encoded_urn: &str) -> Option<String> {
    Some(read::find(world, &decoded(encoded_urn))?.account.clone())
}

fn decoded(urn: &str) -> String {
    urn.replace("%3A", ":").replace("%3a", ":")
}

fn owner_of(world: &World, urn: &str) -> Option<String> {
    Some(world.media.find(Platform::LinkedIn, urn)?.account.clone())
}

/// The owner that the beginning of an upload names, or the owner of the video that its end names.
fn owner_named(world: &World, body: &Bytes) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let request = body.as_object()?.values().next()?;
    match request.get("owner").and_then(Value::as_str) {
        Some(owner) => Some(owner.to_owned()),
        None => owner_of(world, request.get("video")?.as_str()?),
    }
}
