//! The first comment, and deletions, over a real socket.

use std::time::Duration;

use domain::connection::Account;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Receipt};
use domain::target::Published;
use domain::text::{Part, Role};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::linkedin::tests::{ada, page, say};
use crate::stage::{Act, Stage, answer, part, token};

const SECOND: Duration = Duration::from_secs(1);
const POST: &str = "urn:li:share:7295588489876647936";
const COMMENT: &str = "urn:li:comment:(urn:li:activity:11,22)";
const ADDRESS: &str = "https://www.linkedin.com/feed/update/urn:li:share:7295588489876647936/";

fn comment() -> Part<'static> {
    Part { role: Role::Comment, reply_to: Some(POST), ..part("more (here) #bells") }
}

async fn publish_to(act: Act) -> (Stage, Result<Receipt, Failure>) {
    let stage = Stage::playing([act]).await;
    let outcome = stage.publisher(Platform::LinkedIn).publish(&ada(), &token(), comment(), SECOND).await;
    (stage, outcome)
}

async fn look_at(act: Act, account: &Account, since: Timestamp) -> (Stage, Result<Vec<Receipt>, Failure>) {
    let stage = Stage::playing([act]).await;
    let look = Look { part: comment(), since, may_resend: true };
    let outcome = stage.publisher(Platform::LinkedIn).look(account, &token(), look, SECOND).await;
    (stage, outcome)
}

async fn delete(act: Act, account: &Account, id: &str, url: &str) -> (Stage, Result<(), Failure>) {
    let stage = Stage::playing([act]).await;
    let published = Published { remote_id: id.into(), url: url.into() };
    let outcome = stage.publisher(Platform::LinkedIn).delete(account, &token(), &published, SECOND).await;
    (stage, outcome)
}

#[tokio::test]
async fn a_comment_is_one_request_below_its_post_and_its_words_are_not_escaped() {
    let body = json!({"id": "22", "commentUrn": COMMENT, "created": {"time": 1_795_435_200_000_i64}});
    let act = Act::Say(answer(201, &[("x-restli-id", "22")], &body.to_string()));
    let (stage, outcome) = publish_to(act).await;
    let receipt = outcome.unwrap();
    assert_eq!((receipt.published.remote_id.as_str(), receipt.published.url.as_str()), (COMMENT, ADDRESS));
    assert_eq!(receipt.accepted_at.unwrap().as_millisecond(), 1_795_435_200_000);
    let request = stage.request();
    let (head, body) = request.split_once("\n\n").unwrap();
    let line = "POST /linkedin/rest/socialActions/urn%3Ali%3Ashare%3A7295588489876647936/comments HTTP/1.1\n";
    assert!(head.starts_with(line), "{head}");
    assert!(
        head.contains("\nlinkedin-version: 202608\n") && head.ends_with("protocol-version: 2.0.0"),
        "{head}"
    );
    let body: Value = serde_json::from_str(body).unwrap();
    let wanted = json!({"actor": ada().id, "object": POST, "message": {"text": "more (here) #bells"}});
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_number_in_the_header_is_name_enough_and_no_name_leaves_the_outcome_open() {
    let (_, outcome) = publish_to(Act::Say(answer(201, &[("x-restli-id", "22")], ""))).await;
    let receipt = outcome.unwrap();
    assert_eq!((receipt.published.remote_id.as_str(), receipt.published.url.as_str()), ("22", ADDRESS));
    assert!(receipt.accepted_at.is_some());
    for act in [say(201, ""), say(201, "{}"), say(503, ""), Act::Drop] {
        let failure = publish_to(act.clone()).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"), "{act:?}");
    }
}

#[tokio::test]
async fn a_comment_that_comes_too_early_or_too_often_waits_and_one_below_nothing_is_refused() {
    let early = say(404, r#"{"message":"Unable to obtain activity for urn urn:li:share:1","status":404}"#);
    assert_eq!(publish_to(early).await.1.unwrap_err().class, FailureClass::RetrySoon);
    let often = r#"{"message":"Comment create throttled: creation rate limit exceeded for member"}"#;
    let class = publish_to(say(429, often)).await.1.unwrap_err().class;
    let FailureClass::RetryAt(until) = class else { panic!("{class:?}") };
    let wait = until.as_second() - Timestamp::now().as_second();
    assert!((58..=60).contains(&wait), "{wait}");
    let failure = publish_to(say(404, r#"{"code":"NOT_FOUND"}"#)).await.1.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Content, "post_gone"));
}

#[tokio::test]
async fn an_organizations_comments_are_read_and_actor_words_and_time_compared() {
    let since = Timestamp::from_millisecond(1_795_435_200_000).unwrap();
    let one = |id: u32, actor: &str, text: &str, after_ms: i64| {
        let urn = format!("urn:li:comment:(urn:li:activity:11,{id})");
        json!({"id": id.to_string(), "$URN": urn, "actor": actor, "message": {"text": text},
            "created": {"time": since.as_millisecond() + after_ms}})
    };
    let (us, words) = (page().id, comment().text);
    let elements = [
        one(1, &us, words, 1_000),
        one(2, &us, words, -60_000),
        one(3, "urn:li:person:x", words, 1_000),
        one(4, &us, "other words", 1_000),
        one(5, &us, words, 2_000),
    ];
    let act = say(200, &json!({"elements": elements, "paging": {"start": 0, "count": 100}}).to_string());
    let (stage, outcome) = look_at(act, &page(), since).await;
    let found: Vec<String> =
        outcome.unwrap().into_iter().map(|receipt| receipt.published.remote_id).collect();
    assert_eq!(found, [5, 1].map(|id| format!("urn:li:comment:(urn:li:activity:11,{id})")));
    let line = "GET /linkedin/rest/socialActions/urn%3Ali%3Ashare%3A7295588489876647936/comments?start=0&count=100 HTTP/1.1\n";
    assert!(stage.request().starts_with(line), "{}", stage.request());

    let many: Vec<Value> = (0..100).map(|id| one(id, "urn:li:person:x", words, 1_000)).collect();
    let act = say(200, &json!({ "elements": many }).to_string());
    let failure = look_at(act, &page(), since).await.1.unwrap_err();
    assert_eq!(failure.class, FailureClass::Ambiguous);
    for act in [say(200, "{}"), say(503, ""), Act::Drop] {
        let failure = look_at(act.clone(), &page(), since).await.1.unwrap_err();
        assert_eq!(failure.class, FailureClass::RetrySoon, "{act:?}");
    }
}

#[tokio::test]
async fn a_members_comment_is_never_sent_again() {
    let (stage, outcome) = look_at(Act::Drop, &ada(), Timestamp::now()).await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"));
    assert!(failure.detail.contains("cannot be read back"), "{failure:?}");
    assert_eq!(stage.requests().len(), 0);
    let publisher = stage.publisher(Platform::LinkedIn);
    assert!(publisher.can_read_back(&page(), comment()) && !publisher.can_read_back(&ada(), comment()));
}

#[tokio::test]
async fn a_post_is_deleted_by_its_encoded_name() {
    let (stage, outcome) = delete(Act::Say("HTTP/1.1 204 Gone\r\n\r\n".into()), &ada(), POST, ADDRESS).await;
    assert_eq!(outcome, Ok(()));
    let wanted = "DELETE /linkedin/rest/posts/urn%3Ali%3Ashare%3A7295588489876647936 HTTP/1.1\naccept: */*\n\
                  authorization: Bearer s3cret-access-token\nlinkedin-version: 202608\nuser-agent: Belfry/0.1.0\n\
                  x-restli-method: DELETE\nx-restli-protocol-version: 2.0.0\n\n";
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_comment_is_deleted_by_its_urn_or_by_its_number_below_its_post() {
    let gone = || Act::Say("HTTP/1.1 204 Gone\r\n\r\n".into());
    let (stage, outcome) = delete(gone(), &ada(), COMMENT, ADDRESS).await;
    assert_eq!(outcome, Ok(()));
    let line = "DELETE /linkedin/rest/socialActions/urn%3Ali%3Aactivity%3A11/comments/22 HTTP/1.1\n";
    assert!(stage.request().starts_with(line), "{}", stage.request());
    let (stage, outcome) = delete(gone(), &page(), "22", ADDRESS).await;
    assert_eq!(outcome, Ok(()));
    let line = "DELETE /linkedin/rest/socialActions/urn%3Ali%3Ashare%3A7295588489876647936/comments/22\
                ?actor=urn%3Ali%3Aorganization%3A5515715 HTTP/1.1\n";
    assert!(stage.request().starts_with(line), "{}", stage.request());
}

#[tokio::test]
async fn what_is_not_there_is_deleted_and_what_is_unclear_is_tried_again() {
    for id in [POST, COMMENT] {
        assert_eq!(delete(say(404, "{}"), &ada(), id, ADDRESS).await.1, Ok(()));
        for act in [Act::Drop, say(503, ""), say(409, "{}")] {
            let failure = delete(act.clone(), &ada(), id, ADDRESS).await.1.unwrap_err();
            assert_eq!(failure.class, FailureClass::RetrySoon, "{act:?}");
            assert!(!failure.detail.contains("post is live"), "{failure:?}");
        }
        let failure = delete(say(403, "{}"), &ada(), id, ADDRESS).await.1.unwrap_err();
        assert_eq!(failure.class, FailureClass::NotPermitted);
    }
    let (stage, outcome) = delete(Act::Drop, &ada(), "../me", ADDRESS).await;
    assert_eq!((outcome.unwrap_err().class, stage.requests().len()), (FailureClass::Content, 0));
}
