//! Instagram's own login over a real socket.

use domain::Error;
use domain::connection::{AccountKind, Tokens};
use domain::platform::Platform;
use domain::ports::Platforms;
use domain::secret::Secret;
use jiff::Timestamp;

use crate::graph::staged::{bodies, lines, say};
use crate::recorded::{Recorded, check};
use crate::stage::{Stage, accounts_of, refusal, replay, token};

const LONG: &str = r#"{"access_token":"long","token_type":"bearer","expires_in":5183944}"#;

#[tokio::test]
async fn consent_is_asked_for_with_all_scopes_at_once() {
    let platforms = Stage::empty().await.platforms(|settings| {
        let address = "https://www.instagram.com";
        settings.instagram.authorize = crate::Base::parse("INSTAGRAM_AUTHORIZE_URL", address).unwrap();
    });
    let authorizer = platforms.authorizer(Platform::Instagram);
    assert!(!authorizer.uses_pkce());
    assert_eq!(
        authorizer.needed_scopes(),
        ["instagram_business_basic", "instagram_business_content_publish"]
    );
    let wanted = "https://www.instagram.com/oauth/authorize?client_id=instagram-client\
                  &redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback&response_type=code\
                  &scope=instagram_business_basic%2Cinstagram_business_content_publish%2C\
                  instagram_business_manage_comments%2Cinstagram_business_manage_insights&state=st_1";
    assert_eq!(authorizer.authorization_url("st_1", None), wanted);
}

#[tokio::test]
async fn a_code_becomes_a_token_that_lasts_and_renews_itself() {
    for short in [
        r#"{"access_token":"short","user_id":17841,"permissions":"instagram_business_basic,instagram_business_content_publish"}"#,
        r#"{"data":[{"access_token":"short","user_id":"17841","permissions":["instagram_business_basic","instagram_business_content_publish"]}]}"#,
    ] {
        let stage = Stage::playing([say(200, short), say(200, LONG)]).await;
        let before = Timestamp::now();
        let code = Secret::new("c1#_".into());
        let grant = stage.authorizer(Platform::Instagram).exchange(&code, None).await.unwrap();
        assert_eq!(grant.tokens.access.expose(), "long");
        assert_eq!(grant.tokens.refresh.unwrap().expose(), "long");
        assert_eq!(grant.scopes, ["instagram_business_basic", "instagram_business_content_publish"]);
        let lifetime = grant.expires_at.unwrap().as_second() - before.as_second();
        assert!((5_183_944..5_183_950).contains(&lifetime), "{lifetime}");
        let requests = stage.requests();
        let wanted = [
            "POST /instagram/oauth/access_token HTTP/1.1",
            "GET /instagram/access_token?grant_type=ig_exchange_token&client_secret=instagram-secret&\
             access_token=short HTTP/1.1",
        ];
        assert_eq!(lines(&requests), wanted);
        let form = "client_id=instagram-client&client_secret=instagram-secret&grant_type=authorization_code&\
                    redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback&code=c1";
        assert_eq!(bodies(&requests)[0], form);
    }
}

#[tokio::test]
async fn a_token_is_renewed_by_itself() {
    let stage = Stage::playing([say(200, LONG)]).await;
    let grant = stage.authorizer(Platform::Instagram).refresh(&token()).await.unwrap();
    assert_eq!(grant.tokens.access.expose(), "long");
    assert_eq!(grant.tokens.refresh.unwrap().expose(), "long");
    assert!(grant.expires_at.is_some());
    let wanted = "GET /instagram/refresh_access_token?grant_type=ig_refresh_token&\
                  access_token=s3cret-access-token HTTP/1.1";
    assert_eq!(lines(&stage.requests()), [wanted]);
}

#[tokio::test]
async fn every_recorded_token_answer_means_what_it_must() {
    for recorded in Recorded::all("instagram/token") {
        let stage = Stage::playing([replay(&recorded), replay(&recorded)]).await;
        let authorizer = stage.authorizer(Platform::Instagram);
        let failure = authorizer.refresh(&Secret::new("r1".into())).await.unwrap_err();
        check(&recorded.name, &failure, recorded.refresh_reads_as.as_ref().unwrap());
        let read_as = match authorizer.exchange(&Secret::new("c1".into()), None).await.unwrap_err() {
            Error::ConnectionRefused { platform: "Instagram", .. } => "refused",
            Error::Broken { .. } => "broken",
            Error::Unavailable { .. } => "unavailable",
            other => panic!("{}: {other:?}", recorded.name),
        };
        assert_eq!(Some(read_as), recorded.exchange_reads_as.as_deref(), "{}", recorded.name);
    }
}

#[tokio::test]
async fn a_refused_code_says_why_and_repeats_no_secret() {
    let said = r#"{"error_type":"OAuthException","code":400,"error_message":"c1 with instagram-secret was already used"}"#;
    let stage = Stage::playing([say(400, said)]).await;
    let error = stage.authorizer(Platform::Instagram).exchange(&Secret::new("c1#_".into()), None).await;
    let detail = refusal(error.unwrap_err());
    assert!(detail.contains("(Instagram said: *** with *** was already used)"), "{detail}");
}

#[tokio::test]
async fn the_grant_opens_the_persons_own_account() {
    let me = r#"{"user_id":"17841","id":"99","username":"bells","name":"Bells","account_type":"BUSINESS","profile_picture_url":"https://p.example/1.jpg"}"#;
    let wrapped = format!(r#"{{"data":[{me}]}}"#);
    for body in [me, wrapped.as_str()] {
        let stage = Stage::playing([say(200, body)]).await;
        let accounts = accounts_of(&*stage.authorizer(Platform::Instagram)).await.unwrap();
        let [bells] = accounts.as_slice() else { panic!("{accounts:?}") };
        assert_eq!(
            (bells.id.as_str(), bells.kind, bells.login),
            ("17841", AccountKind::Business, Platform::Instagram)
        );
        assert_eq!((bells.display_name.as_str(), bells.handle.as_deref()), ("Bells", Some("bells")));
        assert_eq!(bells.avatar_url.as_deref(), Some("https://p.example/1.jpg"));
        let wanted = "GET /instagram/v25.0/me?fields=user_id%2Cusername%2Cname%2Caccount_type%2C\
                      profile_picture_url HTTP/1.1";
        assert_eq!(lines(&stage.requests()), [wanted]);
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_asked_for_again() {
    let stage = Stage::playing([say(200, "{}"), say(500, "")]).await;
    let authorizer = stage.authorizer(Platform::Instagram);
    for _ in 0..2 {
        let error = accounts_of(&*authorizer).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { neighbour: "instagram", .. }), "{error:?}");
    }
}

#[tokio::test]
async fn revoking_asks_nothing() {
    let stage = Stage::playing([]).await;
    let tokens = Tokens { access: token(), refresh: Some(token()) };
    assert_eq!(stage.authorizer(Platform::Instagram).revoke(&tokens).await, Ok(()));
    assert_eq!(stage.requests().len(), 0);
}
