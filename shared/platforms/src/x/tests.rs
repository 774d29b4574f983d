//! X over a real socket: what is asked, byte for byte, and what every answer is taken for.

use std::time::Duration;

use domain::Error;
use domain::connection::{AccountKind, Tokens};
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Platforms, Publisher, Receipt};
use domain::secret::Secret;
use domain::target::{Options, ReplySettings};
use domain::text::Part;
use jiff::Timestamp;
use reqwest::StatusCode;

use crate::recorded::{NOW, Recorded, check, check_exactly, class_name};
use crate::stage::{Act, Stage, account, accounts_of, answer, part, refusal, replay, token};
use crate::x::errors;
use crate::x::id::first_at;

const SECOND: Duration = Duration::from_secs(1);

async fn publish(publisher: &dyn Publisher, within: Duration) -> Result<Receipt, Failure> {
    let ada = account("2244994945", AccountKind::Person);
    publisher.publish(&ada, &token(), part("hello"), within).await
}

async fn publish_to(act: Act) -> (Stage, Result<Receipt, Failure>) {
    let stage = Stage::playing([act]).await;
    let outcome = publish(&*stage.publisher(Platform::X), SECOND).await;
    (stage, outcome)
}

async fn look_at(act: Act, text: &str, since: Timestamp) -> (Stage, Result<Vec<Receipt>, Failure>) {
    let stage = Stage::playing([act]).await;
    let ada = account("2244994945", AccountKind::Person);
    let look = Look { part: part(text), since, may_resend: true };
    let outcome = stage.publisher(Platform::X).look(&ada, &token(), look, SECOND).await;
    (stage, outcome)
}

fn say(status: u16, body: &str) -> Act {
    Act::Say(answer(status, &[("content-type", "application/json")], body))
}

/// The present to the millisecond, as an id can carry it.
fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap()
}

#[test]
fn every_recorded_answer_has_its_class_and_code() {
    for recorded in Recorded::all("x") {
        let status = StatusCode::from_u16(recorded.status).unwrap();
        let now = NOW.parse().unwrap();
        let failure = errors::classify(status, &recorded.header_map(), recorded.body().as_bytes(), now);
        check_exactly(&recorded.name, &failure, recorded.reads_as.as_ref().unwrap());
    }
}

#[tokio::test]
async fn every_recorded_answer_means_the_same_over_the_wire() {
    for recorded in Recorded::all("x") {
        let (stage, outcome) = publish_to(replay(&recorded)).await;
        check(&recorded.name, &outcome.unwrap_err(), recorded.reads_as.as_ref().unwrap());
        assert_eq!(stage.requests().len(), 1, "{}", recorded.name);
    }
}

#[tokio::test]
async fn a_post_is_one_request_and_its_id_is_the_receipt() {
    let at = now();
    let id = first_at(at).to_string();
    let body = format!(r#"{{"data":{{"id":"{id}","text":"hello","edit_history_tweet_ids":["{id}"]}}}}"#);
    let (stage, outcome) = publish_to(say(201, &body)).await;
    let receipt = outcome.unwrap();
    assert_eq!(receipt.published.url, format!("https://x.com/ada/status/{id}"));
    assert_eq!(receipt.published.remote_id, id);
    assert_eq!(receipt.accepted_at, Some(at));
    let wanted = "POST /x/2/tweets HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
                  content-length: 16\ncontent-type: application/json\nuser-agent: Belfry/0.1.0\n\n{\"text\":\"hello\"}";
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn reply_settings_are_sent_in_the_words_of_x() {
    let words = [
        (ReplySettings::Following, "following"),
        (ReplySettings::MentionedUsers, "mentionedUsers"),
        (ReplySettings::Subscribers, "subscribers"),
        (ReplySettings::Verified, "verified"),
    ];
    for (reply_settings, word) in words {
        let stage = Stage::playing([say(201, r#"{"data":{"id":"1","text":""}}"#)]).await;
        let options = Options { reply_settings: Some(reply_settings), ..Options::default() };
        let part = Part { options: &options, ..part("a \"b\"\n😀") };
        let ada = account("1", AccountKind::Person);
        stage.publisher(Platform::X).publish(&ada, &token(), part, SECOND).await.unwrap();
        let wanted = format!(r#"{{"text":"a \"b\"\n😀","reply_settings":"{word}"}}"#);
        assert_eq!(stage.request().split_once("\n\n").unwrap().1, wanted);
    }
}

#[tokio::test]
async fn errors_beside_data_and_the_other_dialect_are_successes() {
    let both = r#"{"data":{"id":"1445880548472328192"},"errors":[{"title":"Not Found Error","detail":"x"}]}"#;
    let post = r#"{"data":{"id":"1445880548472328192","edit_history_post_ids":["1445880548472328192"]}}"#;
    for body in [both, post] {
        let (_, outcome) = publish_to(say(201, body)).await;
        assert_eq!(outcome.unwrap().published.remote_id, "1445880548472328192");
    }
}

#[tokio::test]
async fn nobody_listening_and_a_failed_handshake_have_sent_nothing() {
    let refused = Stage::empty().await;
    let failure = publish(&*refused.publisher(Platform::X), SECOND).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_reached"), "{failure:?}");

    let garbage = Stage::playing([]).await;
    let settings = garbage.settings("https");
    let over_tls = garbage.platforms(|changed| *changed = settings).publisher(Platform::X);
    let failure = publish(&*over_tls, SECOND).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_reached"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_comes_about_has_sent_nothing() {
    // It accepts, and then waits for a TLS handshake that nobody answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let api = crate::Base::parse("X_API_URL", &address).unwrap();
    let platforms = Stage::empty().await.platforms(|settings| settings.x.api = api);
    let failure = publish(&*platforms.publisher(Platform::X), 10 * SECOND).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_reached"), "{failure:?}");
}

#[tokio::test]
async fn a_dropped_connection_and_silence_leave_the_outcome_open() {
    let cut =
        Act::SayAndClose("HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"data\":{\"id\":\"1\"".into());
    for act in [Act::Drop, Act::Keep, cut] {
        let stage = Stage::playing([act.clone()]).await;
        let failure = publish(&*stage.publisher(Platform::X), Duration::from_millis(300)).await.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"), "{act:?}");
        assert_eq!(stage.requests().len(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let there = Act::Say(answer(307, &[("location", "/x/2/elsewhere")], ""));
    let (stage, outcome) = publish_to(there).await;
    assert_eq!(outcome.unwrap_err().class, FailureClass::Ambiguous);
    assert_eq!(stage.requests().len(), 1);
}

#[tokio::test]
async fn of_an_endless_answer_only_the_beginning_is_read() {
    let endless = format!("HTTP/1.1 400 Bad\r\ncontent-length: 9000000000\r\n\r\n{}", "a".repeat(2_000_000));
    let (_, outcome) = publish_to(Act::Say(endless)).await;
    let failure = outcome.unwrap_err();
    assert_eq!((class_name(&failure), failure.code), ("content", "content_refused"));
}

#[tokio::test]
async fn the_request_goes_over_the_connection_that_was_warmed() {
    let stage = Stage::playing([say(201, r#"{"data":{"id":"1"}}"#)]).await;
    let publisher = stage.publisher(Platform::X);
    publisher.warm().await;
    assert_eq!((stage.connections(), stage.requests().len()), (1, 0));
    publish(&*publisher, SECOND).await.unwrap();
    assert_eq!((stage.connections(), stage.requests().len()), (1, 1));
}

#[tokio::test]
async fn two_publishers_share_no_connection() {
    let body = r#"{"data":{"id":"1"}}"#;
    let stage = Stage::playing([say(201, body), say(201, body)]).await;
    let platforms = stage.platforms(|_| {});
    for _ in 0..2 {
        publish(&*platforms.publisher(Platform::X), SECOND).await.unwrap();
    }
    assert_eq!(stage.connections(), 2);
}

#[tokio::test]
async fn a_token_that_is_repeated_to_us_is_not_passed_on() {
    let echo = r#"{"title":"Forbidden","status":403,"detail":"no s3cret-access-token here"}"#;
    for status in [403, 503, 200] {
        let (_, outcome) = publish_to(say(status, echo)).await;
        let failure = outcome.unwrap_err();
        assert!(!failure.detail.contains("s3cret"), "{failure:?}");
        assert_eq!(failure.detail.contains("no *** here"), status != 200, "{failure:?}");
    }
}

#[tokio::test]
async fn the_posts_since_the_attempt_are_read_and_the_words_compared() {
    let since = now() - Duration::from_secs(125);
    let id = |seconds: u64| first_at(since + Duration::from_secs(seconds)).to_string();
    let (first, second, other) = (id(1), id(60), id(2));
    let reply = id(3);
    let body = format!(
        r#"{{"data":[
            {{"id":"{first}","text":"see https://t.co/a &amp; go","entities":{{"urls":[{{"url":"https://t.co/a","expanded_url":"https://example.com/x"}}]}}}},
            {{"id":"{other}","text":"something else"}},
            {{"id":"{reply}","text":"see https://example.com/x &amp; go","referenced_tweets":[{{"type":"replied_to","id":"1"}}]}},
            {{"id":"{second}","text":"see https://example.com/x &amp; go"}}
        ],"meta":{{"result_count":4}},"errors":[{{"title":"x"}}]}}"#
    );
    let (stage, outcome) = look_at(say(200, &body), "see https://example.com/x & go", since).await;
    let found: Vec<_> = outcome.unwrap().into_iter().map(|receipt| receipt.published.remote_id).collect();
    assert_eq!(found, [second, first]);
    let since_id = first_at(since - Duration::from_secs(5));
    let wanted = format!(
        "GET /x/2/users/2244994945/tweets?max_results=100&since_id={since_id}&exclude=retweets&\
         tweet.fields=created_at%2Creferenced_tweets%2Centities%2Cattachments HTTP/1.1\n\
         accept: */*\nauthorization: Bearer s3cret-access-token\nuser-agent: Belfry/0.1.0\n\n"
    );
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_post_from_before_the_attempt_is_no_evidence() {
    let since = now();
    let old = first_at(since - Duration::from_secs(6));
    let body = format!(r#"{{"data":[{{"id":"{old}","text":"hello"}}],"meta":{{"result_count":1}}}}"#);
    assert_eq!(look_at(say(200, &body), "hello", since).await.1, Ok(vec![]));
}

#[tokio::test]
async fn an_empty_timeline_says_so_and_anything_else_proves_nothing() {
    let none = say(200, r#"{"meta":{"result_count":0}}"#);
    assert_eq!(look_at(none, "hello", now()).await.1, Ok(vec![]));
    for body in ["{}", r#"{"errors":[{"title":"x"}]}"#, "<html>", r#"{"meta":{"result_count":3}}"#] {
        let failure = look_at(say(200, body), "hello", now()).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{body}");
    }
}

#[tokio::test]
async fn a_read_that_fails_is_never_ambiguous() {
    for act in [say(503, ""), say(302, ""), Act::Drop] {
        let failure = look_at(act.clone(), "hello", now()).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{act:?}");
    }
    let failure = look_at(say(401, ""), "hello", now()).await.1.unwrap_err();
    assert_eq!(failure.class, FailureClass::Reconnect);
}

#[tokio::test]
async fn consent_is_asked_for_with_a_challenge() {
    let authorizer = Stage::empty().await.platforms(|settings| {
        settings.x.authorize = crate::Base::parse("X_AUTHORIZE_URL", "https://x.com").unwrap();
    });
    let authorizer = authorizer.authorizer(Platform::X);
    assert!(authorizer.uses_pkce());
    let wanted = "https://x.com/i/oauth2/authorize?response_type=code&client_id=x-client\
                  &redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback\
                  &scope=tweet.read%20tweet.write%20users.read%20media.write%20offline.access\
                  &state=st_1&code_challenge=ch-1&code_challenge_method=S256";
    assert_eq!(authorizer.authorization_url("st_1", Some("ch-1")), wanted);
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_grant() {
    let body = r#"{"token_type":"bearer","expires_in":7200,"access_token":"a","scope":"tweet.read offline.access","refresh_token":"r"}"#;
    let stage = Stage::playing([say(200, body)]).await;
    let (code, verifier) = (Secret::new("c/1".into()), Secret::new("v".into()));
    let before = Timestamp::now();
    let grant = stage.authorizer(Platform::X).exchange(&code, Some(&verifier)).await.unwrap();
    assert_eq!(grant.tokens.access.expose(), "a");
    assert_eq!(grant.tokens.refresh.unwrap().expose(), "r");
    assert_eq!(grant.scopes, ["tweet.read", "offline.access"]);
    let lifetime = grant.expires_at.unwrap().as_second() - before.as_second();
    assert!((7200..7205).contains(&lifetime), "{lifetime}");
    let wanted = "POST /x/2/oauth2/token HTTP/1.1\naccept: */*\nauthorization: Basic eC1jbGllbnQ6eC1zZWNyZXQ=\n\
                  content-length: 114\ncontent-type: application/x-www-form-urlencoded\nuser-agent: Belfry/0.1.0\n\n\
                  grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback\
                  &code_verifier=v";
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_a_new_pair() {
    let body =
        r#"{"token_type":"bearer","expires_in":7200,"access_token":"a2","scope":"","refresh_token":"r2"}"#;
    let stage = Stage::playing([say(200, body)]).await;
    let grant = stage.authorizer(Platform::X).refresh(&Secret::new("r1".into())).await.unwrap();
    assert_eq!(grant.tokens.refresh.unwrap().expose(), "r2");
    let request = stage.request();
    assert!(request.contains("authorization: Basic eC1jbGllbnQ6eC1zZWNyZXQ=\n"), "{request}");
    assert!(request.ends_with("\n\ngrant_type=refresh_token&refresh_token=r1"), "{request}");
}

#[tokio::test]
async fn both_tokens_are_revoked_the_refresh_token_first() {
    let stage = Stage::playing([say(200, r#"{"revoked":true}"#), say(200, r#"{"revoked":true}"#)]).await;
    let tokens = Tokens { access: Secret::new("a1".into()), refresh: Some(Secret::new("r1".into())) };
    stage.authorizer(Platform::X).revoke(&tokens).await.unwrap();
    let requests = stage.requests();
    assert_eq!(requests.len(), 2);
    for (request, token) in requests.iter().zip(["r1", "a1"]) {
        assert!(request.starts_with("POST /x/2/oauth2/revoke HTTP/1.1\n"), "{request}");
        assert!(request.ends_with(&format!("\n\ntoken={token}")), "{request}");
    }
    let stage = Stage::playing([say(503, "")]).await;
    let failure = stage.authorizer(Platform::X).revoke(&tokens).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::RetrySoon);
}

#[tokio::test]
async fn every_recorded_token_answer_means_what_it_must() {
    for recorded in Recorded::all("x/token") {
        let stage = Stage::playing([replay(&recorded), replay(&recorded)]).await;
        let authorizer = stage.authorizer(Platform::X);
        let failure = authorizer.refresh(&Secret::new("r1".into())).await.unwrap_err();
        check(&recorded.name, &failure, recorded.refresh_reads_as.as_ref().unwrap());
        let error = authorizer.exchange(&Secret::new("c1".into()), None).await.unwrap_err();
        let read_as = match error {
            Error::ConnectionRefused { platform: "X", .. } => "refused",
            Error::Broken { .. } => "broken",
            Error::Unavailable { .. } => "unavailable",
            other => panic!("{}: {other:?}", recorded.name),
        };
        assert_eq!(Some(read_as), recorded.exchange_reads_as.as_deref(), "{}", recorded.name);
    }
}

#[tokio::test]
async fn the_grant_opens_the_persons_own_account() {
    let body = r#"{"data":{"id":"2244994945","name":"Ada L","username":"ada","profile_image_url":"https://p.example/1.jpg"}}"#;
    let stage = Stage::playing([say(200, body)]).await;
    let accounts = accounts_of(&*stage.authorizer(Platform::X)).await.unwrap();
    let [ada] = accounts.as_slice() else { panic!("{accounts:?}") };
    assert_eq!((ada.id.as_str(), ada.kind), ("2244994945", AccountKind::Person));
    assert_eq!((ada.display_name.as_str(), ada.handle.as_deref()), ("Ada L", Some("ada")));
    assert_eq!(ada.avatar_url.as_deref(), Some("https://p.example/1.jpg"));
    let wanted = "GET /x/2/users/me?user.fields=username%2Cname%2Cprofile_image_url HTTP/1.1\n";
    assert!(stage.request().starts_with(wanted), "{}", stage.request());
}

#[tokio::test]
async fn an_account_that_cannot_be_read_says_why() {
    let stage =
        Stage::playing([say(403, r#"{"detail":"You are suspended"}"#), say(200, "{}"), say(500, "")]).await;
    let authorizer = stage.authorizer(Platform::X);
    assert!(refusal(accounts_of(&*authorizer).await.unwrap_err()).contains("You are suspended"));
    for _ in 0..2 {
        let error = accounts_of(&*authorizer).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { neighbour: "x", .. }), "{error:?}");
    }
}
