//! LinkedIn: images, videos, documents and assets, what is refused, and posts that carry them.

use std::time::Duration;

use sandbox::{Options, Processing};
use serde_json::{Value, json};

use crate::client::{
    Account, Answer, Call, LINKEDIN_SCOPES, Sandbox, encoded, gif, linkedin_post, mp4, png, sha256,
};

const PART: usize = 4 << 20;

async fn initialize(sandbox: &Sandbox, member: &Account, what: &str, request: Value) -> Answer {
    let path = format!("/linkedin/rest/{what}s?action=initializeUpload");
    let body = json!({"initializeUploadRequest": request});
    sandbox.post(path).linkedin(&member.token).json(&body).send().await
}

/// An upload address without the origin, which the test's client adds.
fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://sandbox").unwrap().to_owned()
}

fn put<'a>(sandbox: &'a Sandbox, url: &Value, bytes: &[u8]) -> Call<'a> {
    sandbox.call("PUT", path(url)).header("content-type", "application/octet-stream").bytes(bytes)
}

/// Registers and puts an image or a document; returns its URN.
async fn uploaded(sandbox: &Sandbox, member: &Account, owner: &str, what: &str, bytes: &[u8]) -> String {
    let answer = initialize(sandbox, member, what, json!({"owner": owner})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let value = answer.json()["value"].clone();
    let sent = put(sandbox, &value["uploadUrl"], bytes).bearer(&member.token).send().await;
    assert_eq!((sent.status, sent.body.as_str()), (201, ""));
    value[what].as_str().unwrap().to_owned()
}

async fn new_video(sandbox: &Sandbox, member: &Account, size_bytes: usize) -> Value {
    let request = json!({
        "owner": member.id, "fileSizeBytes": size_bytes, "uploadCaptions": false, "uploadThumbnail": false,
    });
    let answer = initialize(sandbox, member, "video", request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["value"].clone()
}

/// Puts every part, the last one first; returns the ids of the parts in order.
async fn put_parts(sandbox: &Sandbox, value: &Value, bytes: &[u8]) -> Vec<String> {
    let mut ids = Vec::new();
    for instruction in value["uploadInstructions"].as_array().unwrap().iter().rev() {
        let at = |name: &str| usize::try_from(instruction[name].as_u64().unwrap()).unwrap();
        let part = &bytes[at("firstByte")..=at("lastByte")];
        let answer = put(sandbox, &instruction["uploadUrl"], part).send().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        ids.insert(0, answer.header("etag").unwrap().to_owned());
    }
    ids
}

async fn finalize(
    sandbox: &Sandbox,
    member: &Account,
    value: &Value,
    token: &Value,
    ids: &[String],
) -> Answer {
    let body = json!({"finalizeUploadRequest": {
        "video": value["video"], "uploadToken": token, "uploadedPartIds": ids,
    }});
    let call = sandbox.post("/linkedin/rest/videos?action=finalizeUpload").linkedin(&member.token);
    call.json(&body).send().await
}

/// A finalized video, which nobody has asked about yet.
async fn video(sandbox: &Sandbox, member: &Account, bytes: &[u8]) -> String {
    let value = new_video(sandbox, member, bytes.len()).await;
    let ids = put_parts(sandbox, &value, bytes).await;
    let ended = finalize(sandbox, member, &value, &value["uploadToken"], &ids).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    value["video"].as_str().unwrap().to_owned()
}

async fn status(sandbox: &Sandbox, member: &Account, urn: &str) -> Answer {
    let what = urn.split(':').nth(2).unwrap();
    sandbox.get(format!("/linkedin/rest/{what}s/{}", encoded(urn))).linkedin(&member.token).send().await
}

async fn state(sandbox: &Sandbox, member: &Account, urn: &str) -> Value {
    status(sandbox, member, urn).await.json()["status"].clone()
}

async fn carry(sandbox: &Sandbox, member: &Account, author: &str, text: &str, content: Value) -> Answer {
    let mut body = linkedin_post(author, text);
    body["content"] = content;
    sandbox.post("/linkedin/rest/posts").linkedin(&member.token).json(&body).send().await
}

fn media(urn: &str) -> Value {
    json!({"media": {"id": urn}})
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn an_image_arrives_as_it_was_sent_and_is_carried_with_its_alt_text() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let bytes = png(400, 300, "image");
    let urn = uploaded(&sandbox, &ada, &ada.id, "image", &bytes).await;
    let content = json!({"media": {"id": urn, "altText": "A bell"}});
    let post = carry(&sandbox, &ada, &ada.id, "Look", content).await;
    assert_eq!(post.status, 201, "{}", post.body);
    assert_eq!(sandbox.posts(&ada.id).await[0]["media"], json!([urn]));
    assert_eq!(
        sandbox.media(&ada.id).await,
        [json!({
            "platform": "linkedin", "account": ada.id, "id": urn, "kind": "image", "contentType": "image/png",
            "sizeBytes": bytes.len(), "sha256": sha256(&bytes), "altText": "A bell", "status": "ready",
        })]
    );
}

#[tokio::test]
async fn an_upload_begins_only_for_an_owner_one_may_write_as() {
    let sandbox = Sandbox::start().await;
    let (ada, linus) = (sandbox.linkedin("ada").await, sandbox.linkedin("linus").await);
    let organization = sandbox.organizations(&linus).await.remove(0);
    for what in ["image", "document", "video"] {
        for (owner, expected) in [(&ada.id, 403), (&organization, 403), (&"ada".to_owned(), 400)] {
            let mut request = json!({"owner": owner});
            if what == "video" {
                request["fileSizeBytes"] = json!(100_000);
            }
            assert_eq!(initialize(&sandbox, &linus, what, request).await.status, expected, "{what} {owner}");
        }
        let unknown = initialize(&sandbox, &ada, what, json!({"owner": ada.id, "more": 1})).await;
        assert_eq!(unknown.status, 422);
        let call = sandbox.post(format!("/linkedin/rest/{what}s")).linkedin(&ada.token);
        let body = json!({"initializeUploadRequest": {"owner": ada.id}});
        assert_eq!(call.json(&body).send().await.status, 400, "without an action");
    }
}

#[tokio::test]
async fn an_upload_address_asks_for_its_secret_the_token_and_the_day() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.linkedin("ada").await, sandbox.linkedin("grace").await);
    let value = initialize(&sandbox, &ada, "image", json!({"owner": ada.id})).await.json()["value"].clone();
    let (url, bytes) = (&value["uploadUrl"], png(4, 3, ""));
    assert_eq!(put(&sandbox, url, &bytes).send().await.status, 401, "without a token");
    assert_eq!(put(&sandbox, url, &bytes).bearer(&grace.token).send().await.status, 403, "not hers");
    assert_eq!(put(&sandbox, url, b"").bearer(&ada.token).send().await.status, 400, "nothing in it");
    let wrong = json!(format!("{}x", url.as_str().unwrap()));
    let refused = put(&sandbox, &wrong, &bytes).bearer(&ada.token).send().await;
    assert_eq!(code(&refused), is(400, "EXPIRED_UPLOAD_URL"));
    let secret = url.as_str().unwrap().split("ut=").nth(1).unwrap();
    assert!(!sandbox.get("/_control/requests").send().await.body.contains(secret));
    sandbox.clock.advance(Duration::from_secs(24 * 3600));
    let late = put(&sandbox, url, &bytes).bearer(&ada.token).send().await;
    assert_eq!(code(&late), is(400, "EXPIRED_UPLOAD_URL"));
    assert!(value["uploadUrlExpiresAt"].as_i64().unwrap() <= sandbox.clock.now_ms());
}

#[tokio::test]
async fn an_image_is_not_shown_to_a_token_that_may_only_write() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let urn = uploaded(&sandbox, &ada, &ada.id, "image", &png(4, 3, "")).await;
    assert_eq!(state(&sandbox, &ada, &urn).await, "AVAILABLE");
    let exchange = sandbox.linkedin_code("grace", "openid profile w_member_social").await;
    let token = sandbox.linkedin_exchange(&exchange).send().await.json()["access_token"].clone();
    let grace =
        Account { token: token.as_str().unwrap().to_owned(), ..sandbox_member(&sandbox, &token).await };
    let urn = uploaded(&sandbox, &grace, &grace.id, "image", &png(4, 3, "")).await;
    assert_eq!(status(&sandbox, &grace, &urn).await.status, 403);
    assert_eq!(carry(&sandbox, &grace, &grace.id, "Look", media(&urn)).await.status, 201);
    let urn = video(&sandbox, &grace, &mp4(100_000, 5_000)).await;
    assert_eq!(status(&sandbox, &grace, &urn).await.status, 200, "a video is");
    assert!(LINKEDIN_SCOPES.contains("r_organization_social"));
}

async fn sandbox_member(sandbox: &Sandbox, token: &Value) -> Account {
    let token = token.as_str().unwrap().to_owned();
    let me = sandbox.get("/linkedin/v2/userinfo").bearer(&token).send().await.json();
    Account { id: format!("urn:li:person:{}", me["sub"].as_str().unwrap()), token, refresh: None }
}

#[tokio::test]
async fn what_has_not_arrived_waits_and_what_is_unusable_has_failed() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let value = initialize(&sandbox, &ada, "image", json!({"owner": ada.id})).await.json()["value"].clone();
    let early = carry(&sandbox, &ada, &ada.id, "Early", media(value["image"].as_str().unwrap())).await;
    assert_eq!(code(&early), is(400, "MEDIA_ASSET_WAITING_UPLOAD"));
    for (what, bytes) in [
        ("image", b"plain text".to_vec()),
        ("image", b"RIFF\0\0\0\0WEBP".to_vec()),
        ("image", png(6_013, 6_013, "")),
        ("image", gif(4, 3, 251)),
        ("document", png(4, 3, "")),
        ("document", b"PK\x03\x04 an archive of anything".to_vec()),
    ] {
        let urn = uploaded(&sandbox, &ada, &ada.id, what, &bytes).await;
        let content = json!({"media": {"id": urn, "title": "A title"}});
        let refused = carry(&sandbox, &ada, &ada.id, "Broken", content).await;
        assert_eq!(code(&refused), is(400, "MEDIA_ASSET_PROCESSING_FAILED"), "{what} {}", bytes.len());
        assert_eq!(state(&sandbox, &ada, &urn).await, "PROCESSING_FAILED");
    }
    for bytes in [png(6_012, 6_013, ""), gif(4, 3, 250)] {
        let urn = uploaded(&sandbox, &ada, &ada.id, "image", &bytes).await;
        assert_eq!(state(&sandbox, &ada, &urn).await, "AVAILABLE");
    }
    assert_eq!(sandbox.posts(&ada.id).await.len(), 0);
}

#[tokio::test]
async fn an_image_may_wait_for_some_attempts() {
    let linkedin_image_processing = Processing { looks: 2, time: Duration::ZERO };
    let sandbox = Sandbox::start_with(Options { linkedin_image_processing, ..Options::default() }).await;
    let ada = sandbox.linkedin("ada").await;
    let urn = uploaded(&sandbox, &ada, &ada.id, "image", &png(4, 3, "")).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(carry(&sandbox, &ada, &ada.id, "Look", media(&urn)).await.status);
    }
    assert_eq!(seen, [400, 400, 201]);
}

#[tokio::test]
async fn a_video_comes_in_parts_of_four_mebibytes_in_any_order() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let bytes = mp4(2 * PART + 5, 30_000);
    let value = new_video(&sandbox, &ada, bytes.len()).await;
    let instructions = value["uploadInstructions"].as_array().unwrap();
    let ranges: Vec<_> =
        instructions.iter().map(|i| (i["firstByte"].clone(), i["lastByte"].clone())).collect();
    assert_eq!(
        ranges,
        [
            (json!(0), json!(PART - 1)),
            (json!(PART), json!(2 * PART - 1)),
            (json!(2 * PART), json!(2 * PART + 4))
        ]
    );
    let short = put(&sandbox, &instructions[0]["uploadUrl"], b"too short").send().await;
    assert_eq!(short.status, 400);
    let mut ids = put_parts(&sandbox, &value, &bytes[..]).await;
    let token = &value["uploadToken"];
    assert_eq!(finalize(&sandbox, &ada, &value, &json!(""), &ids).await.status, 400, "another token");
    assert_eq!(finalize(&sandbox, &ada, &value, token, &ids[..2]).await.status, 400, "an id is missing");
    ids.swap(0, 1);
    assert_eq!(finalize(&sandbox, &ada, &value, token, &ids).await.status, 400, "out of order");
    ids.swap(0, 1);
    for _ in 0..2 {
        assert_eq!(finalize(&sandbox, &ada, &value, token, &ids).await.status, 200, "again is as good");
    }
    let urn = value["video"].as_str().unwrap();
    assert_eq!(state(&sandbox, &ada, urn).await, "PROCESSING");
    assert_eq!(state(&sandbox, &ada, urn).await, "AVAILABLE");
    assert_eq!(carry(&sandbox, &ada, &ada.id, "Watch", media(urn)).await.status, 201);
    let medium = sandbox.media(&ada.id).await.remove(0);
    assert_eq!(medium["sha256"], sha256(&bytes));
    assert_eq!(medium["sizeBytes"], bytes.len());
}

#[tokio::test]
async fn a_video_is_refused_early_unfinished_or_unusable() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.linkedin("ada").await, sandbox.linkedin("grace").await);
    for size_bytes in [(75 << 10) - 1, (500 << 20) + 1] {
        let request = json!({"owner": ada.id, "fileSizeBytes": size_bytes});
        assert_eq!(initialize(&sandbox, &ada, "video", request).await.status, 400, "{size_bytes}");
    }
    let value = new_video(&sandbox, &ada, PART + 9).await;
    let urn = value["video"].as_str().unwrap();
    assert_eq!(state(&sandbox, &ada, urn).await, "WAITING_UPLOAD");
    let first = mp4(PART, 30_000);
    put(&sandbox, &value["uploadInstructions"][0]["uploadUrl"], &first).send().await;
    let missing = finalize(&sandbox, &ada, &value, &value["uploadToken"], &[]).await;
    assert_eq!(code(&missing), is(400, "MEDIA_ASSET_WAITING_UPLOAD"));
    let hers = finalize(&sandbox, &grace, &value, &value["uploadToken"], &[]).await;
    assert_eq!(hers.status, 403);
    assert_eq!(status(&sandbox, &grace, urn).await.status, 403);
    let unknown = json!({"video": "urn:li:video:1"});
    let unknown = finalize(&sandbox, &ada, &unknown, &json!(""), &[]).await;
    assert_eq!(code(&unknown), is(400, "INVALID_VIDEO_ID"));
    for bytes in [vec![7; 100_000], mp4(100_000, 2_999), mp4(100_000, 1_800_001)] {
        let urn = video(&sandbox, &ada, &bytes).await;
        let shown = status(&sandbox, &ada, &urn).await.json();
        assert_eq!(shown["status"], "PROCESSING_FAILED");
        assert!(shown["processingFailureReason"].is_string());
    }
}

#[tokio::test]
async fn a_document_needs_a_title() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let urn = uploaded(&sandbox, &ada, &ada.id, "document", b"%PDF-1.7 pages").await;
    assert_eq!(state(&sandbox, &ada, &urn).await, "PROCESSING");
    let untitled = carry(&sandbox, &ada, &ada.id, "Read", media(&urn)).await;
    assert_eq!(code(&untitled), is(400, "MISSING_FIELD"));
    let blank = carry(&sandbox, &ada, &ada.id, "Read", json!({"media": {"id": urn, "title": " "}})).await;
    assert_eq!(code(&blank), is(400, "INVALID_VALUE_BLANK_FIELD"));
    let titled =
        carry(&sandbox, &ada, &ada.id, "Read", json!({"media": {"id": urn, "title": "Bells"}})).await;
    assert_eq!(titled.status, 201, "{}", titled.body);
}

#[tokio::test]
async fn a_post_carries_only_its_authors_media_of_the_right_kind() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let theirs = uploaded(&sandbox, &ada, &organization, "image", &png(4, 3, "")).await;
    let mut hers = Vec::new();
    for number in 0..2 {
        let bytes = png(4, 3, &number.to_string());
        hers.push(uploaded(&sandbox, &ada, &ada.id, "image", &bytes).await);
    }
    let images = |ids: &[&str]| {
        let images: Vec<Value> = ids.iter().map(|id| json!({"id": id, "altText": "A bell"})).collect();
        json!({"multiImage": {"images": images}})
    };
    let article = |thumbnail: &str| json!({"article": {"source": "https://example.com", "title": "A", "thumbnail": thumbnail}});
    for (content, expected) in [
        (media(&theirs), is(403, "ACCESS_DENIED")),
        (media("urn:li:image:none"), is(400, "INVALID_IMAGE_ID")),
        (media("urn:li:video:none"), is(400, "INVALID_VIDEO_ID")),
        (media("urn:li:share:1"), is(400, "INVALID_URN_TYPE")),
        (media("bell"), is(400, "INVALID_URN_ID")),
        (json!({"media": {"id": hers[0], "altText": ""}}), is(400, "INVALID_VALUE_BLANK_FIELD")),
        (images(&[&hers[0]]), is(400, "INVALID_VALUE_FOR_FIELD")),
        (images(&[hers[0].as_str(); 21]), is(400, "INVALID_VALUE_FOR_FIELD")),
        (images(&[&hers[0], &theirs]), is(403, "ACCESS_DENIED")),
        (images(&[&hers[0], "urn:li:video:none"]), is(400, "INVALID_URN_TYPE")),
        (article("urn:li:image:none"), is(400, "INVALID_IMAGE_ID")),
        (article("urn:li:video:none"), is(400, "INVALID_URN_TYPE")),
        (article(&theirs), is(403, "ACCESS_DENIED")),
    ] {
        let answer = carry(&sandbox, &ada, &ada.id, "No", content.clone()).await;
        assert_eq!(code(&answer), expected, "{content}");
    }
    assert_eq!(carry(&sandbox, &ada, &organization, "Theirs", media(&theirs)).await.status, 201);
    assert_eq!(carry(&sandbox, &ada, &ada.id, "Two", images(&[&hers[1], &hers[0]])).await.status, 201);
    assert_eq!(carry(&sandbox, &ada, &ada.id, "Link", article(&hers[0])).await.status, 201);
    let posts = sandbox.posts(&ada.id).await;
    assert_eq!(posts[0]["media"], json!([hers[1], hers[0]]), "in order");
}

#[tokio::test]
async fn processing_stalls_and_fails_on_demand() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let urn = video(&sandbox, &ada, &mp4(100_000, 5_000)).await;
    let fault = |kind: &str, count: u32| json!({"platform": "linkedin", "account": ada.id, "operation": "status", "kind": kind, "count": count});
    sandbox.fault(fault("processing_stall", 2)).await;
    for _ in 0..3 {
        assert_eq!(state(&sandbox, &ada, &urn).await, "PROCESSING", "two stalls and one look of its own");
    }
    sandbox.fault(fault("processing_fail", 1)).await;
    for _ in 0..2 {
        assert_eq!(state(&sandbox, &ada, &urn).await, "PROCESSING_FAILED", "for good");
    }
    let refused = carry(&sandbox, &ada, &ada.id, "No", media(&urn)).await;
    assert_eq!(code(&refused), is(400, "MEDIA_ASSET_PROCESSING_FAILED"));
}

#[tokio::test]
async fn an_upload_suffers_faults_with_and_without_its_bytes() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let value = initialize(&sandbox, &ada, "image", json!({"owner": ada.id})).await.json()["value"].clone();
    let bytes = png(4, 3, &"a".repeat(4 << 20));
    for (kind, status) in [("status_before", "waiting"), ("drop_before", "waiting"), ("drop_after", "ready")]
    {
        let fault = json!({"platform": "linkedin", "account": ada.id, "operation": "upload", "kind": kind});
        sandbox.fault(fault).await;
        let call = put(&sandbox, &value["uploadUrl"], &bytes).bearer(&ada.token);
        let outcome = call.attempt().await;
        assert_eq!(outcome.is_ok(), kind == "status_before", "{kind}");
        assert_eq!(sandbox.media(&ada.id).await[0]["status"], status, "{kind}");
    }
    let again = put(&sandbox, &value["uploadUrl"], &bytes).bearer(&ada.token).send().await;
    assert_eq!(again.status, 201, "again after a lost answer");
}

fn register(owner: &str, recipe: &str) -> Value {
    json!({"registerUploadRequest": {
        "owner": owner,
        "recipes": [format!("urn:li:digitalmediaRecipe:{recipe}")],
        "serviceRelationships": [
            {"relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent"},
        ],
    }})
}

async fn asset(sandbox: &Sandbox, member: &Account, recipe: &str, bytes: &[u8]) -> String {
    let call = sandbox.post("/linkedin/v2/assets?action=registerUpload").bearer(&member.token);
    let call = call.header("x-restli-protocol-version", "2.0.0").json(&register(&member.id, recipe));
    let value = call.send().await.json()["value"].clone();
    let how = &value["uploadMechanism"]["com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest"];
    assert_eq!(put(sandbox, &how["uploadUrl"], bytes).send().await.status, 401, "without a token");
    if !bytes.is_empty() {
        let sent = put(sandbox, &how["uploadUrl"], bytes).bearer(&member.token).send().await;
        assert_eq!(sent.status, 201, "{}", sent.body);
    }
    value["asset"].as_str().unwrap().to_owned()
}

async fn share(sandbox: &Sandbox, member: &Account, category: &str, media: Value) -> Answer {
    let body = json!({
        "author": member.id,
        "lifecycleState": "PUBLISHED",
        "specificContent": {"com.linkedin.ugc.ShareContent": {
            "shareCommentary": {"text": format!("{category} {media}")},
            "shareMediaCategory": category,
            "media": media,
        }},
        "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": "PUBLIC"},
    });
    let call = sandbox.post("/linkedin/v2/ugcPosts").bearer(&member.token).json(&body);
    call.header("x-restli-protocol-version", "2.0.0").send().await
}

#[tokio::test]
async fn the_older_way_shares_registered_assets() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.linkedin("ada").await, sandbox.linkedin("grace").await);
    let one = |urn: &str| json!([{"status": "READY", "media": urn}]);
    let bytes = png(4, 3, "asset");
    let image = asset(&sandbox, &ada, "feedshare-image", &bytes).await;
    let video = asset(&sandbox, &ada, "feedshare-video", &mp4(200_000, 5_000)).await;
    let waiting = asset(&sandbox, &ada, "feedshare-image", b"").await;
    let hers = asset(&sandbox, &grace, "feedshare-image", &bytes).await;
    for (category, media, expected) in [
        ("IMAGE", json!([]), is(400, "INVALID_VALUE_FOR_FIELD")),
        ("IMAGE", json!([{"status": "PROCESSING", "media": image}]), is(400, "INVALID_VALUE_FOR_FIELD")),
        ("IMAGE", one("urn:li:digitalmediaAsset:none"), is(400, "INVALID_URN_ID")),
        ("IMAGE", one("urn:li:image:none"), is(400, "INVALID_URN_TYPE")),
        ("IMAGE", one(&video), is(400, "INVALID_IMAGE_ID")),
        ("VIDEO", one(&image), is(400, "INVALID_VIDEO_ID")),
        ("VIDEO", json!([]), is(400, "INVALID_VALUE_FOR_FIELD")),
        ("IMAGE", one(&waiting), is(400, "MEDIA_ASSET_WAITING_UPLOAD")),
        ("IMAGE", one(&hers), is(403, "ACCESS_DENIED")),
        ("NONE", one(&image), is(400, "INVALID_VALUE_FOR_FIELD")),
    ] {
        let answer = share(&sandbox, &ada, category, media.clone()).await;
        assert_eq!(code(&answer), expected, "{category} {media}");
    }
    assert_eq!(share(&sandbox, &ada, "IMAGE", one(&image)).await.status, 201);
    let early = share(&sandbox, &ada, "VIDEO", one(&video)).await;
    assert_eq!(code(&early), is(400, "MEDIA_ASSET_WAITING_UPLOAD"), "the first look");
    assert_eq!(share(&sandbox, &ada, "VIDEO", one(&video)).await.status, 201);
    assert_eq!(sandbox.posts(&ada.id).await[1]["media"], json!([video]));
    assert_eq!(sandbox.media(&ada.id).await[0]["sha256"], sha256(&bytes));
}

#[tokio::test]
async fn an_asset_needs_an_own_owner_and_a_known_recipe() {
    let sandbox = Sandbox::start().await;
    let (ada, grace) = (sandbox.linkedin("ada").await, sandbox.linkedin("grace").await);
    let mut unowned = register(&ada.id, "feedshare-image");
    unowned["registerUploadRequest"]["serviceRelationships"] = json!([]);
    for (body, expected) in [
        (register(&grace.id, "feedshare-image"), 403),
        (register(&ada.id, "feedshare-document"), 400),
        (unowned, 400),
    ] {
        let call = sandbox.post("/linkedin/v2/assets?action=registerUpload").bearer(&ada.token);
        let call = call.header("x-restli-protocol-version", "2.0.0").json(&body);
        assert_eq!(call.send().await.status, expected, "{body}");
    }
    let call = sandbox.post("/linkedin/v2/assets?action=registerUpload").bearer(&ada.token);
    let bare = call.json(&register(&ada.id, "feedshare-image")).send().await;
    assert_eq!(bare.status, 400, "the protocol's header is required");
}
