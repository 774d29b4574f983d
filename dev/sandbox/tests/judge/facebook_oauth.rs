//! Facebook Login: the dialog, tokens and how they die, proofs, Pages.

use std::time::Duration;

use sandbox::{Lifetimes, Options};
use serde_json::{Value, json};

use crate::client::{CALLBACK, Sandbox, query};
use crate::graph::{FACEBOOK_SCOPES, FACEBOOK_SECRET, INSTAGRAM_SECRET, proof};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_code_brings_a_short_token_and_that_a_long_one() {
    let sandbox = Sandbox::start().await;
    let code = sandbox.facebook_code("ada", FACEBOOK_SCOPES, "").await;
    let short = sandbox.facebook_redeem(&code).send().await.json();
    assert_eq!((short["token_type"].as_str(), short["expires_in"].as_u64()), (Some("bearer"), Some(5_400)));
    let short = short["access_token"].as_str().unwrap();
    let long = sandbox.facebook_exchange(short).send().await.json();
    assert_eq!(long["expires_in"], 5_184_000);
    sandbox.clock.advance(Duration::from_secs(5_401));
    assert_eq!(sandbox.facebook_exchange(short).send().await.error(), (190, 463));
    let token = long["access_token"].as_str().unwrap();
    let me = sandbox.graph(token, "/me", &[("fields", "id,name")]).send().await.json();
    assert_eq!(me["name"], "Ada Lovelace");
    sandbox.clock.advance(DAY);
    let again = sandbox.facebook_exchange(token).send().await.json();
    assert!(again["expires_in"].as_u64().unwrap() < 5_184_000 - 86_000, "it lives no longer for it");
}

#[tokio::test]
async fn a_code_that_was_used_has_expired_or_belongs_elsewhere_is_refused() {
    let lifetimes = Lifetimes { facebook_code: Duration::from_secs(60), ..Lifetimes::default() };
    let sandbox = Sandbox::start_with(Options { lifetimes, ..Options::default() }).await;
    let code = sandbox.facebook_code("ada", FACEBOOK_SCOPES, "").await;
    assert_eq!(sandbox.facebook_redeem(&code).send().await.status, 200);
    let used = sandbox.facebook_redeem(&code).send().await;
    assert_eq!((used.status, used.error()), (400, (100, 36_009)));
    assert_eq!(used.json()["error"]["message"], "This authorization code has been used.");
    let code = sandbox.facebook_code("ada", FACEBOOK_SCOPES, "").await;
    sandbox.clock.advance(Duration::from_secs(61));
    assert_eq!(sandbox.facebook_redeem(&code).send().await.error(), (100, 36_007));
    assert_eq!(sandbox.facebook_redeem("invented").send().await.error(), (100, 0));
    let code = sandbox.facebook_code("ada", FACEBOOK_SCOPES, "").await;
    let query = |secret: &str, uri: &str| {
        let pairs = [("client_id", "belfry-facebook"), ("client_secret", secret), ("redirect_uri", uri)];
        format!("/facebook/v25.0/oauth/access_token?{}&code={code}", query(&pairs))
    };
    assert_eq!(sandbox.get(query("wrong", CALLBACK)).send().await.error(), (1, 0));
    let elsewhere = query(FACEBOOK_SECRET, "http://127.0.0.1:9/oauth/callback");
    assert_eq!(sandbox.get(elsewhere).send().await.error(), (100, 36_008));
}

#[tokio::test]
async fn a_denial_redirects_with_its_reason() {
    let sandbox = Sandbox::start().await;
    let ask = |more: &[(&str, &str)]| {
        let mut pairs = vec![("client_id", "belfry-facebook"), ("redirect_uri", CALLBACK), ("state", "s")];
        pairs.extend(more);
        sandbox.get(format!("/facebook/v25.0/dialog/oauth?{}", query(&pairs))).send()
    };
    let denied = ask(&[("scope", "pages_show_list"), ("sandbox_deny", "1")]).await;
    assert_eq!(denied.redirected("error"), "access_denied");
    assert_eq!(denied.redirected("error_reason"), "user_denied");
    assert_eq!(denied.redirected("state"), "s");
    let page = ask(&[("scope", "pages_show_list")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Bell Tower Press") && page.body.contains("sandbox_approve=ada"));
    assert_eq!(ask(&[("scope", "manage_pages"), ("sandbox_approve", "ada")]).await.status, 400);
}

#[tokio::test]
async fn what_was_declined_is_not_granted() {
    let sandbox = Sandbox::start().await;
    let code = sandbox.facebook_code("grace", FACEBOOK_SCOPES, "pages_manage_posts,read_insights").await;
    let short = sandbox.facebook_redeem(&code).send().await.json();
    let token = short["access_token"].as_str().unwrap();
    let listed = sandbox.graph(token, "/me/permissions", &[]).send().await.json();
    let of = |status: &str| -> Vec<&str> {
        let all = listed["data"].as_array().unwrap().iter();
        all.filter(|it| it["status"] == status).map(|it| it["permission"].as_str().unwrap()).collect()
    };
    assert_eq!(of("declined"), ["pages_manage_posts", "read_insights"]);
    assert!(of("granted").contains(&"pages_show_list") && of("granted").contains(&"public_profile"));
    let page = &sandbox.pages(token).await[0];
    let post = sandbox.graph_post(&page.token, &format!("/{}/feed", page.id), &[("message", "Hi")]);
    assert_eq!(post.send().await.error(), (200, 0));
}

#[tokio::test]
async fn pages_are_listed_a_few_at_a_time() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.facebook("ada").await;
    assert_eq!(ada.pages.len(), 3);
    assert_eq!(ada.pages.iter().filter(|page| page.instagram.is_some()).count(), 2);
    let fields =
        "name,username,tasks,picture{url},instagram_business_account{id,username,name,profile_picture_url}";
    let list = |after: &str| {
        let parameters = [("fields", fields), ("limit", "2"), ("after", after)];
        sandbox.graph(&ada.token, "/me/accounts", &parameters).send()
    };
    let first = list("").await.json();
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    assert_eq!(first["data"][0]["name"], "Analytical Engines");
    assert!(first["data"][0]["tasks"].as_array().unwrap().contains(&json!("CREATE_CONTENT")));
    assert_eq!(first["data"][0]["instagram_business_account"]["username"], "analytical_engines");
    assert!(first["data"][0]["picture"]["data"]["url"].is_string());
    let next = first["paging"]["next"].as_str().unwrap();
    assert!(next.contains("access_token=") && !next.contains("appsecret_proof"), "{next}");
    let path = next.strip_prefix("http://sandbox").unwrap();
    assert_eq!(sandbox.get(path).send().await.error(), (100, 0), "the proof is missing");
    let second = list(first["paging"]["cursors"]["after"].as_str().unwrap()).await.json();
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert!(second["paging"]["next"].is_null());
    assert_eq!(second["data"][0].get("instagram_business_account"), None);
    let wrong = sandbox.graph(&ada.token, "/me/accounts", &[("fields", "nam")]).send().await;
    assert_eq!(wrong.error(), (100, 0));
}

#[tokio::test]
async fn without_the_permission_no_page_and_no_instagram_account_is_seen() {
    let sandbox = Sandbox::start().await;
    let without = sandbox.facebook_with("ada", "pages_read_engagement").await;
    assert!(without.pages.is_empty());
    let some = sandbox.facebook_with("ada", "pages_show_list").await;
    assert!(some.pages.len() == 3 && some.pages.iter().all(|page| page.instagram.is_none()));
}

#[tokio::test]
async fn page_tokens_of_a_long_token_have_no_expiry() {
    let sandbox = Sandbox::start().await;
    let grace = sandbox.facebook("grace").await;
    let from_short = sandbox.pages(&grace.short).await.remove(0);
    let page = &grace.pages[0];
    assert_eq!(sandbox.pages(&grace.token).await[0].token, page.token, "always the same");
    sandbox.clock.advance(61 * DAY);
    let me = |token: &str| sandbox.graph(token, "/me", &[]).send();
    assert_eq!(me(&grace.token).await.error(), (190, 463));
    assert_eq!(me(&from_short.token).await.error(), (190, 463));
    assert_eq!(me(&page.token).await.json()["name"], "Compiler Works");
}

#[tokio::test]
async fn tokens_die_for_a_reason() {
    for (action, subcode) in [("revoke", 458), ("change_password", 460), ("expire_access", 463)] {
        let sandbox = Sandbox::start().await;
        let ada = sandbox.facebook("ada").await;
        let page = &ada.pages[0];
        let account = page.instagram.as_deref().unwrap();
        for (platform, account) in [("facebook", page.id.as_str()), ("instagram", account)] {
            let body = json!({"platform": platform, "account": account, "action": action});
            assert_eq!(sandbox.post("/_control/grants").json(&body).send().await.status, 200);
        }
        for token in [&ada.token, &page.token] {
            let answer = sandbox.graph(token, "/me", &[]).send().await;
            assert_eq!((answer.status, answer.error()), (400, (190, subcode)), "{action}");
        }
        assert_eq!(sandbox.graph("EAABinvented", "/me", &[]).send().await.error(), (190, 0));
    }
}

#[tokio::test]
async fn an_instagram_account_of_a_page_is_ended_with_facebooks_grants() {
    let sandbox = Sandbox::start().await;
    let (grace, own) = (sandbox.facebook("grace").await, sandbox.instagram("grace").await);
    let body = json!({"platform": "instagram", "account": grace.pages[0].instagram, "action": "revoke"});
    assert_eq!(sandbox.post("/_control/grants").json(&body).send().await.status, 200);
    assert_eq!(sandbox.graph(&grace.token, "/me", &[]).send().await.error(), (190, 458));
    assert_eq!(sandbox.own(&own.token, "/me", &[]).send().await.status, 200, "another login");
}

#[tokio::test]
async fn letting_the_app_go_ends_every_token() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.facebook("ada").await, sandbox.facebook("grace").await);
    let path = format!("/{}/permissions", ada.id);
    assert_eq!(sandbox.graph_delete(&grace.token, &path).send().await.error(), (100, 33));
    let gone = sandbox.graph_delete(&ada.token, &path).send().await;
    assert_eq!((gone.status, gone.json()), (200, json!({"success": true})));
    assert_eq!(sandbox.graph(&ada.pages[0].token, "/me", &[]).send().await.error(), (190, 458));
}

#[tokio::test]
async fn a_proof_must_be_there_and_right() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.facebook("ada").await;
    let path = |proof: &str| {
        let pairs = [("access_token", ada.token.as_str()), ("appsecret_proof", proof)];
        format!("/facebook/v25.0/me?{}", query(&pairs))
    };
    let missing = sandbox.get(path("")).send().await;
    assert_eq!((missing.status, missing.error()), (400, (100, 0)));
    assert_eq!(missing.json()["error"]["type"], "GraphMethodException");
    let wrong = sandbox.get(path(&proof(INSTAGRAM_SECRET, &ada.token))).send().await;
    assert!(wrong.body.contains("Invalid appsecret_proof provided in the API argument"));
    assert_eq!(sandbox.get(path(&proof(FACEBOOK_SECRET, &ada.token))).send().await.status, 200);
    let lax = Options { appsecret_proof_required: false, ..Options::default() };
    let sandbox = Sandbox::start_with(lax).await;
    let ada = sandbox.facebook("ada").await;
    let without = sandbox.get("/facebook/v25.0/me").bearer(&ada.token).send().await;
    assert_eq!(without.status, 200);
    let wrong = sandbox.get("/facebook/v25.0/me?appsecret_proof=0").bearer(&ada.token).send().await;
    assert_eq!(wrong.error(), (100, 0), "one that is sent is checked");
}

#[tokio::test]
async fn only_living_versions_are_served() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.facebook("ada").await;
    let signed = crate::graph::signed(&ada.token, &[]);
    for version in ["v23.0", "v26.0"] {
        assert_eq!(sandbox.get(format!("/facebook/{version}/me?{signed}")).send().await.status, 200);
    }
    for dead in ["/v22.0", "/v27.0", "/v25.1", ""] {
        let answer = sandbox.get(format!("/facebook{dead}/me?{signed}")).send().await;
        assert_eq!(answer.error(), (2_500, 0), "{dead}");
    }
    assert_eq!(sandbox.get("/facebook/v25.0/me").send().await.error(), (2_500, 0), "no token");
}

#[tokio::test]
async fn a_token_can_be_looked_at_with_the_apps_own() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.facebook("ada").await;
    let app = format!("belfry-facebook|{FACEBOOK_SECRET}");
    let look = |token: &str, app: &str| {
        let pairs = [("input_token", token), ("access_token", app)];
        sandbox.get(format!("/facebook/v25.0/debug_token?{}", query(&pairs))).send()
    };
    let user = look(&ada.token, &app).await.json()["data"].clone();
    assert_eq!((user["type"].as_str(), user["is_valid"].as_bool()), (Some("USER"), Some(true)));
    assert_eq!(user["user_id"], ada.id.as_str());
    assert!(user["data_access_expires_at"].as_i64() > user["expires_at"].as_i64());
    let page = look(&ada.pages[0].token, &app).await.json()["data"].clone();
    assert_eq!((page["type"].as_str(), page["expires_at"].as_i64()), (Some("PAGE"), Some(0)));
    assert_eq!(page["profile_id"], ada.pages[0].id.as_str());
    sandbox.clock.advance(61 * DAY);
    let dead = look(&ada.token, &app).await.json()["data"].clone();
    assert_eq!((&dead["is_valid"], &dead["error"]["subcode"]), (&json!(false), &json!(463)));
    assert_eq!(look("invented", &app).await.json()["data"]["is_valid"], Value::Bool(false));
    assert_eq!(look(&ada.token, "belfry-facebook|wrong").await.error(), (190, 0));
}
