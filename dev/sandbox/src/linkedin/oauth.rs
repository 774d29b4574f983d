//! OAuth 2.0 as LinkedIn does it: credentials in the form, no refresh tokens except for partners.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::house::House;
use crate::linkedin::problem::{empty, respond};
use crate::oauth::{Asked, Challenge, Decision, NewToken, page_of_refusal, redirect, settle};
use crate::options::millis;
use crate::platform::Platform;

/// LinkedIn's access tokens have about 500 characters.
const TOKEN_BYTES: usize = 375;

/// Scopes that exist, but not for this app: asking for one is another error than inventing one.
const CLOSED: [&str; 7] = [
    "r_member_social",
    "r_basicprofile",
    "r_liteprofile",
    "r_emailaddress",
    "w_member_social_feed",
    "w_organization_social_feed",
    "r_organization_social_feed",
];

const NOT_FOUND: &str = "Unable to retrieve access token: authorization code not found";
const MISMATCH: &str = "Unable to retrieve access token: appid/redirect uri/code verifier does not match \
                        authorization code. Or authorization code expired. Or external member binding exists";
const REFRESH_DEAD: &str = "The provided authorization grant or refresh token is invalid, expired or revoked";

/// `GET /oauth/v2/authorization`: the consent page, a redirect for a scope the app does not have, or a page
/// that says what is wrong.
pub(crate) async fn authorize(State(house): State<Arc<House>>, RawQuery(query): RawQuery) -> Response {
    let parameters = pairs(query.unwrap_or_default().as_bytes());
    let page = |why: &str| {
        page_of_refusal(Platform::LinkedIn, StatusCode::UNAUTHORIZED, "Bummer, something went wrong", why)
    };
    let asked = match asked(&house, &parameters) {
        Ok(asked) => asked,
        Err(why) => return page(&why),
    };
    let app = house.app(Platform::LinkedIn);
    if let Some(scope) = asked.scopes.iter().find(|scope| !app.scopes.contains(&scope.as_str())) {
        if !CLOSED.contains(&scope.as_str()) {
            return page("Invalid scope");
        }
        let why = format!("Scope \"{scope}\" is not authorized for your application");
        let error = [("error", "unauthorized_scope_error"), ("error_description", why.as_str())];
        let state = asked.state.as_deref().map(|state| ("state", state));
        return redirect(&asked.redirect_uri, error.into_iter().chain(state));
    }
    match Decision::parse(&parameters) {
        Ok(decision) => {
            let denial = [
                ("error", "user_cancelled_authorize"),
                ("error_description", "The user cancelled the authorization"),
            ];
            settle(&house, &asked, &decision, &denial)
        }
        Err(why) => page(&why),
    }
}

/// `POST /oauth/v2/accessToken`: an access token for a code, or, for partners, for a refresh token.
pub(crate) async fn token(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(authenticated_form(&house, &headers, &body).and_then(|form| match form.find("grant_type")? {
        "authorization_code" => exchange(&house, &form),
        "refresh_token" => refresh(&house, &form),
        _ => Err(Refusal::bad("invalid_request", "A required parameter \"grant_type\" is invalid")),
    }))
}

/// `POST /oauth/v2/introspectToken`: what is known of a token; of another's, only that it is not active.
pub(crate) async fn introspect(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(authenticated_form(&house, &headers, &body).and_then(|form| {
        let token = form.find("token")?;
        let world = house.world();
        let Some((grant, known)) = world.grants.known(Platform::LinkedIn, token) else {
            return Ok(json!({"active": false}));
        };
        let expired = known.expires_at_ms <= house.now_ms();
        let revoked = grant.revoked || known.revoked;
        let status = match (revoked, expired) {
            (true, _) => "revoked",
            (false, true) => "expired",
            (false, false) => "active",
        };
        Ok(json!({
            "active": status == "active",
            "auth_type": "3L",
            "authorized_at": grant.authorized_at_ms / 1000,
            "client_id": grant.client_id,
            "created_at": known.created_at_ms / 1000,
            "expires_at": known.expires_at_ms / 1000,
            "scope": grant.scopes.join(","),
            "status": status,
        }))
    }))
}

/// `POST /oauth/v2/revoke`: ends a token; 200 without a body.
pub(crate) async fn revoke(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    let outcome = authenticated_form(&house, &headers, &body).and_then(|form| {
        let token = form.find("token")?;
        house.change(|world| world.grants.revoke_token(Platform::LinkedIn, token));
        Ok(())
    });
    match outcome {
        Ok(()) => empty(StatusCode::OK, None),
        Err(refusal) => answer(Err(refusal)),
    }
}

struct Form(Vec<(String, String)>);

struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refusal {
    fn bad(error: &'static str, description: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.to_owned() }
    }

    fn unauthorized(error: &'static str, description: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error, description: description.to_owned() }
    }
}

impl Form {
    fn find(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| {
            Refusal::bad("invalid_request", &format!("A required parameter \"{name}\" is missing"))
        })
    }

    fn optional(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, value)| key == name && !value.is_empty());
        values.next().map(|(_, value)| value.as_str())
    }
}

fn asked(house: &House, parameters: &[(String, String)]) -> Result<Asked, String> {
    let find = |name: &str| {
        let mut values = parameters.iter().filter(|(key, value)| key == name && !value.is_empty());
        values.next().map(|(_, value)| value.as_str())
    };
    let app = house.app(Platform::LinkedIn);
    if find("client_id") != Some(app.client_id) {
        return Err("Client_id doesn't match".to_owned());
    }
    let redirect_uri = find("redirect_uri").filter(|uri| app.redirects_to(uri));
    let redirect_uri = redirect_uri.ok_or_else(|| "Redirect_uri doesn't match".to_owned())?;
    if find("response_type") != Some("code") {
        return Err("You need to pass the \"response_type\" parameter with the value code".to_owned());
    }
    let scopes = find("scope").ok_or_else(|| "Invalid scope".to_owned())?;
    let challenge = find("code_challenge")
        .map(|value| Challenge::parse(value, find("code_challenge_method")))
        .transpose()?;
    Ok(Asked {
        platform: Platform::LinkedIn,
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes.split(' ').map(str::to_owned).collect(),
        state: find("state").map(str::to_owned),
        challenge,
        parameters: parameters.to_vec(),
    })
}

fn authenticated_form(house: &House, headers: &HeaderMap, body: &Bytes) -> Result<Form, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let why = "Content-Type must be application/x-www-form-urlencoded";
        return Err(Refusal::bad("invalid_request", why));
    }
    let form = Form(pairs(body));
    if !house.app(Platform::LinkedIn).has(form.find("client_id")?, form.find("client_secret")?) {
        return Err(Refusal::unauthorized("invalid_client", "Client authentication failed"));
    }
    Ok(form)
}

fn exchange(house: &House, form: &Form) -> Result<Value, Refusal> {
    let (code, redirect_uri) = (form.find("code")?, form.find("redirect_uri")?);
    let verifier = form.optional("code_verifier");
    house.change(|world| {
        let now_ms = house.now_ms();
        let code = world
            .grants
            .redeem_code(Platform::LinkedIn, code)
            .ok_or_else(|| Refusal::unauthorized("invalid_request", NOT_FOUND))?;
        let proven = match (&code.challenge, verifier) {
            (Some(challenge), Some(verifier)) => challenge.accepts(verifier),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if code.expires_at_ms <= now_ms || code.redirect_uri != redirect_uri || !proven {
            return Err(Refusal::bad("invalid_redirect_uri", MISMATCH));
        }
        // Asking for other scopes ends what the member allowed before.
        world.grants.revoke_other_scopes(&code);
        let grant = world.grants.grant(&code, now_ms);
        let lifetimes = house.options.lifetimes;
        let access = NewToken { size_bytes: TOKEN_BYTES, lives_ms: millis(lifetimes.linkedin_access) };
        let mut body = json!({
            "access_token": world.grants.mint_access(grant.id, access, now_ms),
            "expires_in": lifetimes.linkedin_access.as_secs(),
            "scope": grant.scopes.join(","),
            "token_type": "Bearer",
        });
        if house.app(Platform::LinkedIn).refresh_tokens {
            let refresh = NewToken { size_bytes: TOKEN_BYTES, lives_ms: millis(lifetimes.linkedin_refresh) };
            body["refresh_token"] = json!(world.grants.mint_refresh(grant.id, refresh, now_ms));
            body["refresh_token_expires_in"] = json!(lifetimes.linkedin_refresh.as_secs());
        }
        Ok(body)
    })
}

/// A new access token; the refresh token stays the same and its time keeps running out.
fn refresh(house: &House, form: &Form) -> Result<Value, Refusal> {
    let token = form.find("refresh_token")?;
    house.change(|world| {
        let now_ms = house.now_ms();
        let (grant, expires_at_ms) = world
            .grants
            .refresh(Platform::LinkedIn, token, now_ms)
            .map_err(|_| Refusal::bad("invalid_request", REFRESH_DEAD))?;
        let left_ms = expires_at_ms - now_ms;
        let lives_ms = millis(house.options.lifetimes.linkedin_access).min(left_ms);
        let access = NewToken { size_bytes: TOKEN_BYTES, lives_ms };
        Ok(json!({
            "access_token": world.grants.mint_access(grant.id, access, now_ms),
            "expires_in": lives_ms / 1000,
            "refresh_token": token,
            "refresh_token_expires_in": left_ms / 1000,
            "scope": grant.scopes.join(","),
            "token_type": "Bearer",
        }))
    })
}

fn answer(outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(body) => respond(StatusCode::OK, &body),
        Err(refusal) => {
            let body = json!({"error": refusal.error, "error_description": refusal.description});
            respond(refusal.status, &body)
        }
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
