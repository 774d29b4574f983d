//! How answers are written: JSON, times, and pages of lists.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::problem::{Outcome, Refusal};

/// A JSON answer with the ids that Meta's support asks for.
pub(crate) fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    if let Ok(id) = HeaderValue::from_str(&crate::oauth::draw(12)) {
        headers.insert("x-fb-trace-id", id);
    }
    response
}

/// The answer of a call.
pub(crate) fn written(outcome: Outcome) -> Response {
    match outcome {
        Ok(body) => respond(StatusCode::OK, &body),
        Err(refusal) => refusal.into_response(),
    }
}

/// As the Graph API writes times: `2026-11-26T08:30:00+0000`.
pub(crate) fn shown_time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// One page of a list with its cursors, 25 elements unless `limit` says otherwise.
///
/// The address in `paging.next` has the token but, as the real one, no proof: where proofs are required, only
/// `after` leads on.
///
/// # Errors
/// 100 for a limit or a cursor that is none.
pub(crate) fn listed(call: &Call, elements: &[Value]) -> Outcome {
    let limit = match call.find("limit") {
        None => 25,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=100).contains(limit))
            .ok_or_else(|| Refusal::parameter("limit must be a number from 1 to 100"))?,
    };
    let start = match call.find("after") {
        None => 0,
        Some(cursor) => {
            position(cursor).ok_or_else(|| Refusal::parameter("Invalid cursors values supplied"))?
        }
    };
    let shown: Vec<&Value> = elements.iter().skip(start).take(limit).collect();
    let end = start + shown.len();
    let mut body = json!({"data": shown});
    if !shown.is_empty() {
        body["paging"] = json!({"cursors": {"before": cursor(start), "after": cursor(end)}});
        if end < elements.len() {
            body["paging"]["next"] =
                json!(call.repeated(&[("limit", &limit.to_string()), ("after", &cursor(end))]));
        }
    }
    Ok(body)
}

fn cursor(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("at:{position}"))
}

fn position(cursor: &str) -> Option<usize> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?.strip_prefix("at:")?.parse().ok()
}
