//! Files on their way to X, over a real socket.

use std::time::Duration;

use domain::connection::AccountKind;
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Readiness, Source};
use domain::post::Attachment;
use domain::target::{Options, Published, ReplySettings};
use domain::text::Part;

use crate::fetching::PIECE_BYTES;
use crate::stage::{Act, Stage, account, answer, attachment, bytes_of, part, token};

const WITHIN: Duration = Duration::from_secs(20);

fn say(status: u16, body: &str) -> Act {
    Act::Say(answer(status, &[("content-type", "application/json")], body))
}

fn made(id: &str) -> Act {
    say(200, &format!(r#"{{"data":{{"id":"{id}","media_key":"3_{id}","expires_after_secs":86400}}}}"#))
}

async fn upload(stage: &Stage, sources: &[Source], media: &[Attachment]) -> Result<Vec<String>, Failure> {
    let part = Part { sources, media, ..part("bells") };
    let ada = account("1", AccountKind::Person);
    stage.publisher(Platform::X).upload(&ada, &token(), part, WITHIN).await
}

async fn readiness(act: Act, kind: MediaKind) -> (Stage, Result<Readiness, Failure>) {
    let stage = Stage::playing([act]).await;
    let (media, handles) = ([attachment(kind, "a", None)], ["70".to_owned()]);
    let part = Part { media: &media, handles: &handles, ..part("bells") };
    let ada = account("1", AccountKind::Person);
    let outcome = stage.publisher(Platform::X).readiness(&ada, &token(), part, WITHIN).await;
    (stage, outcome)
}

/// The request with the form's boundary, which is another each time, written as `B`.
fn unbound(request: &str) -> String {
    let head = request.split_once("\n\n").unwrap().0;
    let (_, boundary) = head.split_once("boundary=").expect("a form");
    request.replace(boundary.lines().next().unwrap(), "B")
}

#[tokio::test]
async fn a_picture_is_one_form_and_its_description_follows() {
    let stage = Stage::playing([Act::File(10), made("70"), say(200, r#"{"data":{"id":"70"}}"#)]).await;
    let file = attachment(MediaKind::Png, "my secret name.png", Some(" A \"bell\" "));
    let ids = upload(&stage, &[stage.source(MediaKind::Png, 10)], &[file]).await.unwrap();
    assert_eq!(ids, ["70"]);
    let [read, sent, described] = <[String; 3]>::try_from(stage.requests()).unwrap();
    assert!(read.starts_with("GET /files/film?"), "{read}");
    assert!(!read.contains("s3cret-access-token"), "the store gets no token of X's");
    let sent = unbound(&sent);
    let body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_image\r\n\
         --B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"media\"\r\nContent-Type: image/png\r\n\r\n{}\r\n--B--\r\n",
        bytes_of(0, 9)
    );
    let (head, came) = sent.split_once("\n\n").unwrap();
    assert_eq!(came, body);
    assert!(head.starts_with("POST /x/2/media/upload HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\ncontent-length: "), "{head}");
    assert!(
        head.ends_with("\ncontent-type: multipart/form-data; boundary=B\nuser-agent: Belfry/0.1.0"),
        "{head}"
    );
    let (head, body) = described.split_once("\n\n").unwrap();
    assert!(head.starts_with("POST /x/2/media/metadata HTTP/1.1\n"), "{head}");
    assert_eq!(body, r#"{"id":"70","metadata":{"alt_text":{"text":"A \"bell\""}}}"#);
}

#[tokio::test]
async fn a_film_goes_piece_by_piece_each_read_just_before_it_is_sent() {
    let size = 2 * PIECE_BYTES + 5;
    let stage = Stage::playing([
        made("70"),
        Act::File(size),
        say(200, "{}"),
        Act::File(size),
        say(200, "{}"),
        Act::File(size),
        say(200, "{}"),
        say(200, r#"{"data":{"id":"70","processing_info":{"state":"pending","check_after_secs":1}}}"#),
    ])
    .await;
    let film = attachment(MediaKind::Mp4, "bell.mp4", None);
    let ids = upload(&stage, &[stage.source(MediaKind::Mp4, size)], &[film]).await.unwrap();
    assert_eq!(ids, ["70"]);
    let requests = stage.requests();
    let (head, body) = requests[0].split_once("\n\n").unwrap();
    assert!(head.starts_with("POST /x/2/media/upload/initialize HTTP/1.1\n"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let wanted =
        serde_json::json!({"media_type": "video/mp4", "total_bytes": size, "media_category": "tweet_video"});
    assert_eq!(body, wanted);
    for index in 0..3 {
        let (from, to) = (index * PIECE_BYTES, ((index + 1) * PIECE_BYTES).min(size));
        let at = usize::try_from(1 + 2 * index).unwrap();
        assert!(requests[at].contains(&format!("\nrange: bytes={from}-{}\n", to - 1)), "{index}");
        let sent = unbound(&requests[at + 1]);
        assert!(sent.starts_with("POST /x/2/media/upload/70/append HTTP/1.1\n"), "{index}");
        let field = format!("name=\"segment_index\"\r\n\r\n{index}\r\n");
        let file = format!("Content-Type: video/mp4\r\n\r\n{}\r\n--B--\r\n", bytes_of(from, to - 1));
        assert!(sent.contains(&field) && sent.ends_with(&file), "{index}");
    }
    let wanted = "POST /x/2/media/upload/70/finalize HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
                  content-length: 0\nuser-agent: Belfry/0.1.0\n\n";
    assert_eq!(requests[7], wanted);
    assert_eq!(requests.len(), 8);
}

#[tokio::test]
async fn a_gif_is_announced_as_one_and_documents_are_not_taken() {
    let stage = Stage::playing([made("70"), Act::File(10), say(200, "{}"), say(200, "{}")]).await;
    let gif = attachment(MediaKind::Gif, "a.gif", Some(""));
    upload(&stage, &[stage.source(MediaKind::Gif, 10)], &[gif]).await.unwrap();
    let announced = r#"{"media_category":"tweet_gif","media_type":"image/gif","total_bytes":10}"#;
    assert!(stage.requests()[0].ends_with(announced), "{}", stage.requests()[0]);
    let stage = Stage::playing([]).await;
    let pdf = attachment(MediaKind::Pdf, "a.pdf", None);
    let failure = upload(&stage, &[stage.source(MediaKind::Pdf, 10)], &[pdf]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Content);
    assert_eq!(stage.requests().len(), 0);
}

#[tokio::test]
async fn an_upload_that_is_refused_is_never_ambiguous_and_names_neither_link_nor_token() {
    let words = r#"{"detail":"no s3cret-access-token here"}"#;
    let cases = [
        (say(503, words), FailureClass::RetrySoon),
        (say(200, words), FailureClass::RetrySoon),
        (Act::Drop, FailureClass::RetrySoon),
        (say(401, words), FailureClass::Reconnect),
        (say(404, words), FailureClass::Unprepared),
        (say(400, words), FailureClass::Content),
        (say(413, words), FailureClass::Content),
    ];
    for (act, class) in cases {
        let stage = Stage::playing([Act::File(10), act.clone()]).await;
        let png = attachment(MediaKind::Png, "a.png", None);
        let failure = upload(&stage, &[stage.source(MediaKind::Png, 10)], &[png]).await.unwrap_err();
        assert_eq!(failure.class, class, "{act:?}");
        assert!(
            !failure.detail.contains("s3cret") && !failure.detail.contains("post is live"),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn x_is_asked_until_it_has_finished_with_a_film() {
    let state = |state: &str| {
        say(200, &format!(r#"{{"data":{{"id":"70","processing_info":{{"state":"{state}"}}}}}}"#))
    };
    let cases = [
        (state("pending"), Readiness::Waiting),
        (state("in_progress"), Readiness::Waiting),
        (state("succeeded"), Readiness::Ready),
        (say(200, r#"{"data":{"id":"70"}}"#), Readiness::Ready),
    ];
    for (act, wanted) in cases {
        let (stage, outcome) = readiness(act.clone(), MediaKind::Mp4).await;
        assert_eq!(outcome.unwrap(), wanted, "{act:?}");
        let line =
            "GET /x/2/media/upload?command=STATUS&media_id=70 HTTP/1.1\naccept: */*\nauthorization: Bearer ";
        assert!(stage.request().starts_with(line), "{}", stage.request());
    }
    let (stage, outcome) = readiness(Act::Drop, MediaKind::Jpeg).await;
    assert_eq!((outcome, stage.requests().len()), (Ok(Readiness::Ready), 0));
}

#[tokio::test]
async fn a_film_that_x_cannot_show_is_content_in_the_words_of_x() {
    let body = r#"{"data":{"id":"70","processing_info":{"state":"failed",
        "error":{"code":1,"name":"InvalidMedia","message":"file type not supported"}}}}"#;
    let failure = readiness(say(200, body), MediaKind::Mp4).await.1.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Content, "media_refused"));
    assert!(failure.detail.ends_with("(X said: file type not supported)"), "{failure:?}");
    let forgotten = readiness(say(404, "{}"), MediaKind::Gif).await.1.unwrap_err();
    assert_eq!((forgotten.class, forgotten.code), (FailureClass::Unprepared, "media_gone"));
    for act in [say(200, "{}"), say(503, ""), Act::Drop] {
        assert_eq!(readiness(act, MediaKind::Gif).await.1.unwrap_err().class, FailureClass::RetrySoon);
    }
}

#[tokio::test]
async fn a_post_shows_its_files_and_needs_no_words_then() {
    let ids = ["70".to_owned(), "71".to_owned()];
    let cases = [
        ("bells", r#"{"text":"bells","media":{"media_ids":["70","71"]}}"#),
        ("", r#"{"media":{"media_ids":["70","71"]}}"#),
    ];
    for (text, wanted) in cases {
        let stage = Stage::playing([say(201, r#"{"data":{"id":"1"}}"#)]).await;
        let ada = account("1", AccountKind::Person);
        let part = Part { handles: &ids, ..part(text) };
        stage.publisher(Platform::X).publish(&ada, &token(), part, WITHIN).await.unwrap();
        assert_eq!(stage.request().split_once("\n\n").unwrap().1, wanted);
    }
}

#[tokio::test]
async fn only_the_first_post_of_a_thread_says_who_may_reply() {
    let stage = Stage::playing([say(201, r#"{"data":{"id":"2"}}"#)]).await;
    let options = Options { reply_settings: Some(ReplySettings::Verified), ..Options::default() };
    let part = Part { options: &options, reply_to: Some("1"), ..part("two") };
    let ada = account("1", AccountKind::Person);
    stage.publisher(Platform::X).publish(&ada, &token(), part, WITHIN).await.unwrap();
    let wanted = r#"{"text":"two","reply":{"in_reply_to_tweet_id":"1"}}"#;
    assert_eq!(stage.request().split_once("\n\n").unwrap().1, wanted);
}

async fn delete(act: Act, id: &str) -> (Stage, Result<(), Failure>) {
    let stage = Stage::playing([act]).await;
    let published = Published { remote_id: id.into(), url: String::new() };
    let ada = account("1", AccountKind::Person);
    let outcome = stage.publisher(Platform::X).delete(&ada, &token(), &published, WITHIN).await;
    (stage, outcome)
}

#[tokio::test]
async fn a_post_is_deleted_and_one_that_is_not_there_is_done() {
    let (stage, outcome) = delete(say(200, r#"{"data":{"deleted":true}}"#), "12").await;
    assert_eq!(outcome, Ok(()));
    let wanted = "DELETE /x/2/tweets/12 HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
                  user-agent: Belfry/0.1.0\n\n";
    assert_eq!(stage.request(), wanted);
    assert_eq!(delete(say(404, "{}"), "12").await.1, Ok(()));
}

#[tokio::test]
async fn a_deletion_that_is_not_confirmed_is_tried_again_and_one_that_is_refused_says_why() {
    for act in [Act::Drop, say(503, ""), say(200, "{}"), say(200, r#"{"data":{"deleted":false}}"#)] {
        assert_eq!(delete(act.clone(), "12").await.1.unwrap_err().class, FailureClass::RetrySoon, "{act:?}");
    }
    assert_eq!(delete(say(403, "{}"), "12").await.1.unwrap_err().class, FailureClass::NotPermitted);
    assert_eq!(delete(say(401, "{}"), "12").await.1.unwrap_err().class, FailureClass::Reconnect);
    let (stage, outcome) = delete(Act::Drop, "../users").await;
    assert_eq!((outcome.unwrap_err().class, stage.requests().len()), (FailureClass::Content, 0));
}
