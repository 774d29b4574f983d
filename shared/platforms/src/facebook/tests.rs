//! Facebook over a real socket: what is asked, byte for byte, and what every answer is taken for.

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Readiness, Receipt};
use domain::target::{Link, MediaPlacement, Options, Published};
use domain::text::{Part, Role};
use jiff::Timestamp;
use reqwest::StatusCode;

use crate::graph::classify;
use crate::graph::staged::{PROOF, bodies, file, in_a_form, lines, placed, refuse, say, source};
use crate::recorded::{NOW, Recorded, check, check_exactly};
use crate::stage::{Act, Stage, account, part, replay, token};
use crate::wire::Answer;

const SECOND: Duration = Duration::from_secs(1);

fn page() -> Account {
    account("7", AccountKind::Page)
}

async fn publish_to(
    acts: impl IntoIterator<Item = Act>,
    part: Part<'_>,
) -> (Stage, Result<Receipt, Failure>) {
    let stage = Stage::playing(acts).await;
    let outcome = stage.publisher(Platform::Facebook).publish(&page(), &token(), part, SECOND).await;
    (stage, outcome)
}

async fn upload_to(
    acts: impl IntoIterator<Item = Act>,
    part: Part<'_>,
) -> (Stage, Result<Vec<String>, Failure>) {
    let stage = Stage::playing(acts).await;
    let outcome = stage.publisher(Platform::Facebook).upload(&page(), &token(), part, SECOND).await;
    (stage, outcome)
}

async fn look_at(act: Act, part: Part<'_>, since: Timestamp) -> (Stage, Result<Vec<Receipt>, Failure>) {
    let stage = Stage::playing([act]).await;
    let look = Look { part, since, may_resend: true };
    let outcome = stage.publisher(Platform::Facebook).look(&page(), &token(), look, SECOND).await;
    (stage, outcome)
}

fn since() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn names(receipts: Result<Vec<Receipt>, Failure>) -> Vec<String> {
    receipts.unwrap().into_iter().map(|receipt| receipt.published.remote_id).collect()
}

fn reel(
    handles: &[String],
) -> (Options, [domain::post::Attachment; 1], [domain::ports::Source; 1], Vec<String>) {
    let films = [file(MediaKind::Mp4, None)];
    (placed(MediaPlacement::Reels), films, [source(MediaKind::Mp4, "f.mp4")], handles.to_vec())
}

#[test]
fn every_recorded_answer_has_its_class_and_code() {
    for recorded in Recorded::all("facebook") {
        let answer = Answer {
            status: StatusCode::from_u16(recorded.status).unwrap(),
            headers: recorded.header_map(),
            body: recorded.body().into_bytes(),
            at: NOW.parse().unwrap(),
        };
        let failure = classify(Platform::Facebook, &answer);
        check_exactly(&recorded.name, &failure, recorded.reads_as.as_ref().unwrap());
    }
}

#[tokio::test]
async fn every_recorded_answer_means_the_same_over_the_wire() {
    for recorded in Recorded::all("facebook") {
        let (stage, outcome) = publish_to([replay(&recorded)], part("hello")).await;
        check(&recorded.name, &outcome.unwrap_err(), recorded.reads_as.as_ref().unwrap());
        assert_eq!(stage.requests().len(), 1, "{}", recorded.name);
    }
}

#[tokio::test]
async fn a_post_is_one_request_and_its_id_is_the_receipt() {
    let before = Timestamp::now();
    let (stage, outcome) = publish_to([say(200, r#"{"id":"7_1"}"#)], part("a b\n😀")).await;
    let receipt = outcome.unwrap();
    let url = "https://www.facebook.com/7_1".to_owned();
    assert_eq!(receipt.published, Published { remote_id: "7_1".into(), url });
    assert!(receipt.accepted_at.unwrap() >= before);
    let body = format!("message=a+b%0A%F0%9F%98%80&appsecret_proof={PROOF}");
    let wanted = format!(
        "POST /facebook/v25.0/7/feed HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
         content-length: {}\ncontent-type: application/x-www-form-urlencoded\nuser-agent: Belfry/0.1.0\n\n{body}",
        body.len()
    );
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_link_is_sent_beside_the_words() {
    let link = Some(Link { url: "https://example.com/?a=b".into(), title: None, description: None });
    let options = Options { link, ..Options::default() };
    let (stage, outcome) =
        publish_to([say(200, r#"{"id":"7_1"}"#)], Part { options: &options, ..part("see") }).await;
    outcome.unwrap();
    let wanted = format!("message=see&link=https%3A%2F%2Fexample.com%2F%3Fa%3Db&appsecret_proof={PROOF}");
    assert_eq!(bodies(&stage.requests()), [wanted]);
}

#[tokio::test]
async fn pictures_are_made_ahead_of_time_and_not_published() {
    let media = [file(MediaKind::Jpeg, Some("a bell")), file(MediaKind::Png, None)];
    let sources = [source(MediaKind::Jpeg, "a.jpg"), source(MediaKind::Png, "b.png")];
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    let acts = [say(200, r#"{"id":"11"}"#), say(200, r#"{"id":12}"#)];
    let (stage, outcome) = upload_to(acts, part).await;
    assert_eq!(outcome.unwrap(), ["11", "12"]);
    let requests = stage.requests();
    assert_eq!(lines(&requests), ["POST /facebook/v25.0/7/photos HTTP/1.1"; 2]);
    let (one, two) = (in_a_form("a.jpg"), in_a_form("b.png"));
    let wanted = [
        format!("published=false&url={one}&alt_text_custom=a+bell&appsecret_proof={PROOF}"),
        format!("published=false&url={two}&appsecret_proof={PROOF}"),
    ];
    assert_eq!(bodies(&requests), wanted);
}

#[tokio::test]
async fn pictures_are_attached_to_the_post_in_their_order_and_ready_at_once() {
    let media = [file(MediaKind::Jpeg, None), file(MediaKind::Png, None)];
    let handles = ["11".to_owned(), "12".to_owned()];
    let part = Part { media: &media, handles: &handles, ..part("") };
    let (stage, outcome) = publish_to([say(200, r#"{"id":"7_1"}"#)], part).await;
    outcome.unwrap();
    let list = "%5B%7B%22media_fbid%22%3A%2211%22%7D%2C%7B%22media_fbid%22%3A%2212%22%7D%5D";
    assert_eq!(bodies(&stage.requests()), [format!("attached_media={list}&appsecret_proof={PROOF}")]);
    let stage = Stage::playing([]).await;
    let publisher = stage.publisher(Platform::Facebook);
    assert_eq!(publisher.readiness(&page(), &token(), part, SECOND).await, Ok(Readiness::Ready));
}

#[tokio::test]
async fn a_film_in_the_feed_is_fetched_by_the_request_that_publishes_it() {
    let media = [file(MediaKind::Mp4, None)];
    let sources = [source(MediaKind::Mp4, "f.mp4")];
    let part = Part { media: &media, sources: &sources, ..part("see") };
    let (stage, outcome) = publish_to([say(200, r#"{"id":"21"}"#)], part).await;
    assert_eq!(outcome.unwrap().published.url, "https://www.facebook.com/21");
    let requests = stage.requests();
    assert_eq!(lines(&requests), ["POST /facebook/v25.0/7/videos HTTP/1.1"]);
    let wanted = format!("file_url={}&description=see&appsecret_proof={PROOF}", in_a_form("f.mp4"));
    assert_eq!(bodies(&requests), [wanted]);
}

/// What the server answers that is told to begin a reel and names an address of `other`.
fn started(other: &Stage) -> Act {
    let address = other.settings("http").facebook.graph.at("/video-upload/v25.0/31");
    say(200, &format!(r#"{{"video_id":"31","upload_url":"{address}"}}"#))
}

#[tokio::test]
async fn facebook_is_told_from_where_to_fetch_the_film_of_a_reel() {
    let (options, media, sources, _) = reel(&[]);
    let part = Part { options: &options, media: &media, sources: &sources, ..part("see") };
    let stage = Stage::playing([]).await;
    stage.then(started(&stage));
    stage.then(say(200, r#"{"success":true}"#));
    let outcome = stage.publisher(Platform::Facebook).upload(&page(), &token(), part, SECOND).await;
    assert_eq!(outcome.unwrap(), ["31"]);
    let requests = stage.requests();
    assert_eq!(lines(&requests)[0], "POST /facebook/v25.0/7/video_reels HTTP/1.1");
    assert_eq!(bodies(&requests)[0], format!("upload_phase=start&appsecret_proof={PROOF}"));
    let wanted = "POST /facebook/video-upload/v25.0/31 HTTP/1.1\naccept: */*\n\
                  authorization: OAuth s3cret-access-token\ncontent-length: 0\n\
                  file_url: https://files.example/f.mp4?X-Amz-Signature=s1gned\nuser-agent: Belfry/0.1.0\n\n";
    assert_eq!(requests[1], wanted);
}

#[tokio::test]
async fn a_film_that_facebook_does_not_fetch_is_no_reel() {
    let (options, media, sources, _) = reel(&[]);
    let part = Part { options: &options, media: &media, sources: &sources, ..part("see") };
    for (act, class) in [
        (say(200, r#"{"success":false}"#), FailureClass::RetrySoon),
        (say(400, r#"{"debug_info":{"retriable":true}}"#), FailureClass::RetrySoon),
        (say(400, r#"{"debug_info":{"retriable":false,"message":"no film"}}"#), FailureClass::Content),
        (Act::Drop, FailureClass::RetrySoon),
    ] {
        let stage = Stage::playing([]).await;
        stage.then(started(&stage));
        stage.then(act.clone());
        let outcome = stage.publisher(Platform::Facebook).upload(&page(), &token(), part, SECOND).await;
        assert_eq!(outcome.unwrap_err().class, class, "{act:?}");
    }
}

#[tokio::test]
async fn an_address_on_another_host_gets_neither_the_token_nor_the_link() {
    let (options, media, sources, _) = reel(&[]);
    let part = Part { options: &options, media: &media, sources: &sources, ..part("see") };
    let elsewhere = Stage::playing([]).await;
    let (_, outcome) = upload_to([started(&elsewhere)], part).await;
    assert_eq!(outcome.unwrap_err().code, "try_again");
    assert_eq!((elsewhere.connections(), elsewhere.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_reel_is_published_by_finishing_it() {
    let (options, media, _, handles) = reel(&["31".into()]);
    let part = Part { options: &options, media: &media, handles: &handles, ..part("see") };
    let (stage, outcome) = publish_to([say(200, r#"{"success":true}"#)], part).await;
    let published = Published { remote_id: "31".into(), url: "https://www.facebook.com/reel/31".into() };
    assert_eq!(outcome.unwrap().published, published);
    let wanted = format!(
        "upload_phase=finish&video_id=31&video_state=PUBLISHED&description=see&appsecret_proof={PROOF}"
    );
    assert_eq!(bodies(&stage.requests()), [wanted]);
    for vague in [r#"{"success":false}"#, "{}"] {
        let (_, outcome) = publish_to([say(200, vague)], part).await;
        assert_eq!(outcome.unwrap_err().class, FailureClass::Ambiguous, "{vague}");
    }
}

#[tokio::test]
async fn what_was_not_made_ahead_of_time_is_not_published() {
    let (options, media, _, _) = reel(&[]);
    let pictures = [file(MediaKind::Jpeg, None)];
    for part in [
        Part { options: &options, media: &media, ..part("see") },
        Part { media: &pictures, ..part("see") },
        Part { media: &media, ..part("see") },
    ] {
        let (stage, outcome) = publish_to([], part).await;
        assert_eq!(outcome.unwrap_err().class, FailureClass::Unprepared);
        assert_eq!(stage.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_comment_hangs_below_its_post() {
    let part = Part { role: Role::Comment, reply_to: Some("7_1"), ..part("more") };
    let (stage, outcome) = publish_to([say(200, r#"{"id":"1_5"}"#)], part).await;
    assert_eq!(outcome.unwrap().published.remote_id, "1_5");
    let requests = stage.requests();
    assert_eq!(lines(&requests), ["POST /facebook/v25.0/7_1/comments HTTP/1.1"]);
    assert_eq!(bodies(&requests), [format!("message=more&appsecret_proof={PROOF}")]);
}

#[tokio::test]
async fn a_dropped_connection_and_silence_leave_the_outcome_open() {
    for act in [Act::Drop, Act::Keep] {
        let (stage, outcome) = publish_to([act.clone()], part("hello")).await;
        let failure = outcome.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"), "{act:?}");
        assert_eq!(stage.requests().len(), 1, "{act:?}");
    }
    let failure = Stage::empty().await.publisher(Platform::Facebook);
    let failure = failure.publish(&page(), &token(), part("hello"), SECOND).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_reached"));
}

#[tokio::test]
async fn an_upload_that_fails_is_never_ambiguous_and_a_bad_picture_stays_one() {
    let media = [file(MediaKind::Jpeg, None)];
    let sources = [source(MediaKind::Jpeg, "a.jpg")];
    let part = Part { media: &media, sources: &sources, ..part("") };
    for act in [say(500, ""), say(200, "{}"), refuse(2, 0), refuse(506, 0), Act::Drop] {
        let failure = upload_to([act.clone()], part).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{act:?}");
    }
    assert_eq!(upload_to([refuse(1, 1_366_046)], part).await.1.unwrap_err().class, FailureClass::Content);
}

#[tokio::test]
async fn no_secret_that_is_repeated_to_us_is_passed_on() {
    let media = [file(MediaKind::Mp4, None)];
    let sources = [source(MediaKind::Mp4, "f.mp4")];
    let film = Part { media: &media, sources: &sources, ..part("see") };
    // As Meta writes JSON.
    let link = r"https:\/\/files.example\/f.mp4?X-Amz-Signature=s1gned";
    let said = format!(
        r#"{{"error":{{"message":"token s3cret-access-token proof {PROOF} link {link}","code":100}}}}"#
    );
    let failure = publish_to([say(400, &said)], film).await.1.unwrap_err();
    assert!(failure.detail.contains("token *** proof *** link ***"), "{failure:?}");
    for secret in ["s3cret", PROOF, "s1gned"] {
        assert!(!failure.detail.contains(secret), "{failure:?}");
    }
}

#[tokio::test]
async fn the_posts_since_the_attempt_are_read_and_the_words_compared() {
    let body = r#"{"data":[
        {"id":"7_1","message":"Caf\u0065\u0301 & more","created_time":"2026-11-23T12:00:03+0000"},
        {"id":"7_2","message":"something else","created_time":"2026-11-23T12:00:03+0000"},
        {"id":"7_3","message":"Café & more\n","created_time":"2026-11-23T12:01:00+0000"},
        {"id":"7_4","message":"Café & more","created_time":"2026-11-23T11:59:54+0000"},
        {"id":"7_5","created_time":"2026-11-23T12:00:03+0000"}]}"#;
    let (stage, outcome) = look_at(say(200, body), part("Café & more"), since()).await;
    let receipts = outcome.unwrap();
    assert_eq!(receipts[0].accepted_at, Some("2026-11-23T12:01:00Z".parse().unwrap()));
    assert_eq!(names(Ok(receipts)), ["7_3", "7_1"]);
    let wanted = format!(
        "GET /facebook/v25.0/7/published_posts?fields=id%2Cmessage%2Ccreated_time%2Cpermalink_url&\
         since=1795435195&limit=100&appsecret_proof={PROOF} HTTP/1.1\naccept: */*\n\
         authorization: Bearer s3cret-access-token\nuser-agent: Belfry/0.1.0\n\n"
    );
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn pictures_without_words_are_known_by_their_names() {
    let body = r#"{"data":[
        {"id":"7_1","created_time":"2026-11-23T12:00:03+0000","attachments":{"data":[{"target":{"id":"99"},
            "subattachments":{"data":[{"target":{"id":"11"}},{"target":{"id":"12"}}]}}]}},
        {"id":"7_2","created_time":"2026-11-23T12:00:02+0000","attachments":{"data":[{"target":{"id":"13"}}]}},
        {"id":"7_3","created_time":"2026-11-23T12:00:01+0000"}]}"#;
    let media = [file(MediaKind::Jpeg, None), file(MediaKind::Jpeg, None)];
    let handles = ["11".to_owned(), "12".to_owned()];
    let part = Part { media: &media, handles: &handles, ..part("") };
    let (stage, outcome) = look_at(say(200, body), part, since()).await;
    assert_eq!(names(outcome), ["7_1", "7_3"]);
    assert!(stage.request().contains("attachments%7Btarget%7Bid%7D"));
}

#[tokio::test]
async fn a_reel_says_itself_whether_it_is_published() {
    let (options, media, _, handles) = reel(&["31".into()]);
    let part = Part { options: &options, media: &media, handles: &handles, ..part("see") };
    let status = |phase: &str| {
        say(200, &format!(r#"{{"status":{{"publishing_phase":{{"status":"{phase}"}}}},"id":"31"}}"#))
    };
    let (stage, outcome) = look_at(status("complete"), part, since()).await;
    assert_eq!(names(outcome), ["31"]);
    let wanted = format!("GET /facebook/v25.0/31?fields=status&appsecret_proof={PROOF} HTTP/1.1");
    assert_eq!(lines(&stage.requests()), [wanted]);
    assert_eq!(look_at(status("not_started"), part, since()).await.1, Ok(vec![]));
    let ready = Stage::playing([status("not_started")]).await;
    let ready = ready.publisher(Platform::Facebook).readiness(&page(), &token(), part, SECOND).await;
    assert_eq!(ready, Ok(Readiness::Waiting));
}

#[tokio::test]
async fn a_comment_is_looked_for_below_its_post_and_is_the_pages_own() {
    let body = r#"{"data":[
        {"id":"1_5","message":"more","created_time":"2026-11-23T12:00:03+0000","from":{"id":"8","name":"x"}},
        {"id":"1_6","message":"more","created_time":"2026-11-23T12:00:03+0000","from":{"id":"7","name":"y"}}]}"#;
    let part = Part { role: Role::Comment, reply_to: Some("7_1"), ..part("more") };
    let (stage, outcome) = look_at(say(200, body), part, since()).await;
    assert_eq!(names(outcome), ["1_6"]);
    assert!(stage.request().starts_with("GET /facebook/v25.0/7_1/comments?"), "{}", stage.request());
}

#[tokio::test]
async fn a_look_that_fails_proves_nothing() {
    for act in [say(503, ""), say(200, "{}"), say(200, "<html>"), Act::Drop] {
        let failure = look_at(act.clone(), part("hello"), since()).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{act:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_deleted_already() {
    let published = Published { remote_id: "7_1".into(), url: String::new() };
    for (act, wanted) in [
        (say(200, r#"{"success":true}"#), None),
        (refuse(100, 33), None),
        (refuse(190, 460), Some(FailureClass::Reconnect)),
        (say(500, ""), Some(FailureClass::RetrySoon)),
    ] {
        let stage = Stage::playing([act]).await;
        let outcome = stage.publisher(Platform::Facebook).delete(&page(), &token(), &published, SECOND).await;
        assert_eq!(outcome.err().map(|failure| failure.class), wanted);
        let wanted = format!("DELETE /facebook/v25.0/7_1?appsecret_proof={PROOF} HTTP/1.1");
        assert_eq!(lines(&stage.requests()), [wanted]);
    }
}

#[tokio::test]
async fn the_request_goes_over_the_connection_that_was_warmed() {
    let stage = Stage::playing([say(200, r#"{"id":"7_1"}"#)]).await;
    let publisher = stage.publisher(Platform::Facebook);
    publisher.warm().await;
    assert_eq!((stage.connections(), stage.requests().len()), (1, 0));
    publisher.publish(&page(), &token(), part("hello"), SECOND).await.unwrap();
    assert_eq!((stage.connections(), stage.requests().len()), (1, 1));
    assert!(publisher.can_read_back(&page(), part("hello")));
}
