//! LinkedIn over a real socket: what is asked, byte for byte, and what every answer is taken for.

use std::time::Duration;

use domain::Error;
use domain::connection::{Account, AccountKind, Tokens};
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Look, Platforms, Receipt};
use domain::secret::Secret;
use domain::target::{Options, Visibility};
use domain::text::Part;
use jiff::Timestamp;
use reqwest::StatusCode;

use crate::linkedin::errors;
use crate::recorded::{NOW, Recorded, check, check_exactly};
use crate::settings::PostsApi;
use crate::stage::{Act, Stage, account, accounts_of, answer, part, replay, token};

/// The recorded answer, as often as it is asked for: a version that has ended makes us try the twelve after it.
pub(super) fn replays(recorded: &Recorded) -> Vec<Act> {
    let is_sunset = recorded.name.contains("nonexistent-version");
    vec![replay(recorded); if is_sunset { 13 } else { 1 }]
}

const SECOND: Duration = Duration::from_secs(1);
const URN: &str = "urn:li:share:7295588489876647936";

pub(super) fn ada() -> Account {
    account("urn:li:person:782bbtaQ", AccountKind::Person)
}

pub(super) fn page() -> Account {
    account("urn:li:organization:5515715", AccountKind::Organization)
}

pub(super) fn say(status: u16, body: &str) -> Act {
    Act::Say(answer(status, &[("content-type", "application/json")], body))
}

pub(super) fn created(urn: &str) -> Act {
    Act::Say(answer(201, &[("x-restli-id", urn)], ""))
}

pub(super) fn duplicate_of(urn: &str) -> Act {
    let body = format!(
        r#"{{"message":"BadRequestResponseException: Content is a duplicate of {urn}","errorDetails":{{"inputErrors":[{{"description":"Duplicate post is detected","input":{{"text":"urn:li:share:1"}},"code":"DUPLICATE_POST"}}]}},"status":422}}"#
    );
    say(422, &body)
}

async fn publish_to(act: Act, text: &str) -> (Stage, Result<Receipt, Failure>) {
    let stage = Stage::playing([act]).await;
    let outcome = stage.publisher(Platform::LinkedIn).publish(&ada(), &token(), part(text), SECOND).await;
    (stage, outcome)
}

async fn look_at(
    acts: impl IntoIterator<Item = Act>,
    account: &Account,
    since: Timestamp,
    may_resend: bool,
) -> (Stage, Result<Vec<Receipt>, Failure>) {
    let stage = Stage::playing(acts).await;
    let look = Look { part: part("a #tag (b)"), since, may_resend };
    let outcome = stage.publisher(Platform::LinkedIn).look(account, &token(), look, SECOND).await;
    (stage, outcome)
}

/// The name of a share that LinkedIn took at this time.
fn share_at(at: Timestamp) -> String {
    format!("urn:li:share:{}", at.as_millisecond() << 22)
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap()
}

#[test]
fn every_recorded_answer_has_its_class_and_code() {
    for recorded in Recorded::all("linkedin") {
        let status = StatusCode::from_u16(recorded.status).unwrap();
        let now = NOW.parse().unwrap();
        let failure = errors::classify(status, &recorded.header_map(), recorded.body().as_bytes(), now);
        check_exactly(&recorded.name, &failure, recorded.reads_as.as_ref().unwrap());
    }
}

#[tokio::test]
async fn every_recorded_answer_means_the_same_over_the_wire() {
    for recorded in Recorded::all("linkedin") {
        let stage = Stage::playing(replays(&recorded)).await;
        let outcome =
            stage.publisher(Platform::LinkedIn).publish(&ada(), &token(), part("hello"), SECOND).await;
        check(&recorded.name, &outcome.unwrap_err(), recorded.reads_as.as_ref().unwrap());
        assert_eq!(stage.requests().len(), replays(&recorded).len(), "{}", recorded.name);
    }
}

#[test]
fn support_can_find_the_request() {
    let headers = [("x-li-uuid".parse().unwrap(), "AAYdx2==".parse().unwrap())].into_iter().collect();
    let failure = errors::classify(StatusCode::BAD_GATEWAY, &headers, b"", NOW.parse().unwrap());
    assert!(failure.detail.ends_with("(LinkedIn said: request AAYdx2==)"), "{failure:?}");
}

#[tokio::test]
async fn a_post_is_one_request_of_the_posts_api() {
    let (stage, outcome) = publish_to(created(URN), "C# (#rust)").await;
    let receipt = outcome.unwrap();
    assert_eq!(receipt.published.remote_id, URN);
    assert_eq!(receipt.published.url, format!("https://www.linkedin.com/feed/update/{URN}/"));
    assert_eq!(receipt.accepted_at.unwrap().to_string(), "2025-02-12T23:44:01.466Z");
    let request = stage.request();
    let (head, body) = request.split_once("\n\n").unwrap();
    let wanted = "POST /linkedin/rest/posts HTTP/1.1\naccept: */*\nauthorization: Bearer s3cret-access-token\n\
                  content-length: 256\ncontent-type: application/json\nlinkedin-version: 202608\n\
                  user-agent: Belfry/0.1.0\nx-restli-protocol-version: 2.0.0";
    assert_eq!(head, wanted);
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let wanted = serde_json::json!({
        "author": "urn:li:person:782bbtaQ", "commentary": "C\\# \\(#rust\\)", "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": false,
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn ugc_posts_are_not_escaped_and_carry_no_version() {
    let stage = Stage::playing([say(201, r#"{"id":"urn:li:ugcPost:6"}"#)]).await;
    let platforms = stage.platforms(|settings| settings.linkedin.posts_api = PostsApi::Ugc);
    let options = Options { visibility: Some(Visibility::Connections), ..Options::default() };
    let part = Part { options: &options, ..part("C# (#rust)") };
    let publisher = platforms.publisher(Platform::LinkedIn);
    let receipt = publisher.publish(&ada(), &token(), part, SECOND).await.unwrap();
    assert_eq!(receipt.published.remote_id, "urn:li:ugcPost:6");
    let request = stage.request();
    let (head, body) = request.split_once("\n\n").unwrap();
    assert!(head.starts_with("POST /linkedin/v2/ugcPosts HTTP/1.1\n"), "{head}");
    assert!(
        head.ends_with("\nx-restli-protocol-version: 2.0.0") && !head.contains("linkedin-version"),
        "{head}"
    );
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let wanted = serde_json::json!({
        "author": "urn:li:person:782bbtaQ", "lifecycleState": "PUBLISHED",
        "specificContent": {"com.linkedin.ugc.ShareContent": {
            "shareCommentary": {"text": "C# (#rust)"}, "shareMediaCategory": "NONE"}},
        "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": "CONNECTIONS"},
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_name_in_the_header_is_enough_even_when_the_body_breaks_off() {
    let cut = format!("HTTP/1.1 201 Created\r\nx-restli-id: {URN}\r\ncontent-length: 9\r\n\r\n");
    let (_, outcome) = publish_to(Act::SayAndClose(cut), "hello").await;
    assert_eq!(outcome.unwrap().published.remote_id, URN);
    let (_, outcome) = publish_to(created(&URN.replace(':', "%3A")), "hello").await;
    assert_eq!(outcome.unwrap().published.remote_id, URN);
}

#[tokio::test]
async fn whether_the_request_left_decides_between_retry_and_ambiguity() {
    let nobody = Stage::empty().await;
    let outcome = nobody.publisher(Platform::LinkedIn).publish(&ada(), &token(), part("a"), SECOND).await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "not_reached"));
    let failure = publish_to(Act::Drop, "hello").await.1.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"));
}

#[tokio::test]
async fn an_organizations_posts_are_listed_and_the_words_compared() {
    let since = now() - Duration::from_secs(125);
    let [old, first, other, second] =
        [-60, 1, 2, 60].map(|seconds| share_at(since + jiff::SignedDuration::from_secs(seconds)));
    let body = serde_json::json!({"elements": [
        {"id": first, "commentary": "a {hashtag|\\#|tag} \\(b\\)", "author": page().id},
        {"id": other, "commentary": "something else"},
        {"id": old, "commentary": "a #tag \\(b\\)"},
        {"id": "urn:li:share:7", "commentary": "a #tag \\(b\\)"},
        {"id": second, "commentary": "a #tag \\(b\\)"},
        {"id": "urn:li:share:8"},
    ], "paging": {"start": 0, "count": 50}});
    let (stage, outcome) = look_at([say(200, &body.to_string())], &page(), since, true).await;
    let found: Vec<_> = outcome.unwrap().into_iter().map(|receipt| receipt.published.remote_id).collect();
    assert_eq!(found, [second, first]);
    let wanted = "GET /linkedin/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A5515715&count=50&start=0 HTTP/1.1\n\
                  accept: */*\nauthorization: Bearer s3cret-access-token\nlinkedin-version: 202608\n\
                  user-agent: Belfry/0.1.0\nx-restli-method: FINDER\nx-restli-protocol-version: 2.0.0\n\n";
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_proves_nothing() {
    for act in [say(200, "{}"), say(200, "<html>"), say(503, ""), Act::Drop] {
        let failure = look_at([act.clone()], &page(), now(), true).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{act:?}");
    }
}

#[tokio::test]
async fn a_member_who_cannot_be_read_is_asked_by_the_identical_request() {
    let stage = Stage::playing([Act::Drop, duplicate_of(URN)]).await;
    let publisher = stage.publisher(Platform::LinkedIn);
    let part = part("a #tag (b)");
    publisher.publish(&ada(), &token(), part, SECOND).await.unwrap_err();
    let look = Look { part, since: now(), may_resend: true };
    let found = publisher.look(&ada(), &token(), look, SECOND).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].published.remote_id, URN);
    assert!(found[0].accepted_at.is_some());
    let [sent, again] = <[String; 2]>::try_from(stage.requests()).unwrap();
    assert_eq!(sent, again);
}

#[tokio::test]
async fn a_second_request_that_succeeds_is_the_post_and_was_taken_now() {
    let since = now();
    let (_, outcome) = look_at([created("urn:li:share:9")], &ada(), since, true).await;
    let receipts = outcome.unwrap();
    assert_eq!((receipts.len(), receipts[0].published.remote_id.as_str()), (1, "urn:li:share:9"));
    assert!(receipts[0].accepted_at.unwrap() >= since);
}

#[tokio::test]
async fn a_second_request_that_proves_nothing_keeps_its_class() {
    let no_proof = duplicate_of("urn:li:person:782bbtaQ");
    let cases = [
        (no_proof, FailureClass::Ambiguous),
        (say(503, ""), FailureClass::Ambiguous),
        (Act::Drop, FailureClass::Ambiguous),
        (say(401, ""), FailureClass::Reconnect),
        (say(422, r#"{"code":"UNPROCESSABLE_ENTITY"}"#), FailureClass::Content),
    ];
    for (act, class) in cases {
        let failure = look_at([act.clone()], &ada(), now(), true).await.1.unwrap_err();
        assert_eq!(failure.class, class, "{act:?}");
    }
}

#[tokio::test]
async fn without_leave_to_send_again_a_member_is_not_asked_at_all() {
    let (stage, outcome) = look_at([], &ada(), now(), false).await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Ambiguous, "outcome_unknown"));
    assert!(failure.detail.contains("cannot be read back"), "{failure:?}");
    assert_eq!(stage.requests().len(), 0);
}

#[tokio::test]
async fn consent_is_asked_for_all_scopes_at_once() {
    let platforms = Stage::empty().await.platforms(|settings| {
        settings.linkedin.oauth =
            crate::Base::parse("LINKEDIN_OAUTH_URL", "https://www.linkedin.com").unwrap();
    });
    let authorizer = platforms.authorizer(Platform::LinkedIn);
    assert!(!authorizer.uses_pkce());
    let wanted = "https://www.linkedin.com/oauth/v2/authorization?response_type=code&client_id=linkedin-client\
                  &redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback&state=st_1\
                  &scope=openid%20profile%20w_member_social%20w_organization_social%20rw_organization_admin";
    assert_eq!(authorizer.authorization_url("st_1", None), wanted);
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_grant_with_scopes_between_commas() {
    let body = r#"{"access_token":"a","expires_in":5184000,"scope":"openid,profile,w_member_social"}"#;
    let stage = Stage::playing([say(200, body)]).await;
    let grant = stage.authorizer(Platform::LinkedIn).exchange(&Secret::new("c1".into()), None).await.unwrap();
    assert_eq!(grant.scopes, ["openid", "profile", "w_member_social"]);
    assert_eq!(grant.tokens.refresh, None);
    let wanted = "POST /linkedin/oauth/v2/accessToken HTTP/1.1\naccept: */*\ncontent-length: 151\n\
                  content-type: application/x-www-form-urlencoded\nuser-agent: Belfry/0.1.0\n\n\
                  grant_type=authorization_code&code=c1&client_id=linkedin-client&client_secret=linkedin-secret\
                  &redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback";
    assert_eq!(stage.request(), wanted);
}

#[tokio::test]
async fn a_refresh_token_that_the_answer_leaves_out_is_kept() {
    let stage = Stage::playing([say(200, r#"{"access_token":"a2","expires_in":5184000}"#)]).await;
    let grant = stage.authorizer(Platform::LinkedIn).refresh(&Secret::new("r1".into())).await.unwrap();
    assert_eq!(grant.tokens.refresh.unwrap().expose(), "r1");
    let form =
        "grant_type=refresh_token&refresh_token=r1&client_id=linkedin-client&client_secret=linkedin-secret";
    assert!(stage.request().ends_with(&format!("\n\n{form}")), "{}", stage.request());
}

#[tokio::test]
async fn a_refresh_token_says_how_long_it_is_good() {
    let body =
        r#"{"access_token":"a","expires_in":86400,"refresh_token":"r","refresh_token_expires_in":259200}"#;
    let stage = Stage::playing([say(200, body)]).await;
    let grant = stage.authorizer(Platform::LinkedIn).refresh(&Secret::new("r1".into())).await.unwrap();
    let longer = grant.refresh_until.unwrap().duration_since(grant.expires_at.unwrap());
    assert_eq!(longer.as_hours(), 48);
}

#[tokio::test]
async fn the_access_token_is_revoked() {
    let stage = Stage::playing([say(200, ""), say(400, "{}")]).await;
    let authorizer = stage.authorizer(Platform::LinkedIn);
    let tokens = Tokens { access: Secret::new("a1".into()), refresh: None };
    authorizer.revoke(&tokens).await.unwrap();
    let request = stage.request();
    assert!(request.starts_with("POST /linkedin/oauth/v2/revoke HTTP/1.1\n"), "{request}");
    assert!(request.ends_with("&token=a1"), "{request}");
    assert!(authorizer.revoke(&tokens).await.is_err());
}

#[tokio::test]
async fn every_recorded_token_answer_means_what_it_must() {
    for recorded in Recorded::all("linkedin/token") {
        let stage = Stage::playing([replay(&recorded), replay(&recorded)]).await;
        let authorizer = stage.authorizer(Platform::LinkedIn);
        let failure = authorizer.refresh(&Secret::new("r1".into())).await.unwrap_err();
        check(&recorded.name, &failure, recorded.refresh_reads_as.as_ref().unwrap());
        let error = authorizer.exchange(&Secret::new("c1".into()), None).await.unwrap_err();
        let read_as = match error {
            Error::ConnectionRefused { platform: "LinkedIn", .. } => "refused",
            Error::Broken { .. } => "broken",
            Error::Unavailable { .. } => "unavailable",
            other => panic!("{}: {other:?}", recorded.name),
        };
        assert_eq!(Some(read_as), recorded.exchange_reads_as.as_deref(), "{}", recorded.name);
    }
}

#[tokio::test]
async fn the_grant_opens_the_person_and_the_pages_that_the_person_may_post_for() {
    let role = |key: &str, id: u32, role: &str| serde_json::json!({key: format!("urn:li:organization:{id}"), "role": role, "state": "APPROVED"});
    let first = serde_json::json!({"elements": [
        role("organization", 1, "ADMINISTRATOR"),
        role("organization", 1, "CONTENT_ADMIN"),
        role("organization", 9, "ANALYST"),
    ], "paging": {"start": 0, "count": 3, "total": 5}});
    let second = serde_json::json!({"elements": [
        role("organizationTarget", 2, "CONTENT_ADMIN"),
        role("organizationalTarget", 3, "DIRECT_SPONSORED_CONTENT_POSTER"),
    ], "paging": {"start": 3, "count": 3, "total": 5}});
    // The names are asked for at the same time, in no order: all answers are equal.
    let named = say(200, r#"{"localizedName":"Analytical Engines","vanityName":"engines"}"#);
    let stage = Stage::playing([
        say(200, r#"{"sub":"782bbtaQ","name":"Ada L","picture":"https://p.example/1.jpg"}"#),
        say(200, &first.to_string()),
        say(200, &second.to_string()),
        named.clone(),
        named.clone(),
        named,
    ])
    .await;
    let accounts = accounts_of(&*stage.authorizer(Platform::LinkedIn)).await.unwrap();
    let ids: Vec<_> = accounts.iter().map(|account| account.id.as_str()).collect();
    let wanted =
        ["urn:li:person:782bbtaQ", "urn:li:organization:1", "urn:li:organization:2", "urn:li:organization:3"];
    assert_eq!(ids, wanted);
    assert_eq!((accounts[0].display_name.as_str(), accounts[0].kind), ("Ada L", AccountKind::Person));
    assert_eq!(accounts[1].display_name, "Analytical Engines");
    assert_eq!(
        (accounts[1].handle.as_deref(), accounts[1].kind),
        (Some("engines"), AccountKind::Organization)
    );
    let lines: Vec<String> =
        stage.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines[0], "GET /linkedin/v2/userinfo HTTP/1.1");
    let acls = "GET /linkedin/rest/organizationAcls?q=roleAssignee&state=APPROVED";
    assert_eq!(lines[1], format!("{acls}&start=0&count=100 HTTP/1.1"));
    assert_eq!(lines[2], format!("{acls}&start=3&count=100 HTTP/1.1"));
    for id in 1..=3 {
        assert!(lines.contains(&format!("GET /linkedin/rest/organizations/{id} HTTP/1.1")), "{lines:?}");
    }
    assert!(!stage.requests()[0].contains("linkedin-version"), "userinfo takes no version");
    assert!(stage.requests()[3].contains("linkedin-version: 202608"));
}

#[tokio::test]
async fn without_the_scopes_or_the_right_only_the_person_is_there() {
    let person = say(200, r#"{"sub":"782bbtaQ","given_name":"Ada","family_name":"L"}"#);
    let stage = Stage::playing([person.clone()]).await;
    let platforms =
        stage.platforms(|settings| settings.linkedin.scopes.retain(|scope| scope != "rw_organization_admin"));
    let accounts = accounts_of(&*platforms.authorizer(Platform::LinkedIn)).await.unwrap();
    assert_eq!((accounts.len(), accounts[0].display_name.as_str()), (1, "Ada L"));
    assert_eq!(stage.requests().len(), 1);

    let stage = Stage::playing([person.clone(), say(403, r#"{"code":"ACCESS_DENIED"}"#)]).await;
    assert_eq!(accounts_of(&*stage.authorizer(Platform::LinkedIn)).await.unwrap().len(), 1);

    let stage = Stage::playing([person, say(503, "")]).await;
    let error = accounts_of(&*stage.authorizer(Platform::LinkedIn)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { neighbour: "linkedin", .. }), "{error:?}");
}

#[tokio::test]
async fn a_page_whose_name_is_not_ours_to_read_goes_by_its_number() {
    let acls = r#"{"elements":[{"organization":"urn:li:organization:7","role":"CONTENT_ADMIN"}]}"#;
    let stage = Stage::playing([say(200, r#"{"sub":"7"}"#), say(200, acls), say(403, "")]).await;
    let accounts = accounts_of(&*stage.authorizer(Platform::LinkedIn)).await.unwrap();
    assert_eq!(accounts[1].display_name, "LinkedIn page 7");
}
