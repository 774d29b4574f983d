//! Instagram Login: the window, the code, the long token and its refresh.
//!
//! <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>
//! (read 2026-11)

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::graph::{Call, Lifetime, Outcome, Refusal, dead, mint, respond};
use crate::house::{House, World};
use crate::oauth::{Asked, Decision, Grant, Token, page_of_refusal, settle};
use crate::options::millis;
use crate::people::Person;
use crate::platform::Platform;

/// A token must be this old before it can be refreshed.
const REFRESHABLE_AFTER_MS: i64 = 24 * 3600 * 1000;

/// `GET /oauth/authorize`: the consent page, or a page that says what is wrong with the request.
pub(crate) fn authorize(house: &House, call: &Call) -> Response {
    let outcome = asked(house, call)
        .and_then(|asked| Decision::parse(&call.parameters).map(|decision| (asked, decision)));
    match outcome {
        Ok((asked, decision)) => {
            let denial = [
                ("error", "access_denied"),
                ("error_reason", "user_denied"),
                ("error_description", "The user denied your request"),
            ];
            settle(house, &asked, &decision, &denial)
        }
        Err(why) => page_of_refusal(Platform::Instagram, StatusCode::BAD_REQUEST, "Invalid Request", &why),
    }
}

/// `POST /oauth/access_token`: a short token for a code, with errors of a shape of its own.
pub(crate) fn redeem(house: &House, call: &Call) -> Response {
    match redeemed(house, call) {
        Ok(body) if house.options.instagram_wrapped_tokens => {
            respond(StatusCode::OK, &json!({"data": [body]}))
        }
        Ok(body) => respond(StatusCode::OK, &body),
        Err(why) => {
            let body = json!({"error_type": "OAuthException", "code": 400, "error_message": why});
            respond(StatusCode::BAD_REQUEST, &body)
        }
    }
}

/// `GET /access_token?grant_type=ig_exchange_token`: a long token for a short one.
pub(crate) fn exchange(house: &House, call: &Call) -> Outcome {
    call.check_version(false)?;
    check_grant_type(call, "ig_exchange_token")?;
    if call.must("client_secret")? != house.app(Platform::Instagram).secret {
        return Err(Refusal::new(101, "Error validating application. Invalid application secret."));
    }
    house.change(|world| {
        let (grant, token) = alive(house, world, call)?;
        if token.long {
            let why = "Session key invalid. This could be because the session key has an incorrect format, or \
                       because the user has revoked this session";
            return Err(Refusal::new(452, why));
        }
        Ok(long(house, world, &grant))
    })
}

/// `GET /refresh_access_token?grant_type=ig_refresh_token`: another long token for one that is a day old.
pub(crate) fn refresh(house: &House, call: &Call) -> Outcome {
    call.check_version(false)?;
    check_grant_type(call, "ig_refresh_token")?;
    house.change(|world| {
        let (grant, token) = alive(house, world, call)?;
        if !token.long {
            return Err(Refusal::parameter("Only long-lived tokens can be refreshed"));
        }
        if token.created_at_ms + REFRESHABLE_AFTER_MS > house.now_ms() {
            return Err(Refusal::parameter("The token must be at least 24 hours old to be refreshed"));
        }
        Ok(long(house, world, &grant))
    })
}

/// A code without the `#_` that the redirect ends with.
pub(crate) fn bare(code: &str) -> &str {
    code.strip_suffix("#_").unwrap_or(code)
}

fn asked(house: &House, call: &Call) -> Result<Asked, String> {
    let app = house.app(Platform::Instagram);
    if call.find("client_id") != Some(app.client_id) {
        return Err("Invalid platform app".to_owned());
    }
    let redirect_uri = call.find("redirect_uri").filter(|uri| app.redirects_to(uri));
    let redirect_uri = redirect_uri.ok_or_else(|| "Invalid redirect_uri".to_owned())?;
    if call.find("response_type") != Some("code") {
        return Err("response_type must be code".to_owned());
    }
    let scopes = call.find("scope").ok_or_else(|| "scope is missing".to_owned())?;
    let scopes: Vec<String> = scopes.split([',', ' ']).map(str::to_owned).collect();
    if let Some(unknown) = scopes.iter().find(|scope| !app.scopes.contains(&scope.as_str())) {
        return Err(format!("Invalid scope: {unknown}"));
    }
    if !scopes.iter().any(|scope| scope == "instagram_business_basic") {
        return Err("Invalid scope: instagram_business_basic is required".to_owned());
    }
    Ok(Asked {
        platform: Platform::Instagram,
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: call.find("state").map(str::to_owned),
        challenge: None,
        parameters: call.parameters.clone(),
    })
}

fn redeemed(house: &House, call: &Call) -> Result<Value, &'static str> {
    let app = house.app(Platform::Instagram);
    if call.find("client_id") != Some(app.client_id) {
        return Err("Invalid platform app");
    }
    if call.find("client_secret") != Some(app.secret) {
        return Err("Error validating client secret");
    }
    if call.find("grant_type") != Some("authorization_code") {
        return Err("Invalid grant_type");
    }
    let (Some(code), Some(redirect_uri)) = (call.find("code"), call.find("redirect_uri")) else {
        return Err("Missing required field code or redirect_uri");
    };
    house.change(|world| {
        let now_ms = house.now_ms();
        if world.grants.was_used(code) {
            return Err("This authorization code has been used");
        }
        let code = world.grants.redeem_code(Platform::Instagram, code).ok_or("Invalid authorization code")?;
        if code.expires_at_ms <= now_ms {
            return Err("This authorization code has expired");
        }
        if code.redirect_uri != redirect_uri {
            return Err(
                "Error validating verification code. Please make sure your redirect_uri is identical",
            );
        }
        let person = Person::named(&code.person).ok_or("Invalid authorization code")?;
        let grant = world.grants.grant(&code, now_ms);
        let expires_at_ms = now_ms + millis(house.options.lifetimes.instagram_short);
        let lifetime = Lifetime { expires_at_ms, long: false };
        let permissions = if house.options.instagram_wrapped_tokens {
            json!(grant.scopes.join(","))
        } else {
            json!(grant.scopes)
        };
        Ok(json!({
            "access_token": mint(world, Platform::Instagram, grant.id, lifetime, now_ms),
            "user_id": person.instagram().id,
            "permissions": permissions,
        }))
    })
}

fn check_grant_type(call: &Call, expected: &str) -> Result<(), Refusal> {
    if call.must("grant_type")? == expected {
        return Ok(());
    }
    Err(Refusal::parameter(format!("grant_type must be {expected}")))
}

fn alive(house: &House, world: &World, call: &Call) -> Result<(Grant, Token), Refusal> {
    let known = world.grants.known(Platform::Instagram, call.must("access_token")?);
    let (grant, token) =
        known.ok_or_else(|| Refusal::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
    match dead(house, grant, token, house.now_ms()) {
        Some(refusal) => Err(refusal),
        None => Ok((grant.clone(), token.clone())),
    }
}

fn long(house: &House, world: &mut World, grant: &Grant) -> Value {
    let (now_ms, lives) = (house.now_ms(), house.options.lifetimes.instagram_long);
    let lifetime = Lifetime { expires_at_ms: now_ms + millis(lives), long: true };
    json!({
        "access_token": mint(world, Platform::Instagram, grant.id, lifetime, now_ms),
        "token_type": "bearer",
        "expires_in": lives.as_secs(),
        "permissions": grant.scopes.join(","),
    })
}
