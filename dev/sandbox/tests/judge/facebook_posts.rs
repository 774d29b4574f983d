//! Pages: posts, photos, comments, read-back, insights.

use serde_json::{Value, json};

use crate::client::{Answer, Sandbox};
use crate::graph::{MediaHost, Page, jpeg, png};

async fn page_of(sandbox: &Sandbox, person: &str) -> Page {
    sandbox.facebook(person).await.pages.remove(0)
}

async fn post(sandbox: &Sandbox, page: &Page, edge: &str, parameters: &[(&str, &str)]) -> Answer {
    sandbox.graph_post(&page.token, &format!("/{}/{edge}", page.id), parameters).send().await
}

#[tokio::test]
async fn a_post_has_the_id_of_its_page_and_can_be_read_back() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let since = sandbox.clock.now_ms() / 1000;
    let link = [("message", "Hello"), ("link", "https://example.com/a?b=c")];
    let id = post(&sandbox, &page, "feed", &link).await.id();
    assert!(id.starts_with(&format!("{}_", page.id)), "{id}");
    let shown = sandbox.posts(&page.id).await;
    assert_eq!(
        (shown[0]["id"].as_str(), shown[0]["platform"].as_str()),
        (Some(id.as_str()), Some("facebook"))
    );
    let list = |since: i64| {
        let since = since.to_string();
        let fields = [("fields", "id,message,created_time,permalink_url"), ("since", since.as_str())];
        sandbox.graph(&page.token, &format!("/{}/published_posts", page.id), &fields).send()
    };
    let found = list(since).await.json();
    assert_eq!(
        (found["data"][0]["id"].as_str(), found["data"][0]["message"].as_str()),
        (Some(id.as_str()), Some("Hello"))
    );
    assert!(found["data"][0]["created_time"].as_str().unwrap().ends_with("+0000"));
    assert_eq!(list(since + 3_600).await.json()["data"], json!([]));
    let one = sandbox.graph(&page.token, &format!("/{id}"), &[("fields", "permalink_url,application{id}")]);
    let one = one.send().await.json();
    assert_eq!(one["permalink_url"], format!("https://www.facebook.com/{id}"));
    assert_eq!(one["application"]["id"], "belfry-facebook");
}

#[tokio::test]
async fn an_unpublished_post_is_in_no_list() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    post(&sandbox, &page, "feed", &[("message", "Later"), ("published", "false")]).await.id();
    let list = sandbox.graph(&page.token, &format!("/{}/published_posts", page.id), &[]).send().await;
    assert_eq!(list.json()["data"], json!([]));
    let wrong = post(&sandbox, &page, "feed", &[("message", "Later"), ("published", "maybe")]).await;
    assert_eq!(wrong.error(), (100, 0));
}

#[tokio::test]
async fn a_post_that_is_empty_or_too_long_or_has_a_bad_link_is_refused() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    assert_eq!(post(&sandbox, &page, "feed", &[("message", " ")]).await.error(), (197, 0));
    let long = "é".repeat(63_207);
    assert_eq!(post(&sandbox, &page, "feed", &[("message", &long)]).await.error(), (100, 0));
    assert_eq!(post(&sandbox, &page, "feed", &[("link", "example.com")]).await.error(), (1_500, 0));
    let fits = "é".repeat(63_206);
    assert_eq!(post(&sandbox, &page, "feed", &[("message", &fits)]).await.status, 200);
}

#[tokio::test]
async fn only_who_may_publish_for_the_page_can() {
    let sandbox = Sandbox::start().await;
    let linus = page_of(&sandbox, "linus").await;
    let answer = post(&sandbox, &linus, "feed", &[("message", "Hi")]).await;
    assert_eq!((answer.status, answer.error()), (403, (200, 0)), "no CREATE_CONTENT");
    let ada = sandbox.facebook("ada").await;
    let with_user = Page { token: ada.token.clone(), ..ada.pages[0].clone() };
    assert_eq!(post(&sandbox, &with_user, "feed", &[("message", "Hi")]).await.error(), (190, 2_069_032));
    let crossed = Page { token: ada.pages[1].token.clone(), ..ada.pages[0].clone() };
    assert_eq!(post(&sandbox, &crossed, "feed", &[("message", "Hi")]).await.error(), (100, 33));
    let nobody = Page { id: "123".to_owned(), ..ada.pages[0].clone() };
    assert_eq!(post(&sandbox, &nobody, "feed", &[("message", "Hi")]).await.error(), (100, 33));
    assert!(sandbox.get("/_control/posts").send().await.json().as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_same_post_twice_in_a_row_is_a_duplicate() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let say = |message: &'static str| {
        let sandbox = &sandbox;
        let page = &page;
        async move { post(sandbox, page, "feed", &[("message", message)]).await }
    };
    let first = say("Twice").await.id();
    let again = say("Twice").await;
    assert_eq!((again.status, again.error()), (400, (506, 0)));
    assert_eq!(say("Between").await.status, 200);
    assert_eq!(say("Twice").await.status, 200, "not in a row");
    sandbox.graph_delete(&page.token, &format!("/{first}")).send().await;
    sandbox.fault(json!({"platform": "facebook", "operation": "create", "kind": "duplicate_window"})).await;
    assert_eq!(say("Twice").await.status, 200, "the fault lets it pass");
    assert_eq!(say("Twice").await.error(), (506, 0));
}

#[tokio::test]
async fn a_photo_is_fetched_and_its_signature_is_kept_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.json");
    let host = MediaHost::start().await;
    let sandbox =
        Sandbox::start_with(sandbox::Options { state: Some(state.clone()), ..host.options() }).await;
    let page = page_of(&sandbox, "grace").await;
    let url = host.url("/square.jpg?X-Amz-Signature=topsecret");
    let parameters = [("url", url.as_str()), ("caption", "Look"), ("alt_text_custom", "A square")];
    let answer = post(&sandbox, &page, "photos", &parameters).await.json();
    assert!(answer["id"].is_string());
    assert_eq!(host.asked(), ["/square.jpg?X-Amz-Signature=topsecret"]);
    let shown = sandbox.posts(&page.id).await;
    assert_eq!(shown[0]["id"], answer["post_id"]);
    assert_eq!((shown[0]["text"].as_str(), &shown[0]["media"]), (Some("Look"), &json!(["/square.jpg"])));
    let photo = format!("/{}", answer["id"].as_str().unwrap());
    let photo = sandbox.graph(&page.token, &photo, &[("fields", "alt_text")]).send().await.json();
    assert_eq!(photo["alt_text"], "A square");
    assert!(sandbox.get("/feed").send().await.body.contains("/square.jpg"));
    let log = sandbox.get("/_control/requests").send().await.body;
    sandbox.stop().await;
    let kept = std::fs::read_to_string(&state).unwrap();
    assert!(kept.contains("/square.jpg"));
    for text in [log, kept] {
        assert!(!text.contains("topsecret") && !text.contains(&page.token));
    }
}

#[tokio::test]
async fn a_photo_that_cannot_be_fetched_or_is_none_is_refused() {
    let host = MediaHost::start().await;
    host.serve("/text.jpg", 200, b"no picture".to_vec());
    host.serve("/large.jpg", 200, jpeg(1080, 1080, (10 << 20) + 1));
    host.serve("/fits.png", 200, png());
    let sandbox = Sandbox::start_with(host.options()).await;
    let page = page_of(&sandbox, "grace").await;
    for (path, error) in [
        ("/missing.jpg", (324, 2_069_019)),
        ("/moved.jpg", (324, 2_069_019)),
        ("/text.jpg", (100, 1_366_046)),
        ("/large.jpg", (100, 1_366_046)),
    ] {
        let answer = post(&sandbox, &page, "photos", &[("url", &host.url(path))]).await;
        assert_eq!(answer.error(), error, "{path}");
    }
    assert!(!host.asked().contains(&"/square.jpg".to_owned()), "the redirect was not followed");
    let elsewhere = post(&sandbox, &page, "photos", &[("url", "http://127.0.0.1:1/a.jpg")]).await;
    assert_eq!(elsewhere.error(), (324, 2_069_019));
    assert_eq!(post(&sandbox, &page, "photos", &[]).await.error(), (324, 0));
    let alt = "x".repeat(1_001);
    let parameters = [("url", host.url("/fits.png")), ("alt_text_custom", alt)];
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
    assert_eq!(post(&sandbox, &page, "photos", &parameters).await.error(), (100, 0));
    assert_eq!(post(&sandbox, &page, "photos", &parameters[..1]).await.status, 200);
}

#[tokio::test]
async fn media_come_from_the_allowed_origins_only() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let answer = post(&sandbox, &page, "photos", &[("url", &host.url("/square.jpg"))]).await;
    assert_eq!(answer.error(), (324, 2_069_019));
    assert!(host.asked().is_empty());
}

#[tokio::test]
async fn a_photo_can_come_as_bytes() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"published\"\r\n\r\nfalse\r\n--b\r\n\
        Content-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n"
        .to_vec();
    // More than the megabyte that other bodies may have.
    body.extend(jpeg(1080, 1080, 3 << 20));
    body.extend(b"\r\n--b--\r\n");
    let path = format!("/{}/photos", page.id);
    let call = sandbox.graph_post(&page.token, &path, &[]);
    let photo = call.bytes(body).header("content-type", "multipart/form-data; boundary=b").send().await.id();
    assert!(sandbox.posts(&page.id).await.is_empty(), "it is not published");
    let attached = json!([{"media_fbid": photo}]).to_string();
    post(&sandbox, &page, "feed", &[("attached_media", &attached)]).await.id();
    assert_eq!(sandbox.posts(&page.id).await[0]["media"], json!([photo]));
}

#[tokio::test]
async fn several_photos_make_one_post_once() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let ada = sandbox.facebook("ada").await;
    let page = &ada.pages[0];
    let mut photos = Vec::new();
    for path in ["/square.jpg", "/second.jpg"] {
        let url = host.url(path);
        let answer = post(&sandbox, page, "photos", &[("url", &url), ("published", "false")]).await;
        assert!(answer.json().get("post_id").is_none());
        photos.push(json!({"media_fbid": answer.id()}));
    }
    let attached = Value::from(photos.clone()).to_string();
    let say = |page: Page, message: &'static str, attached: String| {
        let sandbox = &sandbox;
        async move { post(sandbox, &page, "feed", &[("message", message), ("attached_media", &attached)]).await }
    };
    let other = say(ada.pages[1].clone(), "Two", attached.clone()).await;
    assert_eq!(other.error(), (100, 0), "they are another Page's");
    say(page.clone(), "Two", attached.clone()).await.id();
    assert_eq!(sandbox.posts(&page.id).await[0]["media"], json!(["/square.jpg", "/second.jpg"]));
    assert_eq!(say(page.clone(), "Two", attached.clone()).await.error(), (506, 0));
    assert_eq!(say(page.clone(), "Other", attached).await.error(), (100, 1_366_051));
    assert_eq!(say(page.clone(), "None", "7".to_owned()).await.error(), (100, 0));
    let one = photos[0].to_string();
    let indexed = post(&sandbox, page, "feed", &[("attached_media[0]", &one)]).await;
    assert_eq!(indexed.error(), (100, 1_366_051), "the indexed form is understood");
}

#[tokio::test]
async fn a_comment_stands_under_its_post() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let id = post(&sandbox, &page, "feed", &[("message", "Post")]).await.id();
    let path = format!("/{id}/comments");
    let comment = sandbox.graph_post(&page.token, &path, &[("message", "First")]).send().await.id();
    let listed = sandbox.graph(&page.token, &path, &[]).send().await.json();
    assert_eq!(
        (listed["data"][0]["id"].as_str(), listed["data"][0]["message"].as_str()),
        (Some(comment.as_str()), Some("First"))
    );
    assert_eq!(sandbox.posts(&page.id).await[1]["replyTo"], id.as_str());
    assert_eq!(sandbox.graph_post(&page.token, &path, &[]).send().await.error(), (100, 0));
    let nowhere = sandbox.graph_post(&page.token, "/1_2/comments", &[("message", "x")]).send().await;
    assert_eq!(nowhere.error(), (100, 33));
    let poor =
        sandbox.facebook_with("grace", "pages_show_list,pages_read_engagement,pages_manage_posts").await;
    let refused = sandbox.graph_post(&poor.pages[0].token, &path, &[("message", "x")]).send().await;
    assert_eq!(refused.error(), (200, 0));
}

#[tokio::test]
async fn what_was_deleted_is_gone() {
    let sandbox = Sandbox::start().await;
    let (page, other) = (page_of(&sandbox, "grace").await, page_of(&sandbox, "ada").await);
    let id = format!("/{}", post(&sandbox, &page, "feed", &[("message", "Post")]).await.id());
    assert_eq!(sandbox.graph_delete(&other.token, &id).send().await.error(), (100, 33));
    let deleted = sandbox.graph_delete(&page.token, &id).send().await;
    assert_eq!(deleted.json(), json!({"success": true}));
    assert_eq!(sandbox.graph_delete(&page.token, &id).send().await.error(), (100, 33));
    assert_eq!(sandbox.graph(&page.token, &id, &[]).send().await.error(), (100, 33));
    assert!(sandbox.posts(&page.id).await[0]["deletedAt"].is_number());
}

#[tokio::test]
async fn reading_needs_the_permission_to_read() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let id = post(&sandbox, &page, "feed", &[("message", "Post")]).await.id();
    let poor = sandbox.facebook_with("grace", "pages_show_list").await.pages.remove(0);
    for path in [format!("/{id}"), format!("/{id}/comments"), format!("/{}/published_posts", page.id)] {
        assert_eq!(sandbox.graph(&poor.token, &path, &[]).send().await.error(), (10, 0), "{path}");
    }
}

#[tokio::test]
async fn a_post_is_counted() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let id = post(&sandbox, &page, "feed", &[("message", "Post")]).await.id();
    sandbox.graph_post(&page.token, &format!("/{id}/comments"), &[("message", "One")]).send().await;
    let fields = "reactions.summary(total_count).limit(0),comments.summary(true).limit(0),shares";
    let seen = sandbox.graph(&page.token, &format!("/{id}"), &[("fields", fields)]).send().await.json();
    assert_eq!(seen["comments"]["summary"]["total_count"], 1);
    assert!(seen["reactions"]["summary"]["total_count"].is_u64());
    let insights = |page: &Page, metric: &str| {
        sandbox.graph(&page.token, &format!("/{id}/insights"), &[("metric", metric)]).send()
    };
    let both = insights(&page, "post_media_view,post_clicks").await.json();
    assert_eq!(both["data"].as_array().unwrap().len(), 2);
    assert!(both["data"][0]["values"][0]["value"].is_u64());
    assert_eq!(insights(&page, "post_media_view,post_impressions").await.error(), (100, 0));
    let poor = sandbox.facebook_with("grace", "pages_show_list,pages_read_engagement").await.pages.remove(0);
    assert_eq!(insights(&poor, "post_media_view").await.error(), (10, 0));
}

#[tokio::test]
async fn every_answer_says_what_is_used() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    for answer in [
        post(&sandbox, &page, "feed", &[("message", "Hi")]).await,
        post(&sandbox, &page, "feed", &[]).await,
        sandbox.graph(&page.token, &format!("/{}", page.id), &[]).send().await,
    ] {
        let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage").unwrap()).unwrap();
        let usage = &usage[&page.id][0];
        assert_eq!(
            (usage["type"].as_str(), usage["estimated_time_to_regain_access"].as_u64()),
            (Some("pages"), Some(0))
        );
        assert!(usage["call_count"].as_u64().unwrap() >= 1);
        assert!(answer.header("x-app-usage").unwrap().contains("call_count"));
    }
}
