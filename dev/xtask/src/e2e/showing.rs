//! Posts that show something or go on: pictures on every platform, threads out of long texts, first comments.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::e2e::changing::has_thread;
use crate::e2e::media::{film, uploaded, uploaded_film};
use crate::e2e::patience::{ahead, past};
use crate::e2e::visitor::{Account, Visitor, World};

/// How long after its time a post with a picture may take to be shown as published.
const SOON: Duration = Duration::from_secs(60);

/// The logins that open an account of every kind.
const LOGINS: [&str; 3] = ["x", "linkedin", "facebook"];

pub(crate) async fn a_picture_is_shown_on_every_platform_once(world: World) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &LOGINS).await?;
    let accounts =
        [visitor.x(), visitor.member(), visitor.organization(), visitor.page(), visitor.business()];
    let picture = uploaded(&world, &visitor).await?;
    let at = ahead(25);
    let body = json!({
        "text": "The bell, as one pixel sees it",
        "media": [{ "mediaId": picture, "altText": "A bell" }],
        "targets": accounts.map(|account| json!({ "connectionId": account.id })),
        "publishAt": at.to_string(),
    });
    let previews = visitor.post("/v1/posts/preview", &without_time(&body)).await?.expect(200)?;
    let on_instagram = &previews["targets"][4]["problems"][0];
    ensure!(
        on_instagram["code"] == "sent_as_jpeg" && on_instagram["severity"] == "warning",
        "Instagram takes JPEG alone, and the preview says {previews}"
    );
    let post = visitor.post("/v1/posts/schedule", &body).await?.expect(201)?;
    let published = visitor.until_status(id(&post)?, "published", past(at, SOON)).await?;
    for (account, target) in accounts.iter().zip(published["targets"].as_array().context("no targets")?) {
        let seen = world.seen_on(account).await?;
        let [one] = &seen[..] else { anyhow::bail!("on {} there are {seen:?}", account.platform) };
        ensure!(!one.media.is_empty(), "on {} nothing is shown: {one:?}", account.platform);
        ensure!(one.accepted_at >= at.as_millisecond(), "on {} it was early: {one:?}", account.platform);
        ensure!(target["latenessMs"].as_i64().is_some_and(|ms| ms < 5_000), "it was late: {target}");
    }
    for account in [visitor.x(), visitor.member(), visitor.organization()] {
        let kept = world.media_on(account).await?;
        let digests: Vec<&str> = kept.iter().filter_map(|it| it["sha256"].as_str()).collect();
        ensure!(digests == [PIXEL_SHA256], "on {} arrived {kept:?}", account.platform);
    }
    Ok(())
}

pub(crate) async fn a_film_is_shown_on_every_platform_once(world: World) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &LOGINS).await?;
    let accounts =
        [visitor.x(), visitor.member(), visitor.organization(), visitor.page(), visitor.business()];
    let film = film();
    let id_of_film = uploaded_film(&world, &visitor, film.len(), film.clone()).await?;
    let body = json!({
        "text": "The bell swings",
        "media": [{ "mediaId": id_of_film }],
        "targets": accounts.map(|account| json!({ "connectionId": account.id })),
    });
    let post = visitor.post("/v1/posts/publish-multi", &body).await?.expect(202)?;
    visitor.until_status(id(&post)?, "published", SOON).await?;
    for account in accounts {
        let seen = world.seen_on(account).await?;
        let [one] = &seen[..] else { anyhow::bail!("on {} there are {seen:?}", account.platform) };
        ensure!(!one.media.is_empty(), "on {} nothing is shown: {one:?}", account.platform);
    }
    for account in [visitor.x(), visitor.member(), visitor.organization()] {
        let kept = world.media_on(account).await?;
        let size = kept.first().and_then(|it| it["sizeBytes"].as_u64());
        ensure!(size == Some(film.len() as u64), "on {} arrived {kept:?}", account.platform);
    }
    Ok(())
}

/// Of `media::PIXEL`.
const PIXEL_SHA256: &str = "d44c0303173ecdb8ba72a7ab688f020583b31865537e2f9ab57e56aeec687807";

pub(crate) async fn a_text_that_is_too_long_for_x_is_a_numbered_thread(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let text = (1..=12).map(|number| format!("Sentence {number} says a few words about bells. "));
    let body = json!({ "text": text.collect::<String>(), "targets": [{ "connectionId": visitor.x().id }] });
    let previews = visitor.post("/v1/posts/preview", &body).await?.expect(200)?;
    let parts: Vec<String> = previews["targets"][0]["parts"]
        .as_array()
        .context("no parts")?
        .iter()
        .filter_map(|part| part["text"].as_str().map(str::to_owned))
        .collect();
    ensure!(parts.len() > 1 && parts[0].ends_with(&format!(" 1/{}", parts.len())), "parts are {parts:?}");
    let post = visitor.post("/v1/posts/publish", &body).await?.expect(202)?;
    visitor.until_status(id(&post)?, "published", SOON).await?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    has_thread(&world, visitor.x(), &parts).await
}

pub(crate) async fn a_first_comment_hangs_below_its_post(world: World) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &["facebook", "linkedin"]).await?;
    for account in [visitor.page(), visitor.organization()] {
        let target = json!({ "connectionId": account.id, "options": { "firstComment": "And a comment" } });
        let body = json!({ "text": "A post", "targets": [target] });
        let post = visitor.post("/v1/posts/publish", &body).await?.expect(202)?;
        let published = visitor.until_status(id(&post)?, "published", SOON).await?;
        let both = published["targets"][0]["published"].as_array().map(Vec::len);
        ensure!(both == Some(2), "published is {published}");
        has_thread(&world, account, &["A post", "And a comment"]).await?;
    }
    Ok(())
}

pub(crate) async fn a_thread_that_cannot_be_finished_is_taken_down_when_its_person_wants_it(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let x = visitor.x();
    // The second part says what the account has said before, which X refuses for good.
    let before = visitor.publish("said before", x).await?;
    visitor.until_status(id(&before)?, "published", SOON).await?;
    let target = json!({ "connectionId": x.id, "options": { "onThreadFailure": "rollback" } });
    let body = json!({ "text": "a new beginning\n---\nsaid before", "targets": [target] });
    let post = visitor.post("/v1/posts/publish", &body).await?.expect(202)?;
    let failed = visitor.until_status(id(&post)?, "failed", SOON).await?;
    let target = &failed["targets"][0];
    ensure!(target["published"] == json!([]), "parts are called live: {target}");
    ensure!(
        target["error"]["detail"].as_str().is_some_and(|detail| detail.contains("taken down")),
        "the reason is {target}"
    );
    let live = world.seen_on(x).await?.into_iter().filter(|seen| seen.deleted_at.is_none());
    let live: Vec<String> = live.map(|seen| seen.text).collect();
    ensure!(live == ["said before"], "live are {live:?}");
    Ok(())
}

pub(crate) async fn what_a_platform_cannot_show_is_refused_with_the_rule(world: World) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &LOGINS).await?;
    let words = |account: &Account, options: Value| {
        let target = json!({ "connectionId": account.id, "options": options });
        json!({ "text": "words", "targets": [target], "publishAt": ahead(3600).to_string() })
    };
    let refused = async |body: Value, wanted: &[(&str, &str)]| {
        visitor.post("/v1/posts/schedule", &body).await?.expect_mistakes(wanted)
    };
    refused(words(visitor.business(), json!({})), &[("/media", "media_required")]).await?;
    refused(words(visitor.page(), json!({ "mediaKind": "REELS" })), &[("/media", "reel_needs_a_film")])
        .await?;
    let options = [("/targets/0/options", "link_title_required")];
    refused(words(visitor.member(), json!({ "link": "https://example.com/a" })), &options).await?;
    let unknown = json!({
        "text": "words",
        "media": [{ "mediaId": "med_nobodys" }],
        "targets": [{ "connectionId": visitor.x().id }],
        "publishAt": ahead(3600).to_string(),
    });
    refused(unknown, &[("/media/0/mediaId", "unknown_media")]).await?;
    visitor.has_no_posts().await
}

fn without_time(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("publishAt");
    }
    body
}

fn id(post: &Value) -> Result<&str> {
    post["id"].as_str().context("a post without an id")
}
