//! Every kind of fault, and whether the commit happened.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Account, Sandbox, encoded};

async fn suffering(kind: &str, more: Value) -> (Sandbox, Account) {
    let sandbox = Sandbox::start().await;
    let account = sandbox.x("ada").await;
    let mut fault = json!({"platform": "x", "account": account.id, "operation": "create", "kind": kind});
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sandbox.fault(fault).await;
    (sandbox, account)
}

async fn committed(sandbox: &Sandbox, account: &Account) -> usize {
    sandbox.posts(&account.id).await.len()
}

#[tokio::test]
async fn a_dropped_connection_brings_no_byte_with_or_without_the_commit() {
    for (kind, posts) in [("drop_before", 0), ("drop_after", 1)] {
        let (sandbox, ada) = suffering(kind, json!({})).await;
        let error = sandbox.x_create(&ada, &json!({"text": "hi"})).attempt().await.unwrap_err();
        assert!(error.is_incomplete_message(), "{kind}: {error:?}");
        assert_eq!(committed(&sandbox, &ada).await, posts, "{kind}");
        let last = sandbox.requests().await.pop().unwrap();
        assert_eq!((last["status"].clone(), last["fault"].as_str()), (Value::Null, Some(kind)));
        assert_eq!(last["operation"], "create");
        assert_eq!(last["account"], ada.id.as_str());
    }
}

#[tokio::test]
async fn a_hanging_call_is_never_answered_with_or_without_the_commit() {
    for (kind, posts) in [("hang_before", 0), ("hang_after", 1)] {
        let (sandbox, ada) = suffering(kind, json!({})).await;
        assert!(sandbox.x_create(&ada, &json!({"text": "hi"})).hangs().await, "{kind}");
        assert_eq!(committed(&sandbox, &ada).await, posts, "{kind}");
        assert_eq!(sandbox.requests().await.pop().unwrap()["fault"], kind);
    }
}

#[tokio::test]
async fn a_status_comes_with_or_without_the_commit_and_without_limit_headers() {
    for (kind, posts) in [("status_before", 0), ("status_after", 1)] {
        let more = json!({"status": 502, "retryAfterSeconds": 7});
        let (sandbox, ada) = suffering(kind, more).await;
        let answer = sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
        assert_eq!((answer.status, answer.json()["status"].as_u64()), (502, Some(502)), "{kind}");
        assert_eq!(answer.header("retry-after"), Some("7"));
        assert!(answer.header("x-rate-limit-limit").is_none());
        assert_eq!(committed(&sandbox, &ada).await, posts, "{kind}");
    }
}

#[tokio::test]
async fn garbage_is_a_success_that_nobody_can_read() {
    let (sandbox, ada) = suffering("garbage_after", json!({})).await;
    let answer = sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    assert_eq!(answer.status, 201);
    assert!(serde_json::from_str::<Value>(&answer.body).is_err());
    assert_eq!(committed(&sandbox, &ada).await, 1);
}

#[tokio::test]
async fn a_delayed_call_is_committed_at_once_and_answered_late() {
    let (sandbox, ada) = suffering("delay", json!({"delayMs": 150})).await;
    let (began, began_ms) = (Instant::now(), sandbox.clock.now_ms());
    assert_eq!(sandbox.x_create(&ada, &json!({"text": "hi"})).send().await.status, 201);
    assert!(began.elapsed() >= Duration::from_millis(150));
    let accepted = sandbox.posts(&ada.id).await[0]["acceptedAt"].as_i64().unwrap();
    assert!(accepted - began_ms < 150, "{}", accepted - began_ms);
}

#[tokio::test]
async fn a_rate_limit_is_the_platforms_own() {
    let (sandbox, ada) = suffering("rate_limit", json!({"retryAfterSeconds": 30})).await;
    let answer = sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("x-rate-limit-remaining"), Some("0"));
    let reset: i64 = answer.header("x-rate-limit-reset").unwrap().parse().unwrap();
    assert!((29..=31).contains(&(reset - sandbox.clock.now_ms() / 1000)));
    let member = sandbox.linkedin("ada").await;
    sandbox.fault(json!({"platform": "linkedin", "operation": "create", "kind": "rate_limit"})).await;
    let answer = sandbox.linkedin_create(&member, &member.id, "hi").send().await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (429, Some("TOO_MANY_REQUESTS")));
    assert!(answer.header("retry-after").is_none());
}

#[tokio::test]
async fn credits_run_out_for_the_app() {
    let (sandbox, ada) = suffering("credits_depleted", json!({"count": null})).await;
    for text in ["one", "two"] {
        let answer = sandbox.x_create(&ada, &json!({"text": text})).send().await;
        assert_eq!((answer.status, answer.json()["title"].as_str()), (402, Some("CreditsDepleted")));
        assert_eq!(answer.json()["type"], "https://api.x.com/2/problems/credits");
    }
    sandbox.delete("/_control/faults").send().await;
    assert_eq!(sandbox.x_create(&ada, &json!({"text": "three"})).send().await.status, 201);
}

#[tokio::test]
async fn a_version_is_sunset() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    sandbox.fault(json!({"platform": "linkedin", "operation": "create", "kind": "version_sunset"})).await;
    let answer = sandbox.linkedin_create(&member, &member.id, "hi").send().await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (426, Some("NONEXISTENT_VERSION")));
    assert_eq!(answer.json()["message"], "Requested version 20260801 is not active");
}

#[tokio::test]
async fn one_version_is_sunset_and_the_next_is_not() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    sandbox
        .fault(json!({
            "platform": "linkedin", "operation": "create", "kind": "version_sunset", "version": "202608",
            "count": null,
        }))
        .await;
    let call = || sandbox.linkedin_create(&member, &member.id, "hi");
    for _ in 0..2 {
        assert_eq!(call().send().await.status, 426);
    }
    assert_eq!(call().header("linkedin-version", "202609").send().await.status, 201);
}

#[tokio::test]
async fn a_duplicate_window_accepts_the_same_text_again() {
    let (sandbox, ada) = suffering("duplicate_window", json!({"count": 2})).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(sandbox.x_create(&ada, &json!({"text": "hi"})).send().await.status);
    }
    assert_eq!(statuses, [201, 201, 403]);
    let member = sandbox.linkedin("ada").await;
    sandbox
        .fault(json!({"platform": "linkedin", "operation": "create", "kind": "duplicate_window", "count": 2}))
        .await;
    for expected in [201, 201, 422] {
        assert_eq!(sandbox.linkedin_create(&member, &member.id, "hi").send().await.status, expected);
    }
}

#[tokio::test]
async fn an_identical_body_settles_a_dropped_linkedin_create() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&member).await.remove(0);
    sandbox
        .fault(json!({
            "platform": "linkedin", "account": organization, "operation": "create", "kind": "drop_after",
        }))
        .await;
    assert_eq!(
        sandbox.linkedin_create(&member, &member.id, "hi").send().await.status,
        201,
        "not the organization"
    );
    assert!(sandbox.linkedin_create(&member, &organization, "hi").attempt().await.is_err());
    let settled = sandbox.linkedin_create(&member, &organization, "hi").send().await;
    assert_eq!(settled.status, 422);
    let live = sandbox.posts(&organization).await[0]["id"].as_str().unwrap().to_owned();
    assert!(settled.json()["message"].as_str().unwrap().ends_with(&live));
}

#[tokio::test]
async fn a_conflict_happens_once() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    let fault =
        json!({"platform": "linkedin", "operation": "create", "kind": "status_before", "status": 409});
    sandbox.fault(fault).await;
    let answer = sandbox.linkedin_create(&member, &member.id, "hi").send().await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (409, Some("CONFLICT")));
    assert_eq!(sandbox.linkedin_create(&member, &member.id, "hi").send().await.status, 201);
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_has_used_the_token_up() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let fault = json!({"platform": "x", "account": ada.id, "operation": "refresh", "kind": "drop_after"});
    sandbox.fault(fault).await;
    let refresh = ada.refresh.unwrap();
    assert!(sandbox.x_refresh(&refresh).attempt().await.is_err());
    assert_eq!(sandbox.x_refresh(&refresh).send().await.status, 400);
}

#[tokio::test]
async fn every_operation_can_suffer() {
    let sandbox = Sandbox::start().await;
    let (ada, member) = (sandbox.x("ada").await, sandbox.linkedin("ada").await);
    let answer = sandbox.x_create(&ada, &json!({"text": "hi"})).send().await;
    let tweet = answer.json()["data"]["id"].as_str().unwrap().to_owned();
    let answer = sandbox.linkedin_create(&member, &member.id, "hi").send().await;
    let share = encoded(answer.header("x-restli-id").unwrap());
    let code = sandbox.x_code("ada").await;
    let comment = json!({"actor": member.id, "object": "x", "message": {"text": "x"}});
    for (platform, operation, call) in [
        ("x", "read", sandbox.get(format!("/x/2/users/{}/tweets", ada.id)).bearer(&ada.token)),
        ("x", "read", sandbox.get(format!("/x/2/tweets?ids={tweet}")).bearer(&ada.token)),
        (
            "x",
            "metrics",
            sandbox.get(format!("/x/2/tweets?ids={tweet}&tweet.fields=public_metrics")).bearer(&ada.token),
        ),
        ("x", "delete", sandbox.delete(format!("/x/2/tweets/{tweet}")).bearer(&ada.token)),
        ("x", "token", sandbox.x_exchange(&code)),
        ("linkedin", "read", sandbox.get(format!("/linkedin/rest/posts/{share}")).linkedin(&member.token)),
        (
            "linkedin",
            "metrics",
            sandbox.get(format!("/linkedin/rest/socialActions/{share}")).linkedin(&member.token),
        ),
        (
            "linkedin",
            "delete",
            sandbox.delete(format!("/linkedin/rest/posts/{share}")).linkedin(&member.token),
        ),
        (
            "linkedin",
            "comment",
            sandbox
                .post(format!("/linkedin/rest/socialActions/{share}/comments"))
                .linkedin(&member.token)
                .json(&comment),
        ),
    ] {
        let account = if platform == "x" { &ada.id } else { &member.id };
        let fault = json!({
            "platform": platform, "account": account, "operation": operation, "kind": "status_before", "status": 504,
        });
        sandbox.fault(fault).await;
        assert_eq!(call.send().await.status, 504, "{platform} {operation}");
    }
    assert_eq!(sandbox.x_exchange(&code).send().await.status, 200, "the code was not used");
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::start().await;
    for wrong in [
        json!({"platform": "threads", "operation": "create", "kind": "spam_block"}),
        json!({"platform": "facebook", "operation": "create", "kind": "processing_stall"}),
        json!({"platform": "x", "operation": "create", "kind": "spam_block"}),
        json!({"platform": "x", "operation": "create", "kind": "delay"}),
        json!({"platform": "x", "operation": "create", "kind": "nothing"}),
        json!({"platform": "x", "operation": "create", "kind": "delay", "delayMs": 1, "more": 1}),
        json!({"platform": "x", "kind": "drop_after"}),
        json!({"platform": "x", "operation": "upload", "kind": "processing_stall"}),
        json!({"platform": "linkedin", "operation": "create", "kind": "drop_after", "version": "202608"}),
        json!({"platform": "linkedin", "operation": "create", "kind": "version_sunset", "version": "2026"}),
    ] {
        assert_eq!(sandbox.post("/_control/faults").json(&wrong).send().await.status, 422, "{wrong}");
    }
}
