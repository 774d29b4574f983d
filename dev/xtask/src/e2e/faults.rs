//! Platforms that misbehave: each fault is bound to one account, so that nobody else suffers.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::e2e::changing::has_thread;
use crate::e2e::patience::{ahead, past, until};
use crate::e2e::sending::{PUNCTUAL_MS, id, out_once};
use crate::e2e::visitor::{Account, Visitor, World};

/// Settlement begins two minutes after the attempt.
const SETTLED: Duration = Duration::from_secs(170);
const SOON: Duration = Duration::from_secs(20);

pub(crate) async fn a_post_on_x_whose_answer_was_lost_is_settled_as_published_once(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    settled(&visitor, visitor.x(), "status_after", &json!({ "status": 503 })).await
}

pub(crate) async fn a_post_of_a_member_whose_answer_was_unreadable_is_settled_as_published_once(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    settled(&visitor, visitor.member(), "garbage_after", &json!({})).await
}

pub(crate) async fn a_post_of_an_organization_whose_answer_was_lost_is_settled_as_published_once(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    settled(&visitor, visitor.organization(), "drop_after", &json!({})).await
}

pub(crate) async fn a_thread_whose_second_answer_was_lost_goes_on_when_the_part_is_found(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let x = visitor.x();
    // The first part comes through, the second one's answer is lost.
    world.spoil_create(x, "delay", &json!({ "delayMs": 1 })).await?;
    world.spoil_create(x, "drop_after", &json!({})).await?;
    let post = visitor.publish("first\n---\nsecond\n---\nthird", x).await?;
    let open = visitor.until_status(id(&post)?, "publishing", SOON).await?;
    let published = visitor.until_status(id(&post)?, "published", SETTLED).await?;
    has_thread(&world, x, &["first", "second", "third"]).await?;
    let live = published["targets"][0]["published"].as_array().map(Vec::len);
    ensure!(live == Some(3), "while it was open it was {open}, and it ended as {published}");
    Ok(())
}

/// Committed, but the answer says otherwise or nothing: visibly open, then published, and out once.
async fn settled(visitor: &Visitor, account: &Account, kind: &str, more: &Value) -> Result<()> {
    visitor.world.spoil_create(account, kind, more).await?;
    let text = format!("committed, but {kind}");
    let at = ahead(20);
    let post = visitor.schedule(&text, &[account], at).await?;
    let open = visitor.until_status(id(&post)?, "publishing", past(at, SOON)).await?;
    ensure!(open["targets"][0]["status"] == "publishing", "while it is open it is {open}");
    let refused = visitor.delete(&format!("/v1/posts/{}", id(&post)?)).await?;
    refused.expect_problem(409, "nothing_to_cancel").context("canceling what may be out")?;
    let published = visitor.until_status(id(&post)?, "published", past(at, SETTLED)).await?;
    out_once(visitor, &published, account, &text).await?;
    Ok(())
}

pub(crate) async fn a_rate_limited_post_says_when_it_is_tried_again_and_can_be_canceled(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let account = visitor.x();
    world.spoil_create(account, "rate_limit", &json!({ "retryAfterSeconds": 600 })).await?;
    let post = visitor.publish("too much", account).await?;
    let retrying = visitor.until_status(id(&post)?, "publishing", SOON).await?;
    let retrying = if retrying["targets"][0]["status"] == "publishing" {
        until_target(&visitor, id(&post)?, "retrying").await?
    } else {
        retrying
    };
    let target = &retrying["targets"][0];
    let next: Timestamp = target["nextAttemptAt"].as_str().unwrap_or_default().parse().context("when")?;
    let wait_s = next.duration_since(Timestamp::now()).as_secs();
    ensure!((500..=700).contains(&wait_s), "X listens again in 600 s, it is tried in {wait_s} s");
    ensure!(target["error"]["code"] == "rate_limited", "the reason is {target}");
    ensure!(target["attempts"] == 1 && target["error"]["permanent"] == false, "it is {target}");
    visitor.delete(&format!("/v1/posts/{}", id(&post)?)).await?.expect(204)?;
    let canceled = visitor.look_at(id(&post)?).await?;
    ensure!(canceled["status"] == "canceled", "after canceling it is {canceled}");
    ensure!(canceled["targets"][0]["nextAttemptAt"].is_null(), "it would be tried again: {canceled}");
    ensure!(world.seen_on(account).await?.is_empty(), "it is out");
    Ok(())
}

pub(crate) async fn a_text_that_x_had_already_ends_as_failed_with_a_plain_reason(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (account, text) = (visitor.x(), "once is enough");
    let first = visitor.publish(text, account).await?;
    visitor.until_status(id(&first)?, "published", SOON).await?;
    let second = visitor.publish(text, account).await?;
    let failed = visitor.until_status(id(&second)?, "failed", SOON).await?;
    let error = &failed["targets"][0]["error"];
    ensure!(error["code"] == "duplicate_content" && error["permanent"] == true, "the reason is {error}");
    let detail = error["detail"].as_str().unwrap_or_default();
    let is_plain = detail.len() > 20 && !detail.contains(['{', '}']) && !detail.contains("http");
    ensure!(is_plain, "the reason is not for people: {detail}");
    ensure!(world.seen_on(account).await?.len() == 1, "it is out twice");
    Ok(())
}

pub(crate) async fn a_slow_connection_delays_nobody_else(world: World) -> Result<()> {
    let (slow, quick) = (Visitor::connected(&world).await?, Visitor::connected(&world).await?);
    world.spoil_create(slow.x(), "delay", &json!({ "delayMs": 8000, "count": 2 })).await?;
    let at = ahead(20);
    let first = slow.schedule("slow, first", &[slow.x()], at).await?;
    let second = slow.schedule("slow, second", &[slow.x()], at).await?;
    let own = slow.schedule("of the same person", &[slow.member()], at).await?;
    let other = quick.schedule("of somebody else", &[quick.x()], at).await?;
    let cases = [(&slow, &own, slow.member()), (&quick, &other, quick.x())];
    for (visitor, post, account) in cases {
        let published = visitor.until_status(id(post)?, "published", past(at, SOON)).await?;
        let text = post["text"].as_str().unwrap_or_default();
        let lateness_ms = out_once(visitor, &published, account, text).await?;
        ensure!(lateness_ms < PUNCTUAL_MS, "{text}: {lateness_ms} ms late");
    }
    for post in [&first, &second] {
        let published = slow.until_status(id(post)?, "published", past(at, SOON)).await?;
        out_once(&slow, &published, slow.x(), post["text"].as_str().unwrap_or_default()).await?;
    }
    Ok(())
}

async fn until_target(visitor: &Visitor, post: &str, status: &str) -> Result<Value> {
    until(&format!("the target of {post} is {status}"), SOON, async || {
        let post = visitor.look_at(post).await?;
        Ok(if post["targets"][0]["status"] == status { Ok(post) } else { Err(post.to_string()) })
    })
    .await
}

pub(crate) async fn a_version_that_has_ended_holds_up_no_post(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let organization = visitor.organization();
    world.spoil_create(organization, "version_sunset", &json!({ "version": "202608" })).await?;
    let post = visitor.publish("in whichever version", organization).await?;
    let id = post["id"].as_str().context("a post without an id")?;
    let published = visitor.until_status(id, "published", Duration::from_secs(15)).await?;
    let attempts = published["targets"][0]["attempts"].as_i64();
    ensure!(attempts == Some(1), "it took several attempts: {published}");
    Ok(())
}
