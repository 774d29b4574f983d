use std::borrow::Cow;
use std::error::Error as _;

use domain::{Error, FieldError};
use lambda_http::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Reply;
use crate::call::MAX_BODY_BYTES;
use crate::limited::headers;

/// What a caller may do about a neighbour that is away: try again after this many seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

/// A refusal, as RFC 9457 `application/problem+json`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    cause: Option<Box<Error>>,
    headers: Vec<(&'static str, String)>,
}

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
struct Body<'a> {
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/not_found")]
    kind: String,
    #[schema(example = "Not Found")]
    title: &'a str,
    #[schema(minimum = 400, maximum = 599, example = 404)]
    status: u16,
    /// What is wrong and what to do, for a person.
    #[schema(example = "post not found")]
    detail: &'a str,
    /// Stable, snake_case.
    #[schema(pattern = "^[a-z_]+$", example = "not_found")]
    code: &'a str,
    /// Every broken rule at once; with `invalid_request` only.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// The whole table of statuses: the only place where a domain error meets HTTP.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, code) = match &error {
            Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request"),
            Error::InvalidCursor => (StatusCode::BAD_REQUEST, "invalid_cursor"),
            Error::InvalidState => (StatusCode::BAD_REQUEST, "invalid_state"),
            Error::ConnectionRefused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "connection_refused"),
            Error::ConsentDenied(_) => (StatusCode::BAD_REQUEST, "consent_denied"),
            Error::MissingScopes { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "missing_scopes"),
            Error::NoAccounts(_) => (StatusCode::UNPROCESSABLE_ENTITY, "no_accounts"),
            Error::AlreadyStarted => (StatusCode::CONFLICT, "already_started"),
            Error::RevisionMismatch => (StatusCode::PRECONDITION_FAILED, "revision_mismatch"),
            Error::NothingToRetry => (StatusCode::CONFLICT, "nothing_to_retry"),
            Error::MayDuplicate => (StatusCode::CONFLICT, "may_duplicate"),
            Error::IdempotencyKeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            Error::NothingToCancel => (StatusCode::CONFLICT, "nothing_to_cancel"),
            Error::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Error::MediaInUse => (StatusCode::CONFLICT, "media_in_use"),
            Error::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Error::Broken { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        let problem = Self::new(status, code, error.to_string());
        match error {
            Error::Invalid(errors) => Self { errors, ..problem },
            Error::RateLimited(quota) => {
                let wait = ("retry-after", quota.reset_after_seconds().max(1).to_string());
                problem.with_all(headers(&quota)).with_all([wait])
            }
            error => Self { cause: Some(Box::new(error)), ..problem },
        }
    }
}

/// The schema is that of the body.
impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Body::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Problem")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Body::schemas(schemas);
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), cause: None, headers: Vec::new() }
    }

    /// Also with these headers.
    pub(crate) fn with_all(mut self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// 404 for a path that is no route.
    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such route; see /v1/openapi.json")
    }

    /// 401 for a call whose token names nobody.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "sign in first: this call carries no valid token",
        )
    }

    /// What a body may be refused for before a use case sees it.
    pub fn of_a_body() -> [Self; 3] {
        let no_json = serde_json::from_str::<u8>("").expect_err("an empty text is no JSON");
        [Self::malformed_json(&no_json), Self::too_large(MAX_BODY_BYTES), Self::unsupported_media_type()]
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        let detail = "send the body as application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    pub(crate) fn malformed_json(error: &serde_json::Error) -> Self {
        // Line and column only: the parser's own words may repeat the body.
        let detail =
            format!("the body is not JSON; look at line {}, column {}", error.line(), error.column());
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    }

    pub(crate) fn panicked() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "something went wrong on our side")
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The code, stable and in snake_case.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Says what went wrong on our side; a caller's mistake is no news.
    pub(crate) fn log(&self) {
        if let Some(cause) = self.cause.as_deref().filter(|_| self.status.is_server_error()) {
            let source = cause.source().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error.code = self.code, error.source = source, "call failed: {cause}");
        }
    }

    /// The answer that tells it.
    pub fn into_reply(self) -> Reply {
        let title = self.status.canonical_reason().unwrap_or_default();
        let kind = format!("/problems/{}", self.code);
        let status = self.status.as_u16();
        let body = Body { kind, title, status, detail: &self.detail, code: self.code, errors: &self.errors };
        let reply = Reply::new(self.status, "application/problem+json", &body);
        let reply = self.headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            return reply.with("retry-after", &RETRY_AFTER_SECONDS.to_string());
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(problem: Problem) -> (u16, serde_json::Value) {
        let reply = problem.into_reply();
        (reply.status(), serde_json::from_str(reply.body()).unwrap())
    }

    #[test]
    fn every_broken_rule_is_listed_with_its_pointer() {
        let errors = vec![FieldError::new("/text", "required", "this field is required")];
        insta::assert_json_snapshot!(shown(Error::Invalid(errors).into()));
    }

    #[test]
    fn a_neighbour_that_is_away_shows_nothing_of_itself() {
        let (status, body) = shown(Error::unavailable("DynamoDB", "secret table name").into());
        assert_eq!(status, 503);
        assert!(!body.to_string().contains("secret"));
    }

    #[test]
    fn malformed_json_is_told_by_place_and_never_repeated() {
        let error = serde_json::from_str::<u8>("\"hunter2").unwrap_err();
        let (status, body) = shown(Problem::malformed_json(&error));
        assert_eq!((status, body["code"].as_str()), (400, Some("malformed_json")));
        assert!(!body.to_string().contains("hunter2"));
    }
}
