//! The gate through which every call to a platform goes: it notes the call and makes it suffer its fault.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::faults::{Fault, Kind, Operation};
use crate::house::House;
use crate::platform::Platform;
use crate::requests::Entry;
use crate::uploads::receive;
use crate::{facebook, graph, instagram, linkedin, x};

/// No platform takes a larger JSON or form body; uploads have limits of their own: 1 MiB.
const BODY_LIMIT_BYTES: usize = 1 << 20;

/// The gate of one platform.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) house: Arc<House>,
    pub(crate) platform: Platform,
}

/// What can be told about a call before it is answered.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) operation: Option<Operation>,
    /// The account it is about: an X user id, a LinkedIn author URN, a Page id, an Instagram id.
    pub(crate) account: Option<String>,
    /// The LinkedIn version it asks for.
    pub(crate) version: Option<String>,
}

/// Found on a call whose text may be a duplicate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DuplicatesAccepted;

/// Found on a look at something that Meta processes: how it shall go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Processing {
    /// It stays in progress.
    Stall,
    /// It fails for good.
    Fail,
}

/// Found on a status call of X or LinkedIn that must not tell how far a medium has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Misprocessed {
    Stalls,
    Fails,
}

/// Found on an answer that must never be sent: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

/// Notes the call, finds its fault, and has it answered, or not.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let Gate { house, platform } = gate;
    let at = house.now_ms();
    let (parts, body) = request.into_parts();
    let path = format!("{}{}", crate::hosts::prefix(platform), parts.uri.path());
    let method = parts.method.to_string();
    let served_by = platform;
    // What may be a whole video is read by its handler, piece by piece.
    let ((platform, subject), body) = if is_upload(platform, &parts) {
        (identify(&house, served_by, &parts, &Bytes::new()), Some(body))
    } else {
        match to_bytes(body, body_limit_bytes(platform, &parts)).await {
            Ok(body) => (identify(&house, served_by, &parts, &body), Some(Body::from(body))),
            Err(_) => ((served_by, Subject::default()), None),
        }
    };
    let fault = subject.operation.and_then(|operation| {
        let (account, version) = (subject.account.as_deref(), subject.version.as_deref());
        house.faults().take(platform, account, operation, version)
    });
    let mut entry = Entry {
        at,
        method,
        path,
        platform,
        account: subject.account,
        operation: subject.operation,
        status: None,
        fault: fault.as_ref().map(|fault| fault.kind),
    };

    let Some(body) = body else {
        let answer = StatusCode::PAYLOAD_TOO_LARGE.into_response();
        return noted(&house, entry, answer);
    };
    let request = Request::from_parts(parts, body);
    match fault {
        None => {
            let answer = next.run(request).await;
            noted(&house, entry, answer)
        }
        Some(fault) => match suffer(platform, &fault, &entry, request, next).await {
            Outcome::Answer(answer) => noted(&house, entry, answer),
            Outcome::Drop => {
                house.requests().push(entry);
                dropped()
            }
            Outcome::Hang => {
                entry.status = None;
                house.requests().push(entry);
                // Ends when the client leaves: hyper then drops the call.
                std::future::pending().await
            }
        },
    }
}

/// The bearer token of a call, if it has one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

enum Outcome {
    Answer(Response),
    Drop,
    Hang,
}

async fn suffer(
    platform: Platform,
    fault: &Fault,
    entry: &Entry,
    mut request: Request,
    next: Next,
) -> Outcome {
    if answers_before(fault.kind) {
        // A client that still writes would not hear the answer.
        let body = std::mem::take(request.body_mut());
        let _left = receive(body, 0).await;
    }
    match fault.kind {
        Kind::HangBefore => Outcome::Hang,
        Kind::DropBefore => Outcome::Drop,
        Kind::StatusBefore => Outcome::Answer(status(platform, fault)),
        Kind::RateLimit => Outcome::Answer(match platform {
            Platform::X => x::rate_limited(entry.at, fault.retry_after_seconds),
            Platform::LinkedIn => linkedin::rate_limited(entry.operation),
            Platform::Facebook | Platform::Instagram => {
                graph::rate_limited(platform, entry.account.as_deref(), fault.retry_after_seconds)
            }
        }),
        Kind::CreditsDepleted => Outcome::Answer(x::credits_depleted()),
        Kind::VersionSunset => Outcome::Answer(linkedin::version_sunset(request.headers())),
        Kind::DuplicateWindow => {
            request.extensions_mut().insert(DuplicatesAccepted);
            Outcome::Answer(next.run(request).await)
        }
        Kind::Delay => {
            let answer = next.run(request).await;
            tokio::time::sleep(fault.delay).await;
            Outcome::Answer(answer)
        }
        Kind::HangAfter => {
            next.run(request).await;
            Outcome::Hang
        }
        Kind::DropAfter => {
            next.run(request).await;
            Outcome::Drop
        }
        Kind::StatusAfter => {
            next.run(request).await;
            Outcome::Answer(status(platform, fault))
        }
        Kind::GarbageAfter => {
            let answer = next.run(request).await;
            Outcome::Answer(garbage(answer.status()))
        }
        Kind::SpamBlock => Outcome::Answer(graph::spam_block(platform, entry.account.as_deref())),
        Kind::ProcessingStall => {
            request.extensions_mut().insert(Processing::Stall);
            request.extensions_mut().insert(Misprocessed::Stalls);
            Outcome::Answer(next.run(request).await)
        }
        Kind::ProcessingFail => {
            request.extensions_mut().insert(Processing::Fail);
            request.extensions_mut().insert(Misprocessed::Fails);
            Outcome::Answer(next.run(request).await)
        }
    }
}

/// Whether a call that suffers this is answered, or dropped, without its handler.
fn answers_before(kind: Kind) -> bool {
    match kind {
        Kind::DropBefore
        | Kind::StatusBefore
        | Kind::RateLimit
        | Kind::CreditsDepleted
        | Kind::VersionSunset => true,
        Kind::Delay
        | Kind::HangBefore
        | Kind::HangAfter
        | Kind::DropAfter
        | Kind::StatusAfter
        | Kind::GarbageAfter
        | Kind::SpamBlock
        | Kind::ProcessingStall
        | Kind::ProcessingFail
        | Kind::DuplicateWindow => false,
    }
}

fn is_upload(platform: Platform, parts: &Parts) -> bool {
    match platform {
        Platform::X => x::is_upload(parts),
        Platform::LinkedIn => linkedin::is_upload(parts),
        // Meta fetches what is large.
        Platform::Facebook | Platform::Instagram => false,
    }
}

/// Whose call it is: Facebook's host also serves the Instagram accounts of Pages.
fn identify(house: &House, platform: Platform, parts: &Parts, body: &Bytes) -> (Platform, Subject) {
    house.secrets().hear(parts, body);
    match platform {
        Platform::X => (platform, x::identify(house, parts, body)),
        Platform::LinkedIn => (platform, linkedin::identify(house, parts, body)),
        Platform::Facebook => facebook::identify(house, parts, body),
        Platform::Instagram => (platform, instagram::identify(house, parts, body)),
    }
}

fn body_limit_bytes(platform: Platform, parts: &Parts) -> usize {
    match platform {
        Platform::X | Platform::LinkedIn | Platform::Instagram => BODY_LIMIT_BYTES,
        Platform::Facebook => facebook::body_limit_bytes(parts.uri.path()).unwrap_or(BODY_LIMIT_BYTES),
    }
}

fn status(platform: Platform, fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut answer = match platform {
        Platform::X => x::plain(status),
        Platform::LinkedIn => linkedin::plain(status),
        Platform::Facebook | Platform::Instagram => graph::plain(status),
    };
    if let Some(seconds) = fault.retry_after_seconds {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// A 2xx that promises JSON and breaks off.
fn garbage(status: StatusCode) -> Response {
    let status = if status.is_success() { status } else { StatusCode::OK };
    (status, [(header::CONTENT_TYPE, "application/json")], "{\"data\":{\"id\":\"\u{fffd}").into_response()
}

fn noted(house: &House, mut entry: Entry, answer: Response) -> Response {
    let status = answer.status().as_u16();
    entry.status = Some(status);
    tracing::info!(
        platform = entry.platform.as_str(),
        status,
        took_ms = house.now_ms() - entry.at,
        "{} {} answered {status}",
        entry.method,
        entry.path
    );
    house.requests().push(entry);
    answer
}

fn dropped() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Dropped);
    response
}
