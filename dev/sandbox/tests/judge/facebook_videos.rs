//! Pages: videos and Reels, from the first byte to the post.

use std::time::Duration;

use sandbox::Options;
use serde_json::{Value, json};

use crate::client::{Answer, Sandbox};
use crate::graph::{MediaHost, Page, mp4};

struct Reel {
    id: String,
    upload: String,
}

async fn page_of(sandbox: &Sandbox, person: &str) -> Page {
    sandbox.facebook(person).await.pages.remove(0)
}

async fn start(sandbox: &Sandbox, page: &Page) -> Reel {
    let path = format!("/{}/video_reels", page.id);
    let started = sandbox.graph_post(&page.token, &path, &[("upload_phase", "start")]).send().await.json();
    let id = started["video_id"].as_str().unwrap().to_owned();
    let url = started["upload_url"].as_str().unwrap();
    assert_eq!(url, format!("http://sandbox/facebook/video-upload/v25.0/{id}"));
    Reel { upload: url.strip_prefix("http://sandbox").unwrap().to_owned(), id }
}

async fn upload(
    sandbox: &Sandbox,
    page: &Page,
    reel: &Reel,
    offset: usize,
    size: usize,
    bytes: &[u8],
) -> Answer {
    sandbox
        .post(reel.upload.as_str())
        .header("authorization", format!("OAuth {}", page.token))
        .header("offset", offset.to_string())
        .header("file_size", size.to_string())
        .bytes(bytes)
        .send()
        .await
}

async fn finish(sandbox: &Sandbox, page: &Page, reel: &Reel, state: &str) -> Answer {
    let parameters = [
        ("upload_phase", "finish"),
        ("video_id", reel.id.as_str()),
        ("video_state", state),
        ("description", "A reel"),
    ];
    sandbox.graph_post(&page.token, &format!("/{}/video_reels", page.id), &parameters).send().await
}

async fn status(sandbox: &Sandbox, page: &Page, id: &str) -> Value {
    let answer = sandbox.graph(&page.token, &format!("/{id}"), &[("fields", "status")]).send().await;
    answer.json()["status"].clone()
}

#[tokio::test]
async fn a_reel_is_started_uploaded_and_finished() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let reel = start(&sandbox, &page).await;
    assert_eq!(status(&sandbox, &page, &reel.id).await["video_status"], "uploading");
    assert_eq!(finish(&sandbox, &page, &reel, "PUBLISHED").await.error(), (6_000, 0), "nothing was uploaded");
    let bytes = mp4();
    let (head, rest) = bytes.split_at(12);
    assert_eq!(upload(&sandbox, &page, &reel, 0, bytes.len(), head).await.json(), json!({"success": true}));
    assert_eq!(status(&sandbox, &page, &reel.id).await["uploading_phase"]["bytes_transfered"], 12);
    let wrong = upload(&sandbox, &page, &reel, 3, bytes.len(), rest).await;
    assert_eq!((wrong.status, wrong.json()["debug_info"]["retriable"].as_bool()), (400, Some(false)));
    let too_much = upload(&sandbox, &page, &reel, 12, bytes.len(), &bytes).await;
    assert_eq!(too_much.status, 400);
    assert_eq!(upload(&sandbox, &page, &reel, 12, bytes.len(), rest).await.status, 200);
    assert_eq!(finish(&sandbox, &page, &reel, "SOMETIME").await.error(), (100, 0));
    assert_eq!(finish(&sandbox, &page, &reel, "PUBLISHED").await.json(), json!({"success": true}));
    let posts = sandbox.posts(&page.id).await;
    assert_eq!((posts[0]["text"].as_str(), &posts[0]["media"]), (Some("A reel"), &json!([reel.id])));
    assert_eq!(finish(&sandbox, &page, &reel, "PUBLISHED").await.error(), (100, 0), "once");
    sandbox.clock.advance(Duration::from_secs(1));
    let ready = status(&sandbox, &page, &reel.id).await;
    assert_eq!(ready["video_status"], "ready");
    assert_eq!(ready["publishing_phase"]["publish_status"], "published");
}

#[tokio::test]
async fn an_upload_needs_its_headers_and_the_pages_token() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.facebook("ada").await;
    let page = &ada.pages[0];
    let reel = start(&sandbox, page).await;
    let call = || sandbox.post(reel.upload.as_str()).bytes(b"x");
    assert_eq!(call().send().await.error(), (2_500, 0));
    let other = call().header("authorization", format!("OAuth {}", ada.pages[1].token)).send().await;
    assert_eq!(other.error(), (100, 33));
    let bare = call().header("authorization", format!("OAuth {}", page.token)).send().await;
    assert_eq!((bare.status, bare.json()["debug_info"]["type"].as_str()), (400, Some("HeaderMissingError")));
    assert_eq!(finish(&sandbox, &ada.pages[1], &reel, "PUBLISHED").await.error(), (100, 33));
}

#[tokio::test]
async fn a_reel_can_be_fetched() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let page = page_of(&sandbox, "grace").await;
    let reel = start(&sandbox, &page).await;
    let fetch = |url: String| {
        let call =
            sandbox.post(reel.upload.as_str()).header("authorization", format!("OAuth {}", page.token));
        call.header("file_url", url).send()
    };
    let missing = fetch(host.url("/missing.mp4")).await;
    assert_eq!(
        (missing.status, missing.json()["debug_info"]["type"].as_str()),
        (400, Some("ProcessingFailedError"))
    );
    assert_eq!(fetch(host.url("/video.mp4?Signature=s")).await.json(), json!({"success": true}));
    assert_eq!(finish(&sandbox, &page, &reel, "PUBLISHED").await.status, 200);
    assert_eq!(sandbox.posts(&page.id).await[0]["media"], json!(["/video.mp4"]));
}

#[tokio::test]
async fn a_page_publishes_thirty_reels_in_a_day() {
    let sandbox = Sandbox::start().await;
    let page = page_of(&sandbox, "grace").await;
    let bytes = mp4();
    for number in 0..31 {
        let reel = start(&sandbox, &page).await;
        upload(&sandbox, &page, &reel, 0, bytes.len(), &bytes).await;
        let answer = finish(&sandbox, &page, &reel, "PUBLISHED").await;
        if number < 30 {
            assert_eq!(answer.status, 200, "{number}");
        } else {
            assert_eq!(answer.error(), (613, 0));
            sandbox.clock.advance(Duration::from_secs(24 * 3600 + 1));
            assert_eq!(finish(&sandbox, &page, &reel, "PUBLISHED").await.status, 200, "the next day");
        }
    }
}

#[tokio::test]
async fn a_video_is_processed_before_it_is_ready() {
    let host = MediaHost::start().await;
    let options =
        Options { graph_processing: Duration::from_secs(30), graph_processing_polls: 1, ..host.options() };
    let sandbox = Sandbox::start_with(options).await;
    let page = page_of(&sandbox, "grace").await;
    let path = format!("/{}/videos", page.id);
    let url = host.url("/video.mp4");
    let parameters = [("file_url", url.as_str()), ("description", "A video")];
    let id = sandbox.graph_post(&page.token, &path, &parameters).send().await.id();
    assert_eq!(sandbox.posts(&page.id).await[0]["text"], "A video");
    assert_eq!(status(&sandbox, &page, &id).await["video_status"], "processing");
    assert_eq!(status(&sandbox, &page, &id).await["video_status"], "processing", "30 s have not passed");
    sandbox.clock.advance(Duration::from_secs(31));
    assert_eq!(status(&sandbox, &page, &id).await["video_status"], "ready");
    let missing = host.url("/missing.mp4");
    let missing = sandbox.graph_post(&page.token, &path, &[("file_url", &missing)]).send().await;
    assert_eq!(missing.error(), (389, 0));
    assert_eq!(sandbox.graph_post(&page.token, &path, &[]).send().await.error(), (100, 0));
}

#[tokio::test]
async fn what_is_no_video_fails_and_is_never_seen() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let page = page_of(&sandbox, "grace").await;
    let url = host.url("/square.jpg");
    let path = format!("/{}/videos", page.id);
    let id = sandbox.graph_post(&page.token, &path, &[("file_url", &url)]).send().await.id();
    assert_eq!(status(&sandbox, &page, &id).await["video_status"], "error");
    assert!(sandbox.posts(&page.id).await[0]["deletedAt"].is_number());
}
