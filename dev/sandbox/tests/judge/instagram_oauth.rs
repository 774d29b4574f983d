//! Instagram Login: the code with its appendix, the long token, the refresh.

use std::time::Duration;

use sandbox::Options;
use serde_json::json;

use crate::client::{CALLBACK, Sandbox};
use crate::graph::{INSTAGRAM_SECRET, proof};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn the_redirect_ends_with_something_that_is_no_part_of_the_code() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.instagram_authorize(&[("sandbox_approve", "ada")]).send().await;
    let location = answer.header("location").unwrap();
    assert!(location.ends_with("#_") && location.contains("state=s-4"), "{location}");
    let code = answer.redirected("code");
    let with = sandbox.instagram_redeem(&format!("{code}#_")).send().await;
    assert_eq!(with.status, 400, "who takes it for a part of the code fails");
    assert_eq!(with.json()["error_type"], "OAuthException");
    assert_eq!(sandbox.instagram_redeem(&code).send().await.status, 200);
}

#[tokio::test]
async fn a_token_answer_comes_plain_or_wrapped() {
    let sandbox = Sandbox::start().await;
    let plain = sandbox.instagram_redeem(&sandbox.instagram_code("ada").await).send().await.json();
    assert!(plain["access_token"].is_string() && plain["user_id"].is_string());
    let sandbox = Sandbox::start_with(Options { instagram_wrapped_tokens: true, ..Options::default() }).await;
    let wrapped = sandbox.instagram_redeem(&sandbox.instagram_code("ada").await).send().await.json();
    assert_eq!(wrapped["data"][0]["user_id"], plain["user_id"]);
    assert!(wrapped["data"][0]["permissions"].as_str().unwrap().starts_with("instagram_business_basic,"));
}

#[tokio::test]
async fn a_code_is_good_once_for_an_hour_with_the_right_secret() {
    let sandbox = Sandbox::start().await;
    let code = sandbox.instagram_code("ada").await;
    let form = |secret: &str, uri: &str| {
        sandbox.post("/instagram/oauth/access_token").form(&[
            ("client_id", "belfry-instagram"),
            ("client_secret", secret),
            ("grant_type", "authorization_code"),
            ("redirect_uri", uri),
            ("code", &code),
        ])
    };
    assert_eq!(form("wrong", CALLBACK).send().await.status, 400);
    assert_eq!(form(INSTAGRAM_SECRET, CALLBACK).send().await.status, 200);
    let used = form(INSTAGRAM_SECRET, CALLBACK).send().await;
    assert_eq!(used.json()["error_message"], "This authorization code has been used");
    let late = sandbox.instagram_code("ada").await;
    sandbox.clock.advance(Duration::from_secs(3_601));
    let late = sandbox.instagram_redeem(&late).send().await;
    assert_eq!(late.json()["error_message"], "This authorization code has expired");
}

#[tokio::test]
async fn a_short_token_becomes_a_long_one_within_its_hour() {
    let sandbox = Sandbox::start().await;
    let short = sandbox.instagram_redeem(&sandbox.instagram_code("ada").await).send().await.json();
    let short = short["access_token"].as_str().unwrap();
    let wrong = [("grant_type", "ig_exchange_token"), ("client_secret", "wrong")];
    assert_eq!(sandbox.own(short, "/access_token", &wrong).send().await.error(), (101, 0));
    let long = sandbox.instagram_exchange(short).send().await.json();
    assert_eq!((long["token_type"].as_str(), long["expires_in"].as_u64()), (Some("bearer"), Some(5_184_000)));
    let twice = sandbox.instagram_exchange(long["access_token"].as_str().unwrap()).send().await;
    assert_eq!(twice.error(), (452, 0), "a long one is none");
    assert_eq!(
        sandbox.instagram_refresh(short).send().await.error(),
        (100, 0),
        "nor can a short one be refreshed"
    );
    sandbox.clock.advance(Duration::from_secs(3_601));
    assert_eq!(sandbox.instagram_exchange(short).send().await.error(), (190, 463));
}

#[tokio::test]
async fn a_long_token_is_refreshed_after_a_day_and_before_its_end() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.instagram("ada").await;
    assert_eq!(sandbox.instagram_refresh(&account.token).send().await.error(), (100, 0), "too young");
    sandbox.clock.advance(DAY);
    let fresh = sandbox.instagram_refresh(&account.token).send().await.json();
    assert_eq!(fresh["expires_in"], 5_184_000);
    sandbox.clock.advance(59 * DAY);
    assert_eq!(sandbox.instagram_refresh(&account.token).send().await.error(), (190, 463), "too old");
    let fresh = fresh["access_token"].as_str().unwrap();
    assert_eq!(sandbox.own(fresh, "/me", &[]).send().await.status, 200);
    let wrong = sandbox.own(fresh, "/refresh_access_token", &[("grant_type", "refresh_token")]).send().await;
    assert_eq!(wrong.error(), (100, 0));
}

#[tokio::test]
async fn the_account_shows_itself_with_and_without_a_version() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.instagram("ada").await;
    let fields = [("fields", "user_id,username,name,account_type,profile_picture_url")];
    for path in ["/me", "/v25.0/me"] {
        let me = sandbox.own(&account.token, path, &fields).send().await.json();
        assert_eq!(
            (me["user_id"].as_str(), me["username"].as_str()),
            (Some(account.id.as_str()), Some("ada"))
        );
        assert_eq!(me["account_type"], "BUSINESS");
    }
    assert_eq!(sandbox.own(&account.token, "/v22.0/me", &fields).send().await.error(), (2_500, 0));
    assert_eq!(sandbox.own(&account.token, "/me", &[("fields", "birthday")]).send().await.error(), (100, 0));
    let ada = sandbox.facebook("ada").await;
    assert!(ada.pages.iter().all(|page| page.instagram.as_ref() != Some(&account.id)), "another account");
    assert_eq!(sandbox.own(&ada.token, "/me", &[]).send().await.error(), (190, 0), "another login");
}

#[tokio::test]
async fn a_proof_is_checked_if_it_is_sent() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.instagram("ada").await;
    let good = proof(INSTAGRAM_SECRET, &account.token);
    let call = |proof: &str| sandbox.own(&account.token, "/me", &[("appsecret_proof", proof)]).send();
    assert_eq!(call(&good).await.status, 200);
    assert_eq!(call("0").await.error(), (100, 0));
}

#[tokio::test]
async fn a_request_that_is_wrong_is_not_asked_and_a_denial_redirects() {
    let sandbox = Sandbox::start().await;
    let denied = sandbox.instagram_authorize(&[("sandbox_deny", "1")]).send().await;
    assert_eq!(
        (denied.redirected("error"), denied.redirected("state")),
        ("access_denied".into(), "s-4".into())
    );
    let page = sandbox.instagram_authorize(&[]).send().await;
    assert!(page.status == 200 && page.body.contains("@ada"));
    for wrong in [
        "client_id=x&redirect_uri=http://127.0.0.1:1/oauth/callback&response_type=code&scope=instagram_business_basic",
        "client_id=belfry-instagram&redirect_uri=http://127.0.0.1:1/&response_type=code&scope=instagram_business_basic",
        "client_id=belfry-instagram&redirect_uri=http://127.0.0.1:1/oauth/callback&response_type=code&scope=instagram_basic",
        "client_id=belfry-instagram&redirect_uri=http://127.0.0.1:1/oauth/callback&scope=instagram_business_basic",
    ] {
        let answer =
            sandbox.get(format!("/instagram/oauth/authorize?sandbox_approve=ada&{wrong}")).send().await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_revoked_grant_says_so() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.instagram("ada").await;
    let body = json!({"platform": "instagram", "account": account.id, "action": "revoke"});
    assert_eq!(sandbox.post("/_control/grants").json(&body).send().await.json(), json!({"grants": 1}));
    assert_eq!(sandbox.own(&account.token, "/me", &[]).send().await.error(), (190, 458));
}
