//! Every fault that is Meta's own, and every operation of both platforms.

use serde_json::{Value, json};

use crate::client::Sandbox;
use crate::graph::{MediaHost, mp4};

#[tokio::test]
async fn a_rate_limit_names_the_minutes_in_a_header() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.facebook("grace").await.pages.remove(0);
    let instagram = page.instagram.clone().unwrap();
    for (platform, account, edge, operation, code, kind) in [
        ("facebook", &page.id, "feed", "create", 80_001, "pages"),
        ("instagram", &instagram, "media_publish", "create", 80_002, "instagram"),
    ] {
        let fault = json!({
            "platform": platform, "account": account, "operation": operation, "kind": "rate_limit",
            "retryAfterSeconds": 1_140,
        });
        sandbox.fault(fault).await;
        let answer = sandbox.graph_post(&page.token, &format!("/{account}/{edge}"), &[]).send().await;
        assert_eq!(answer.error(), (code, 0));
        let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage").unwrap()).unwrap();
        let usage = &usage[account.as_str()][0];
        assert_eq!((usage["type"].as_str(), usage["call_count"].as_u64()), (Some(kind), Some(100)));
        assert_eq!(usage["estimated_time_to_regain_access"], 19);
        assert!(answer.header("retry-after").is_none());
    }
}

#[tokio::test]
async fn a_spam_block_differs_between_facebook_and_instagram() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.facebook("grace").await.pages.remove(0);
    for (platform, account, edge, error) in [
        ("facebook", &page.id, "feed", (368, 0)),
        ("instagram", page.instagram.as_ref().unwrap(), "media_publish", (4, 2_207_051)),
    ] {
        sandbox.fault(json!({"platform": platform, "operation": "create", "kind": "spam_block"})).await;
        let answer = sandbox.graph_post(&page.token, &format!("/{account}/{edge}"), &[]).send().await;
        assert_eq!(answer.error(), error);
    }
    assert!(sandbox.posts(&page.id).await.is_empty());
}

#[tokio::test]
async fn a_server_error_after_the_commit_has_code_2() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.facebook("grace").await.pages.remove(0);
    let fault = json!({"platform": "facebook", "operation": "create", "kind": "status_after", "status": 500});
    sandbox.fault(fault).await;
    let feed = format!("/{}/feed", page.id);
    let say = || sandbox.graph_post(&page.token, &feed, &[("message", "Hi")]).send();
    let answer = say().await;
    assert_eq!((answer.status, answer.error()), (500, (2, 0)));
    assert_eq!(answer.json()["error"]["is_transient"], true);
    assert!(answer.header("x-business-use-case-usage").is_none());
    assert_eq!(sandbox.posts(&page.id).await.len(), 1);
    assert_eq!(say().await.error(), (506, 0), "it was done all the same");
}

#[tokio::test]
async fn a_video_stalls_and_then_fails() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let page = sandbox.facebook("grace").await.pages.remove(0);
    let url = host.url("/video.mp4");
    let path = format!("/{}/videos", page.id);
    let id = sandbox.graph_post(&page.token, &path, &[("file_url", &url)]).send().await.id();
    let status = || async {
        let answer = sandbox.graph(&page.token, &format!("/{id}"), &[("fields", "status")]).send().await;
        answer.json()["status"]["video_status"].clone()
    };
    let fault = |kind: &str, count: u32| json!({"platform": "facebook", "account": page.id, "operation": "status", "kind": kind, "count": count});
    sandbox.fault(fault("processing_stall", 2)).await;
    sandbox.fault(fault("processing_fail", 1)).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status().await);
    }
    assert_eq!(seen, ["processing", "processing", "error", "error"]);
    assert!(sandbox.posts(&page.id).await[0]["deletedAt"].is_number());
}

#[tokio::test]
async fn a_container_stalls_and_then_fails() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("grace").await;
    let url = host.url("/square.jpg");
    let id = sandbox.own_post(&account, "media", &[("image_url", &url)]).send().await.id();
    for (kind, code) in [("processing_stall", "IN_PROGRESS"), ("processing_fail", "ERROR")] {
        sandbox.fault(json!({"platform": "instagram", "operation": "status", "kind": kind})).await;
        let look = sandbox.own(&account.token, &format!("/{id}"), &[("fields", "status_code,status")]);
        assert_eq!(look.send().await.json()["status_code"], code);
    }
    let look =
        sandbox.own(&account.token, &format!("/{id}"), &[("fields", "status_code,status")]).send().await;
    assert_eq!(look.json()["status"], "Error: Media upload has failed with error code 2207053");
    let published = sandbox.own_post(&account, "media_publish", &[("creation_id", &id)]).send().await;
    assert_eq!(published.error(), (-1, 2_207_053));
}

#[tokio::test]
async fn every_operation_of_a_page_can_suffer() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let grace = sandbox.facebook("grace").await;
    let page = &grace.pages[0];
    let feed = format!("/{}/feed", page.id);
    let post = sandbox.graph_post(&page.token, &feed, &[("message", "Hi")]).send().await.id();
    let reels = format!("/{}/video_reels", page.id);
    let reel = sandbox.graph_post(&page.token, &reels, &[("upload_phase", "start")]).send().await.json();
    let video = reel["video_id"].as_str().unwrap().to_owned();
    let bytes = mp4();
    let get = |path: String, parameters: &[(&str, &str)]| sandbox.graph(&page.token, &path, parameters);
    let send = |path: &str, parameters: &[(&str, &str)]| sandbox.graph_post(&page.token, path, parameters);
    let photos = format!("/{}/photos", page.id);
    let code = sandbox.facebook_code("grace", "pages_show_list", "").await;
    for (account, operation, call) in [
        (&page.id, "create", send(&feed, &[("message", "Two")])),
        (&page.id, "create", send(&photos, &[("url", "x")])),
        (&page.id, "create", send(&format!("/{}/videos", page.id), &[("file_url", "x")])),
        (&page.id, "create", send(&reels, &[("upload_phase", "finish")])),
        (&page.id, "upload", send(&photos, &[("url", "x"), ("published", "false")])),
        (&page.id, "upload", send(&reels, &[("upload_phase", "start")])),
        (
            &page.id,
            "upload",
            sandbox
                .post(format!("/facebook/video-upload/v25.0/{video}"))
                .header("authorization", format!("OAuth {}", page.token))
                .bytes(bytes.clone()),
        ),
        (&page.id, "status", get(format!("/{video}"), &[("fields", "status")])),
        (&page.id, "comment", send(&format!("/{post}/comments"), &[("message", "x")])),
        (&page.id, "read", get(format!("/{}/published_posts", page.id), &[])),
        (&page.id, "read", get(format!("/{post}"), &[])),
        (&page.id, "metrics", get(format!("/{post}/insights"), &[("metric", "post_clicks")])),
        (&page.id, "metrics", get(format!("/{post}"), &[("fields", "reactions.summary(true)")])),
        (&page.id, "delete", sandbox.graph_delete(&page.token, &format!("/{post}"))),
        (&grace.id, "read", sandbox.graph(&grace.token, "/me/accounts", &[])),
        (&grace.id, "token", sandbox.facebook_redeem(&code)),
        (&grace.id, "refresh", sandbox.facebook_exchange(&grace.token)),
    ] {
        let fault = json!({
            "platform": "facebook", "account": account, "operation": operation, "kind": "status_before",
            "status": 504,
        });
        sandbox.fault(fault).await;
        let answer = call.send().await;
        assert_eq!((answer.status, answer.error()), (504, (2, 0)), "{operation}");
    }
    assert_eq!(sandbox.posts(&page.id).await.len(), 1);
    assert_eq!(sandbox.facebook_redeem(&code).send().await.status, 200, "the code was not used");
}

#[tokio::test]
async fn every_operation_of_an_instagram_account_can_suffer() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let page = sandbox.facebook("grace").await.pages.remove(0);
    let of_page = page.instagram.clone().unwrap();
    let own = sandbox.instagram("grace").await;
    let code = sandbox.instagram_code("grace").await;
    let url = host.url("/square.jpg");
    let container = sandbox.own_post(&own, "media", &[("image_url", &url)]).send().await.id();
    let media = sandbox.own_post(&own, "media_publish", &[("creation_id", &container)]).send().await.id();
    let get = |path: String, parameters: &[(&str, &str)]| sandbox.own(&own.token, &path, parameters);
    for (account, operation, call) in [
        (&of_page, "upload", sandbox.graph_post(&page.token, &format!("/{of_page}/media"), &[])),
        (&of_page, "create", sandbox.graph_post(&page.token, &format!("/{of_page}/media_publish"), &[])),
        (&of_page, "read", sandbox.graph(&page.token, &format!("/{of_page}/media"), &[])),
        (&own.id, "upload", sandbox.own_post(&own, "media", &[("image_url", &url)])),
        (&own.id, "create", sandbox.own_post(&own, "media_publish", &[("creation_id", &container)])),
        (&own.id, "status", get(format!("/v25.0/{container}"), &[("fields", "status_code")])),
        (&own.id, "read", get("/me".to_owned(), &[])),
        (&own.id, "read", get(format!("/{}/content_publishing_limit", own.id), &[])),
        (&own.id, "read", get(format!("/{media}"), &[])),
        (&own.id, "metrics", get(format!("/{media}/insights"), &[("metric", "views")])),
        (
            &own.id,
            "comment",
            sandbox.post(format!("/instagram/{media}/comments?message=x")).bearer(&own.token),
        ),
        (&own.id, "delete", sandbox.delete(format!("/instagram/{media}")).bearer(&own.token)),
        (&own.id, "token", sandbox.instagram_redeem(&code)),
        (&own.id, "refresh", sandbox.instagram_refresh(&own.token)),
    ] {
        let fault = json!({
            "platform": "instagram", "account": account, "operation": operation, "kind": "status_before",
        });
        sandbox.fault(fault).await;
        let answer = call.send().await;
        assert_eq!((answer.status, answer.error()), (503, (2, 0)), "{operation} {account}");
        let last = sandbox.requests().await.pop().unwrap();
        assert_eq!(
            (last["platform"].as_str(), last["account"].as_str()),
            (Some("instagram"), Some(account.as_str()))
        );
    }
}
