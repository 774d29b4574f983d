//! Instagram over a real socket: what is asked, byte for byte, and what every answer is taken for.

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Readiness, Receipt};
use domain::post::Attachment;
use domain::target::{MediaPlacement, Options, Published};
use domain::text::{Part, Role};
use jiff::Timestamp;
use reqwest::StatusCode;

use crate::graph::classify;
use crate::graph::staged::{PROOF, bodies, file, in_a_form, lines, placed, refuse, say, source};
use crate::recorded::{NOW, Recorded, check, check_exactly};
use crate::stage::{Act, Stage, account, part, replay, token};
use crate::wire::Answer;

const SECOND: Duration = Duration::from_secs(1);

/// Instagram's own login.
fn own() -> Account {
    Account { handle: Some("bells".into()), ..account("17841", AccountKind::Business) }
}

/// Through the Page that it belongs to.
fn of_a_page() -> Account {
    Account { login: Platform::Facebook, ..own() }
}

async fn upload_to(
    acts: impl IntoIterator<Item = Act>,
    part: Part<'_>,
) -> (Stage, Result<Vec<String>, Failure>) {
    let stage = Stage::playing([say(200, r#"{"data":[]}"#)].into_iter().chain(acts)).await;
    let outcome = stage.publisher(Platform::Instagram).upload(&own(), &token(), part, 10 * SECOND).await;
    (stage, outcome)
}

async fn publish_to(acts: impl IntoIterator<Item = Act>) -> (Stage, Result<Receipt, Failure>) {
    let handles = ["31".to_owned()];
    let stage = Stage::playing(acts).await;
    let part = Part { handles: &handles, ..part("hello") };
    let outcome = stage.publisher(Platform::Instagram).publish(&own(), &token(), part, SECOND).await;
    (stage, outcome)
}

async fn look_at(
    acts: impl IntoIterator<Item = Act>,
    part: Part<'_>,
    may_resend: bool,
) -> (Stage, Result<Vec<Receipt>, Failure>) {
    let stage = Stage::playing(acts).await;
    let handles = ["31".to_owned()];
    let look = Look { part: Part { handles: &handles, ..part }, since: NOW.parse().unwrap(), may_resend };
    let outcome = stage.publisher(Platform::Instagram).look(&own(), &token(), look, SECOND).await;
    (stage, outcome)
}

fn state(code: &str, status: &str) -> Act {
    say(200, &format!(r#"{{"status_code":"{code}","status":"{status}","id":"31"}}"#))
}

fn made(id: u64) -> Act {
    say(200, &format!(r#"{{"id":"{id}"}}"#))
}

fn names(receipts: Result<Vec<Receipt>, Failure>) -> Vec<String> {
    receipts.unwrap().into_iter().map(|receipt| receipt.published.remote_id).collect()
}

#[test]
fn every_recorded_answer_has_its_class_and_code() {
    for recorded in Recorded::all("instagram") {
        let answer = Answer {
            status: StatusCode::from_u16(recorded.status).unwrap(),
            headers: recorded.header_map(),
            body: recorded.body().into_bytes(),
            at: NOW.parse().unwrap(),
        };
        let failure = classify(Platform::Instagram, &answer);
        check_exactly(&recorded.name, &failure, recorded.reads_as.as_ref().unwrap());
    }
}

#[tokio::test]
async fn every_recorded_answer_means_the_same_over_the_wire() {
    for recorded in Recorded::all("instagram") {
        let (stage, outcome) = publish_to([replay(&recorded)]).await;
        check(&recorded.name, &outcome.unwrap_err(), recorded.reads_as.as_ref().unwrap());
        assert_eq!(stage.requests().len(), 1, "{}", recorded.name);
    }
}

#[tokio::test]
async fn a_picture_is_one_container_with_its_words_and_its_description() {
    let media = [file(MediaKind::Jpeg, Some("a bell"))];
    let sources = [source(MediaKind::Jpeg, "a.jpg")];
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    let (stage, outcome) = upload_to([made(31)], part).await;
    assert_eq!(outcome.unwrap(), ["31"]);
    let requests = stage.requests();
    let limit = "GET /instagram/v25.0/17841/content_publishing_limit?fields=quota_usage%2Cconfig HTTP/1.1\naccept: */*\n\
                 authorization: Bearer s3cret-access-token\nuser-agent: Belfry/0.1.0\n\n";
    assert_eq!(requests[0], limit);
    let body = format!("image_url={}&caption=hello&alt_text=a+bell", in_a_form("a.jpg"));
    let wanted = format!(
        "POST /instagram/v25.0/17841/media HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
         content-length: {}\ncontent-type: application/x-www-form-urlencoded\nuser-agent: Belfry/0.1.0\n\n{body}",
        body.len()
    );
    assert_eq!(requests[1], wanted);
}

#[tokio::test]
async fn a_film_is_a_reel_and_a_story_has_no_words() {
    let (film, picture) = (in_a_form("f"), in_a_form("f"));
    let cases = [
        (
            MediaKind::Mp4,
            MediaPlacement::Feed,
            format!("video_url={film}&media_type=REELS&share_to_feed=true&caption=hello"),
        ),
        (MediaKind::Mp4, MediaPlacement::Reels, format!("video_url={film}&media_type=REELS&caption=hello")),
        (MediaKind::Mp4, MediaPlacement::Stories, format!("video_url={film}&media_type=STORIES")),
        (MediaKind::Jpeg, MediaPlacement::Stories, format!("image_url={picture}&media_type=STORIES")),
    ];
    for (kind, placement, wanted) in cases {
        let (media, sources) = ([file(kind, Some("a bell"))], [source(kind, "f")]);
        let options = placed(placement);
        let part = Part { media: &media, sources: &sources, options: &options, ..part("hello") };
        let (stage, outcome) = upload_to([made(31)], part).await;
        assert_eq!(outcome.unwrap(), ["31"]);
        assert_eq!(bodies(&stage.requests())[1], wanted);
    }
}

fn two() -> ([Attachment; 2], [domain::ports::Source; 2]) {
    let media = [file(MediaKind::Jpeg, Some("a bell")), file(MediaKind::Mp4, Some("not shown"))];
    (media, [source(MediaKind::Jpeg, "a"), source(MediaKind::Mp4, "b")])
}

#[tokio::test]
async fn the_container_of_a_carousel_is_made_when_every_child_is_finished() {
    let (media, sources) = two();
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    let acts = [
        made(31),
        made(32),
        state("FINISHED", ""),
        state("IN_PROGRESS", ""),
        state("FINISHED", ""),
        made(33),
    ];
    let (stage, outcome) = upload_to(acts, part).await;
    assert_eq!(outcome.unwrap(), ["33"]);
    let requests = stage.requests();
    let child = |id| format!("GET /instagram/v25.0/{id}?fields=status_code%2Cstatus HTTP/1.1");
    let container = "POST /instagram/v25.0/17841/media HTTP/1.1".to_owned();
    let wanted = [container.clone(), container.clone(), child(31), child(32), child(32), container];
    assert_eq!(lines(&requests)[1..], wanted);
    let bodies = bodies(&requests);
    assert_eq!(bodies[1], format!("image_url={}&is_carousel_item=true&alt_text=a+bell", in_a_form("a")));
    assert_eq!(bodies[2], format!("video_url={}&is_carousel_item=true&media_type=VIDEO", in_a_form("b")));
    assert_eq!(bodies[6], "media_type=CAROUSEL&children=31%2C32&caption=hello");
}

#[tokio::test]
async fn a_child_that_fails_or_takes_too_long_ends_the_carousel() {
    let (media, sources) = two();
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    let broken = state("ERROR", "Error: Media upload has failed with error code 2207026");
    let (_, outcome) = upload_to([made(31), made(32), broken], part).await;
    assert_eq!(outcome.unwrap_err().class, FailureClass::Content);

    let stage = Stage::playing([say(500, ""), made(31), made(32), state("IN_PROGRESS", "")]).await;
    let outcome = stage.publisher(Platform::Instagram).upload(&own(), &token(), part, 5 * SECOND).await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_ready"));
}

#[tokio::test]
async fn an_account_that_has_published_what_it_may_waits() {
    let media = [file(MediaKind::Jpeg, None)];
    let sources = [source(MediaKind::Jpeg, "a")];
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    let used = |used: u64| {
        say(
            200,
            &format!(
                r#"{{"data":[{{"quota_usage":{used},"config":{{"quota_total":50,"quota_duration":86400}}}}]}}"#
            ),
        )
    };
    let stage = Stage::playing([used(50)]).await;
    let before = Timestamp::now();
    let failure =
        stage.publisher(Platform::Instagram).upload(&own(), &token(), part, SECOND).await.unwrap_err();
    assert_eq!(failure.code, "publishing_limit");
    let wait = failure.class.listens_from().unwrap().as_second() - before.as_second();
    assert!((3_600..3_605).contains(&wait), "{wait}");
    assert_eq!(stage.requests().len(), 1);

    let stage = Stage::playing([used(49), made(31)]).await;
    let outcome = stage.publisher(Platform::Instagram).upload(&own(), &token(), part, SECOND).await;
    assert_eq!(outcome.unwrap(), ["31"]);
}

#[tokio::test]
async fn a_container_that_fails_is_never_ambiguous_and_a_bad_picture_stays_one() {
    let media = [file(MediaKind::Jpeg, None)];
    let sources = [source(MediaKind::Jpeg, "a")];
    let part = Part { media: &media, sources: &sources, ..part("hello") };
    for (act, class) in [
        (say(500, ""), FailureClass::RetrySoon),
        (say(200, "{}"), FailureClass::RetrySoon),
        (refuse(-1, 2_207_001), FailureClass::RetrySoon),
        (refuse(9_004, 2_207_052), FailureClass::Unprepared),
        (refuse(36_003, 2_207_009), FailureClass::Content),
        (Act::Drop, FailureClass::RetrySoon),
    ] {
        let (_, outcome) = upload_to([act.clone()], part).await;
        assert_eq!(outcome.unwrap_err().class, class, "{act:?}");
    }
}

#[tokio::test]
async fn a_container_says_whether_it_is_ready() {
    let cases = [
        (state("FINISHED", ""), Ok(Readiness::Ready)),
        (state("PUBLISHED", ""), Ok(Readiness::Ready)),
        (state("IN_PROGRESS", ""), Ok(Readiness::Waiting)),
        (state("EXPIRED", ""), Err(FailureClass::Unprepared)),
        (
            state("ERROR", "Error: Media upload has failed with error code 2207026"),
            Err(FailureClass::Content),
        ),
        (state("ERROR", "Error: 2207052"), Err(FailureClass::Unprepared)),
        (state("ERROR", "Error code 2207003: it took too long"), Err(FailureClass::Unprepared)),
        (state("ERROR", "Error -1 2207001"), Err(FailureClass::Unprepared)),
        (state("ERROR", "Error: something of 2026"), Err(FailureClass::Content)),
        (state("NEWER", ""), Err(FailureClass::RetrySoon)),
        (refuse(190, 460), Err(FailureClass::Reconnect)),
        (say(500, ""), Err(FailureClass::RetrySoon)),
    ];
    for (act, wanted) in cases {
        let handles = ["31".to_owned()];
        let part = Part { handles: &handles, ..part("hello") };
        let stage = Stage::playing([act.clone()]).await;
        let outcome = stage.publisher(Platform::Instagram).readiness(&own(), &token(), part, SECOND).await;
        assert_eq!(outcome.map_err(|failure| failure.class), wanted, "{act:?}");
        let line = "GET /instagram/v25.0/31?fields=status_code%2Cstatus HTTP/1.1";
        assert_eq!(lines(&stage.requests()), [line]);
    }
}

#[tokio::test]
async fn a_container_is_published_once_and_its_address_asked_for() {
    let before = Timestamp::now();
    let shown = say(200, r#"{"permalink":"https://www.instagram.com/p/abc/","id":"18001"}"#);
    let (stage, outcome) = publish_to([made(18_001), shown]).await;
    let receipt = outcome.unwrap();
    let url = "https://www.instagram.com/p/abc/".to_owned();
    assert_eq!(receipt.published, Published { remote_id: "18001".into(), url });
    assert!(receipt.accepted_at.unwrap() >= before);
    let requests = stage.requests();
    let wanted = [
        "POST /instagram/v25.0/17841/media_publish HTTP/1.1",
        "GET /instagram/v25.0/18001?fields=permalink HTTP/1.1",
    ];
    assert_eq!(lines(&requests), wanted);
    assert_eq!(bodies(&requests)[0], "creation_id=31");
}

#[tokio::test]
async fn a_post_whose_address_cannot_be_had_is_published_all_the_same() {
    let odd = say(200, r#"{"permalink":"javascript:alert(1)"}"#);
    for act in [say(500, ""), say(200, "{}"), refuse(190, 0), odd, Act::Drop, Act::Keep] {
        let (_, outcome) = publish_to([made(18_001), act.clone()]).await;
        assert_eq!(outcome.unwrap().published.url, "https://www.instagram.com/bells", "{act:?}");
    }
}

#[tokio::test]
async fn an_account_of_a_page_is_reached_through_facebook_and_signed() {
    let stage = Stage::playing([made(18_001), say(500, "")]).await;
    let handles = ["31".to_owned()];
    let part = Part { handles: &handles, ..part("hello") };
    let outcome = stage.publisher(Platform::Instagram).publish(&of_a_page(), &token(), part, SECOND).await;
    assert_eq!(outcome.unwrap().published.remote_id, "18001");
    let requests = stage.requests();
    let wanted = [
        "POST /facebook/v25.0/17841/media_publish HTTP/1.1".to_owned(),
        format!("GET /facebook/v25.0/18001?fields=permalink&appsecret_proof={PROOF} HTTP/1.1"),
    ];
    assert_eq!(lines(&requests), wanted);
    assert_eq!(bodies(&requests)[0], format!("creation_id=31&appsecret_proof={PROOF}"));
}

#[tokio::test]
async fn without_a_container_nothing_is_published() {
    let stage = Stage::playing([]).await;
    let outcome = stage.publisher(Platform::Instagram).publish(&own(), &token(), part("hello"), SECOND).await;
    assert_eq!(outcome.unwrap_err().class, FailureClass::Unprepared);
}

#[tokio::test]
async fn a_comment_hangs_below_its_post() {
    let stage = Stage::playing([made(18_002)]).await;
    let part = Part { role: Role::Comment, reply_to: Some("18001"), ..part("more") };
    let outcome = stage.publisher(Platform::Instagram).publish(&own(), &token(), part, SECOND).await;
    assert_eq!(outcome.unwrap().published.remote_id, "18002");
    let requests = stage.requests();
    assert_eq!(lines(&requests), ["POST /instagram/v25.0/18001/comments HTTP/1.1"]);
    assert_eq!(bodies(&requests), ["message=more"]);
}

#[tokio::test]
async fn a_dropped_connection_and_silence_leave_the_outcome_open() {
    for act in [Act::Drop, Act::Keep] {
        let (stage, outcome) = publish_to([act.clone()]).await;
        let failure = outcome.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"), "{act:?}");
        assert_eq!(stage.requests().len(), 1, "{act:?}");
    }
}

const LISTED: &str = r#"{"data":[
    {"id":"18001","caption":"hello ","timestamp":"2026-11-23T12:00:03+0000","permalink":"https://www.instagram.com/p/a/"},
    {"id":"18002","caption":"other","timestamp":"2026-11-23T12:00:05+0000"},
    {"id":"18003","caption":"hello","timestamp":"2026-11-23T11:59:00+0000"},
    {"id":"18004","timestamp":"2026-11-23T12:00:04+0000"}]}"#;

#[tokio::test]
async fn what_was_published_is_found_among_what_the_account_shows() {
    let (stage, outcome) = look_at([state("PUBLISHED", ""), say(200, LISTED)], part("hello"), true).await;
    let receipts = outcome.unwrap();
    assert_eq!(receipts[0].published.url, "https://www.instagram.com/p/a/");
    assert_eq!(receipts[0].accepted_at, Some("2026-11-23T12:00:03Z".parse().unwrap()));
    assert_eq!(names(Ok(receipts)), ["18001"]);
    let fields = "fields=id%2Ccaption%2Ctimestamp%2Cpermalink&limit=50";
    assert_eq!(lines(&stage.requests())[1], format!("GET /instagram/v25.0/17841/media?{fields} HTTP/1.1"));

    let options = placed(MediaPlacement::Stories);
    let story = Part { options: &options, ..part("") };
    let (stage, outcome) = look_at([state("PUBLISHED", ""), say(200, LISTED)], story, true).await;
    assert_eq!(names(outcome), ["18002", "18004", "18001"]);
    assert_eq!(lines(&stage.requests())[1], format!("GET /instagram/v25.0/17841/stories?{fields} HTTP/1.1"));
}

#[tokio::test]
async fn what_was_published_and_is_not_listed_yet_is_looked_for_again() {
    let (_, outcome) =
        look_at([state("PUBLISHED", ""), say(200, r#"{"data":[]}"#)], part("hello"), true).await;
    assert_eq!(outcome.unwrap_err().class, FailureClass::RetrySoon);
}

#[tokio::test]
async fn a_container_that_was_not_published_is_published_once_more_only_when_that_is_wanted() {
    let acts = [state("FINISHED", ""), made(18_001), say(500, "")];
    let (stage, outcome) = look_at(acts, part("hello"), true).await;
    assert_eq!(names(outcome), ["18001"]);
    assert_eq!(bodies(&stage.requests())[1], "creation_id=31");

    let (stage, outcome) = look_at([state("FINISHED", "")], part("hello"), false).await;
    assert_eq!(outcome, Ok(vec![]));
    assert_eq!(stage.requests().len(), 1);
}

#[tokio::test]
async fn a_container_that_is_spent_was_not_published_and_one_that_is_gone_may_have_been() {
    for spent in [state("EXPIRED", ""), state("ERROR", "Error: 2207026")] {
        let (stage, outcome) = look_at([spent], part("hello"), true).await;
        assert_eq!(outcome, Ok(vec![]));
        assert_eq!(stage.requests().len(), 1);
    }
    let (_, outcome) = look_at([refuse(100, 33), say(200, LISTED)], part("hello"), true).await;
    assert_eq!(names(outcome), ["18001"]);
    let (_, outcome) = look_at([state("IN_PROGRESS", "")], part("hello"), true).await;
    assert_eq!(outcome.unwrap_err().class, FailureClass::RetrySoon);
}

#[tokio::test]
async fn a_comment_is_looked_for_below_its_post_and_is_the_accounts_own() {
    let body = r#"{"data":[
        {"id":"1","text":"more","timestamp":"2026-11-23T12:00:03+0000","username":"somebody"},
        {"id":"2","text":"more","timestamp":"2026-11-23T12:00:03+0000","username":"bells"},
        {"id":"3","text":"less","timestamp":"2026-11-23T12:00:03+0000","username":"bells"}]}"#;
    let part = Part { role: Role::Comment, reply_to: Some("18001"), ..part("more") };
    let (stage, outcome) = look_at([say(200, body)], part, true).await;
    assert_eq!(names(outcome), ["2"]);
    let line =
        "GET /instagram/v25.0/18001/comments?fields=id%2Ctext%2Ctimestamp%2Cusername&limit=50 HTTP/1.1";
    assert_eq!(lines(&stage.requests()), [line]);
}

#[tokio::test]
async fn only_an_account_of_a_page_can_have_something_deleted() {
    let published = Published { remote_id: "18001".into(), url: String::new() };
    let stage =
        Stage::playing([say(200, r#"{"success":true}"#), refuse(100, 33), refuse(100, 2_207_085)]).await;
    let publisher = stage.publisher(Platform::Instagram);
    assert_eq!(publisher.delete(&of_a_page(), &token(), &published, SECOND).await, Ok(()));
    assert_eq!(publisher.delete(&of_a_page(), &token(), &published, SECOND).await, Ok(()));
    assert!(publisher.delete(&of_a_page(), &token(), &published, SECOND).await.is_err());
    let line = format!("DELETE /facebook/v25.0/18001?appsecret_proof={PROOF} HTTP/1.1");
    assert_eq!(lines(&stage.requests())[0], line);
    let failure = publisher.delete(&own(), &token(), &published, SECOND).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::NotPermitted, "cannot_delete"));
    assert_eq!(stage.requests().len(), 3);
}

#[tokio::test]
async fn no_link_that_is_repeated_to_us_is_passed_on() {
    let media = [file(MediaKind::Jpeg, None)];
    let sources = [source(MediaKind::Jpeg, "a.jpg")];
    let options = Options::default();
    let part = Part { media: &media, sources: &sources, options: &options, ..part("hello") };
    let said = r#"{"error":{"message":"cannot fetch https:\/\/files.example\/a.jpg?X-Amz-Signature=s1gned","code":9004}}"#;
    let failure = upload_to([say(400, said)], part).await.1.unwrap_err();
    assert!(failure.detail.contains("cannot fetch ***"), "{failure:?}");
    assert!(!failure.detail.contains("s1gned"), "{failure:?}");
}
