//! Instagram accounts as the Graph API publishes to them: after Instagram Login, or with the token of a Page.

mod account;
mod container;
mod create;
mod login;
mod media;

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
use crate::graph::{Call, Outcome, Refusal, owner_of, subject_of_token, used_percent, with_usage, written};
use crate::house::{House, World};
use crate::people::Person;
use crate::platform::Platform;

/// Everything below `/instagram`: the hosts of Instagram Login. Versions are optional there.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let gate = Gate { house: Arc::clone(house), platform: Platform::Instagram };
    Router::new().fallback(serve).layer(from_fn_with_state(gate, pass)).with_state(Arc::clone(house))
}

/// What a call to Instagram Login's hosts does and to whose account.
pub(crate) fn identify(house: &House, parts: &Parts, body: &Bytes) -> Subject {
    subject(&house.world(), &Call::read(Platform::Instagram, parts, body))
}

/// Answers a call about an Instagram account, below either host.
pub(crate) async fn route(house: &House, platform: Platform, call: &Call) -> Outcome {
    let method = call.method.as_str();
    match (method, call.segments().as_slice()) {
        ("GET", [account, "media"]) => media::list(house, platform, call, account, media::List::Media),
        ("GET", [account, "stories"]) => media::list(house, platform, call, account, media::List::Stories),
        ("POST", [account, "media"]) => create::create(house, platform, call, account).await,
        ("POST", [account, "media_publish"]) => container::publish(house, platform, call, account),
        ("GET", [account, "content_publishing_limit"]) => account::limit(house, platform, call, account),
        ("POST", [media, "comments"]) => media::comment(house, platform, call, media),
        ("GET", [media, "comments"]) => media::comments(house, platform, call, media),
        ("GET", [media, "insights"]) => media::insights(house, platform, call, media),
        ("GET", [id]) if house.world().shelf.containers.contains_key(*id) => {
            container::look(house, platform, call, id)
        }
        ("GET", [id]) if house.world().posts.find(Platform::Instagram, id).is_some() => {
            media::read(house, platform, call, id)
        }
        ("GET", [id]) => account::read(house, platform, call, id),
        ("DELETE", [media]) => media::delete(house, platform, call, media),
        (_, segments) => Err(Refusal::gone(method, segments.first().unwrap_or(&"/"))),
    }
}

/// What a call does to an Instagram account.
pub(crate) fn operation(world: &World, call: &Call) -> Option<Operation> {
    let found = match (&call.method, call.segments().as_slice()) {
        (&Method::POST, [_, "media"]) => Operation::Upload,
        (&Method::POST, [_, "media_publish"]) => Operation::Create,
        (&Method::POST, [_, "comments"]) => Operation::Comment,
        (&Method::GET, [_, "insights"]) => Operation::Metrics,
        (&Method::GET, [id]) if world.shelf.containers.contains_key(*id) => Operation::Status,
        (&Method::GET, _) => Operation::Read,
        (&Method::DELETE, _) => Operation::Delete,
        _ => return None,
    };
    Some(found)
}

async fn serve(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // The gate has read it already and refused what is too large.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let call = Call::read(Platform::Instagram, &parts, &body);
    let subject = subject(&house.world(), &call);
    let answer = match (call.method.as_str(), call.segments().as_slice()) {
        ("GET", ["oauth", "authorize"]) => return login::authorize(&house, &call),
        ("POST", ["oauth", "access_token"]) => login::redeem(&house, &call),
        ("GET", ["access_token"]) => written(login::exchange(&house, &call)),
        ("GET", ["refresh_access_token"]) => written(login::refresh(&house, &call)),
        _ => written(own(&house, call).await),
    };
    let account = subject.account.as_deref();
    with_usage(answer, Platform::Instagram, account, used_percent(&house, account))
}

async fn own(house: &House, mut call: Call) -> Outcome {
    call.check_version(false)?;
    // `me` stands for the account of the token.
    if call.path.first().is_some_and(|first| first == "me") {
        let me = call.token().and_then(|token| subject_of_token(&house.world(), Platform::Instagram, token));
        if let Some(me) = me {
            call.path[0] = me;
        }
    }
    route(house, Platform::Instagram, &call).await
}

fn subject(world: &World, call: &Call) -> Subject {
    let of_token = |name: &str| subject_of_token(world, Platform::Instagram, call.find(name)?);
    match call.segments().as_slice() {
        ["oauth", "access_token"] => Subject {
            version: None,
            operation: Some(Operation::Token),
            account: call
                .find("code")
                .and_then(|code| world.grants.person_of_code(Platform::Instagram, login::bare(code)))
                .and_then(Person::named)
                .map(|person| person.instagram().id),
        },
        ["access_token" | "refresh_access_token"] => {
            Subject { operation: Some(Operation::Refresh), account: of_token("access_token"), version: None }
        }
        ["oauth", ..] | [] => Subject::default(),
        [first, ..] => {
            let owner = owner_of(world, first).map(|(_, account)| account);
            let by_token = || subject_of_token(world, Platform::Instagram, call.token()?);
            Subject { operation: operation(world, call), account: owner.or_else(by_token), version: None }
        }
    }
}
