//! How posts did: counted once whatever comes twice, and how people took to them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cloud::{Call, Cloud};
use crate::e2e::patience::until;
use crate::e2e::visitor::{Visitor, World, answer};
use crate::places::Places;

/// How long after its time a post may take to be counted.
const COUNTED: Duration = Duration::from_secs(30);
const SUMMARY: &str = "/v1/analytics/summary";

pub(crate) async fn a_summary_shows_what_was_published_and_the_same_event_again_changes_nothing(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let mut posts = Vec::new();
    for account in [visitor.x(), visitor.member()] {
        let text = format!("counted on {}", account.platform);
        posts.push(id(&visitor.publish(&text, account).await?)?);
    }
    let summary = until_published(&visitor, 2).await?;
    let totals = &summary["totals"];
    let p99 = totals["latenessMs"]["p99"].as_i64().context("no lateness")?;
    ensure!((1..=5_000).contains(&p99), "99 of 100 were {p99} ms late");
    ensure!(totals["counts"]["failed"] == 0, "something failed: {totals}");

    for post in &posts {
        let event = json!({ "owner": format!("person-{}", visitor.name), "postId": post });
        for _ in 0..2 {
            send_event(&world, &event).await?;
        }
    }
    until_all_are_counted(&world).await?;
    for (group_by, groups) in [("day", 1), ("platform", 2), ("connection", 2)] {
        let again = visitor.get(&format!("{SUMMARY}?groupBy={group_by}")).await?.expect(200)?;
        // Likes and the like may be collected at any time.
        for part in ["counts", "latenessMs"] {
            ensure!(again["totals"][part] == totals[part], "it was {totals}, by {group_by} it is {again}");
        }
        let found = again["groups"].as_array().map_or(0, Vec::len);
        // Midnight may lie between the two posts.
        ensure!(found == groups || group_by == "day" && found == 2, "by {group_by} there are {again}");
    }
    Ok(())
}

pub(crate) async fn numbers_of_a_post_are_shown_after_a_collection(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let accounts = [visitor.x(), visitor.organization(), visitor.member()];
    let mut posts = Vec::new();
    for account in accounts {
        posts.push(id(&visitor.publish("look how they like it", account).await?)?);
    }
    until_published(&visitor, 3).await?;
    let metrics = visitor.get(&metrics_of(&posts[0])).await?.expect(200)?;
    let target = &metrics["targets"][0];
    ensure!(target["connectionId"] == visitor.x().id.as_str(), "it shows {metrics}");
    ensure!(target["engagement"].is_null() && target["collectedAt"].is_null(), "too early: {metrics}");

    collect(&world).await?;
    for (post, account) in posts.iter().zip(accounts).take(2) {
        let what = format!("there are numbers of a post on {}", account.platform);
        let target = until(&what, COUNTED, async || {
            let metrics = visitor.get(&metrics_of(post)).await?.expect(200)?;
            let target = metrics["targets"][0].clone();
            Ok(if target["collectedAt"].is_null() { Err(metrics.to_string()) } else { Ok(target) })
        })
        .await?;
        for name in ["impressions", "likes", "comments", "shares"] {
            ensure!(target["engagement"][name].is_u64(), "no {name} in {target}");
        }
        // X tells clicks to nobody but the author, and only for a month.
        ensure!(target["engagement"]["clicks"].is_u64() == (account.platform == "linkedin"), "{target}");
    }
    // The scope for a member's numbers is not asked for unless the app has it.
    let member = visitor.get(&metrics_of(&posts[2])).await?.expect(200)?;
    ensure!(member["targets"][0]["engagement"].is_null(), "a member's numbers without the scope: {member}");
    let summary = visitor.get(SUMMARY).await?.expect(200)?;
    ensure!(summary["totals"]["engagement"]["measuredTargets"] == 2, "it sums up {summary}");
    Ok(())
}

pub(crate) async fn an_answer_that_the_caller_has_is_not_sent_again(world: World) -> Result<()> {
    let (visitor, stranger) = (Visitor::connected(&world).await?, Visitor::connected(&world).await?);
    let post = id(&visitor.publish("tagged", visitor.x()).await?)?;
    until_published(&visitor, 1).await?;
    for path in [SUMMARY.to_owned(), metrics_of(&post)] {
        let first = visitor.get(&path).await?;
        let tag = first.header("etag").context("no ETag")?.to_owned();
        let kept = first.header("cache-control").unwrap_or_default().to_owned();
        ensure!(kept == "private, max-age=60", "{path} may be kept as {kept:?}");
        first.expect(200)?;
        let again = || visitor.request(reqwest::Method::GET, &path);
        let same = answer(again().header("if-none-match", &tag)).await?;
        ensure!(same.header("etag") == Some(&tag), "304 of {path} has another tag");
        same.expect(304)?;
        answer(again().header("if-none-match", "\"other\"")).await?.expect(200)?;
    }
    stranger.get(&metrics_of(&post)).await?.expect_problem(404, "not_found")?;
    stranger.get(&metrics_of("pst_none")).await?.expect_problem(404, "not_found")?;
    let nothing = stranger.get(SUMMARY).await?.expect(200)?;
    ensure!(nothing["totals"]["counts"]["published"] == 0, "a stranger sees {nothing}");
    Ok(())
}

pub(crate) async fn a_summary_of_days_that_cannot_be_meant_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    for (query, pointer, code) in [
        ("from=yesterday", "from", "invalid_parameter"),
        ("from=2026-12-02&to=2026-12-01", "to", "invalid_parameter"),
        ("from=2025-01-01&to=2026-12-01", "from", "range_too_long"),
        ("groupBy=colour", "groupBy", "invalid_parameter"),
        ("colour=blue", "colour", "unknown_parameter"),
    ] {
        visitor.get(&format!("{SUMMARY}?{query}")).await?.expect_mistakes(&[(pointer, code)])?;
    }
    let one = visitor.get(&format!("{SUMMARY}?from=2026-12-01T23:30:00-02:00&to=2026-12-02")).await?;
    let one = one.expect(200)?;
    ensure!(one["from"] == "2026-12-02" && one["groups"] == json!([]), "it is {one}");
    Ok(())
}

fn metrics_of(post: &str) -> String {
    format!("/v1/posts/{post}/metrics")
}

fn id(post: &Value) -> Result<String> {
    Ok(post["id"].as_str().context("a post has an id")?.to_owned())
}

async fn until_published(visitor: &Visitor, count: u64) -> Result<Value> {
    until(&format!("{count} published targets are counted"), COUNTED, async || {
        let summary = visitor.get(SUMMARY).await?.expect(200)?;
        Ok(if summary["totals"]["counts"]["published"] == count {
            Ok(summary)
        } else {
            Err(summary.to_string())
        })
    })
    .await
}

/// Puts an event into the queue of `count-outcome`, as the bus would once more.
async fn send_event(world: &World, event: &Value) -> Result<()> {
    let queue = world.stack().queues.get("outcomes").context("there is no such queue")?;
    let message = json!({ "QueueUrl": queue, "MessageBody": event.to_string() });
    cloud(world).ask_one(Call::new("sqs", "send_message", message)).await?;
    Ok(())
}

async fn until_all_are_counted(world: &World) -> Result<()> {
    let queue = world.stack().queues.get("outcomes").context("there is no such queue")?;
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let question = json!({ "QueueUrl": queue, "AttributeNames": names });
    until("the queue of events is empty", COUNTED, async || {
        let call = Call::new("sqs", "get_queue_attributes", question.clone());
        let attributes = cloud(world).ask_one(call).await?["Attributes"].clone();
        let empty = names.iter().all(|name| attributes[*name] == "0");
        Ok(if empty { Ok(()) } else { Err(attributes.to_string()) })
    })
    .await
}

/// Rings the rule of `collect-metrics` as it will ring in ten minutes, when all this is due.
async fn collect(world: &World) -> Result<()> {
    let function = world.stack().functions.get("collect-metrics").context("it is not deployed")?;
    let event = json!({ "time": (Timestamp::now() + SignedDuration::from_mins(10)).to_string() });
    let invoke = json!({ "FunctionName": function, "Payload": event.to_string() });
    let answer = cloud(world).ask_one(Call::new("lambda", "invoke", invoke)).await?;
    ensure!(answer["FunctionError"].is_null(), "collect-metrics answered {answer}");
    Ok(())
}

fn cloud(world: &World) -> Cloud {
    Cloud::at(&Places::of_up(), &world.stack().aws_endpoint)
}
