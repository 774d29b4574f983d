//! Facebook Login: the dialog, the exchanges of codes and tokens, and the look at a token.
//!
//! <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow> (read 2026-11)

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::graph::{Call, Lifetime, NEVER_MS, Outcome, Refusal, dead, mint};
use crate::house::House;
use crate::oauth::{Asked, Decision, page_of_refusal, settle};
use crate::options::millis;
use crate::platform::Platform;

/// How long Facebook lets an app see data after the person was last there.
const DATA_ACCESS_MS: i64 = 90 * 24 * 3600 * 1000;

/// `GET /{version}/dialog/oauth`: the consent page, or a page that says what is wrong with the request.
pub(crate) fn dialog(house: &House, call: &Call) -> Response {
    let outcome = call
        .check_version(true)
        .map_err(|_| "the version is not one that is alive".to_owned())
        .and_then(|()| asked(house, call))
        .and_then(|asked| Decision::parse(&call.parameters).map(|decision| (asked, decision)));
    match outcome {
        Ok((asked, decision)) => {
            let denial = [
                ("error", "access_denied"),
                ("error_code", "200"),
                ("error_description", "Permissions error"),
                ("error_reason", "user_denied"),
            ];
            settle(house, &asked, &decision, &denial)
        }
        Err(why) => {
            page_of_refusal(Platform::Facebook, StatusCode::BAD_REQUEST, "Sorry, something went wrong", &why)
        }
    }
}

/// `GET /{version}/oauth/access_token`: a short token for a code, or a long one for a short one.
pub(crate) fn token(house: &House, call: &Call) -> Outcome {
    let app = house.app(Platform::Facebook);
    if call.find("client_id") != Some(app.client_id) {
        return Err(Refusal::new(101, "Error validating application. Cannot get application info."));
    }
    if call.find("client_secret") != Some(app.secret) {
        return Err(Refusal::new(1, "Error validating client secret."));
    }
    match call.find("grant_type") {
        Some("fb_exchange_token") => exchange(house, call),
        None | Some("authorization_code") => redeem(house, call),
        Some(other) => Err(Refusal::parameter(format!("Unsupported grant_type {other}"))),
    }
}

/// `GET /{version}/debug_token`: everything that is known of a token, for the app that it was made for.
pub(crate) fn debug(house: &House, call: &Call) -> Outcome {
    let app = house.app(Platform::Facebook);
    if call.token() != Some(format!("{}|{}", app.client_id, app.secret).as_str()) {
        return Err(Refusal::new(190, "Invalid OAuth access token signature."));
    }
    let input = call.must("input_token")?;
    let world = house.world();
    let now_ms = house.now_ms();
    let Some((grant, token)) = world.grants.known(Platform::Facebook, input) else {
        let error = json!({"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"});
        return Ok(json!({"data": {"error": error, "is_valid": false, "scopes": []}}));
    };
    let user_id =
        crate::people::Person::named(&grant.person).map(|person| person.facebook_id()).unwrap_or_default();
    let expires_at = if token.expires_at_ms == NEVER_MS { 0 } else { token.expires_at_ms / 1000 };
    let granular: Vec<Value> = grant.scopes.iter().map(|scope| json!({"scope": scope})).collect();
    let mut data = json!({
        "app_id": grant.client_id,
        "application": "Belfry",
        "type": if token.page.is_some() { "PAGE" } else { "USER" },
        "is_valid": true,
        "issued_at": token.created_at_ms / 1000,
        "expires_at": expires_at,
        "data_access_expires_at": (grant.authorized_at_ms + DATA_ACCESS_MS) / 1000,
        "scopes": grant.scopes,
        "granular_scopes": granular,
        "user_id": user_id,
    });
    if let Some(page) = &token.page {
        data["profile_id"] = json!(page);
    }
    if let Some(refusal) = dead(house, grant, token, now_ms) {
        data["is_valid"] = json!(false);
        data["error"] = refusal.short();
    }
    Ok(json!({"data": data}))
}

fn asked(house: &House, call: &Call) -> Result<Asked, String> {
    let app = house.app(Platform::Facebook);
    if call.find("client_id") != Some(app.client_id) {
        return Err("Invalid App ID: The provided app ID does not look like a valid app ID.".to_owned());
    }
    let redirect_uri = call.find("redirect_uri").filter(|uri| app.redirects_to(uri));
    let redirect_uri = redirect_uri.ok_or_else(|| {
        "URL blocked: This redirect failed because the redirect URI is not white-listed in the app's client \
         OAuth settings."
            .to_owned()
    })?;
    if call.find("response_type").is_some_and(|kind| kind != "code") {
        return Err("response_type must be code".to_owned());
    }
    // "Facebook Login for Business" names a configuration, which stands for all of the app's permissions.
    let mut scopes: Vec<String> = match call.find("scope") {
        Some(text) => text.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        None if call.find("config_id").is_some() => {
            app.scopes.iter().map(|&scope| scope.to_owned()).collect()
        }
        None => Vec::new(),
    };
    let unknown: Vec<&str> =
        scopes.iter().map(String::as_str).filter(|scope| !app.scopes.contains(scope)).collect();
    if !unknown.is_empty() {
        return Err(format!("Invalid Scopes: {}.", unknown.join(", ")));
    }
    if !scopes.iter().any(|scope| scope == "public_profile") {
        scopes.push("public_profile".to_owned());
    }
    Ok(Asked {
        platform: Platform::Facebook,
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: call.find("state").map(str::to_owned),
        challenge: None,
        parameters: call.parameters.clone(),
    })
}

fn redeem(house: &House, call: &Call) -> Outcome {
    let (code, redirect_uri) = (call.must("code")?, call.must("redirect_uri")?);
    house.change(|world| {
        let now_ms = house.now_ms();
        if world.grants.was_used(code) {
            return Err(Refusal::sub(100, 36_009, "This authorization code has been used."));
        }
        let code = world
            .grants
            .redeem_code(Platform::Facebook, code)
            .ok_or_else(|| Refusal::new(100, "Invalid verification code format."))?;
        if code.expires_at_ms <= now_ms {
            return Err(Refusal::sub(100, 36_007, "This authorization code has expired."));
        }
        if code.redirect_uri != redirect_uri {
            let why = "Error validating verification code. Please make sure your redirect_uri is identical to \
                       the one you used in the OAuth dialog request";
            return Err(Refusal::sub(100, 36_008, why));
        }
        let grant = world.grants.grant(&code, now_ms);
        let lives = house.options.lifetimes.facebook_short;
        let lifetime = Lifetime { expires_at_ms: now_ms + millis(lives), long: false };
        Ok(json!({
            "access_token": mint(world, Platform::Facebook, grant.id, lifetime, now_ms),
            "token_type": "bearer",
            "expires_in": lives.as_secs(),
        }))
    })
}

/// A long token for a short one. A long one can be exchanged too, but that makes it live no longer.
fn exchange(house: &House, call: &Call) -> Outcome {
    let short = call.must("fb_exchange_token")?;
    house.change(|world| {
        let now_ms = house.now_ms();
        let known = world.grants.known(Platform::Facebook, short).filter(|(_, token)| token.page.is_none());
        let (grant, token) = known
            .map(|(grant, token)| (grant.clone(), token.clone()))
            .ok_or_else(|| Refusal::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
        if let Some(refusal) = dead(house, &grant, &token, now_ms) {
            return Err(refusal);
        }
        let expires_at_ms = if token.long {
            token.expires_at_ms
        } else {
            now_ms + millis(house.options.lifetimes.facebook_long)
        };
        let lifetime = Lifetime { expires_at_ms, long: true };
        Ok(json!({
            "access_token": mint(world, Platform::Facebook, grant.id, lifetime, now_ms),
            "token_type": "bearer",
            "expires_in": (expires_at_ms - now_ms) / 1000,
        }))
    })
}
