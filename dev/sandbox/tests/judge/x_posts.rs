//! X: posts, threads, what is refused, read-back and limits.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Account, Answer, Sandbox};

async fn create(sandbox: &Sandbox, account: &Account, text: &str) -> Answer {
    sandbox.x_create(account, &json!({"text": text})).send().await
}

async fn created(sandbox: &Sandbox, account: &Account, body: Value) -> String {
    let answer = sandbox.x_create(account, &body).send().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["data"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_post_is_published_with_an_id_that_carries_its_millisecond() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let answer = create(&sandbox, &ada, "  Hello & <goodbye>  ").await;
    assert_eq!(answer.status, 201);
    let data = &answer.json()["data"];
    assert_eq!(data["text"], "Hello &amp; &lt;goodbye&gt;");
    assert_eq!(data["edit_history_tweet_ids"], json!([data["id"]]));
    let posts = sandbox.posts(&ada.id).await;
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0]["text"], "Hello & <goodbye>");
    let id: i64 = data["id"].as_str().unwrap().parse().unwrap();
    assert_eq!((id >> 22) + 1_288_834_974_657, posts[0]["acceptedAt"].as_i64().unwrap());
    assert_eq!(posts[0]["deletedAt"], Value::Null);
}

#[tokio::test]
async fn the_same_text_is_a_duplicate_within_the_window() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let id = created(&sandbox, &ada, json!({"text": "Twice"})).await;
    let again = create(&sandbox, &ada, "Twice ").await;
    assert_eq!(again.status, 403);
    assert_eq!(again.json()["detail"], "You are not allowed to create a Tweet with duplicate content.");
    assert_eq!(create(&sandbox, &grace, "Twice").await.status, 201, "another account may");
    sandbox.delete(format!("/x/2/tweets/{id}")).bearer(&ada.token).send().await;
    assert_eq!(create(&sandbox, &ada, "Twice").await.status, 201, "a deleted post is no twin");
    sandbox.clock.advance(Duration::from_secs(24 * 3600));
    let ada = sandbox.x("ada").await;
    assert_eq!(create(&sandbox, &ada, "Twice").await.status, 201, "a day later it may be said again");
}

#[tokio::test]
async fn the_weighted_length_decides() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.x("weights").await;
    let family = "👨‍👩‍👧‍👦";
    for fits in ["故".repeat(140), family.repeat(140), "a".repeat(280), format!("{} a.co", "b".repeat(256))]
    {
        assert_eq!(create(&sandbox, &account, &fits).await.status, 201, "{fits}");
    }
    for long in ["故".repeat(160), family.repeat(141), "a".repeat(281), format!("{} a.co", "b".repeat(257))]
    {
        let answer = create(&sandbox, &account, &long).await;
        assert_eq!(answer.status, 400, "{long}");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with("Your Tweet text is too long."));
    }
    let premium = sandbox.x("premium-1").await;
    assert_eq!(create(&sandbox, &premium, &"a".repeat(281)).await.status, 201);
}

#[tokio::test]
async fn what_the_schema_does_not_know_is_refused() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let answer = sandbox.x_create(&ada, &json!({"text": "hi", "txet": "hi"})).send().await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["type"], "https://api.x.com/2/problems/invalid-request");
    assert_eq!(answer.json()["errors"][0]["parameters"], json!({"txet": ["\"hi\""]}));
    for wrong in [
        json!({}),
        json!({"text": "  "}),
        json!({"text": 5}),
        json!({"text": "hi", "reply_settings": "everybody"}),
        json!({"text": "hi", "reply": {"in_reply_to_tweet_id": "x"}}),
        json!({"text": "hi", "reply": {"in_reply_to_tweet_id": "1", "more": 1}}),
        json!({"text": "hi", "poll": {"options": ["one"], "duration_minutes": 5}}),
        json!({"text": "hi", "media": {"media_ids": ["1"]}}),
        json!({"text": "hi", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}),
    ] {
        assert_eq!(sandbox.x_create(&ada, &wrong).send().await.status, 400, "{wrong}");
    }
    assert!(sandbox.posts(&ada.id).await.is_empty());
}

#[tokio::test]
async fn what_a_self_serve_app_may_not_do_is_forbidden() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    for wrong in [
        json!({"text": "look", "quote_tweet_id": "1"}),
        json!({"text": "$TSLA and $AAPL"}),
        json!({"text": "hi", "reply": {"in_reply_to_tweet_id": "1"}}),
        json!({"text": "hi", "community_id": "1"}),
    ] {
        assert_eq!(sandbox.x_create(&ada, &wrong).send().await.status, 403, "{wrong}");
    }
    let options = json!({
        "text": "$TSLA alone", "reply_settings": "mentionedUsers", "made_with_ai": true, "paid_partnership": false,
    });
    created(&sandbox, &ada, options).await;
}

#[tokio::test]
async fn a_thread_goes_on_and_a_stranger_must_be_summoned() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let first = created(&sandbox, &ada, json!({"text": "One"})).await;
    let reply = |to: &str, text: &str| json!({"text": text, "reply": {"in_reply_to_tweet_id": to}});
    let second = created(&sandbox, &ada, reply(&first, "Two, with @grace")).await;
    assert_eq!(sandbox.posts(&ada.id).await[1]["replyTo"], first.as_str());
    let refused = sandbox.x_create(&grace, &reply(&first, "Me too")).send().await;
    assert_eq!(refused.status, 403);
    assert!(refused.json()["detail"].as_str().unwrap().starts_with(
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged"
    ));
    created(&sandbox, &grace, reply(&second, "Me too")).await;
}

#[tokio::test]
async fn only_an_own_post_can_be_deleted() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let path = format!("/x/2/tweets/{}", created(&sandbox, &ada, json!({"text": "Mine"})).await);
    assert_eq!(sandbox.delete(path.as_str()).bearer(&grace.token).send().await.status, 403);
    let deleted = sandbox.delete(path.as_str()).bearer(&ada.token).send().await;
    assert_eq!((deleted.status, deleted.body.as_str()), (200, r#"{"data":{"deleted":true}}"#));
    assert_eq!(deleted.header("x-rate-limit-limit"), Some("50"));
    assert_eq!(sandbox.delete(path.as_str()).bearer(&ada.token).send().await.status, 404);
    assert!(sandbox.posts(&ada.id).await[0]["deletedAt"].is_i64());
}

#[tokio::test]
async fn the_timeline_shows_links_parents_and_what_came_since() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let first = created(&sandbox, &ada, json!({"text": "Old"})).await;
    let text = "See example.com and https://example.com/a?b=1&c=2 & more";
    let body = json!({"text": text, "reply": {"in_reply_to_tweet_id": first}});
    let second = created(&sandbox, &ada, body).await;
    let path = format!(
        "/x/2/users/{}/tweets?max_results=5&since_id={first}\
         &tweet.fields=created_at,referenced_tweets,entities&exclude=retweets",
        ada.id
    );
    let answer = sandbox.get(path).bearer(&ada.token).send().await;
    assert_eq!(answer.header("x-rate-limit-limit"), Some("900"));
    let body = answer.json();
    assert_eq!(body["meta"]["result_count"], 1);
    let post = &body["data"][0];
    assert_eq!(post["id"], second.as_str());
    assert_eq!(post["referenced_tweets"], json!([{"type": "replied_to", "id": first}]));
    let shown = post["text"].as_str().unwrap();
    assert!(shown.starts_with("See https://t.co/") && shown.ends_with(" &amp; more"), "{shown}");
    let expanded: Vec<_> =
        post["entities"]["urls"].as_array().unwrap().iter().map(|u| &u["expanded_url"]).collect();
    assert_eq!(expanded, ["http://example.com", "https://example.com/a?b=1&c=2"]);
    assert!(post["created_at"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn an_empty_timeline_has_no_data() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let path = format!("/x/2/users/{}/tweets", ada.id);
    let answer = sandbox.get(path).bearer(&ada.token).send().await;
    assert_eq!(answer.json(), json!({"meta": {"result_count": 0}}));
}

#[tokio::test]
async fn a_wrong_parameter_is_refused() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    for wrong in ["max_results=4", "max_results=101", "since_id=x", "tweet.fields=nothing", "maxresults=5"] {
        let path = format!("/x/2/users/{}/tweets?{wrong}", ada.id);
        assert_eq!(sandbox.get(path).bearer(&ada.token).send().await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn metrics_come_with_partial_errors_for_what_is_hidden() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let mine = created(&sandbox, &ada, json!({"text": "Mine"})).await;
    let hers = created(&sandbox, &grace, json!({"text": "Hers"})).await;
    let fields = "tweet.fields=public_metrics,non_public_metrics";
    let path = format!("/x/2/tweets?ids={mine},{hers},12&{fields}");
    let body = sandbox.get(path).bearer(&ada.token).send().await.json();
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    assert!(body["data"][0]["public_metrics"]["retweet_count"].is_u64());
    assert!(body["data"][0]["non_public_metrics"]["engagements"].is_u64());
    assert!(body["data"][1]["non_public_metrics"].is_null());
    let types: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "https://api.x.com/2/problems/not-authorized-for-field",
            "https://api.x.com/2/problems/resource-not-found",
        ]
    );
    let newer = format!("/x/2/tweets?ids={mine}&post.fields=public_metrics");
    let body = sandbox.get(newer).bearer(&ada.token).send().await.json();
    assert!(body["data"][0]["public_metrics"]["repost_count"].is_u64());
}

#[tokio::test]
async fn the_hundred_and_first_post_of_a_quarter_hour_waits() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    for number in 0..100 {
        assert_eq!(create(&sandbox, &ada, &format!("Post {number}")).await.status, 201);
    }
    let refused = create(&sandbox, &ada, "One more").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["title"], "Too Many Requests");
    assert_eq!(refused.header("x-rate-limit-limit"), Some("100"));
    assert_eq!(refused.header("x-rate-limit-remaining"), Some("0"));
    let reset: i64 = refused.header("x-rate-limit-reset").unwrap().parse().unwrap();
    let wait = reset - sandbox.clock.now_ms() / 1000;
    assert!((850..=901).contains(&wait), "{wait}");
    sandbox.clock.advance(Duration::from_secs(901));
    assert_eq!(create(&sandbox, &ada, "One more").await.status, 201);
}

#[tokio::test]
async fn what_x_does_not_have_is_not_found() {
    let sandbox = Sandbox::start().await;
    for (method, path) in [("GET", "/x/3/tweets"), ("PUT", "/x/2/tweets"), ("PUT", "/x/2/media/upload")] {
        let answer = sandbox.call(method, path).send().await;
        assert_eq!((answer.status, answer.json()["status"].as_u64()), (404, Some(404)), "{method} {path}");
    }
}
