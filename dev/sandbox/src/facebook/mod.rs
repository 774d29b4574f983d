//! Facebook Pages as the Graph API publishes to them, after Facebook Login.

mod feed;
mod login;
mod object;
mod people;
mod photos;
mod uploads;
mod videos;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use crate::faults::Operation;
use crate::gate::{Gate, Subject, pass};
use crate::graph::{
    Call, Outcome, Refusal, owner_of, path_of, subject_of_token, used_percent, with_usage, written,
};
use crate::house::{House, World};
use crate::instagram;
use crate::people::Person;
use crate::platform::Platform;

/// Reels have up to a gigabyte in the world; here 320 MiB must do.
const VIDEO_LIMIT_BYTES: usize = 320 << 20;
/// A photo of 10 MiB and the fields around it, with room to be refused with Meta's own words.
const PHOTO_LIMIT_BYTES: usize = 16 << 20;

/// Everything below `/facebook`: the dialog, the Graph API with the Instagram accounts of Pages, and rupload.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let gate = Gate { house: Arc::clone(house), platform: Platform::Facebook };
    Router::new().fallback(serve).layer(from_fn_with_state(gate, pass)).with_state(Arc::clone(house))
}

/// How large the body of an upload may be; `None` for what is no upload.
pub(crate) fn body_limit_bytes(path: &str) -> Option<usize> {
    match path_of(path).1.as_slice() {
        ["video-upload", ..] | [_, "videos"] => Some(VIDEO_LIMIT_BYTES),
        [_, "photos"] => Some(PHOTO_LIMIT_BYTES),
        _ => None,
    }
}

/// What a call does and to whose account.
pub(crate) fn identify(house: &House, parts: &Parts, body: &Bytes) -> (Platform, Subject) {
    let call = Call::read(Platform::Facebook, parts, body);
    subject(&house.world(), &call)
}

async fn serve(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // The gate has read it already and refused what is too large.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let call = Call::read(Platform::Facebook, &parts, &body);
    let (platform, subject) = subject(&house.world(), &call);
    let answer = match call.segments().as_slice() {
        ["dialog", "oauth"] => return login::dialog(&house, &call),
        ["video-upload", version, id] => uploads::receive(&house, &call, version, id).await,
        _ => written(route(&house, &call).await),
    };
    let account = subject.account.as_deref();
    with_usage(answer, platform, account, used_percent(&house, account))
}

async fn route(house: &House, call: &Call) -> Outcome {
    call.check_version(true)?;
    let segments = call.segments();
    let method = call.method.as_str();
    match (method, segments.as_slice()) {
        ("GET", ["oauth", "access_token"]) => return login::token(house, call),
        ("GET", ["debug_token"]) => return login::debug(house, call),
        ("GET", ["me", "permissions"]) => return people::permissions(house, call),
        _ => {}
    }
    let Some(first) = segments.first() else {
        return Err(Refusal::query("Unknown path components: /"));
    };
    // Said apart, so that nobody holds the world while media are fetched.
    let owner = owner_of(&house.world(), first);
    if let Some((Platform::Instagram, _)) = owner {
        return instagram::route(house, Platform::Facebook, call).await;
    }
    match (method, segments.as_slice()) {
        ("GET", ["me"]) => people::me(house, call),
        ("GET", ["me" | _, "accounts"]) => people::accounts(house, call),
        ("GET", [_, "permissions"]) => people::permissions(house, call),
        ("DELETE", [user, "permissions"]) => people::let_go(house, call, user),
        ("POST", [page, "feed"]) => feed::create(house, call, page),
        ("GET", [page, "feed" | "published_posts"]) => feed::list(house, call, page),
        ("POST", [page, "photos"]) => photos::create(house, call, page).await,
        ("POST", [page, "videos"]) => videos::create(house, call, page).await,
        ("POST", [page, "video_reels"]) => videos::reel(house, call, page),
        ("POST", [post, "comments"]) => object::comment(house, call, post),
        ("GET", [post, "comments"]) => object::comments(house, call, post),
        ("GET", [post, "insights"]) => object::insights(house, call, post),
        ("GET", [id]) => object::read(house, call, id),
        ("DELETE", [id]) => object::delete(house, call, id),
        _ => Err(Refusal::gone(method, first)),
    }
}

fn subject(world: &World, call: &Call) -> (Platform, Subject) {
    let by_token = || subject_of_token(world, Platform::Facebook, call.token()?);
    let segments = call.segments();
    if segments == ["oauth", "access_token"] {
        return (Platform::Facebook, subject_of_token_call(world, call));
    }
    let named = match segments.as_slice() {
        ["video-upload", _, id] => Some(*id),
        ["me" | "debug_token" | "dialog", ..] | [] => None,
        [id, ..] => Some(*id),
    };
    let (platform, account) = match named.and_then(|id| owner_of(world, id)) {
        Some((platform, account)) => (platform, Some(account)),
        None => (Platform::Facebook, by_token()),
    };
    let operation = match platform {
        Platform::Instagram => instagram::operation(world, call),
        Platform::Facebook | Platform::X | Platform::LinkedIn => operation(world, call),
    };
    (platform, Subject { operation, account, version: None })
}

/// What a call does to a Page.
fn operation(world: &World, call: &Call) -> Option<Operation> {
    let fields = call.find("fields").unwrap_or_default();
    let found = match (&call.method, call.segments().as_slice()) {
        (&Method::POST, ["video-upload", ..]) => Operation::Upload,
        (&Method::POST, [_, "photos"])
            if call.find("published").is_some_and(|it| it == "false" || it == "0") =>
        {
            Operation::Upload
        }
        (&Method::POST, [_, "video_reels"]) if call.find("upload_phase") == Some("start") => {
            Operation::Upload
        }
        (&Method::POST, [_, "feed" | "photos" | "videos" | "video_reels"]) => Operation::Create,
        (&Method::POST, [_, "comments"]) => Operation::Comment,
        (&Method::GET, [_, "insights"]) => Operation::Metrics,
        (&Method::GET, [id]) if world.shelf.videos.contains_key(*id) => Operation::Status,
        (&Method::GET, [_]) if ["reactions", "shares"].iter().any(|word| fields.contains(word)) => {
            Operation::Metrics
        }
        (&Method::GET, ["dialog", ..]) => return None,
        (&Method::GET, _) => Operation::Read,
        (&Method::DELETE, _) => Operation::Delete,
        _ => return None,
    };
    Some(found)
}

/// The exchange of a code is `token`; of a short token for a long one, `refresh`.
fn subject_of_token_call(world: &World, call: &Call) -> Subject {
    let platform = Platform::Facebook;
    match call.find("fb_exchange_token") {
        Some(token) => Subject {
            operation: Some(Operation::Refresh),
            account: subject_of_token(world, platform, token),
            version: None,
        },
        None => Subject {
            version: None,
            operation: Some(Operation::Token),
            account: call
                .find("code")
                .and_then(|code| world.grants.person_of_code(platform, code))
                .and_then(Person::named)
                .map(|person| person.facebook_id()),
        },
    }
}
