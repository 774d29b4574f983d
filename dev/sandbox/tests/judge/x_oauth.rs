//! X: authorization, PKCE, codes, refresh tokens, scopes.

use std::time::Duration;

use crate::client::{CALLBACK, CHALLENGE, Sandbox, VERIFIER, X_BASIC, X_SCOPES, query};

fn authorize(replaced: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "belfry-x"),
        ("redirect_uri", CALLBACK),
        ("scope", X_SCOPES),
        ("state", "s-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in replaced {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    format!("/x/i/oauth2/authorize?{}", query(&pairs))
}

#[tokio::test]
async fn a_person_lets_the_app_in() {
    let sandbox = Sandbox::start().await;
    let redirect = sandbox.get(authorize(&[("sandbox_approve", "ada")])).send().await;
    assert_eq!(redirect.redirected("state"), "s-1");
    let answer = sandbox.x_exchange(&redirect.redirected("code")).send().await;
    assert_eq!(answer.status, 200);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 7200);
    assert_eq!(tokens["scope"], X_SCOPES);
    assert!(tokens["refresh_token"].is_string());
    let me = sandbox
        .get("/x/2/users/me?user.fields=username,name,profile_image_url,verified_type,subscription_type")
        .bearer(tokens["access_token"].as_str().unwrap())
        .send()
        .await;
    assert_eq!(me.json()["data"]["username"], "ada");
    assert_eq!(me.json()["data"]["name"], "Ada Lovelace");
    assert_eq!(me.header("x-rate-limit-limit"), Some("75"));
    assert_eq!(me.header("x-rate-limit-remaining"), Some("74"));
}

#[tokio::test]
async fn the_page_offers_the_ready_made_people_and_escapes_what_it_repeats() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.get(authorize(&[("state", "\"><script>")])).send().await;
    assert_eq!(page.status, 200);
    for name in ["Ada Lovelace", "Grace Hopper", "Linus Pauling", "Allow", "Deny"] {
        assert!(page.body.contains(name), "{name}");
    }
    assert!(!page.body.contains("<script>"));
}

#[tokio::test]
async fn a_person_who_denies_is_redirected_with_an_error() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.get(authorize(&[("sandbox_deny", "ada")])).send().await;
    assert_eq!(answer.redirected("error"), "access_denied");
    assert_eq!(answer.redirected("state"), "s-1");
}

#[tokio::test]
async fn a_wrong_request_gets_a_page_and_no_redirect() {
    let sandbox = Sandbox::start().await;
    let long = "x".repeat(501);
    for wrong in [
        ("client_id", "somebody"),
        ("redirect_uri", "http://localhost:5173/oauth/callback"),
        ("redirect_uri", "http://127.0.0.1:5173/oauth/callback/"),
        ("response_type", "token"),
        ("scope", "tweet.read everything"),
        ("state", ""),
        ("state", &long),
        ("code_challenge", ""),
        ("code_challenge_method", "MD5"),
        ("sandbox_approve", "Nobody!"),
    ] {
        let answer = sandbox.get(authorize(&[("sandbox_approve", "ada"), wrong])).send().await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_code_is_used_up_by_its_first_use() {
    let sandbox = Sandbox::start().await;
    let code = sandbox.x_code("ada").await;
    assert_eq!(sandbox.x_exchange(&code).send().await.status, 200);
    let again = sandbox.x_exchange(&code).send().await;
    assert_eq!((again.status, again.json()["error"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn a_code_lives_thirty_seconds() {
    let sandbox = Sandbox::start().await;
    let (in_time, late) = (sandbox.x_code("ada").await, sandbox.x_code("grace").await);
    sandbox.clock.advance(Duration::from_secs(25));
    assert_eq!(sandbox.x_exchange(&in_time).send().await.status, 200);
    sandbox.clock.advance(Duration::from_secs(5));
    assert_eq!(sandbox.x_exchange(&late).send().await.status, 400);
}

#[tokio::test]
async fn a_code_needs_its_verifier_its_redirect_uri_and_the_apps_secret() {
    let sandbox = Sandbox::start().await;
    for (redirect_uri, verifier, basic, status) in [
        (CALLBACK, CHALLENGE, X_BASIC, 400),
        (CALLBACK, "", X_BASIC, 400),
        ("http://127.0.0.1:5174/oauth/callback", VERIFIER, X_BASIC, 400),
        (CALLBACK, VERIFIER, "Basic YmVsZnJ5LXg6d3Jvbmc=", 401),
        (CALLBACK, VERIFIER, "", 401),
    ] {
        let code = sandbox.x_code("ada").await;
        let answer = sandbox
            .post("/x/2/oauth2/token")
            .header("authorization", basic)
            .form(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", redirect_uri),
                ("code_verifier", verifier),
            ])
            .send()
            .await;
        assert_eq!(answer.status, status, "{redirect_uri} {verifier} {basic}");
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_brings_the_next() {
    let sandbox = Sandbox::start().await;
    let first = sandbox.x("ada").await.refresh.unwrap();
    let renewed = sandbox.x_refresh(&first).send().await.json();
    let second = renewed["refresh_token"].as_str().unwrap();
    assert_ne!(first, second);
    let reused = sandbox.x_refresh(&first).send().await;
    assert_eq!(reused.status, 400);
    assert_eq!(
        reused.body,
        r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#
    );
    assert_eq!(sandbox.x_refresh(second).send().await.status, 200);
}

#[tokio::test]
async fn an_access_token_lives_two_hours() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.x("ada").await;
    sandbox.clock.advance(Duration::from_secs(7_200));
    let answer = sandbox.get("/x/2/users/me").bearer(&account.token).send().await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.json()["detail"], "Unauthorized");
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_the_grant() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.x("ada").await;
    let refresh = account.refresh.unwrap();
    let revoke = sandbox.post("/x/2/oauth2/revoke").header("authorization", X_BASIC);
    let answer = revoke.form(&[("token", &refresh)]).send().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"revoked":true}"#));
    assert_eq!(sandbox.x_refresh(&refresh).send().await.status, 400);
    assert_eq!(sandbox.get("/x/2/users/me").bearer(&account.token).send().await.status, 401);
}

#[tokio::test]
async fn a_token_without_the_scope_is_forbidden() {
    let sandbox = Sandbox::start().await;
    let url = authorize(&[("scope", "tweet.read users.read"), ("sandbox_approve", "ada")]);
    let code = sandbox.get(url).send().await.redirected("code");
    let tokens = sandbox.x_exchange(&code).send().await.json();
    assert!(tokens["refresh_token"].is_null(), "only offline.access brings one");
    let token = tokens["access_token"].as_str().unwrap();
    let create = sandbox.post("/x/2/tweets").bearer(token).json(&serde_json::json!({"text": "hi"}));
    assert_eq!(create.send().await.status, 403);
}

#[tokio::test]
async fn anybody_may_come() {
    let sandbox = Sandbox::start().await;
    let (one, other) = (sandbox.x("zoe-1").await, sandbox.x("zoe-2").await);
    assert_ne!(one.id, other.id);
}
