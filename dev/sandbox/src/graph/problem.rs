//! How the Graph API says no: one body for everything, told apart by `code` and `error_subcode`.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling> and
//! <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes> (read 2026-11)

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::graph::answer::respond;
use crate::graph::usage::{with_blocked, with_usage};
use crate::platform::Platform;

/// A refusal with Meta's own status and body.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: i64,
    subcode: Option<u32>,
    kind: &'static str,
    message: String,
    user_message: Option<String>,
    transient: bool,
}

/// What most calls come to: a JSON body, or a refusal.
pub(crate) type Outcome = Result<Value, Refusal>;

impl Refusal {
    /// 400 of that code.
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            subcode: None,
            kind: "OAuthException",
            message: message.into(),
            user_message: None,
            transient: false,
        }
    }

    /// 400 of that code and subcode.
    pub(crate) fn sub(code: i64, subcode: u32, message: impl Into<String>) -> Self {
        Self { subcode: Some(subcode), ..Self::new(code, message) }
    }

    /// The same with the sentence that Meta would show a person.
    pub(crate) fn saying(self, user_message: impl Into<String>) -> Self {
        Self { user_message: Some(user_message.into()), ..self }
    }

    /// The same with another type than `OAuthException`.
    pub(crate) fn of_type(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Code 100: a parameter is missing or wrong.
    pub(crate) fn parameter(what: impl std::fmt::Display) -> Self {
        Self::new(100, format!("(#100) {what}"))
    }

    /// Code 200: the permission or the task at the Page is missing.
    pub(crate) fn not_permitted(what: &str) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::new(200, format!("(#200) {what}")) }
    }

    /// Code 10: the app lacks a permission.
    pub(crate) fn app_not_permitted() -> Self {
        let message = "(#10) Application does not have permission for this action";
        Self { status: StatusCode::FORBIDDEN, ..Self::new(10, message) }
    }

    /// 100/33: not there, or not to be seen with this token.
    pub(crate) fn gone(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api",
            method.to_lowercase()
        );
        Self::sub(100, 33, message).of_type("GraphMethodException")
    }

    /// Code 2500: no such address, or no token where one is needed.
    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::new(2500, message)
    }

    /// What a look at a dead token shows of it.
    pub(crate) fn short(&self) -> Value {
        json!({"code": self.code, "subcode": self.subcode, "message": self.message})
    }

    fn body(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "is_transient": self.transient,
            "fbtrace_id": crate::oauth::draw(12),
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(sentence) = &self.user_message {
            error["error_user_title"] = json!(self.message);
            error["error_user_msg"] = json!(sentence);
        }
        json!({"error": error})
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        respond(self.status, &self.body())
    }
}

/// Any status with the code that Meta gives it; for all of 5xx that is code 2, which may well pass.
pub(crate) fn plain(status: StatusCode) -> Response {
    let refusal = match status.as_u16() {
        401 => Refusal::new(190, "Invalid OAuth access token - Cannot parse access token"),
        403 => Refusal::app_not_permitted(),
        429 => Refusal::new(4, "(#4) Application request limit reached"),
        500..=599 => Refusal {
            transient: true,
            ..Refusal::new(2, "An unexpected error has occurred. Please retry your request later.")
        },
        _ => Refusal::new(1, "An unknown error occurred"),
    };
    Refusal { status, ..refusal }.into_response()
}

/// The throttle of a Page (80001) or of an Instagram account (80002), which names the minutes in a header; where no
/// account is known, the app's (4).
///
/// <https://developers.facebook.com/docs/graph-api/overview/rate-limiting> (read 2026-11)
pub(crate) fn rate_limited(
    platform: Platform,
    account: Option<&str>,
    retry_after_seconds: Option<u64>,
) -> Response {
    let minutes = retry_after_seconds.map_or(15, |seconds| seconds.div_ceil(60));
    let code = match (platform, account) {
        (_, None) => 4,
        (Platform::Instagram, Some(_)) => 80_002,
        (Platform::Facebook | Platform::X | Platform::LinkedIn, Some(_)) => 80_001,
    };
    let message = match account {
        None => "(#4) Application request limit reached".to_owned(),
        Some(_) => format!(
            "(#{code}) There have been too many calls to this account. Wait a bit and try again. For more info, \
             please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
        ),
    };
    with_blocked(Refusal::new(code, message).into_response(), platform, account, minutes)
}

/// What Meta answers to whom it takes for a spammer. Instagram's looks like a throttle and is none.
pub(crate) fn spam_block(platform: Platform, account: Option<&str>) -> Response {
    let refusal = match platform {
        Platform::Instagram => Refusal {
            status: StatusCode::FORBIDDEN,
            ..Refusal::sub(4, 2_207_051, "Application request limit reached")
                .saying("We restrict certain activity to protect our community.")
        },
        Platform::Facebook | Platform::X | Platform::LinkedIn => {
            Refusal::new(368, "The action attempted has been deemed abusive or is otherwise disallowed")
                .saying("You're temporarily blocked from posting. Try again later.")
        }
    };
    with_usage(refusal.into_response(), platform, account, 1)
}
