//! What people do with posts and accounts that are there: drafts, edits, retries, requests that come twice, goodbyes.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::e2e::patience::{ahead, past};
use crate::e2e::visitor::{Account, Answer, Visitor, World, answer, scheduled};

/// How long after its time a post may take to be shown as published.
const SOON: Duration = Duration::from_secs(15);

pub(crate) async fn a_draft_is_kept_edited_and_sent_when_it_gets_a_time(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let kept = visitor.post("/v1/posts/drafts", &json!({ "text": "Half a" })).await?;
    let location = kept.header("location").unwrap_or_default().to_owned();
    let draft = kept.expect(201)?;
    let id = id(&draft)?;
    ensure!(location == format!("/v1/posts/{id}"), "Location is {location}");
    ensure!(draft["status"] == "draft" && draft["publishAt"].is_null(), "kept was {draft}");
    let listed = visitor.get("/v1/posts?status=draft").await?.expect(200)?;
    ensure!(listed["posts"][0]["id"] == draft["id"], "listed are {listed}");

    let at = ahead(20);
    let wish = json!({ "status": "draft", "publishAt": at.to_string() });
    patch(&visitor, id, Some(1), &wish).await?.expect(200)?;
    let wished = visitor.get(&format!("/v1/posts/{id}")).await?.expect(200)?;
    let wish_is_kept = wished["status"] == "draft" && wished["publishAt"] == at.to_string();
    ensure!(wish_is_kept, "a draft with a wish is {wished}");

    let unfinished = patch(&visitor, id, None, &json!({ "publishAt": at.to_string() })).await?;
    unfinished.expect_mistakes(&[("/targets", "too_few_targets")])?;
    let whole = json!({
        "text": "A whole thought", "targets": [target(visitor.x())], "publishAt": at.to_string(),
    });
    let edited = patch(&visitor, id, Some(2), &whole).await?;
    ensure!(edited.header("etag") == Some("\"3\""), "the ETag is {:?}", edited.header("etag"));
    let edited = edited.expect(200)?;
    ensure!(edited["status"] == "scheduled" && edited["publishAt"] == at.to_string(), "edited is {edited}");
    visitor.until_status(id, "published", past(at, SOON)).await?;
    has_alone(&world, visitor.x(), "A whole thought").await
}

pub(crate) async fn a_draft_that_nobody_wants_is_thrown_away(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let draft = visitor.post("/v1/posts/drafts", &json!({})).await?.expect(201)?;
    let path = format!("/v1/posts/{}", id(&draft)?);
    visitor.delete(&path).await?.expect(204)?;
    visitor.get(&path).await?.expect_problem(404, "not_found")?;
    visitor.has_no_posts().await
}

pub(crate) async fn an_edited_post_is_sent_as_it_was_edited_and_only_then(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (soon, later) = (ahead(20), ahead(24));
    let post = visitor.schedule("first words", &[visitor.x()], soon).await?;
    let id = id(&post)?;
    let change = json!({ "text": "second words", "publishAt": later.to_string() });
    patch(&visitor, id, Some(1), &change).await?.expect(200)?;
    patch(&visitor, id, Some(1), &json!({ "text": "third" }))
        .await?
        .expect_problem(412, "revision_mismatch")?;
    let published = visitor.until_status(id, "published", past(later, SOON)).await?;
    let lateness = published["targets"][0]["latenessMs"].as_i64().unwrap_or(-1);
    ensure!((0..2_000).contains(&lateness), "it was {lateness} ms late");
    patch(&visitor, id, None, &json!({ "text": "fourth" })).await?.expect_problem(409, "already_started")?;
    has_alone(&world, visitor.x(), "second words").await
}

pub(crate) async fn a_canceled_post_is_sent_after_all_when_it_gets_a_new_time(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let post = visitor.schedule("on second thoughts", &[visitor.x()], ahead(3600)).await?;
    let id = id(&post)?;
    visitor.delete(&format!("/v1/posts/{id}")).await?.expect(204)?;
    let at = ahead(20);
    let again = patch(&visitor, id, None, &json!({ "publishAt": at.to_string() })).await?.expect(200)?;
    ensure!(again["status"] == "scheduled", "it is {again}");
    visitor.until_status(id, "published", past(at, SOON)).await?;
    has_alone(&world, visitor.x(), "on second thoughts").await
}

pub(crate) async fn the_same_request_under_its_key_makes_one_post(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let body = scheduled("once under a key", &[visitor.x()], ahead(3600));
    let ask = async |path: &str, body: &Value| {
        let request = visitor.request(Method::POST, path).header("idempotency-key", "k-1").json(body);
        answer(request).await
    };
    let first = ask("/v1/posts/schedule", &body).await?;
    let left = first.header("x-ratelimit-remaining").map(str::to_owned);
    let first = first.expect(201)?;
    let again = ask("/v1/posts/schedule", &body).await?;
    ensure!(again.header("x-ratelimit-remaining").is_none(), "a repetition is not counted");
    let again = again.expect(201)?;
    ensure!(again == first, "first {first}, then {again}");
    let shown = visitor.get("/v1/limits").await?.expect(200)?;
    let schedule = shown["limits"].as_array().into_iter().flatten().find(|limit| limit["name"] == "schedule");
    let remaining = schedule.map(|limit| limit["remaining"].to_string());
    ensure!(remaining == left, "left were {left:?}, and are {remaining:?}");
    let mut other = body.clone();
    other["text"] = json!("another");
    ask("/v1/posts/schedule", &other).await?.expect_problem(422, "idempotency_key_reused")?;
    ask("/v1/posts/drafts", &body).await?.expect_problem(422, "idempotency_key_reused")?;
    let listed = visitor.get("/v1/posts").await?.expect(200)?;
    ensure!(listed["posts"].as_array().map(Vec::len) == Some(1), "listed are {listed}");
    let wrong =
        visitor.request(Method::POST, "/v1/posts/schedule").header("idempotency-key", "a b").json(&body);
    answer(wrong).await?.expect_mistakes(&[("Idempotency-Key", "invalid_header")])
}

pub(crate) async fn a_post_published_everywhere_is_out_on_each_account(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let one = json!({ "text": "to one", "targets": [target(visitor.x())] });
    visitor
        .post("/v1/posts/publish-multi", &one)
        .await?
        .expect_mistakes(&[("/targets", "too_few_targets")])?;
    let both = json!({ "text": "to both", "targets": [target(visitor.x()), target(visitor.member())] });
    visitor.post("/v1/posts/publish", &both).await?.expect_mistakes(&[("/targets", "too_many_targets")])?;
    let post = visitor.post("/v1/posts/publish-multi", &both).await?.expect(202)?;
    visitor.until_status(id(&post)?, "published", SOON).await?;
    for account in [visitor.x(), visitor.member()] {
        has_alone(&world, account, "to both").await?;
    }
    let on_linkedin = visitor.get("/v1/posts?platform=linkedin&status=published").await?.expect(200)?;
    ensure!(on_linkedin["posts"].as_array().map(Vec::len) == Some(1), "listed are {on_linkedin}");
    let failed = visitor.get("/v1/posts?status=failed").await?.expect(200)?;
    ensure!(failed == json!({ "posts": [], "nextCursor": null }), "listed are {failed}");
    Ok(())
}

pub(crate) async fn the_preview_is_what_is_sent(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let body = json!({
        "text": "one\n---\ntwo, see https://example.com",
        "targets": [target(visitor.x()), target(visitor.member())],
    });
    let previews = visitor.post("/v1/posts/preview", &body).await?.expect(200)?;
    let (on_x, on_linkedin) = (&previews["targets"][0], &previews["targets"][1]);
    ensure!(on_x["problems"][0]["severity"] == "warning", "previewed is {on_x}");
    ensure!(on_x["problems"][0]["code"] == "link_costs_more", "previewed is {on_x}");
    ensure!(on_x["parts"][0]["limit"] == 280, "previewed is {on_x}");
    ensure!(on_x["estimatedCost"] == json!({ "currency": "USD", "amount": "0.215" }), "previewed is {on_x}");
    ensure!(on_linkedin["estimatedCost"].is_null(), "previewed is {on_linkedin}");
    visitor.has_no_posts().await?;
    let post = visitor.post("/v1/posts/publish-multi", &body).await?.expect(202)?;
    visitor.until_status(id(&post)?, "published", SOON).await?;
    has_alone(&world, visitor.member(), on_linkedin["parts"][0]["text"].as_str().unwrap_or_default()).await?;
    let previewed: Vec<&str> =
        on_x["parts"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect();
    has_thread(&world, visitor.x(), &previewed).await?;
    let long = json!({ "text": "a".repeat(3_001), "targets": [target(visitor.member())] });
    let refused = visitor.post("/v1/posts/preview", &long).await?.expect(200)?;
    let problem = &refused["targets"][0]["problems"][0];
    ensure!(problem["code"] == "text_too_long" && problem["severity"] == "error", "previewed is {refused}");
    Ok(())
}

pub(crate) async fn what_failed_is_sent_again_when_the_person_says_so(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let x = visitor.x();
    world.spoil_create(x, "status_before", &json!({ "status": 403 })).await?;
    let post = visitor.publish("at the second try", x).await?;
    let path = format!("/v1/posts/{}/retry", id(&post)?);
    let failed = visitor.until_status(id(&post)?, "failed", SOON).await?;
    ensure!(failed["targets"][0]["retry"] == "safe", "it is {failed}");
    let unknown = json!({ "connectionIds": ["con_1"] });
    visitor.post(&path, &unknown).await?.expect_mistakes(&[("/connectionIds/0", "unknown_target")])?;
    let retry = || visitor.request(Method::POST, &path).header("idempotency-key", "again").json(&json!({}));
    answer(retry()).await?.expect(202)?;
    answer(retry()).await?.expect(202)?;
    visitor.until_status(id(&post)?, "published", SOON).await?;
    visitor.post(&path, &json!({})).await?.expect_problem(409, "nothing_to_retry")?;
    has_alone(&world, x, "at the second try").await
}

pub(crate) async fn a_removed_connection_sends_nothing_and_leaves_the_others_alone(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (x, member) = (visitor.x(), visitor.member());
    let at = ahead(20);
    let post = visitor.schedule("on one of two", &[x, member], at).await?;
    let later = visitor.schedule("in an hour", &[x], ahead(3600)).await?;
    let path = format!("/v1/connections/{}", x.id);
    let shown = visitor.get(&path).await?.expect(200)?;
    ensure!(shown["id"] == x.id.as_str() && shown["platform"] == "x", "shown is {shown}");
    let stranger = Visitor::unconnected(&world).await?;
    stranger.delete(&path).await?.expect_problem(404, "not_found")?;
    visitor.delete(&path).await?.expect(204)?;
    visitor.delete(&path).await?.expect_problem(404, "not_found")?;
    visitor.get(&path).await?.expect_problem(404, "not_found")?;
    let ended = visitor.look_at(id(&later)?).await?;
    let error = &ended["targets"][0]["error"];
    ensure!(ended["status"] == "failed" && error["code"] == "connection_removed", "it is {ended}");
    visitor.until_status(id(&post)?, "partially_published", past(at, SOON)).await?;
    has_alone(&world, member, "on one of two").await?;
    let seen = world.seen_on(x).await?;
    ensure!(seen.is_empty(), "on X there are {seen:?}");
    Ok(())
}

async fn patch(visitor: &Visitor, id: &str, revision: Option<u32>, body: &Value) -> Result<Answer> {
    let mut request = visitor.request(Method::PATCH, &format!("/v1/posts/{id}")).json(body);
    if let Some(revision) = revision {
        request = request.header("if-match", format!("\"{revision}\""));
    }
    answer(request).await
}

/// Fails unless this text, and nothing else, was published on the account.
async fn has_alone(world: &World, account: &Account, text: &str) -> Result<()> {
    let seen = world.seen_on(account).await?;
    let texts: Vec<&str> = seen.iter().map(|seen| seen.text.as_str()).collect();
    ensure!(texts == [text], "on {} there are {texts:?}", account.platform);
    Ok(())
}

/// Fails unless these texts, and nothing else, were published on the account, each in reply to the one before.
pub(crate) async fn has_thread(world: &World, account: &Account, texts: &[&str]) -> Result<()> {
    let mut seen = world.seen_on(account).await?;
    seen.reverse();
    let there: Vec<&str> = seen.iter().map(|seen| seen.text.as_str()).collect();
    ensure!(there == texts, "on {} there are {there:?}", account.platform);
    let parents = std::iter::once(None).chain(seen.iter().map(|seen| Some(&seen.id)));
    for (seen, parent) in seen.iter().zip(parents) {
        ensure!(seen.reply_to.as_ref() == parent, "{seen:?} should answer {parent:?}");
    }
    Ok(())
}

fn target(account: &Account) -> Value {
    json!({ "connectionId": account.id })
}

fn id(post: &Value) -> Result<&str> {
    post["id"].as_str().context("a post without an id")
}
