//! Facebook's login over a real socket.

use domain::Error;
use domain::connection::{AccountKind, Grant, Opened, Tokens};
use domain::platform::Platform;
use domain::ports::FailureClass;
use domain::secret::Secret;
use jiff::Timestamp;

use crate::graph::staged::{PROOF, lines, refuse, say};
use crate::recorded::Recorded;
use crate::stage::{Stage, refusal, replay, token};

fn grant(scopes: &[&str]) -> Grant {
    let tokens = Tokens { access: token(), refresh: None };
    Grant {
        tokens,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_at: None,
        refresh_until: None,
    }
}

async fn opened(stage: &Stage, scopes: &[&str]) -> Vec<Opened> {
    stage.authorizer(Platform::Facebook).accounts(&grant(scopes)).await.unwrap()
}

const PAGES: &str = r#"{"data":[
    {"id":"7","name":"Bells","username":"bells","access_token":"page-token-7","tasks":["CREATE_CONTENT","ANALYZE"],
     "picture":{"data":{"url":"https://p.example/7.jpg"}},
     "instagram_business_account":{"id":"17841","username":"bells.ig","name":"Bells IG","profile_picture_url":"https://p.example/ig.jpg"}},
    {"id":"8","name":"Read only","access_token":"page-token-8","tasks":["ANALYZE"]},
    {"id":"9","name":"No token","tasks":["MANAGE"]}]"#;

#[tokio::test]
async fn consent_is_asked_for_with_the_version_and_the_scopes_of_the_settings() {
    let authorizer = Stage::empty().await.platforms(|settings| {
        settings.facebook.dialog =
            crate::Base::parse("FACEBOOK_DIALOG_URL", "https://www.facebook.com").unwrap();
    });
    let authorizer = domain::ports::Platforms::authorizer(&authorizer, Platform::Facebook);
    assert!(!authorizer.uses_pkce());
    assert_eq!(
        authorizer.needed_scopes(),
        ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]
    );
    let wanted = "https://www.facebook.com/v25.0/dialog/oauth?client_id=facebook-client\
                  &redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback&state=st_1&response_type=code\
                  &scope=pages_show_list%2Cpages_manage_posts";
    assert_eq!(authorizer.authorization_url("st_1", None), wanted);
}

#[tokio::test]
async fn a_code_becomes_a_lasting_token_and_only_what_was_granted_is_a_scope() {
    let stage = Stage::playing([
        say(200, r#"{"access_token":"short","token_type":"bearer","expires_in":5000}"#),
        say(200, r#"{"access_token":"s3cret-access-token","token_type":"bearer","expires_in":5183944}"#),
        say(
            200,
            r#"{"data":[{"permission":"pages_show_list","status":"granted"},
            {"permission":"pages_manage_posts","status":"declined"},
            {"permission":"pages_read_engagement","status":"expired"}]}"#,
        ),
    ])
    .await;
    let before = Timestamp::now();
    let code = Secret::new("c/1".into());
    let grant = stage.authorizer(Platform::Facebook).exchange(&code, None).await.unwrap();
    assert_eq!((grant.tokens.access.expose().as_str(), grant.tokens.refresh), ("s3cret-access-token", None));
    assert_eq!(grant.scopes, ["pages_show_list"]);
    let lifetime = grant.expires_at.unwrap().as_second() - before.as_second();
    assert!((5_183_944..5_183_950).contains(&lifetime), "{lifetime}");
    let app = "client_id=facebook-client&client_secret=facebook-secret";
    let wanted = [
        format!(
            "GET /facebook/v25.0/oauth/access_token?{app}&redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback\
             &code=c%2F1 HTTP/1.1"
        ),
        format!(
            "GET /facebook/v25.0/oauth/access_token?{app}&grant_type=fb_exchange_token&fb_exchange_token=short HTTP/1.1"
        ),
        format!("GET /facebook/v25.0/me/permissions?limit=100&appsecret_proof={PROOF} HTTP/1.1"),
    ];
    assert_eq!(lines(&stage.requests()), wanted);
}

#[tokio::test]
async fn every_recorded_token_answer_means_what_it_must() {
    for recorded in Recorded::all("facebook/token") {
        let stage = Stage::playing([replay(&recorded)]).await;
        let error = stage.authorizer(Platform::Facebook).exchange(&Secret::new("c1".into()), None).await;
        let read_as = match error.unwrap_err() {
            Error::ConnectionRefused { platform: "Facebook", .. } => "refused",
            Error::Broken { .. } => "broken",
            Error::Unavailable { .. } => "unavailable",
            other => panic!("{}: {other:?}", recorded.name),
        };
        assert_eq!(Some(read_as), recorded.exchange_reads_as.as_deref(), "{}", recorded.name);
    }
}

#[tokio::test]
async fn a_refused_code_says_why_and_repeats_no_secret() {
    let said =
        r#"{"error":{"message":"c/1 with facebook-secret was used","code":100,"error_subcode":36009}}"#;
    let stage = Stage::playing([say(400, said)]).await;
    let error = stage.authorizer(Platform::Facebook).exchange(&Secret::new("c/1".into()), None).await;
    let detail = refusal(error.unwrap_err());
    assert!(detail.contains("(Facebook said: error 100/36009: *** with *** was used)"), "{detail}");
}

#[tokio::test]
async fn each_page_that_may_be_posted_for_is_opened_by_its_own_token_and_so_is_its_instagram_account() {
    let stage = Stage::playing([say(200, &format!("{PAGES}}}"))]).await;
    let opened = opened(&stage, &[]).await;
    let [page, instagram] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(
        (page.platform, page.account.login, page.account.kind),
        (Platform::Facebook, Platform::Facebook, AccountKind::Page)
    );
    assert_eq!((page.account.id.as_str(), page.account.display_name.as_str()), ("7", "Bells"));
    assert_eq!(page.account.handle.as_deref(), Some("bells"));
    assert_eq!(page.account.avatar_url.as_deref(), Some("https://p.example/7.jpg"));
    assert_eq!(
        (instagram.platform, instagram.account.login, instagram.account.kind),
        (Platform::Instagram, Platform::Facebook, AccountKind::Business)
    );
    assert_eq!(
        (instagram.account.id.as_str(), instagram.account.display_name.as_str()),
        ("17841", "Bells IG")
    );
    assert_eq!(instagram.account.handle.as_deref(), Some("bells.ig"));
    for opened in [page, instagram] {
        let tokens = opened.own_tokens.as_ref().unwrap();
        assert_eq!((tokens.access.expose().as_str(), tokens.refresh.as_ref()), ("page-token-7", None));
    }
}

#[tokio::test]
async fn an_instagram_account_that_may_not_be_published_on_is_not_opened() {
    let list = format!("{PAGES}}}");
    let without = ["pages_show_list", "instagram_basic"];
    let stage = Stage::playing([say(200, &list), say(200, &list)]).await;
    assert_eq!(opened(&stage, &without).await.len(), 1);
    assert_eq!(opened(&stage, &["instagram_basic", "instagram_content_publish"]).await.len(), 2);
}

#[tokio::test]
async fn the_next_page_of_pages_is_asked_for_by_its_place() {
    let more = format!(
        r#"{PAGES},"paging":{{"cursors":{{"after":"QVFI"}},"next":"https://evil.example/?access_token=x"}}}}"#
    );
    let last = r#"{"data":[{"id":"10","name":"Last","access_token":"t10","tasks":["MANAGE"]}],"paging":{"cursors":{"after":"QVFJ"}}}"#;
    let stage = Stage::playing([say(200, &more), say(200, last)]).await;
    assert_eq!(opened(&stage, &[]).await.len(), 3);
    let fields = "fields=id%2Cname%2Cusername%2Caccess_token%2Ctasks%2Cpicture%7Burl%7D%2C\
                  instagram_business_account%7Bid%2Cusername%2Cname%2Cprofile_picture_url%7D&limit=100";
    let wanted = [
        format!("GET /facebook/v25.0/me/accounts?{fields}&appsecret_proof={PROOF} HTTP/1.1"),
        format!("GET /facebook/v25.0/me/accounts?{fields}&after=QVFI&appsecret_proof={PROOF} HTTP/1.1"),
    ];
    assert_eq!(lines(&stage.requests()), wanted);
}

#[tokio::test]
async fn pages_that_cannot_be_listed_say_why() {
    let stage = Stage::playing([refuse(190, 460), say(500, "")]).await;
    let authorizer = stage.authorizer(Platform::Facebook);
    assert!(refusal(authorizer.accounts(&grant(&[])).await.unwrap_err()).contains("error 190/460"));
    let error = authorizer.accounts(&grant(&[])).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { neighbour: "facebook", .. }), "{error:?}");
}

#[tokio::test]
async fn a_page_token_is_neither_renewed_nor_revoked() {
    let stage = Stage::playing([]).await;
    let authorizer = stage.authorizer(Platform::Facebook);
    let failure = authorizer.refresh(&token()).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Reconnect, "needs_reconnect"));
    assert_eq!(authorizer.revoke(&Tokens { access: token(), refresh: None }).await, Ok(()));
    assert_eq!(stage.requests().len(), 0);
}
