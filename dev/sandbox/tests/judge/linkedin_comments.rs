//! LinkedIn: comments that come too early or too often, and who may read them.

use std::time::Duration;

use sandbox::Options;
use serde_json::json;

use crate::client::{Account, Answer, Sandbox, encoded};

async fn published(sandbox: &Sandbox, member: &Account, author: &str) -> String {
    let answer = sandbox.linkedin_create(member, author, "First").send().await;
    answer.header("x-restli-id").unwrap().to_owned()
}

async fn comment(sandbox: &Sandbox, member: &Account, actor: &str, urn: &str, text: &str) -> Answer {
    let body = json!({"actor": actor, "object": urn, "message": {"text": text}});
    let path = format!("/linkedin/rest/socialActions/{}/comments", encoded(urn));
    sandbox.post(path).linkedin(&member.token).json(&body).send().await
}

#[tokio::test]
async fn a_new_post_has_no_activity_for_a_while() {
    let options = Options { linkedin_activity_after: Duration::from_secs(5), ..Options::default() };
    let sandbox = Sandbox::start_with(options).await;
    let ada = sandbox.linkedin("ada").await;
    let urn = published(&sandbox, &ada, &ada.id).await;
    let early = comment(&sandbox, &ada, &ada.id, &urn, "Early").await;
    assert_eq!(early.status, 404);
    assert!(early.json()["message"].as_str().unwrap().contains("Unable to obtain activity"));
    sandbox.clock.advance(Duration::from_secs(5));
    assert_eq!(comment(&sandbox, &ada, &ada.id, &urn, "In time").await.status, 201);
}

#[tokio::test]
async fn a_member_comments_so_often_in_a_minute() {
    let sandbox =
        Sandbox::start_with(Options { linkedin_comments_per_minute: 2, ..Options::default() }).await;
    let (ada, grace) = (sandbox.linkedin("ada").await, sandbox.linkedin("grace").await);
    let urn = published(&sandbox, &ada, &ada.id).await;
    for text in ["One", "Two"] {
        assert_eq!(comment(&sandbox, &ada, &ada.id, &urn, text).await.status, 201);
    }
    let throttled = comment(&sandbox, &ada, &ada.id, &urn, "Three").await;
    assert_eq!(throttled.status, 429);
    assert_eq!(
        throttled.json()["message"],
        "Comment create throttled: creation rate limit exceeded for member"
    );
    assert_eq!(comment(&sandbox, &grace, &grace.id, &urn, "Hers").await.status, 201, "another member may");
    sandbox.clock.advance(Duration::from_secs(61));
    assert_eq!(comment(&sandbox, &ada, &ada.id, &urn, "Three").await.status, 201);
}

#[tokio::test]
async fn an_organizations_comments_can_be_read_and_a_members_cannot() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let (hers, theirs) =
        (published(&sandbox, &ada, &ada.id).await, published(&sandbox, &ada, &organization).await);
    let list = |urn: &str| {
        let path = format!("/linkedin/rest/socialActions/{}/comments?count=10", encoded(urn));
        sandbox.get(path).linkedin(&ada.token).send()
    };
    let mut ids = Vec::new();
    for text in ["One", "Two"] {
        let answer = comment(&sandbox, &ada, &organization, &theirs, text).await;
        ids.push(answer.header("x-restli-id").unwrap().to_owned());
    }
    let listed = list(&theirs).await.json();
    assert_eq!(listed["paging"]["total"], 2);
    assert_eq!(listed["elements"][0]["id"], ids[0].as_str());
    assert_eq!(listed["elements"][1]["message"]["text"], "Two");
    assert_eq!(list(&hers).await.status, 403);
    let path = format!("/linkedin/rest/socialActions/{}/comments/{}", encoded(&theirs), ids[0]);
    assert_eq!(sandbox.delete(path.as_str()).linkedin(&ada.token).send().await.status, 204);
    assert_eq!(sandbox.delete(path.as_str()).linkedin(&ada.token).send().await.status, 404);
    assert_eq!(list(&theirs).await.json()["elements"].as_array().unwrap().len(), 1);
}
