//! The lever and the window.

use serde_json::{Value, json};

use crate::client::Sandbox;

#[tokio::test]
async fn it_says_that_it_is_well() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.get("/_control/health").send().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
}

#[tokio::test]
async fn posts_have_exactly_the_promised_fields_and_can_be_narrowed() {
    let sandbox = Sandbox::start().await;
    let (ada, member) = (sandbox.x("ada").await, sandbox.linkedin("ada").await);
    sandbox.x_create(&ada, &json!({"text": "On X"})).send().await;
    sandbox.linkedin_create(&member, &member.id, "On LinkedIn").send().await;
    let all = sandbox.get("/_control/posts").send().await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["text"], "On LinkedIn", "newest first");
    let mut fields: Vec<&String> = all[0].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        ["acceptedAt", "account", "deletedAt", "id", "media", "platform", "replyTo", "text", "visibility"]
    );
    let on_x = sandbox.get("/_control/posts?platform=x").send().await.json();
    assert_eq!(on_x.as_array().unwrap().len(), 1);
    assert_eq!(on_x[0]["account"], ada.id.as_str());
    assert_eq!(sandbox.get("/_control/posts?platform=threads").send().await.status, 422);
}

#[tokio::test]
async fn requests_are_listed_without_secrets() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let since = sandbox.clock.now_ms();
    sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    sandbox.get("/x/nowhere?code=secret").send().await;
    let answer = sandbox.get(format!("/_control/requests?since={since}")).send().await;
    let listed = answer.json();
    let create = listed.as_array().unwrap().iter().find(|entry| entry["operation"] == "create").unwrap();
    assert_eq!(
        (create["method"].as_str(), create["path"].as_str(), create["platform"].as_str()),
        (Some("POST"), Some("/x/2/tweets"), Some("x"))
    );
    assert_eq!((create["status"].as_u64(), &create["fault"]), (Some(201), &Value::Null));
    assert_eq!(create["account"], ada.id.as_str());
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["path"] == "/x/nowhere" && entry["status"] == 404)
    );
    let everything = sandbox.get("/_control/requests").send().await.body;
    for secret in [ada.token.as_str(), ada.refresh.as_deref().unwrap(), "secret"] {
        assert!(!everything.contains(secret));
    }
    let later = sandbox.get(format!("/_control/requests?since={}", since + 3_600_000)).send().await;
    assert_eq!(later.body, "[]");
}

#[tokio::test]
async fn every_secret_of_a_run_is_listed_by_its_value() {
    let sandbox = Sandbox::start().await;
    let (ada, member) = (sandbox.x("ada").await, sandbox.linkedin("ada").await);
    let listed = sandbox.get("/_control/secrets").send().await.json();
    let kind_of = |value: &str| {
        let found = listed.as_array().unwrap().iter().find(|secret| secret["value"] == value);
        found.map(|secret| secret["kind"].as_str().unwrap().to_owned())
    };
    assert_eq!(kind_of(&ada.token).as_deref(), Some("access token"));
    assert_eq!(kind_of(ada.refresh.as_deref().unwrap()).as_deref(), Some("refresh token"));
    assert_eq!(kind_of(&member.token).as_deref(), Some("access token"));
    assert_eq!(kind_of("belfry-facebook-development-secret").as_deref(), Some("client secret"));
    let kinds: Vec<&str> =
        listed.as_array().unwrap().iter().map(|secret| secret["kind"].as_str().unwrap()).collect();
    for kind in ["authorization code", "PKCE verifier", "client id and secret"] {
        assert!(kinds.contains(&kind), "no {kind} among {kinds:?}");
    }
    assert_eq!(kind_of(&ada.id), None);
}

#[tokio::test]
async fn a_reset_forgets_all_but_grants() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    sandbox.fault(json!({"platform": "x", "operation": "create", "kind": "drop_after"})).await;
    assert_eq!(sandbox.post("/_control/reset").send().await.status, 204);
    assert!(sandbox.posts(&ada.id).await.is_empty());
    let again = sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    assert_eq!((again.status, again.header("x-rate-limit-remaining")), (201, Some("99")));
}

#[tokio::test]
async fn media_can_be_narrowed_and_are_forgotten_by_a_reset() {
    let sandbox = Sandbox::start().await;
    let (ada, member) = (sandbox.x("ada").await, sandbox.linkedin("ada").await);
    let body = json!({"media_type": "video/mp4", "total_bytes": 9, "media_category": "tweet_video"});
    let begun = sandbox.post("/x/2/media/upload/initialize").bearer(&ada.token).json(&body).send().await;
    assert_eq!(begun.status, 200);
    let body = json!({"initializeUploadRequest": {"owner": member.id}});
    let call = sandbox.post("/linkedin/rest/images?action=initializeUpload").linkedin(&member.token);
    assert_eq!(call.json(&body).send().await.status, 200);
    let list = |query: &str| sandbox.get(format!("/_control/media{query}")).send();
    let all = list("").await.json();
    assert_eq!((all[0]["platform"].as_str(), all[1]["platform"].as_str()), (Some("linkedin"), Some("x")));
    let on_x = list("?platform=x").await.json();
    assert_eq!((on_x.as_array().unwrap().len(), on_x[0]["status"].as_str()), (1, Some("waiting")));
    assert_eq!(list(&format!("?account={}", ada.id)).await.json(), on_x);
    assert_eq!(list("?platform=myspace").await.status, 422);
    sandbox.post("/_control/reset").send().await;
    assert_eq!(list("").await.body, "[]");
}

#[tokio::test]
async fn grants_can_be_ended_from_outside() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let end = |platform: &str, account: &str, action: &str| {
        let body = json!({"platform": platform, "account": account, "action": action});
        sandbox.post("/_control/grants").json(&body).send()
    };
    assert_eq!(end("x", &ada.id, "expire_access").await.json(), json!({"grants": 1}));
    assert_eq!(sandbox.get("/x/2/users/me").bearer(&ada.token).send().await.status, 401);
    assert_eq!(sandbox.get("/x/2/users/me").bearer(&grace.token).send().await.status, 200, "hers stays");
    let renewed = sandbox.x_refresh(ada.refresh.as_deref().unwrap()).send().await.json();
    end("x", &ada.id, "expire_refresh").await;
    let dead = sandbox.x_refresh(renewed["refresh_token"].as_str().unwrap()).send().await;
    assert_eq!(dead.status, 400);
    let token = renewed["access_token"].as_str().unwrap();
    assert_eq!(sandbox.get("/x/2/users/me").bearer(token).send().await.status, 200);
    let member = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&member).await.remove(0);
    end("linkedin", &organization, "revoke").await;
    let revoked = sandbox.get("/linkedin/v2/userinfo").bearer(&member.token).send().await;
    assert_eq!(revoked.json()["serviceErrorCode"], 65601);
    assert_eq!(end("x", "1", "revoke").await.status, 404);
    assert_eq!(end("x", &ada.id, "forgive").await.status, 422);
}

#[tokio::test]
async fn the_window_shows_what_was_published_as_text() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let first = sandbox.x_create(&ada, &json!({"text": "One <b>bold</b> word"})).send().await.json();
    let reply = json!({"text": "Two", "reply": {"in_reply_to_tweet_id": first["data"]["id"]}});
    sandbox.x_create(&ada, &reply).send().await;
    let page = sandbox.get("/").send().await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.body.contains("One &lt;b&gt;bold&lt;/b&gt; word"));
    assert!(page.body.contains("part 2"));
    let elsewhere = sandbox.get("/feed?platform=linkedin").send().await.body;
    assert!(!elsewhere.contains("bold"));
}
