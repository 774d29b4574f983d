//! A version that has ended, over a real socket.

use std::time::Duration;

use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Platforms, Receipt};

use crate::SocialPlatforms;
use crate::linkedin::tests::{ada, created, say};
use crate::stage::{Act, Stage, accounts_of, part, token};

const SECOND: Duration = Duration::from_secs(1);
const URN: &str = "urn:li:share:7295588489876647936";

fn sunset() -> Act {
    say(426, r#"{"status":426,"code":"NONEXISTENT_VERSION","message":"Requested version is not active"}"#)
}

async fn publish(platforms: &SocialPlatforms) -> Result<Receipt, Failure> {
    platforms.publisher(Platform::LinkedIn).publish(&ada(), &token(), part("hello"), SECOND).await
}

fn versions(stage: &Stage) -> Vec<String> {
    let version = |request: &String| {
        request.lines().find_map(|line| line.strip_prefix("linkedin-version: ")).unwrap_or("none").to_owned()
    };
    stage.requests().iter().map(version).collect()
}

#[tokio::test]
async fn the_same_request_goes_out_again_in_the_next_version_that_lives() {
    let stage = Stage::playing([sunset(), sunset(), created(URN)]).await;
    let platforms = stage.platforms(|_| {});
    assert_eq!(platforms.newer_version(Platform::LinkedIn), None);
    assert_eq!(publish(&platforms).await.unwrap().published.remote_id, URN);
    assert_eq!(versions(&stage), ["202608", "202609", "202610"]);
    assert_eq!(platforms.newer_version(Platform::LinkedIn).as_deref(), Some("202610"));
    let [first, _, third] = <[String; 3]>::try_from(stage.requests()).unwrap();
    assert_eq!(first.replace("202608", "202610"), third);
}

#[tokio::test]
async fn what_is_accepted_is_remembered_by_publishers_authorizers_and_meters() {
    let list = r#"{"elements":[]}"#;
    let acts =
        [sunset(), created(URN), created(URN), say(200, r#"{"sub":"7"}"#), say(200, list), say(200, list)];
    let stage = Stage::playing(acts).await;
    let platforms = stage.platforms(|settings| settings.linkedin.version = "202612".into());
    publish(&platforms).await.unwrap();
    publish(&platforms).await.unwrap();
    accounts_of(&*platforms.authorizer(Platform::LinkedIn)).await.unwrap();
    let page = crate::linkedin::tests::page();
    platforms.meter(Platform::LinkedIn).read(&page, &token(), &[URN], SECOND).await.unwrap();
    assert_eq!(versions(&stage), ["202612", "202701", "202701", "none", "202701", "202701"]);
}

#[tokio::test]
async fn when_no_version_of_a_year_lives_the_operator_must_act() {
    let stage = Stage::playing(vec![sunset(); 13]).await;
    let platforms = stage.platforms(|_| {});
    let failure = publish(&platforms).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (FailureClass::Operator, "version_sunset"));
    assert_eq!(versions(&stage).last().map(String::as_str), Some("202708"));
    assert_eq!(platforms.newer_version(Platform::LinkedIn), None);
}

#[tokio::test]
async fn a_refusal_in_the_next_version_means_what_it_says() {
    let stage = Stage::playing([sunset(), say(422, r#"{"code":"UNPROCESSABLE_ENTITY"}"#)]).await;
    let platforms = stage.platforms(|_| {});
    assert_eq!(publish(&platforms).await.unwrap_err().class, FailureClass::Content);
    assert_eq!(platforms.newer_version(Platform::LinkedIn).as_deref(), Some("202609"));

    let stage = Stage::playing([sunset(), Act::Drop]).await;
    let platforms = stage.platforms(|_| {});
    assert_eq!(publish(&platforms).await.unwrap_err().class, FailureClass::Ambiguous);
    assert_eq!(platforms.newer_version(Platform::LinkedIn), None);
}
