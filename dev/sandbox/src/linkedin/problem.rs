//! How LinkedIn says no.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal with LinkedIn's own status and body.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    /// `{"status","code","message"}`.
    pub(crate) fn coded(status: StatusCode, code: &str, message: &str) -> Self {
        Self { status, body: json!({"status": status.as_u16(), "code": code, "message": message}) }
    }

    /// `{"status","serviceErrorCode","code","message"}`.
    pub(crate) fn service(status: StatusCode, number: u32, code: &str, message: &str) -> Self {
        let mut refusal = Self::coded(status, code, message);
        refusal.body["serviceErrorCode"] = json!(number);
        refusal
    }

    /// 400 about a field of the body.
    pub(crate) fn field(code: &str, pointer: &str, what: &str) -> Self {
        Self::coded(StatusCode::BAD_REQUEST, code, &format!("ERROR :: {pointer} :: {what}"))
    }

    /// 400 for a value that a field does not take.
    pub(crate) fn value(pointer: &str, what: &str) -> Self {
        Self::field("INVALID_VALUE_FOR_FIELD", pointer, what)
    }

    /// 400 for a call that is built wrong.
    pub(crate) fn argument(message: &str) -> Self {
        Self::coded(StatusCode::BAD_REQUEST, "ILLEGAL_ARGUMENT", message)
    }

    /// 401 of that number and code.
    pub(crate) fn token(number: u32, code: &str, message: &str) -> Self {
        Self::service(StatusCode::UNAUTHORIZED, number, code, message)
    }

    /// 403: the scope is missing, or the role.
    pub(crate) fn access_denied(what: &str) -> Self {
        let message = format!("Not enough permissions to access: {what}");
        Self::service(StatusCode::FORBIDDEN, 100, "ACCESS_DENIED", &message)
    }

    /// 404.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::coded(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("{what} is not found"))
    }

    /// 426.
    pub(crate) fn version_not_active(version: &str) -> Self {
        let message = format!("Requested version {version}01 is not active");
        Self::coded(StatusCode::UPGRADE_REQUIRED, "NONEXISTENT_VERSION", &message)
    }

    /// 429 of the day.
    pub(crate) fn throttled() -> Self {
        let message = "Resource level throttle limit for calls to this resource is reached.";
        Self::coded(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message)
    }

    /// 429 of the minute, for comments.
    pub(crate) fn comments_throttled() -> Self {
        let message = "Comment create throttled: creation rate limit exceeded for member";
        Self::coded(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message)
    }

    /// 422 that names the live post with the same author and text.
    pub(crate) fn duplicate_of(urn: &str) -> Self {
        let body = json!({
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": format!(
                "com.linkedin.content.common.exception.BadRequestResponseException: \
                 Content is a duplicate of {urn}"
            ),
            "errorDetails": {
                "inputErrors": [
                    {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
                ]
            },
            "status": 422,
        });
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        respond(self.status, &self.body)
    }
}

/// Any status with the code that LinkedIn gives it.
pub(crate) fn plain(status: StatusCode) -> Response {
    let refusal = match status.as_u16() {
        401 => Refusal::token(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
        403 => Refusal::access_denied("this resource"),
        409 => Refusal::coded(status, "CONFLICT", "Request conflicts with another write; please retry"),
        422 => Refusal::coded(status, "UNPROCESSABLE_ENTITY", "The request could not be processed"),
        429 => Refusal::throttled(),
        _ => {
            let reason = status.canonical_reason().unwrap_or("Unknown");
            Refusal::coded(status, &reason.to_uppercase().replace(' ', "_"), reason)
        }
    };
    refusal.into_response()
}

/// For every path and method that LinkedIn does not have.
pub(crate) async fn no_such_route() -> Response {
    Refusal::coded(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "No virtual resource found").into_response()
}

/// A JSON answer with the id that LinkedIn's support asks for.
pub(crate) fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    with_uuid(response)
}

/// An answer without a body, and with the id of what was created, if anything was.
pub(crate) fn empty(status: StatusCode, created: Option<&str>) -> Response {
    let mut response = status.into_response();
    if let Some(id) = created.and_then(|id| HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert("x-restli-id", id);
    }
    with_uuid(response)
}

fn with_uuid(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&crate::oauth::draw(12)) {
        response.headers_mut().insert("x-li-uuid", id);
    }
    response
}
