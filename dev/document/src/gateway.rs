//! What API Gateway answers by itself, before or instead of a function: `{"message"}` as `application/json`.
//!
//! Sources: the 401, <https://docs.amazonaws.cn/en_us/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html>;
//! the 10 MB, <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html> (stored copies, read
//! 2026-11-24). That 413, 429, 500 and 503 have the shape of the 401 is assumed.

use serde_json::{Value, json};

/// The statuses that any route may have from it, and why.
pub(crate) const ANYWHERE: [(u16, &str); 3] = [
    (429, "More calls a second than the account allows."),
    (500, "Something went wrong on our side."),
    (503, "Temporarily unavailable; try again."),
];

/// From a route that wants a token.
pub(crate) const WITHOUT_A_TOKEN: (u16, &str) = (401, "No valid token.");

/// From a route that takes a body: over 10 MB it never reaches us.
pub(crate) const TOO_LARGE: (u16, &str) = (413, "The body is larger than 256 KiB.");

/// The shape of it.
pub(crate) fn message() -> Value {
    json!({
        "type": "object",
        "description": "What API Gateway answers by itself.",
        "required": ["message"],
        "properties": { "message": { "type": ["string", "null"], "example": "Unauthorized" } },
    })
}
