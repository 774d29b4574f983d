//! Files on their way to LinkedIn, and posts that show them, over a real socket.

use std::time::Duration;

use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Platforms, Readiness};
use domain::post::Attachment;
use domain::target::{Link, Options};
use domain::text::Part;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fetching::PIECE_BYTES;
use crate::linkedin::tests::{ada, created, duplicate_of, say};
use crate::settings::PostsApi;
use crate::stage::{Act, Stage, answer, attachment, bytes_of, part, token};

const WITHIN: Duration = Duration::from_secs(20);
const URN: &str = "urn:li:share:7295588489876647936";

/// A stage that plays what `acts` makes of an address below itself.
async fn stage(acts: impl FnOnce(&dyn Fn(&str) -> String) -> Vec<Act>) -> Stage {
    let stage = Stage::playing([]).await;
    stage.play(acts(&|path| stage.url(path)));
    stage
}

async fn upload(stage: &Stage, api: PostsApi, kind: MediaKind, size: u64) -> Result<Vec<String>, Failure> {
    let (sources, media) = ([stage.source(kind, size)], [attachment(kind, "bell", None)]);
    let part = Part { sources: &sources, media: &media, ..part("bells") };
    let platforms = stage.platforms(|settings| settings.linkedin.posts_api = api);
    platforms.publisher(Platform::LinkedIn).upload(&ada(), &token(), part, WITHIN).await
}

async fn publish(api: PostsApi, part: Part<'_>) -> Value {
    let stage = Stage::playing([created(URN)]).await;
    let platforms = stage.platforms(|settings| settings.linkedin.posts_api = api);
    platforms.publisher(Platform::LinkedIn).publish(&ada(), &token(), part, WITHIN).await.unwrap();
    serde_json::from_str(stage.request().split_once("\n\n").unwrap().1).unwrap()
}

async fn readiness(act: Act, handle: &str) -> (Stage, Result<Readiness, Failure>) {
    let stage = Stage::playing([act]).await;
    let handles = [handle.to_owned()];
    let part = Part { handles: &handles, ..part("bells") };
    let outcome = stage.publisher(Platform::LinkedIn).readiness(&ada(), &token(), part, WITHIN).await;
    (stage, outcome)
}

fn place(name: &str, urn: &str, address: &str) -> Act {
    say(200, &json!({"value": {"uploadUrlExpiresAt": 1, "uploadUrl": address, name: urn}}).to_string())
}

fn body_of(request: &str) -> Value {
    serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_picture_and_a_document_are_announced_and_put_with_the_token() {
    for (kind, resource, name, content_type) in [
        (MediaKind::Png, "images", "image", "image/png"),
        (MediaKind::Pdf, "documents", "document", "application/pdf"),
    ] {
        let urn = format!("urn:li:{name}:C5-x_1");
        let stage =
            stage(|url| vec![place(name, &urn, &url("/dms-uploads/1?x=1")), Act::File(10), say(201, "")])
                .await;
        assert_eq!(upload(&stage, PostsApi::Posts, kind, 10).await.unwrap(), [urn]);
        let [announced, read, put] = <[String; 3]>::try_from(stage.requests()).unwrap();
        let line = format!("POST /linkedin/rest/{resource}?action=initializeUpload HTTP/1.1\n");
        assert!(
            announced.starts_with(&line) && announced.contains("\nlinkedin-version: 202608\n"),
            "{announced}"
        );
        assert_eq!(body_of(&announced), json!({"initializeUploadRequest": {"owner": ada().id}}));
        assert!(read.starts_with("GET /files/film?") && !read.contains("s3cret-access-token"), "{read}");
        let wanted = format!(
            "PUT /dms-uploads/1?x=1 HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
             content-length: 10\ncontent-type: {content_type}\nuser-agent: Belfry/0.1.0\n\n{}",
            bytes_of(0, 9)
        );
        assert_eq!(put, wanted);
    }
}

#[tokio::test]
async fn a_large_document_is_piped_and_arrives_as_it_is() {
    let size = 2 * PIECE_BYTES + 3;
    let stage = stage(|url| {
        let file = || Act::File(size);
        vec![place("document", "urn:li:document:1", &url("/up")), file(), file(), file(), say(201, "")]
    })
    .await;
    upload(&stage, PostsApi::Posts, MediaKind::Pdf, size).await.unwrap();
    let put = stage.requests().pop().unwrap();
    assert!(put.contains(&format!("\ncontent-length: {size}\n")) && !put.contains("transfer-encoding"));
    assert!(put.split_once("\n\n").unwrap().1 == bytes_of(0, size - 1));
}

#[tokio::test]
async fn a_film_is_put_range_by_range_without_the_token_and_its_parts_are_named_at_the_end() {
    // One part longer than a piece: it is piped.
    let (size, second) = (2 * PIECE_BYTES + 7, PIECE_BYTES + 1);
    let part = |etag: &str| Act::Say(answer(200, &[("etag", etag)], ""));
    let stage = stage(|url| {
        let instructions = json!([
            {"uploadUrl": url("/part/1?sig=s3cret-part"), "firstByte": 0, "lastByte": second - 1},
            {"uploadUrl": url("/part/2?sig=s3cret-part"), "firstByte": second, "lastByte": size - 1},
        ]);
        let begun = json!({"value": {"video": "urn:li:video:V1", "uploadInstructions": instructions,
            "uploadToken": "t0", "uploadUrlsExpireAt": 1}});
        let file = || Act::File(size);
        vec![
            say(200, &begun.to_string()),
            file(),
            file(),
            part("e/1"),
            file(),
            file(),
            part("\"e2\""),
            say(200, ""),
        ]
    })
    .await;
    assert_eq!(upload(&stage, PostsApi::Posts, MediaKind::Mp4, size).await.unwrap(), ["urn:li:video:V1"]);
    let requests = stage.requests();
    let wanted = json!({"initializeUploadRequest": {"owner": ada().id, "fileSizeBytes": size,
        "uploadCaptions": false, "uploadThumbnail": false}});
    assert_eq!(body_of(&requests[0]), wanted);
    let lines: Vec<&str> = requests.iter().map(|request| request.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["POST", "GET", "GET", "PUT", "GET", "GET", "PUT", "POST"]);
    for (at, number, from, to) in [(3, 1, 0, second), (6, 2, second, size)] {
        let (head, body) = requests[at].split_once("\n\n").unwrap();
        let wanted = format!(
            "PUT /part/{number}?sig=s3cret-part HTTP/1.1\naccept: */*\ncontent-length: {}\n\
             content-type: application/octet-stream\nuser-agent: Belfry/0.1.0",
            to - from
        );
        assert_eq!(head, wanted);
        assert!(body == bytes_of(from, to - 1), "part {number}");
    }
    for request in &requests {
        let range = request.lines().find_map(|line| line.strip_prefix("range: bytes="));
        let Some((first, last)) = range.and_then(|range| range.split_once('-')) else { continue };
        let length = last.parse::<u64>().unwrap() - first.parse::<u64>().unwrap() + 1;
        assert!(length <= PIECE_BYTES, "{length} bytes at a time");
    }
    assert!(requests[7].starts_with("POST /linkedin/rest/videos?action=finalizeUpload HTTP/1.1\n"));
    let wanted = json!({"finalizeUploadRequest": {"video": "urn:li:video:V1", "uploadToken": "t0",
        "uploadedPartIds": ["e/1", "\"e2\""]}});
    assert_eq!(body_of(&requests[7]), wanted);
}

#[tokio::test]
async fn instructions_that_leave_something_out_upload_nothing() {
    for (first, last) in [(1, 9), (0, 8), (0, 10)] {
        let stage = stage(|url| {
            let instructions = json!([{"uploadUrl": url("/part"), "firstByte": first, "lastByte": last}]);
            let begun = json!({"value": {"video": "urn:li:video:V1", "uploadInstructions": instructions}});
            vec![say(200, &begun.to_string()), Act::File(10), Act::Say(answer(200, &[("etag", "e")], ""))]
        })
        .await;
        let failure = upload(&stage, PostsApi::Posts, MediaKind::Mp4, 10).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::RetrySoon, "{first} {last}");
        assert!(!stage.requests().iter().any(|request| request.contains("finalizeUpload")));
    }
}

#[tokio::test]
async fn an_address_that_is_not_linkedins_gets_neither_file_nor_token() {
    for address in [
        "https://linkedin.com.evil.example/up",
        "https://evil-linkedin.com/up",
        "http://www.linkedin.com/up",
        "https://user@www.linkedin.com/up",
        "https://www.linkedin.com:8443/up",
        "http://127.0.0.1:1/up",
        "/up",
    ] {
        let stage = Stage::playing([place("image", "urn:li:image:1", address)]).await;
        let failure = upload(&stage, PostsApi::Posts, MediaKind::Png, 10).await.unwrap_err();
        assert_eq!(
            (failure.class, failure.code),
            (FailureClass::Content, "upload_address_refused"),
            "{address}"
        );
        assert_eq!(stage.requests().len(), 1, "not even the file was read for {address}");
        assert!(!failure.detail.contains("/up"), "{failure:?}");
    }
}

#[tokio::test]
async fn an_upload_that_fails_is_never_ambiguous_and_names_no_secret() {
    let words = r#"{"message":"s3cret-access-token at s3cret-place"}"#;
    let cases = [
        (Act::Drop, FailureClass::RetrySoon),
        (say(500, words), FailureClass::RetrySoon),
        (say(401, words), FailureClass::Reconnect),
        (say(403, words), FailureClass::Unprepared),
        (say(404, words), FailureClass::Unprepared),
        (say(400, r#"{"code":"EXPIRED_UPLOAD_URL"}"#), FailureClass::Unprepared),
        (say(400, words), FailureClass::Content),
    ];
    for (act, class) in cases {
        let stage = stage(|url| {
            vec![
                place("image", "urn:li:image:1", &url("/up?s3cret-signature-of-upload")),
                Act::File(10),
                act.clone(),
            ]
        })
        .await;
        let failure = upload(&stage, PostsApi::Posts, MediaKind::Jpeg, 10).await.unwrap_err();
        assert_eq!(failure.class, class, "{act:?}");
        for secret in ["s3cret-access-token", "s3cret-signature", "post is live"] {
            assert!(!failure.detail.contains(secret), "{failure:?}");
        }
    }
    for act in [say(503, ""), Act::Drop, say(200, "{}"), place("image", "urn:li:image:../1", "https://x")] {
        let stage = Stage::playing([act.clone()]).await;
        let failure = upload(&stage, PostsApi::Posts, MediaKind::Jpeg, 10).await.unwrap_err();
        let is_refused_address = failure.code == "upload_address_refused";
        assert!(failure.class == FailureClass::RetrySoon || is_refused_address, "{act:?}");
    }
}

#[tokio::test]
async fn for_ugc_posts_assets_are_registered_and_documents_refused() {
    for (kind, recipe) in [(MediaKind::Gif, "feedshare-image"), (MediaKind::Mp4, "feedshare-video")] {
        let stage = stage(|url| {
            let request = json!({"uploadUrl": url("/mediaUpload/1"), "headers": {}});
            let mechanism = json!({"com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest": request});
            let value = json!({"asset": "urn:li:digitalmediaAsset:A1", "mediaArtifact": "x", "uploadMechanism": mechanism});
            vec![say(200, &json!({ "value": value }).to_string()), Act::File(10), say(201, "")]
        })
        .await;
        let urns = upload(&stage, PostsApi::Ugc, kind, 10).await.unwrap();
        assert_eq!(urns, ["urn:li:digitalmediaAsset:A1"]);
        let [registered, _, put] = <[String; 3]>::try_from(stage.requests()).unwrap();
        assert!(
            registered.starts_with("POST /linkedin/v2/assets?action=registerUpload HTTP/1.1\n"),
            "{registered}"
        );
        assert!(!registered.contains("linkedin-version"), "{registered}");
        let wanted = json!({"registerUploadRequest": {"owner": ada().id,
            "recipes": [format!("urn:li:digitalmediaRecipe:{recipe}")],
            "serviceRelationships": [{"relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent"}]}});
        assert_eq!(body_of(&registered), wanted);
        assert!(put.starts_with("PUT /mediaUpload/1 HTTP/1.1\naccept: */*\nauthorization: Bearer "), "{put}");
    }
    let stage = Stage::playing([]).await;
    let failure = upload(&stage, PostsApi::Ugc, MediaKind::Pdf, 10).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Content, "media_kind_not_taken"));
    assert_eq!(stage.requests().len(), 0);
}

#[tokio::test]
async fn films_and_documents_are_asked_about_and_pictures_are_not() {
    let status = |status: &str| say(200, &json!({"status": status, "id": "x"}).to_string());
    let cases = [
        (status("AVAILABLE"), "urn:li:video:V", Readiness::Ready),
        (status("PROCESSING"), "urn:li:video:V", Readiness::Waiting),
        (status("WAITING_UPLOAD"), "urn:li:document:D", Readiness::Waiting),
        (say(403, "{}"), "urn:li:document:D", Readiness::Ready),
    ];
    for (act, handle, wanted) in cases {
        let (stage, outcome) = readiness(act.clone(), handle).await;
        assert_eq!(outcome.unwrap(), wanted, "{act:?}");
        assert!(stage.request().contains("\nlinkedin-version: 202608\n"));
    }
    let (stage, _) = readiness(status("AVAILABLE"), "urn:li:video:V").await;
    assert!(stage.request().starts_with("GET /linkedin/rest/videos/urn%3Ali%3Avideo%3AV HTTP/1.1\n"));
    for handle in ["urn:li:image:I", "urn:li:digitalmediaAsset:A"] {
        let (stage, outcome) = readiness(Act::Drop, handle).await;
        assert_eq!((outcome, stage.requests().len()), (Ok(Readiness::Ready), 0));
    }
}

#[tokio::test]
async fn a_film_that_linkedin_cannot_show_is_content() {
    let body = r#"{"status":"PROCESSING_FAILED","processingFailureReason":"codec is not supported"}"#;
    let failure = readiness(say(200, body), "urn:li:video:V").await.1.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Content, "media_refused"));
    assert!(failure.detail.ends_with("(LinkedIn said: codec is not supported)"), "{failure:?}");
    let forgotten = readiness(say(404, "{}"), "urn:li:video:V").await.1.unwrap_err();
    assert_eq!(forgotten.class, FailureClass::Unprepared);
    for act in [say(200, "{}"), say(503, ""), Act::Drop] {
        assert_eq!(readiness(act, "urn:li:video:V").await.1.unwrap_err().class, FailureClass::RetrySoon);
    }
}

fn link(title: Option<&str>, description: Option<&str>) -> Options {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let link =
        Link { url: "https://example.com/b".into(), title: text(title), description: text(description) };
    Options { link: Some(link), ..Options::default() }
}

fn shown(kinds: &[(MediaKind, &str, Option<&str>)]) -> (Vec<Attachment>, Vec<String>) {
    let media = kinds.iter().map(|(kind, name, alt)| attachment(*kind, name, *alt)).collect();
    (media, (1..=kinds.len()).map(|number| format!("urn:li:image:{number}")).collect())
}

#[tokio::test]
async fn each_kind_of_post_has_its_content_and_empty_words_are_left_out() {
    use MediaKind::{Gif, Mp4, Pdf, Png};
    let cases = [
        (
            shown(&[]),
            link(Some("Bells"), Some("All")),
            json!({"article": {"source": "https://example.com/b", "title": "Bells", "description": "All"}}),
        ),
        (
            shown(&[]),
            link(Some("Bells"), Some(" ")),
            json!({"article": {"source": "https://example.com/b", "title": "Bells"}}),
        ),
        (
            shown(&[(Png, "a.png", Some("A bell"))]),
            Options::default(),
            json!({"media": {"id": "urn:li:image:1", "altText": "A bell"}}),
        ),
        (shown(&[(Png, "a.png", Some(""))]), Options::default(), json!({"media": {"id": "urn:li:image:1"}})),
        (shown(&[(Mp4, "a.mp4", None)]), Options::default(), json!({"media": {"id": "urn:li:image:1"}})),
        (
            shown(&[(Pdf, "Bells.v2.pdf", Some("x"))]),
            Options::default(),
            json!({"media": {"id": "urn:li:image:1", "title": "Bells.v2"}}),
        ),
        (
            shown(&[(Png, "a", None), (Gif, "b", Some("B"))]),
            Options::default(),
            json!({"multiImage": {"images": [
            {"id": "urn:li:image:1"}, {"id": "urn:li:image:2", "altText": "B"}]}}),
        ),
    ];
    for ((media, handles), options, wanted) in cases {
        let part = Part { options: &options, media: &media, handles: &handles, ..part("bells") };
        let body = publish(PostsApi::Posts, part).await;
        assert_eq!(body["content"], wanted);
        assert_eq!(body["commentary"], "bells");
    }
    assert_eq!(publish(PostsApi::Posts, part("bells")).await.get("content"), None);
}

#[tokio::test]
async fn a_ugc_post_names_the_category_of_what_it_shows() {
    use MediaKind::{Mp4, Png};
    let entry = |more: Value| {
        let mut entry = json!({"status": "READY"});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let card = json!({"originalUrl": "https://example.com/b", "title": {"text": "Bells"}, "description": {"text": "All"}});
    let cases = [
        (shown(&[]), link(Some("Bells"), Some("All")), "ARTICLE", json!([entry(card)])),
        (
            shown(&[(Png, "a", Some("A")), (Png, "b", None)]),
            Options::default(),
            "IMAGE",
            json!([
                entry(json!({"media": "urn:li:image:1", "description": {"text": "A"}})),
                entry(json!({"media": "urn:li:image:2"}))
            ]),
        ),
        (
            shown(&[(Mp4, "a", None)]),
            Options::default(),
            "VIDEO",
            json!([entry(json!({"media": "urn:li:image:1"}))]),
        ),
    ];
    for ((media, handles), options, category, wanted) in cases {
        let part = Part { options: &options, media: &media, handles: &handles, ..part("bells") };
        let body = publish(PostsApi::Ugc, part).await;
        let share = &body["specificContent"]["com.linkedin.ugc.ShareContent"];
        assert_eq!((share["shareMediaCategory"].as_str(), &share["media"]), (Some(category), &wanted));
    }
}

#[tokio::test]
async fn the_identical_request_names_the_same_files_and_link_again() {
    let (media, handles) = shown(&[(MediaKind::Png, "a.png", Some("A"))]);
    let files = Part { media: &media, handles: &handles, ..part("bells") };
    let options = link(Some("Bells"), None);
    for part in [files, Part { options: &options, ..part("bells") }] {
        let stage = Stage::playing([Act::Drop, duplicate_of(URN)]).await;
        let publisher = stage.publisher(Platform::LinkedIn);
        publisher.publish(&ada(), &token(), part, WITHIN).await.unwrap_err();
        let look = Look { part, since: Timestamp::now(), may_resend: true };
        assert_eq!(publisher.look(&ada(), &token(), look, WITHIN).await.unwrap().len(), 1);
        let [sent, again] = <[String; 2]>::try_from(stage.requests()).unwrap();
        assert!(sent == again && sent.contains("\"content\""), "{sent}\n{again}");
    }
}

#[tokio::test]
async fn files_that_are_not_to_be_shown_yet_are_tried_again() {
    let (media, handles) = shown(&[(MediaKind::Mp4, "a.mp4", None)]);
    let forbidden = r#"{"code":"ACCESS_DENIED","message":"Accessing this video resource is forbidden"}"#;
    let early = r#"{"code":"MEDIA_ASSET_WAITING_UPLOAD"}"#;
    for (act, with_files, class) in [
        (say(403, forbidden), true, FailureClass::RetrySoon),
        (say(403, forbidden), false, FailureClass::NotPermitted),
        (say(403, r#"{"code":"ACCESS_DENIED"}"#), true, FailureClass::NotPermitted),
        (say(400, early), true, FailureClass::RetrySoon),
    ] {
        let stage = Stage::playing([act]).await;
        let files = Part { media: &media, handles: &handles, ..part("bells") };
        let part = if with_files { files } else { part("bells") };
        let outcome = stage.publisher(Platform::LinkedIn).publish(&ada(), &token(), part, WITHIN).await;
        assert_eq!(outcome.unwrap_err().class, class);
    }
}
