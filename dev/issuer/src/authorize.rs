//! `/authorize`: the page on which a person is picked.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

use crate::issuer::{Grant, Issuer};
use crate::person::Person;

/// The query of an authorization request.
#[derive(Deserialize)]
pub(crate) struct Ask {
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
    state: Option<String>,
    nonce: Option<String>,
    /// Approves at once.
    person: Option<String>,
    /// `login` asks who it is, also somebody who is signed in already.
    prompt: Option<String>,
}

/// Who picked themselves in this browser before; a session at the issuer, as Cognito has one.
const SESSION: &str = "belfry-issuer-person";

fn remembered(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|cookie| cookie.strip_prefix(SESSION)?.strip_prefix('='))
}

/// Shows the page, or redirects with a code once a person is picked.
///
/// What is wrong with client or redirect is told here; everything else goes back to the client, as RFC 6749
/// section 4.1.2.1 asks.
pub(crate) async fn authorize(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Query(ask): Query<Ask>,
) -> Response {
    if ask.client_id != issuer.client_id() {
        return refuse("this issuer does not know the client_id");
    }
    let Some(redirect) = loopback(&ask.redirect_uri) else {
        return refuse("redirect_uri must be an http address on this machine");
    };
    if let Some((error, description)) = complaint(&ask) {
        return go(redirect, &[("error", error), ("error_description", description)], ask.state.as_deref());
    }
    let known = remembered(&headers).filter(|_| ask.prompt.as_deref() != Some("login"));
    let Some(name) = ask.person.as_deref().or(known) else {
        return page(&ask, None);
    };
    let Some(person) = Person::named(name) else {
        return page(&ask, Some("A name is 1 to 40 letters, digits, hyphens, dots or underscores."));
    };
    let given = std::time::Instant::now();
    let session = format!("{SESSION}={person}; Path=/; HttpOnly; SameSite=Lax");
    let kept = issuer.keep(Grant {
        person,
        redirect_uri: ask.redirect_uri,
        code_challenge: ask.code_challenge,
        nonce: ask.nonce,
        given,
    });
    match kept {
        Ok(code) => {
            let sent = go(redirect, &[("code", &code), ("iss", issuer.url())], ask.state.as_deref());
            ([(header::SET_COOKIE, session)], sent).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// `/logout`: ends the session in this browser, and leads back.
pub(crate) async fn logout(Query(ask): Query<Logout>) -> Response {
    let ended = format!("{SESSION}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    ([(header::SET_COOKIE, ended)], led_back(&ask)).into_response()
}

fn led_back(ask: &Logout) -> Response {
    match ask.post_logout_redirect_uri.as_deref() {
        None => Html("<!doctype html><title>Signed out</title><p>Signed out.").into_response(),
        Some(uri) => match loopback(uri) {
            Some(redirect) => go(redirect, &[], ask.state.as_deref()),
            None => refuse("post_logout_redirect_uri must be an http address on this machine"),
        },
    }
}

/// The query of a logout.
#[derive(Deserialize)]
pub(crate) struct Logout {
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

fn complaint(ask: &Ask) -> Option<(&'static str, &'static str)> {
    if ask.response_type != "code" {
        return Some(("unsupported_response_type", "response_type must be code"));
    }
    if ask.code_challenge_method != "S256" || ask.code_challenge.len() != 43 {
        return Some(("invalid_request", "PKCE with code_challenge_method S256 is required"));
    }
    None
}

/// Any port of this machine: the web app's is chosen by a flag, and nothing outside could receive the code.
fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let local = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    };
    (url.scheme() == "http" && local && url.fragment().is_none()).then_some(url)
}

fn go(mut to: Url, pairs: &[(&str, &str)], state: Option<&str>) -> Response {
    {
        let mut query = to.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.finish();
    }
    let to = to.as_str().trim_end_matches('?');
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response()
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Html(format!("<!doctype html><title>Refused</title><p>Refused: {why}.")))
        .into_response()
}

fn page(ask: &Ask, complaint: Option<&str>) -> Response {
    let fields = [
        ("response_type", Some(&ask.response_type)),
        ("client_id", Some(&ask.client_id)),
        ("redirect_uri", Some(&ask.redirect_uri)),
        ("code_challenge", Some(&ask.code_challenge)),
        ("code_challenge_method", Some(&ask.code_challenge_method)),
        ("state", ask.state.as_ref()),
        ("nonce", ask.nonce.as_ref()),
    ];
    let hidden: String = fields
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!("<input type=hidden name={name} value=\"{}\">", escaped(value?)))
        })
        .collect();
    let note = complaint.map(|text| format!("<p role=alert>{text}</p>")).unwrap_or_default();
    // No `form-action`: browsers apply it to the redirect that follows, which leads to the web app.
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(PAGE.replace("<!--note-->", &note).replace("<!--hidden-->", &hidden))).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

const PAGE: &str = include_str!("authorize.html");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_to_this_machine_only() {
        assert!(loopback("http://127.0.0.1:7070/").is_some());
        assert!(loopback("http://localhost:7070/callback").is_some());
        for uri in
            ["https://example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/", "javascript:1", ""]
        {
            assert!(loopback(uri).is_none(), "{uri}");
        }
    }
}
