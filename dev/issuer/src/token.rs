//! `/token`: a code becomes a token, once, for whoever holds the verifier; a refresh token becomes the next one.

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest, Sha256};
use serde::Deserialize;
use serde_json::json;

use crate::issuer::{Issuer, TOKEN_LIFE_S, Unusual};
use crate::person::Person;
use crate::server::now_s;

/// The form of a token request.
#[derive(Deserialize)]
pub(crate) struct Exchange {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    code_verifier: String,
    #[serde(default)]
    refresh_token: String,
}

/// Answers as RFC 6749 section 5 says, refusals included.
pub(crate) async fn token(State(issuer): State<Issuer>, Form(ask): Form<Exchange>) -> Response {
    if ask.client_id != issuer.client_id() {
        return refuse("invalid_client", "this issuer does not know the client_id");
    }
    match ask.grant_type.as_str() {
        "authorization_code" => exchanged(&issuer, &ask),
        "refresh_token" => refreshed(&issuer, &ask),
        _ => refuse("unsupported_grant_type", "grant_type must be authorization_code or refresh_token"),
    }
}

fn exchanged(issuer: &Issuer, ask: &Exchange) -> Response {
    let Some(grant) = issuer.take(&ask.code) else {
        return refuse("invalid_grant", "the code is unknown, used or older than a minute");
    };
    if grant.redirect_uri != ask.redirect_uri {
        return refuse("invalid_grant", "redirect_uri is not the one the code was sent to");
    }
    if !verifies(&ask.code_verifier, &grant.code_challenge) {
        return refuse("invalid_grant", "code_verifier does not match the code_challenge");
    }
    given(issuer, &grant.person, grant.nonce.as_deref())
}

/// A refresh token serves once, and a new one comes with the answer.
fn refreshed(issuer: &Issuer, ask: &Exchange) -> Response {
    match issuer.take_refresh(&ask.refresh_token) {
        Some(person) => given(issuer, &person, None),
        None => refuse("invalid_grant", "the refresh token is unknown or used"),
    }
}

fn given(issuer: &Issuer, person: &Person, nonce: Option<&str>) -> Response {
    let now_s = now_s();
    let access = issuer.access_token(person, now_s, &Unusual::default());
    let id = issuer.id_token(person, nonce, now_s);
    let refresh = issuer.keep_refresh(person);
    match (access, id, refresh) {
        (Ok(access), Ok(id), Ok(refresh)) => {
            let body = json!({
                "access_token": access, "id_token": id, "refresh_token": refresh, "token_type": "Bearer",
                "expires_in": TOKEN_LIFE_S, "scope": "openid",
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}

/// RFC 7636 section 4.6, S256 alone; a verifier has 43 to 128 characters.
fn verifies(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}

fn refuse(error: &str, description: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": description })))
        .into_response()
}
