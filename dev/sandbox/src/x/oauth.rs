//! OAuth 2.0 with PKCE for a confidential client, as X does it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::house::{House, World};
use crate::oauth::{Asked, Challenge, Decision, NewToken, page_of_refusal, settle};
use crate::options::millis;
use crate::platform::Platform;

/// X's tokens have about 90 characters.
const TOKEN_BYTES: usize = 68;

/// `GET /i/oauth2/authorize`: the consent page, or a page that says what is wrong with the request.
pub(crate) async fn authorize(State(house): State<Arc<House>>, RawQuery(query): RawQuery) -> Response {
    let parameters = pairs(query.unwrap_or_default().as_bytes());
    let outcome = asked(&house, &parameters)
        .and_then(|asked| Decision::parse(&parameters).map(|decision| (asked, decision)));
    match outcome {
        Ok((asked, decision)) => settle(&house, &asked, &decision, &[("error", "access_denied")]),
        Err(why) => page_of_refusal(
            Platform::X,
            StatusCode::BAD_REQUEST,
            "Something went wrong",
            &format!("You weren't able to give access to the App: {why}."),
        ),
    }
}

/// `POST /2/oauth2/token`: an access token for a code or for a refresh token.
pub(crate) async fn token(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(authenticated_form(&house, &headers, &body).and_then(|form| match form.find("grant_type")? {
        "authorization_code" => exchange(&house, &form),
        "refresh_token" => refresh(&house, &form),
        _ => Err(Refusal::new("unsupported_grant_type", "Value passed for the grant type was invalid.")),
    }))
}

/// `POST /2/oauth2/revoke`: ends an access token, or with a refresh token the grant.
pub(crate) async fn revoke(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(authenticated_form(&house, &headers, &body).and_then(|form| {
        let token = form.find("token")?;
        house.change(|world| world.grants.revoke_token(Platform::X, token));
        Ok(json!({"revoked": true}))
    }))
}

struct Form(Vec<(String, String)>);

struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refusal {
    fn new(error: &'static str, description: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.to_owned() }
    }

    fn invalid(description: &str) -> Self {
        Self::new("invalid_request", description)
    }
}

impl Form {
    fn find(&self, name: &str) -> Result<&str, Refusal> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Refusal::invalid(&format!("Missing required parameter [{name}].")))
    }
}

fn asked(house: &House, parameters: &[(String, String)]) -> Result<Asked, String> {
    let find = |name: &str| {
        let value = parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is missing"))
    };
    let app = house.app(Platform::X);
    if find("response_type")? != "code" {
        return Err("response_type must be code".to_owned());
    }
    if find("client_id")? != app.client_id {
        return Err("client_id is not a registered app".to_owned());
    }
    let redirect_uri = find("redirect_uri")?;
    if !app.redirects_to(redirect_uri) {
        return Err("redirect_uri is not a registered callback".to_owned());
    }
    let state = find("state")?;
    if state.len() > 500 {
        return Err("state is longer than 500 characters".to_owned());
    }
    let challenge = Challenge::parse(find("code_challenge")?, find("code_challenge_method").ok())?;
    let scopes: Vec<String> = find("scope")?.split(' ').map(str::to_owned).collect();
    if let Some(unknown) = scopes.iter().find(|scope| !app.scopes.contains(&scope.as_str())) {
        return Err(format!("the scope {unknown} is unknown"));
    }
    Ok(Asked {
        platform: Platform::X,
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: Some(state.to_owned()),
        challenge: Some(challenge),
        parameters: parameters.to_vec(),
    })
}

/// The form of a call that the app authenticated with Basic, as a confidential client must.
fn authenticated_form(house: &House, headers: &HeaderMap, body: &Bytes) -> Result<Form, Refusal> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !text(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::invalid("Content-Type must be application/x-www-form-urlencoded."));
    }
    if !house.app(Platform::X).has_basic(text(header::AUTHORIZATION)) {
        return Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            error: "unauthorized_client",
            description: "Missing valid authorization header".to_owned(),
        });
    }
    Ok(Form(pairs(body)))
}

fn exchange(house: &House, form: &Form) -> Result<Value, Refusal> {
    let (code, redirect_uri, verifier) =
        (form.find("code")?, form.find("redirect_uri")?, form.find("code_verifier")?);
    house.change(|world| {
        let now_ms = house.now_ms();
        let dead = || Refusal::invalid("Value passed for the authorization code was invalid.");
        let code = world.grants.redeem_code(Platform::X, code).ok_or_else(dead)?;
        if code.expires_at_ms <= now_ms {
            return Err(dead());
        }
        if code.redirect_uri != redirect_uri {
            return Err(Refusal::invalid(
                "Value passed for the redirect uri did not match the uri of the authorization code.",
            ));
        }
        if !code.challenge.as_ref().is_some_and(|challenge| challenge.accepts(verifier)) {
            return Err(Refusal::invalid(
                "Value passed for the code verifier did not match the code challenge.",
            ));
        }
        let grant = world.grants.grant(&code, now_ms);
        Ok(pair(house, world, grant.id, &grant.scopes, now_ms))
    })
}

fn refresh(house: &House, form: &Form) -> Result<Value, Refusal> {
    let token = form.find("refresh_token")?;
    house.change(|world| {
        let now_ms = house.now_ms();
        let (grant, _) = world
            .grants
            .refresh(Platform::X, token, now_ms)
            .map_err(|_| Refusal::invalid("Value passed for the token was invalid."))?;
        world.grants.forget(token);
        Ok(pair(house, world, grant.id, &grant.scopes, now_ms))
    })
}

fn pair(house: &House, world: &mut World, grant: u64, scopes: &[String], now_ms: i64) -> Value {
    let lifetimes = house.options.lifetimes;
    let access = NewToken { size_bytes: TOKEN_BYTES, lives_ms: millis(lifetimes.x_access) };
    let mut body = json!({
        "token_type": "bearer",
        "expires_in": lifetimes.x_access.as_secs(),
        "access_token": world.grants.mint_access(grant, access, now_ms),
        "scope": scopes.join(" "),
    });
    if house.app(Platform::X).refresh_tokens && scopes.iter().any(|scope| scope == "offline.access") {
        let refresh = NewToken { size_bytes: TOKEN_BYTES, lives_ms: millis(lifetimes.x_refresh) };
        body["refresh_token"] = world.grants.mint_refresh(grant, refresh, now_ms).into();
    }
    body
}

fn answer(outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(body) => crate::x::json(StatusCode::OK, &body),
        Err(refusal) => crate::x::json(
            refusal.status,
            &json!({"error": refusal.error, "error_description": refusal.description}),
        ),
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
