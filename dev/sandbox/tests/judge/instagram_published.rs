//! Instagram: read-back, comments, insights, deletion of what was published.

use serde_json::json;

use crate::client::Sandbox;
use crate::graph::{MediaHost, Page};

async fn published(sandbox: &Sandbox, account: &Page, parameters: &[(&str, &str)]) -> String {
    let container = sandbox.own_post(account, "media", parameters).send().await.id();
    sandbox.own_post(account, "media_publish", &[("creation_id", &container)]).send().await.id()
}

#[tokio::test]
async fn what_was_published_is_found_by_its_time() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let image = host.url("/square.jpg");
    let since = sandbox.clock.now_ms() / 1000;
    let post = published(&sandbox, &account, &[("image_url", &image), ("caption", "Find me")]).await;
    let story = published(&sandbox, &account, &[("image_url", &image), ("media_type", "STORIES")]).await;
    let list = |edge: &str, since: i64| {
        let since = since.to_string();
        let parameters = [("fields", "id,caption,timestamp,permalink"), ("since", since.as_str())];
        sandbox.own(&account.token, &format!("/{}/{edge}", account.id), &parameters).send()
    };
    let found = list("media", since).await.json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "a story is not among them");
    assert_eq!(
        (found["data"][0]["id"].as_str(), found["data"][0]["caption"].as_str()),
        (Some(post.as_str()), Some("Find me"))
    );
    assert!(found["data"][0]["timestamp"].as_str().unwrap().ends_with("+0000"));
    assert_eq!(list("media", since + 60).await.json()["data"], json!([]));
    assert_eq!(list("stories", since).await.json()["data"][0]["id"], story.as_str());
    let other = sandbox.instagram("grace").await;
    let foreign = sandbox.own(&other.token, &format!("/{post}"), &[]).send().await;
    assert_eq!(foreign.error(), (100, 33));
    let wrong = sandbox.own(&account.token, &format!("/{post}"), &[("fields", "message")]).send().await;
    assert_eq!(wrong.error(), (100, 0));
}

#[tokio::test]
async fn a_comment_needs_words_and_the_scope() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let media = published(&sandbox, &account, &[("image_url", &host.url("/square.jpg"))]).await;
    let path = format!("/instagram/v25.0/{media}/comments");
    let comment =
        |token: &str, message: &str| sandbox.post(path.as_str()).bearer(token).form(&[("message", message)]);
    let id = comment(&account.token, "First").send().await.id();
    let listed = sandbox.own(&account.token, &format!("/{media}/comments"), &[]).send().await.json();
    assert_eq!(
        (listed["data"][0]["id"].as_str(), listed["data"][0]["text"].as_str()),
        (Some(id.as_str()), Some("First"))
    );
    assert_eq!(sandbox.posts(&account.id).await[1]["replyTo"], media.as_str());
    assert_eq!(comment(&account.token, "").send().await.error(), (100, 0));
    let declined = [("sandbox_approve", "ada"), ("sandbox_decline", "instagram_business_manage_comments")];
    let code = sandbox.instagram_authorize(&declined).send().await.redirected("code");
    let poor = sandbox.instagram_redeem(&code).send().await.json();
    let refused = comment(poor["access_token"].as_str().unwrap(), "x").send().await;
    assert_eq!((refused.status, refused.error()), (403, (10, 0)));
}

#[tokio::test]
async fn one_metric_that_does_not_fit_fails_the_whole_call() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let media = published(&sandbox, &account, &[("image_url", &host.url("/square.jpg"))]).await;
    let video = host.url("/video.mp4");
    let reel = published(&sandbox, &account, &[("media_type", "REELS"), ("video_url", &video)]).await;
    let look = |media: &str, metric: &str| {
        sandbox.own(&account.token, &format!("/{media}/insights"), &[("metric", metric)]).send()
    };
    let all = "views,reach,likes,comments,saved,shares,total_interactions";
    let seen = look(&media, all).await.json();
    assert_eq!(seen["data"].as_array().unwrap().len(), 7);
    assert_eq!(
        (seen["data"][0]["name"].as_str(), seen["data"][0]["period"].as_str()),
        (Some("views"), Some("lifetime"))
    );
    let value = |index: usize| seen["data"][index]["values"][0]["value"].as_u64().unwrap();
    assert_eq!(value(6), value(2) + value(3) + value(4) + value(5));
    assert_eq!(look(&media, "views,impressions").await.error(), (100, 0));
    assert_eq!(look(&media, "ig_reels_avg_watch_time").await.error(), (100, 0));
    assert_eq!(look(&reel, "views,ig_reels_avg_watch_time").await.status, 200);
    assert_eq!(look(&media, "").await.error(), (100, 0));
}

#[tokio::test]
async fn only_media_of_a_pages_account_can_be_deleted() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let own = sandbox.instagram("ada").await;
    let image = host.url("/square.jpg");
    let media = published(&sandbox, &own, &[("image_url", &image)]).await;
    let refused = sandbox.delete(format!("/instagram/{media}")).bearer(&own.token).send().await;
    assert_eq!(refused.error(), (10, 0));
    let page = sandbox.facebook("ada").await.pages.remove(0);
    let account = page.instagram.clone().unwrap();
    let send = |edge: &str, parameters: &[(&str, &str)]| {
        sandbox.graph_post(&page.token, &format!("/{account}/{edge}"), parameters).send()
    };
    let container = send("media", &[("image_url", &image)]).await.id();
    let media = send("media_publish", &[("creation_id", &container)]).await.id();
    let gone = sandbox.graph_delete(&page.token, &format!("/{media}")).send().await;
    assert_eq!(gone.json(), json!({"success": true}));
    assert_eq!(sandbox.graph_delete(&page.token, &format!("/{media}")).send().await.error(), (100, 33));
}
