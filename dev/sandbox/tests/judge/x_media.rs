//! X: media at once and in segments, what is refused, and posts that carry them.

use std::time::Duration;

use sandbox::{Options, Processing};
use serde_json::{Value, json};

use crate::client::{Account, Answer, Call, Sandbox, gif, mp4, png, sha256};

const INITIALIZE: &str = "/x/2/media/upload/initialize";

fn multipart<'a>(call: Call<'a>, fields: &[(&str, &str)], media: &[u8]) -> Call<'a> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--belfry\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    body.extend(b"--belfry\r\nContent-Disposition: form-data; name=\"media\"; filename=\"m\"\r\n");
    body.extend(b"Content-Type: application/octet-stream\r\n\r\n");
    body.extend(media);
    body.extend(b"\r\n--belfry--\r\n");
    call.header("content-type", "multipart/form-data; boundary=belfry").bytes(body)
}

fn upload<'a>(sandbox: &'a Sandbox, account: &Account, category: &str, media: &[u8]) -> Call<'a> {
    let call = sandbox.post("/x/2/media/upload").bearer(&account.token);
    multipart(call, &[("media_category", category)], media)
}

async fn uploaded(sandbox: &Sandbox, account: &Account, category: &str, media: &[u8]) -> String {
    let answer = upload(sandbox, account, category, media).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn photo(sandbox: &Sandbox, account: &Account, more: &str) -> String {
    uploaded(sandbox, account, "tweet_image", &png(4, 3, more)).await
}

fn initialize<'a>(sandbox: &'a Sandbox, account: &Account, body: &Value) -> Call<'a> {
    sandbox.post(INITIALIZE).bearer(&account.token).json(body)
}

fn promised(media_type: &str, total_bytes: usize, category: &str) -> Value {
    json!({"media_type": media_type, "total_bytes": total_bytes, "media_category": category})
}

async fn begun(sandbox: &Sandbox, account: &Account, total_bytes: usize) -> String {
    let answer =
        initialize(sandbox, account, &promised("video/mp4", total_bytes, "tweet_video")).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn append(sandbox: &Sandbox, account: &Account, id: &str, index: &str, media: &[u8]) -> Answer {
    let call = sandbox.post(format!("/x/2/media/upload/{id}/append")).bearer(&account.token);
    multipart(call, &[("segment_index", index)], media).send().await
}

async fn finalize(sandbox: &Sandbox, account: &Account, id: &str) -> Answer {
    sandbox.post(format!("/x/2/media/upload/{id}/finalize")).bearer(&account.token).send().await
}

async fn status(sandbox: &Sandbox, account: &Account, id: &str) -> Answer {
    let path = format!("/x/2/media/upload?command=STATUS&media_id={id}");
    sandbox.get(path).bearer(&account.token).send().await
}

async fn state(sandbox: &Sandbox, account: &Account, id: &str) -> Value {
    status(sandbox, account, id).await.json()["data"]["processing_info"]["state"].clone()
}

/// A finalized video, which nobody has asked about yet.
async fn video(sandbox: &Sandbox, account: &Account, plays_ms: u32) -> String {
    let bytes = mp4(2_000, plays_ms);
    let id = begun(sandbox, account, bytes.len()).await;
    assert_eq!(append(sandbox, account, &id, "0", &bytes).await.status, 200);
    assert_eq!(finalize(sandbox, account, &id).await.status, 200);
    id
}

async fn carry(sandbox: &Sandbox, account: &Account, text: &str, ids: &[&str]) -> Answer {
    sandbox.x_create(account, &json!({"text": text, "media": {"media_ids": ids}})).send().await
}

#[tokio::test]
async fn a_photo_at_once_is_ready_and_arrives_as_it_was_sent() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let bytes = png(40, 30, "a\r\n--belf\r\n--");
    let answer = upload(&sandbox, &ada, "tweet_image", &bytes).send().await;
    assert_eq!((answer.status, answer.header("x-rate-limit-limit")), (200, Some("500")));
    let data = &answer.json()["data"];
    assert_eq!(data["size"], bytes.len());
    assert_eq!(data["expires_after_secs"], 86_400);
    assert_eq!(data["processing_info"], Value::Null);
    assert_eq!(
        sandbox.media(&ada.id).await,
        [json!({
            "platform": "x", "account": ada.id, "id": data["id"], "kind": "image", "contentType": "image/png",
            "sizeBytes": bytes.len(), "sha256": sha256(&bytes), "altText": null, "status": "ready",
        })]
    );
}

#[tokio::test]
async fn a_photo_that_x_would_not_take_is_refused() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let large = png(4, 3, &"a".repeat(5 << 20));
    let huge = png(4, 3, &"a".repeat(16 << 20));
    for (category, bytes, expected) in [
        ("tweet_image", b"plain text".to_vec(), 400),
        ("tweet_image", Vec::new(), 400),
        ("tweet_image", b"BM\x10\0\0\0\0\0\0\0".to_vec(), 400),
        ("tweet_image", large, 400),
        ("tweet_image", huge, 413),
        ("tweet_gif", png(4, 3, ""), 400),
        ("tweet_gif", gif(1_281, 10, 2), 400),
        ("tweet_gif", gif(10, 10, 351), 400),
        ("tweet_gif", gif(1_280, 1_080, 218), 400),
        ("tweet_video", mp4(2_000, 1_000), 400),
        ("dm_image", png(4, 3, ""), 400),
        ("", png(4, 3, ""), 400),
    ] {
        let answer = upload(&sandbox, &ada, category, &bytes).send().await;
        assert_eq!(answer.status, expected, "{category} {} {}", bytes.len(), answer.body);
    }
    let call = || sandbox.post("/x/2/media/upload").bearer(&ada.token);
    assert_eq!(call().json(&json!({"media": ""})).send().await.status, 400, "no multipart");
    assert_eq!(multipart(call(), &[], &png(4, 3, "")).send().await.status, 400, "no category");
    let fields = [("media_category", "tweet_image"), ("more", "1")];
    assert_eq!(multipart(call(), &fields, &png(4, 3, "")).send().await.status, 400, "an unknown part");
    let fields = [("media_category", "tweet_image"), ("media_type", "image/jpeg")];
    assert_eq!(multipart(call(), &fields, &png(4, 3, "")).send().await.status, 400, "not what it says");
    assert!(sandbox.media(&ada.id).await.is_empty());
    for fits in [gif(1_280, 1_080, 200), gif(10, 10, 350)] {
        uploaded(&sandbox, &ada, "tweet_gif", &fits).await;
    }
}

#[tokio::test]
async fn media_need_their_scope() {
    let sandbox = Sandbox::start().await;
    let query = crate::client::query(&[
        ("response_type", "code"),
        ("client_id", "belfry-x"),
        ("redirect_uri", crate::client::CALLBACK),
        ("scope", "tweet.read tweet.write users.read"),
        ("state", "s-1"),
        ("code_challenge", crate::client::CHALLENGE),
        ("code_challenge_method", "S256"),
        ("sandbox_approve", "ada"),
    ]);
    let code = sandbox.get(format!("/x/i/oauth2/authorize?{query}")).send().await.redirected("code");
    let tokens = sandbox.x_exchange(&code).send().await.json();
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let ada = Account { id: String::new(), token, refresh: None };
    assert_eq!(upload(&sandbox, &ada, "tweet_image", &png(4, 3, "")).send().await.status, 403);
    let body = promised("video/mp4", 9, "tweet_video");
    assert_eq!(initialize(&sandbox, &ada, &body).send().await.status, 403);
    assert_eq!(append(&sandbox, &ada, "1", "0", b"x").await.status, 403);
    assert_eq!(finalize(&sandbox, &ada, "1").await.status, 403);
    assert_eq!(status(&sandbox, &ada, "1").await.status, 403);
    let metadata = sandbox.post("/x/2/media/metadata").bearer(&ada.token).json(&json!({}));
    assert_eq!(metadata.send().await.status, 403);
    let nobody = sandbox.post("/x/2/media/upload").bytes(vec![0; 1 << 20]).send().await;
    assert_eq!(nobody.status, 401, "the answer is heard although the body was not wanted");
}

#[tokio::test]
async fn a_video_in_segments_of_any_order_is_processed_and_published() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let bytes = mp4(6 << 20, 30_000);
    let id = begun(&sandbox, &ada, bytes.len()).await;
    let (first, second) = bytes.split_at(5 << 20);
    let answer = append(&sandbox, &ada, &id, "1", second).await;
    assert_eq!((answer.status, answer.header("x-rate-limit-limit")), (200, Some("1875")));
    assert!(answer.json()["data"]["expires_at"].is_i64());
    for _ in 0..2 {
        assert_eq!(append(&sandbox, &ada, &id, "0", first).await.status, 200, "again after a lost answer");
    }
    assert_eq!(status(&sandbox, &ada, &id).await.status, 400, "not finalized");
    let ended = finalize(&sandbox, &ada, &id).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    let info = &ended.json()["data"]["processing_info"];
    assert_eq!((info["state"].as_str(), info["check_after_secs"].as_u64()), (Some("pending"), Some(1)));
    assert_eq!(finalize(&sandbox, &ada, &id).await.status, 200, "again after a lost answer");
    assert_eq!(carry(&sandbox, &ada, "Too early", &[&id]).await.status, 400);
    assert_eq!(state(&sandbox, &ada, &id).await, "in_progress");
    let done = status(&sandbox, &ada, &id).await;
    assert_eq!(done.header("x-rate-limit-limit"), Some("1000"));
    assert_eq!(done.json()["data"]["processing_info"]["state"], "succeeded");
    let post = carry(&sandbox, &ada, "", &[&id]).await;
    assert_eq!(post.status, 201, "no text is needed: {}", post.body);
    assert!(post.json()["data"]["text"].as_str().unwrap().starts_with("https://t.co/"));
    assert_eq!(sandbox.posts(&ada.id).await[0]["media"], json!([id]));
    let medium = sandbox.media(&ada.id).await.remove(0);
    assert_eq!(medium["sha256"], sha256(&bytes));
    assert_eq!((medium["kind"].as_str(), medium["contentType"].as_str()), (Some("video"), Some("video/mp4")));
}

#[tokio::test]
async fn a_promise_that_x_would_not_accept_is_refused() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let mut unknown = promised("video/mp4", 9, "tweet_video");
    unknown["command"] = json!("INIT");
    for wrong in [
        unknown,
        json!({"media_type": "video/mp4", "total_bytes": 9}),
        promised("video/avi", 9, "tweet_video"),
        promised("image/png", 9, "tweet_video"),
        promised("video/mp4", 9, "tweet_gif"),
        promised("video/mp4", 9, "amplify_video"),
        promised("video/mp4", 0, "tweet_video"),
        promised("video/mp4", (512 << 20) + 1, "tweet_video"),
        promised("image/gif", (15 << 20) + 1, "tweet_gif"),
        promised("image/png", (5 << 20) + 1, "tweet_image"),
    ] {
        let answer = initialize(&sandbox, &ada, &wrong).send().await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert_eq!(answer.json()["type"], "https://api.x.com/2/problems/invalid-request");
    }
    assert_eq!(sandbox.post(INITIALIZE).bearer(&ada.token).text("{}").send().await.status, 400, "no JSON");
}

#[tokio::test]
async fn a_segment_out_of_range_or_too_large_is_refused() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let id = begun(&sandbox, &ada, 9 << 20).await;
    for index in ["1000", "-1", "x", ""] {
        assert_eq!(append(&sandbox, &ada, &id, index, b"x").await.status, 400, "{index}");
    }
    let large = vec![0; (8 << 20) + 1];
    assert_eq!(append(&sandbox, &ada, &id, "0", &large).await.status, 413);
    assert_eq!(append(&sandbox, &ada, &id, "0", b"").await.status, 400, "an empty one");
    assert_eq!(append(&sandbox, &ada, &id, "0", &large[1..]).await.status, 200);
    assert_eq!(append(&sandbox, &ada, &id, "0", b"other").await.status, 400, "other bytes, same number");
    assert_eq!(
        append(&sandbox, &ada, &id, "1", &large[..(1 << 20) + 1]).await.status,
        400,
        "more than promised"
    );
    assert_eq!(append(&sandbox, &grace, &id, "1", b"x").await.status, 400, "not hers");
    assert_eq!(append(&sandbox, &ada, "1", "0", b"x").await.status, 400, "unknown");
}

#[tokio::test]
async fn an_upload_ends_only_when_everything_came_and_is_what_was_promised() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let id = begun(&sandbox, &ada, 6).await;
    append(&sandbox, &ada, &id, "1", b"abc").await;
    assert_eq!(finalize(&sandbox, &ada, &id).await.status, 400, "a segment is missing");
    append(&sandbox, &ada, &id, "0", b"ab").await;
    assert_eq!(finalize(&sandbox, &ada, &id).await.status, 400, "a byte is missing");
    assert_eq!(finalize(&sandbox, &grace, &id).await.status, 400, "not hers");
    let gap = begun(&sandbox, &ada, 6).await;
    append(&sandbox, &ada, &gap, "0", b"abc").await;
    append(&sandbox, &ada, &gap, "2", b"abc").await;
    assert_eq!(finalize(&sandbox, &ada, &gap).await.status, 400, "a number was left out");
    let id = begun(&sandbox, &ada, 40).await;
    append(&sandbox, &ada, &id, "0", &png(4, 3, "0123456789abcdef")).await;
    assert_eq!(finalize(&sandbox, &ada, &id).await.status, 400, "a picture is no video");
    assert_eq!(sandbox.media(&ada.id).await[2]["status"], "failed");
}

#[tokio::test]
async fn a_post_carries_four_photos_or_one_gif_or_one_video() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let mut photos = Vec::new();
    for number in 0..5 {
        photos.push(photo(&sandbox, &ada, &number.to_string()).await);
    }
    let photos: Vec<&str> = photos.iter().map(String::as_str).collect();
    let gif = uploaded(&sandbox, &ada, "tweet_gif", &gif(10, 10, 2)).await;
    let video = video(&sandbox, &ada, 30_000).await;
    for id in [&gif, &video] {
        state(&sandbox, &ada, id).await;
        assert_eq!(state(&sandbox, &ada, id).await, "succeeded");
    }
    for wrong in [&photos[..], &[photos[0], photos[0]], &[photos[0], &gif], &[&gif, &video]] {
        let answer = carry(&sandbox, &ada, "No", wrong).await;
        assert_eq!(answer.status, 400, "{wrong:?}");
        assert!(answer.json()["errors"][0]["parameters"]["media.media_ids"].is_array());
    }
    for (text, right) in [("Four", &photos[..4]), ("GIF", &[gif.as_str()]), ("Video", &[video.as_str()])] {
        assert_eq!(carry(&sandbox, &ada, text, right).await.status, 201, "{text}");
    }
    assert_eq!(
        carry(&sandbox, &ada, "Four", &photos[1..2]).await.status,
        403,
        "the same text is a duplicate"
    );
}

#[tokio::test]
async fn a_medium_must_be_known_own_and_of_the_last_day() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let hers = photo(&sandbox, &grace, "").await;
    let id = photo(&sandbox, &ada, "").await;
    for wrong in ["12", &hers] {
        let answer = carry(&sandbox, &ada, "No", &[&id, wrong]).await;
        assert_eq!(
            (answer.status, answer.json()["errors"][0]["message"].as_str()),
            (400, Some("Your media IDs are invalid."))
        );
    }
    sandbox.clock.advance(Duration::from_secs(24 * 3600));
    let ada = sandbox.x("ada").await;
    assert_eq!(carry(&sandbox, &ada, "Late", &[&id]).await.status, 400);
    assert_eq!(status(&sandbox, &ada, &id).await.status, 400);
}

#[tokio::test]
async fn a_long_video_is_for_premium_authors() {
    let options = Options { processing: Processing { looks: 0, time: Duration::ZERO }, ..Options::default() };
    let sandbox = Sandbox::start_with(options).await;
    for (person, plays_ms, expected) in
        [("ada", 140_001, 403), ("ada", 140_000, 201), ("premium-1", 140_001, 201)]
    {
        let account = sandbox.x(person).await;
        let id = video(&sandbox, &account, plays_ms).await;
        let answer = carry(&sandbox, &account, "Long", &[&id]).await;
        assert_eq!(answer.status, expected, "{person} {plays_ms}");
        if expected == 403 {
            assert_eq!(answer.json()["detail"], "User video duration exceeded");
        }
    }
}

#[tokio::test]
async fn alt_text_has_up_to_a_thousand_characters() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let id = photo(&sandbox, &ada, "").await;
    let describe = |account: &Account, id: &str, text: &str| {
        let body = json!({"id": id, "metadata": {"alt_text": {"text": text}}});
        sandbox.post("/x/2/media/metadata").bearer(&account.token).json(&body).send()
    };
    let answer = describe(&ada, &id, &"ä".repeat(1_000)).await;
    assert_eq!((answer.status, answer.header("x-rate-limit-limit")), (200, Some("500")));
    assert_eq!(answer.json()["data"]["id"], id.as_str());
    for wrong in [
        describe(&ada, &id, &"a".repeat(1_001)),
        describe(&ada, &id, ""),
        describe(&grace, &id, "Hers"),
        describe(&ada, "1", "A"),
    ] {
        assert_eq!(wrong.await.status, 400);
    }
    assert_eq!(sandbox.media(&ada.id).await[0]["altText"], "ä".repeat(1_000));
    carry(&sandbox, &ada, "Described", &[&id]).await;
    assert!(sandbox.get("/feed").send().await.body.contains("ää"), "the window tells it");
}

#[tokio::test]
async fn a_status_call_must_name_its_command_and_an_own_medium() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.x("ada").await, sandbox.x("grace").await);
    let id = video(&sandbox, &ada, 30_000).await;
    let path = format!("/x/2/media/upload?media_id={id}");
    assert_eq!(sandbox.get(path.as_str()).bearer(&ada.token).send().await.status, 400);
    let wrong = format!("{path}&command=FINALIZE");
    assert_eq!(sandbox.get(wrong).bearer(&ada.token).send().await.status, 400);
    assert_eq!(status(&sandbox, &grace, &id).await.status, 400);
}

#[tokio::test]
async fn processing_takes_the_looks_and_the_time_that_it_was_told() {
    let processing = Processing { looks: 2, time: Duration::from_secs(60) };
    let sandbox = Sandbox::start_with(Options { processing, ..Options::default() }).await;
    let ada = sandbox.x("ada").await;
    let id = video(&sandbox, &ada, 30_000).await;
    for _ in 0..3 {
        assert_eq!(state(&sandbox, &ada, &id).await, "in_progress");
    }
    sandbox.clock.advance(Duration::from_secs(60));
    assert_eq!(state(&sandbox, &ada, &id).await, "succeeded");
}

#[tokio::test]
async fn processing_stalls_and_fails_on_demand() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let id = video(&sandbox, &ada, 30_000).await;
    let fault = |kind: &str, count: u32| json!({"platform": "x", "account": ada.id, "operation": "status", "kind": kind, "count": count});
    sandbox.fault(fault("processing_stall", 3)).await;
    for _ in 0..4 {
        assert_eq!(state(&sandbox, &ada, &id).await, "in_progress", "three stalls and one look of its own");
    }
    sandbox.fault(fault("processing_fail", 1)).await;
    for _ in 0..2 {
        assert_eq!(state(&sandbox, &ada, &id).await, "failed", "for good");
    }
    assert_eq!(carry(&sandbox, &ada, "No", &[&id]).await.status, 400);
}

#[tokio::test]
async fn an_upload_suffers_faults_with_and_without_its_bytes() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let bytes = png(4, 3, &"a".repeat(4 << 20));
    for (kind, arrived) in
        [("drop_before", 0), ("status_before", 0), ("rate_limit", 0), ("status_after", 1), ("drop_after", 2)]
    {
        sandbox.fault(json!({"platform": "x", "operation": "upload", "kind": kind})).await;
        let outcome = upload(&sandbox, &ada, "tweet_image", &bytes).attempt().await;
        match kind {
            "drop_before" | "drop_after" => assert!(outcome.is_err(), "{kind}"),
            "rate_limit" => assert_eq!(outcome.unwrap().status, 429),
            _ => assert_eq!(outcome.unwrap().status, 503, "{kind}"),
        }
        assert_eq!(sandbox.media(&ada.id).await.len(), arrived, "{kind}");
    }
    let last = sandbox.requests().await.pop().unwrap();
    assert_eq!(
        (last["operation"].as_str(), last["account"].as_str()),
        (Some("upload"), Some(ada.id.as_str()))
    );
}

#[tokio::test]
async fn a_post_with_media_reads_back_with_one_more_link() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    let id = photo(&sandbox, &ada, "").await;
    let post =
        carry(&sandbox, &ada, "See a.co", &[&id]).await.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/x/2/tweets?ids={post}&tweet.fields=attachments,entities");
    let shown = sandbox.get(path).bearer(&ada.token).send().await.json()["data"][0].clone();
    assert_eq!(shown["attachments"]["media_keys"], json!([format!("3_{id}")]));
    let urls = shown["entities"]["urls"].as_array().unwrap();
    assert_eq!(urls.len(), 2);
    assert_eq!(urls[1]["expanded_url"], format!("https://x.com/ada/status/{post}/photo/1"));
    assert!(shown["text"].as_str().unwrap().ends_with(urls[1]["url"].as_str().unwrap()));
}

#[tokio::test]
async fn the_window_of_uploads_is_full_after_five_hundred() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.x("ada").await;
    // Refused ones count as well, and are quicker.
    for _ in 0..500 {
        assert_eq!(sandbox.post("/x/2/media/upload").bearer(&ada.token).send().await.status, 400);
    }
    let refused = upload(&sandbox, &ada, "tweet_image", &png(4, 3, "")).send().await;
    assert_eq!((refused.status, refused.header("x-rate-limit-remaining")), (429, Some("0")));
}
