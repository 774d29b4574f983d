//! The routes, and who may ask.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::{authorize, control, token};

/// Every route of the issuer.
pub(crate) fn routes(issuer: Issuer) -> Router {
    // What a page of the web app fetches; the rest is for navigation or for this machine's own programs.
    let fetched = Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/jwks.json", get(jwks))
        .route("/token", post(token::token))
        .layer(from_fn(share_with_local_pages));
    Router::new()
        .route("/authorize", get(authorize::authorize))
        .route("/logout", get(authorize::logout))
        .route("/_control/token", post(control::mint))
        .route("/_control/secrets", get(control::secrets))
        .route("/_control/health", get(|| async { Json(json!({ "status": "ok" })) }))
        .merge(fetched)
        .layer(from_fn(local_names_only))
        .with_state(issuer)
}

/// Seconds since 1970; the clock of tokens.
pub(crate) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

async fn configuration(State(issuer): State<Issuer>) -> Json<Value> {
    let url = issuer.url();
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks.json"),
        "end_session_endpoint": format!("{url}/logout"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid"],
    }))
}

async fn jwks(State(issuer): State<Issuer>) -> Json<Value> {
    Json(issuer.jwks())
}

/// A foreign site whose name was made to point here (DNS rebinding) gets nothing.
async fn local_names_only(request: Request, next: Next) -> Response {
    if request.headers().get(header::HOST).is_some_and(|host| !is_local(host)) {
        return (StatusCode::MISDIRECTED_REQUEST, "this issuer answers to 127.0.0.1 and localhost")
            .into_response();
    }
    next.run(request).await
}

fn is_local(host: &HeaderValue) -> bool {
    let name = host.to_str().unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _port)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// CORS for pages served from this machine, preflight included.
async fn share_with_local_pages(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).filter(|origin| is_local_page(origin)).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    if let Some(origin) = origin {
        share(response.headers_mut(), origin);
    }
    response
}

fn is_local_page(origin: &HeaderValue) -> bool {
    let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    host.and_then(|host| HeaderValue::from_str(host).ok()).is_some_and(|host| is_local(&host))
}

fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use http_body_util::BodyExt;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
    use tower::ServiceExt;
    use url::Url;

    use super::*;

    const URL: &str = "http://127.0.0.1:7081";
    const HOME: &str = "http://127.0.0.1:7070/";
    // The pair of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn issuer() -> (tempfile::TempDir, Issuer) {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = Issuer::open(folder.path(), URL.to_owned(), "belfry-web".to_owned()).expect("an issuer");
        (folder, issuer)
    }

    async fn send(issuer: &Issuer, request: Request) -> (StatusCode, HeaderMap, String) {
        let response = routes(issuer.clone()).oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    fn get(path: &str) -> Request {
        Request::get(path).body(Body::empty()).expect("a request")
    }

    fn authorization(change: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", "belfry-web"),
            ("redirect_uri", HOME),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "s&1"),
        ];
        pairs.retain(|(name, _)| !change.iter().any(|(changed, _)| changed == name));
        pairs.extend_from_slice(change);
        Url::parse_with_params(&format!("{URL}/authorize"), &pairs).expect("a url").to_string()
    }

    fn redirect(headers: &HeaderMap) -> Vec<(String, String)> {
        let to = headers[header::LOCATION].to_str().expect("a location");
        Url::parse(to).expect("a url").query_pairs().into_owned().collect()
    }

    fn value(pairs: &[(String, String)], name: &str) -> String {
        pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    async fn code(issuer: &Issuer) -> String {
        let (status, headers, _) = send(issuer, get(&authorization(&[("person", "alice")]))).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let pairs = redirect(&headers);
        assert_eq!(value(&pairs, "state"), "s&1");
        value(&pairs, "code")
    }

    async fn exchange(issuer: &Issuer, code: &str, verifier: &str) -> (StatusCode, Value) {
        let form = Url::parse_with_params(
            URL,
            [
                ("grant_type", "authorization_code"),
                ("client_id", "belfry-web"),
                ("redirect_uri", HOME),
                ("code", code),
                ("code_verifier", verifier),
            ],
        )
        .expect("a form");
        ask_for_tokens(issuer, &form).await
    }

    async fn refresh(issuer: &Issuer, token: &str) -> (StatusCode, Value) {
        let fields = [("grant_type", "refresh_token"), ("client_id", "belfry-web"), ("refresh_token", token)];
        ask_for_tokens(issuer, &Url::parse_with_params(URL, fields).expect("a form")).await
    }

    /// The form is the query of a URL.
    async fn ask_for_tokens(issuer: &Issuer, form: &Url) -> (StatusCode, Value) {
        let request = Request::post("/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.query().unwrap_or_default().to_owned()))
            .expect("a request");
        let (status, _, body) = send(issuer, request).await;
        (status, serde_json::from_str(&body).expect("json"))
    }

    async fn mint(issuer: &Issuer, ask: Value) -> String {
        let request = Request::post("/_control/token")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(ask.to_string()))
            .expect("a request");
        let (status, _, body) = send(issuer, request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("json");
        answer["accessToken"].as_str().expect("a token").to_owned()
    }

    /// Verifies with another library than the one that signed, against the published set; answers the claims.
    async fn verified(issuer: &Issuer, token: &str) -> Option<Value> {
        let (_, _, body) = send(issuer, get("/jwks.json")).await;
        let set: Value = serde_json::from_str(&body).expect("json");
        let (signed, signature) = token.rsplit_once('.').expect("a JWT");
        let (head, payload) = signed.split_once('.').expect("a JWT");
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let head: Value = serde_json::from_slice(&bytes(head)).expect("a header");
        let key = set["keys"].as_array()?.iter().find(|key| key["kid"] == head["kid"])?;
        let part = |name: &str| bytes(key[name].as_str().unwrap_or_default());
        let public = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &bytes(signature)).ok()?;
        serde_json::from_slice(&bytes(payload)).ok()
    }

    #[tokio::test]
    async fn a_code_and_its_verifier_give_a_token_that_the_published_key_verifies() {
        let (_folder, issuer) = issuer();
        let code = code(&issuer).await;
        let (status, answer) = exchange(&issuer, &code, VERIFIER).await;
        assert_eq!(status, StatusCode::OK);
        let claims =
            verified(&issuer, answer["access_token"].as_str().expect("a token")).await.expect("verified");
        assert_eq!(claims["sub"], "person-alice");
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(URL), &json!("belfry-web")));
        assert_eq!(claims["token_use"], "access");
        assert!(claims["exp"].as_i64() > Some(now_s()));
    }

    #[tokio::test]
    async fn a_wrong_verifier_gives_nothing_and_spends_the_code() {
        let (_folder, issuer) = issuer();
        let code = code(&issuer).await;
        let (status, answer) = exchange(&issuer, &code, &"x".repeat(43)).await;
        assert_eq!((status, &answer["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
        let (status, _) = exchange(&issuer, &code, VERIFIER).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn a_code_works_once() {
        let (_folder, issuer) = issuer();
        let code = code(&issuer).await;
        assert_eq!(exchange(&issuer, &code, VERIFIER).await.0, StatusCode::OK);
        assert_eq!(exchange(&issuer, &code, VERIFIER).await.0, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn a_refresh_token_gives_the_next_tokens_once() {
        let (_folder, issuer) = issuer();
        let code = code(&issuer).await;
        let (_, first) = exchange(&issuer, &code, VERIFIER).await;
        let token = first["refresh_token"].as_str().expect("a token").to_owned();
        let (status, second) = refresh(&issuer, &token).await;
        assert_eq!(status, StatusCode::OK);
        let access = second["access_token"].as_str().expect("a token");
        assert_eq!(verified(&issuer, access).await.expect("verified")["sub"], "person-alice");
        assert_ne!(second["refresh_token"], first["refresh_token"]);
        assert_eq!(refresh(&issuer, &token).await.0, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn who_picked_themselves_once_is_not_asked_again_until_they_sign_out() {
        let (_folder, issuer) = issuer();
        let (_, headers, _) = send(&issuer, get(&authorization(&[("person", "alice")]))).await;
        let session =
            headers[header::SET_COOKIE].to_str().expect("text").split(';').next().expect("a cookie");
        let again = |change: &[(&str, &str)]| {
            let request =
                Request::get(authorization(change)).header(header::COOKIE, format!("a=b; {session}"));
            request.body(Body::empty()).expect("a request")
        };
        let (status, headers, _) = send(&issuer, again(&[])).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(!value(&redirect(&headers), "code").is_empty());
        let (status, _, page) = send(&issuer, again(&[("prompt", "login")])).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Who are you today?"));
        let (_, headers, _) = send(&issuer, get("/logout")).await;
        assert!(headers[header::SET_COOKIE].to_str().expect("text").contains("Max-Age=0"));
    }

    #[tokio::test]
    async fn without_s256_the_client_is_told_so() {
        let (_folder, issuer) = issuer();
        for change in [("code_challenge_method", "plain"), ("code_challenge", "")] {
            let (status, headers, _) = send(&issuer, get(&authorization(&[change, ("person", "bob")]))).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            assert_eq!(value(&redirect(&headers), "error"), "invalid_request");
        }
    }

    #[tokio::test]
    async fn no_code_leaves_this_machine() {
        let (_folder, issuer) = issuer();
        for change in [("redirect_uri", "https://example.com/"), ("client_id", "somebody-else")] {
            let (status, headers, _) = send(&issuer, get(&authorization(&[change, ("person", "bob")]))).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(!headers.contains_key(header::LOCATION));
        }
    }

    #[tokio::test]
    async fn the_page_carries_the_request_and_no_markup_of_others() {
        let (_folder, issuer) = issuer();
        let (status, _, page) = send(&issuer, get(&authorization(&[("state", "\"><script>")]))).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("value=\"alice\"") && page.contains(CHALLENGE));
        assert!(!page.contains("<script>"));
    }

    #[tokio::test]
    async fn tokens_for_tests_can_be_over_foreign_or_for_somebody_else() {
        let (_folder, issuer) = issuer();
        let over = mint(&issuer, json!({ "person": "alice", "expiresIn": -60 })).await;
        let claims = verified(&issuer, &over).await.expect("verified");
        assert!(claims["exp"].as_i64() < Some(now_s()));
        assert!(claims["iat"].as_i64() <= claims["exp"].as_i64().map(|exp| exp + 60));

        let foreign = mint(&issuer, json!({ "person": "alice", "foreignKey": true })).await;
        assert_eq!(verified(&issuer, &foreign).await, None);

        let other = mint(&issuer, json!({ "person": "a", "audience": "b", "issuer": "http://c" })).await;
        let claims = verified(&issuer, &other).await.expect("verified");
        assert_eq!((&claims["aud"], &claims["iss"]), (&json!("b"), &json!("http://c")));
    }

    #[tokio::test]
    async fn all_that_was_given_out_is_listed_by_its_value() {
        let (_folder, issuer) = issuer();
        let code = code(&issuer).await;
        let (_, tokens) = exchange(&issuer, &code, VERIFIER).await;
        let minted = mint(&issuer, json!({ "person": "alice", "foreignKey": true })).await;
        let (_, _, listed) = send(&issuer, get("/_control/secrets")).await;
        let listed: Value = serde_json::from_str(&listed).expect("a list");
        let values: Vec<&Value> =
            listed.as_array().expect("a list").iter().map(|secret| &secret["value"]).collect();
        let [access, id, refresh] = ["access_token", "id_token", "refresh_token"].map(|name| &tokens[name]);
        assert_eq!(values, [&json!(code), access, id, refresh, &json!(minted)]);
    }

    #[tokio::test]
    async fn local_pages_may_fetch_tokens_and_others_may_not() {
        let (_folder, issuer) = issuer();
        for (origin, allowed) in [("http://127.0.0.1:7070", true), ("http://evil.example", false)] {
            let request = Request::options("/token")
                .header(header::ORIGIN, origin)
                .header("access-control-request-method", "POST")
                .body(Body::empty())
                .expect("a request");
            let (_, headers, _) = send(&issuer, request).await;
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{origin}");
        }
    }

    #[tokio::test]
    async fn another_name_for_this_address_is_not_answered() {
        let (_folder, issuer) = issuer();
        let request = Request::get("/jwks.json").header(header::HOST, "evil.example:7081");
        let (status, _, _) = send(&issuer, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
    }
}
