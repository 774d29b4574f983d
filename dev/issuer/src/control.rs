//! `/_control`: tokens of every kind for tests and scripts, without a browser, and all that was given out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::issuer::{Issuer, TOKEN_LIFE_S, Unusual};
use crate::person::Person;
use crate::server::now_s;

/// What token to mint.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mint {
    person: String,
    /// Seconds from now; negative for a token that is over already.
    expires_in: Option<i64>,
    audience: Option<String>,
    issuer: Option<String>,
    /// Signed by a key that the published set does not hold.
    #[serde(default)]
    foreign_key: bool,
}

/// Answers `[{"kind","value"}]`: every code and token since the start, so that a test can look for them by value.
pub(crate) async fn secrets(State(issuer): State<Issuer>) -> Json<Vec<Value>> {
    let given_out = issuer.given_out().into_iter();
    Json(given_out.map(|(kind, value)| json!({ "kind": kind, "value": value })).collect())
}

/// Answers `{"accessToken","subject","expiresIn"}`.
pub(crate) async fn mint(State(issuer): State<Issuer>, Json(ask): Json<Mint>) -> Response {
    let Some(person) = Person::named(&ask.person) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "person must be a plain name" })))
            .into_response();
    };
    let unusual = Unusual {
        expires_in_s: ask.expires_in,
        audience: ask.audience,
        issuer: ask.issuer,
        foreign_key: ask.foreign_key,
    };
    // A token that is over was given while it was not: one from the future would be refused for that.
    let expires_in_s = unusual.expires_in_s.unwrap_or(TOKEN_LIFE_S);
    match issuer.access_token(&person, now_s() + expires_in_s.min(0), &unusual) {
        Ok(token) => Json(json!({
            "accessToken": token, "subject": person.subject(), "expiresIn": expires_in_s,
        }))
        .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
