//! How X says no.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Where X keeps the names of its problems.
const TYPES: &str = "https://api.x.com/2/problems/";

/// A refusal with X's own status and body.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: Value,
}

impl Problem {
    /// A problem without a type of its own.
    pub(crate) fn blank(status: StatusCode, title: &str, detail: &str) -> Self {
        let body =
            json!({"title": title, "type": "about:blank", "status": status.as_u16(), "detail": detail});
        Self { status, body }
    }

    /// 400 `invalid-request`, naming the parameter and what is wrong with it.
    pub(crate) fn invalid(parameter: &str, value: &str, message: &str) -> Self {
        let body = json!({
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": format!("{TYPES}invalid-request"),
            "status": 400,
        });
        Self { status: StatusCode::BAD_REQUEST, body }
    }

    /// 401, the same for every reason.
    pub(crate) fn unauthorized() -> Self {
        Self::blank(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")
    }

    /// 403 with a detail of X's.
    pub(crate) fn forbidden(detail: &str) -> Self {
        Self::blank(StatusCode::FORBIDDEN, "Forbidden", detail)
    }

    /// 403 for what a self-serve app may not do at all.
    pub(crate) fn not_permitted() -> Self {
        Self::forbidden("You are not permitted to perform this action.")
    }

    /// 404 for a post or user that is not there.
    pub(crate) fn not_found(resource: &str, parameter: &str, id: &str) -> Self {
        let body = missing(resource, parameter, id);
        Self { status: StatusCode::NOT_FOUND, body }
    }

    /// 413: the body, or a segment in it, is longer than X reads.
    pub(crate) fn too_large() -> Self {
        let title = "Request Entity Too Large";
        Self::blank(StatusCode::PAYLOAD_TOO_LARGE, title, title)
    }

    /// 429.
    pub(crate) fn too_many_requests() -> Self {
        Self::blank(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Too Many Requests")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        respond(self.status, "application/problem+json", &self.body)
    }
}

/// The partial error, beside `data`, for a post or user that is not there.
pub(crate) fn missing(resource: &str, parameter: &str, id: &str) -> Value {
    json!({
        "value": id,
        "detail": format!("Could not find {resource} with {parameter}: [{id}]."),
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": id,
        "type": format!("{TYPES}resource-not-found"),
    })
}

/// The partial error, beside `data`, for a field that this user may not see on this post.
pub(crate) fn hidden_field(field: &str, id: &str) -> Value {
    json!({
        "resource_id": id,
        "parameter": "tweet.fields",
        "resource_type": "tweet",
        "section": "data",
        "title": "Field Authorization Error",
        "value": field,
        "detail": format!("Sorry, you are not authorized to access '{field}' on the Tweet."),
        "type": format!("{TYPES}not-authorized-for-field"),
    })
}

/// 402: the app's credits are spent.
pub(crate) fn credits_depleted() -> Response {
    let body = json!({
        "title": "CreditsDepleted",
        "detail": "Your enrolled account does not have any credits to fulfill this request.",
        "type": format!("{TYPES}credits"),
    });
    respond(StatusCode::PAYMENT_REQUIRED, "application/problem+json", &body)
}

/// Any status as X's edge answers it: an untyped problem and no limit headers.
pub(crate) fn plain(status: StatusCode) -> Response {
    let title = status.canonical_reason().unwrap_or("Unknown");
    Problem::blank(status, title, title).into_response()
}

/// For every path and method that X does not have.
pub(crate) async fn no_such_route() -> Response {
    plain(StatusCode::NOT_FOUND)
}

/// A JSON answer of that content type.
pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
