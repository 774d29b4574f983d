//! Posts on their way: at their second, once, unchanged, or not at all.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::e2e::judge::Seen;
use crate::e2e::patience::{ahead, past, until};
use crate::e2e::visitor::{Account, Visitor, World, scheduled};

/// What acceptance may lag behind the second that was chosen.
pub(crate) const PUNCTUAL_MS: i64 = 1500;
/// How long after its time a post may take to be shown as published.
const SOON: Duration = Duration::from_secs(15);

pub(crate) async fn a_scheduled_post_appears_at_its_second_once_on_each_account(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let accounts = [visitor.x(), visitor.member(), visitor.organization()];
    let (text, at) = ("The bell rings at its second.", ahead(20));
    let answer = visitor.post("/v1/posts/schedule", &scheduled(text, &accounts, at)).await?;
    let location = answer.header("location").unwrap_or_default().to_owned();
    let post = answer.expect(201)?;
    let id = id(&post)?;
    ensure!(location == format!("/v1/posts/{id}"), "Location is {location}");
    ensure!(post["status"] == "scheduled" && post["publishAt"] == at.to_string(), "made was {post}");
    let shown = visitor.get(&location).await?;
    let revision = post["revision"].to_string();
    let tag = shown.header("etag").unwrap_or_default().trim_matches('"').to_owned();
    ensure!(tag == revision, "the ETag is {tag}, the revision {revision}");
    let shown = shown.expect(200)?;
    ensure!(shown == post, "made was {post}, shown is {shown}");

    let published = visitor.until_status(id, "published", past(at, SOON)).await?;
    for account in accounts {
        let lateness_ms = out_once(&visitor, &published, account, text).await?;
        ensure!((0..PUNCTUAL_MS).contains(&lateness_ms), "{} was {lateness_ms} ms late", account.platform);
    }
    Ok(())
}

pub(crate) async fn a_text_arrives_as_it_was_typed(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let accounts = [visitor.x(), visitor.member(), visitor.organization()];
    let text = "Tom & Ann: 3 < 4 > 2 #bell @nobody_here (in *brackets*, [square] {curly}) _under_ ~tilde~ \
                a|b c\\d \"quoted\" 100 % 🔔👩‍🚀é\n\nhttps://example.com/a_b?x=1&y=(2)#z";
    let at = ahead(20);
    let post = visitor.schedule(text, &accounts, at).await?;
    ensure!(post["text"] == text, "kept was {}", post["text"]);
    let published = visitor.until_status(id(&post)?, "published", past(at, SOON)).await?;
    for account in accounts {
        out_once(&visitor, &published, account, text).await?;
    }
    Ok(())
}

pub(crate) async fn a_target_may_have_a_text_of_its_own(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (x, member) = (visitor.x(), visitor.member());
    let at = ahead(20);
    let mut body = scheduled("for everybody", &[x, member], at);
    body["targets"][0]["text"] = json!("for X alone");
    body["targets"][1]["options"] = json!({ "visibility": "CONNECTIONS" });
    let post = visitor.post("/v1/posts/schedule", &body).await?.expect(201)?;
    let published = visitor.until_status(id(&post)?, "published", past(at, SOON)).await?;
    out_once(&visitor, &published, x, "for X alone").await?;
    out_once(&visitor, &published, member, "for everybody").await?;
    Ok(())
}

pub(crate) async fn a_post_published_now_is_out_within_seconds(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    for account in [visitor.x(), visitor.member(), visitor.organization()] {
        let text = format!("Now, on {} as {}", account.platform, account.kind);
        let asked_ms = Timestamp::now().as_millisecond();
        let post = visitor.publish(&text, account).await?;
        let published =
            visitor.until_status(id(&post)?, "published", SOON).await.context("publishing now")?;
        out_once(&visitor, &published, account, &text).await?;
        let took_ms = the_one(&world, account, &text).await?.accepted_at - asked_ms;
        ensure!(took_ms < 5_000, "it took {took_ms} ms on {}", account.platform);
    }
    Ok(())
}

pub(crate) async fn a_canceled_post_is_not_sent(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let accounts = [visitor.x(), visitor.member()];
    let began_ms = Timestamp::now().as_millisecond();
    let at = ahead(20);
    let post = visitor.schedule("never to be seen", &accounts, at).await?;
    let marker = visitor.schedule("a second later", &accounts, at + SignedDuration::from_secs(1)).await?;
    let path = format!("/v1/posts/{}", id(&post)?);
    visitor.delete(&path).await?.expect(204)?;
    visitor.delete(&path).await?.expect_problem(409, "nothing_to_cancel")?;
    visitor.until_status(id(&marker)?, "published", past(at, SOON)).await.context("the marker")?;
    for account in accounts {
        out_once(&visitor, &visitor.look_at(id(&marker)?).await?, account, "a second later").await?;
        let seen = world.seen_on(account).await?;
        ensure!(seen.len() == 1, "on {} there are {seen:?}", account.platform);
        let creates = world.creates_on(account, began_ms).await?;
        ensure!(creates == 1, "{creates} creates reached {}", account.platform);
    }
    let canceled = visitor.look_at(id(&post)?).await?;
    ensure!(canceled["status"] == "canceled", "the canceled post is {}", canceled["status"]);
    let marker_path = format!("/v1/posts/{}", id(&marker)?);
    visitor.delete(&marker_path).await?.expect_problem(409, "nothing_to_cancel")?;
    Ok(())
}

pub(crate) async fn a_post_far_ahead_can_be_canceled_once(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let post = visitor.schedule("in an hour", &[visitor.x()], ahead(3600)).await?;
    let path = format!("/v1/posts/{}", id(&post)?);
    visitor.delete(&path).await?.expect(204)?;
    let canceled = visitor.get(&path).await?.expect(200)?;
    let target = &canceled["targets"][0];
    ensure!(canceled["status"] == "canceled" && target["status"] == "canceled", "it is {canceled}");
    ensure!(canceled["revision"] == 2, "the revision is {}", canceled["revision"]);
    visitor.delete(&path).await?.expect_problem(409, "nothing_to_cancel")?;
    Ok(())
}

pub(crate) async fn a_local_time_is_resolved_by_the_rules_of_its_zone(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    // Half a year apart, so that one of them is summer time.
    for days in [30, 210] {
        let wanted = ahead(days * 24 * 3600);
        let noon = wanted.to_zoned(TimeZone::get("Europe/Berlin")?).date().at(12, 0, 0, 0);
        let mut body = scheduled("at noon in Berlin", &[visitor.x()], wanted);
        body["publishAt"] = json!(noon.to_string());
        body["timeZone"] = json!("Europe/Berlin");
        let post = visitor.post("/v1/posts/schedule", &body).await?.expect(201)?;
        let resolved = noon.in_tz("Europe/Berlin")?.timestamp().to_string();
        ensure!(post["publishAt"] == resolved, "noon in Berlin is {resolved}, kept was {post}");
        ensure!(post["timeZone"] == "Europe/Berlin", "the zone is {}", post["timeZone"]);
        visitor.delete(&format!("/v1/posts/{}", id(&post)?)).await?.expect(204)?;
    }
    Ok(())
}

/// Whether this text is on this account exactly once, and Belfry says of it what the platform says; answers the
/// lateness in milliseconds.
///
/// # Errors
/// When there is none, more than one, or anything differs.
pub(crate) async fn out_once(visitor: &Visitor, post: &Value, account: &Account, text: &str) -> Result<i64> {
    let seen = the_one(&visitor.world, account, text).await?;
    let target = post["targets"].as_array().into_iter().flatten();
    let target = target.into_iter().find(|target| target["connectionId"] == account.id.as_str());
    let target = target.with_context(|| format!("{} is no target of {post}", account.id))?;
    let at: Timestamp = post["publishAt"].as_str().unwrap_or_default().parse().context("publishAt")?;
    let lateness_ms = seen.accepted_at - at.as_millisecond();
    ensure!(target["status"] == "published", "the target is {target}");
    ensure!(target["published"][0]["remoteId"] == seen.id.as_str(), "{target} was accepted as {}", seen.id);
    let url = target["published"][0]["url"].as_str().unwrap_or_default();
    let host = if account.platform == "x" { "https://x.com/" } else { "https://www.linkedin.com/" };
    ensure!(url.starts_with(host) && url.contains(&seen.id), "{url} does not lead to {}", seen.id);
    ensure!(target["latenessMs"] == lateness_ms, "{target} was accepted {lateness_ms} ms after its time");
    let published_at: Timestamp =
        target["publishedAt"].as_str().unwrap_or_default().parse().context("publishedAt")?;
    ensure!(
        published_at.as_millisecond() == seen.accepted_at,
        "{target} was accepted at {}",
        seen.accepted_at
    );
    ensure!(lateness_ms >= 0, "it came {} ms before its time", -lateness_ms);
    Ok(lateness_ms)
}

/// The one post of this account with this text.
async fn the_one(world: &World, account: &Account, text: &str) -> Result<Seen> {
    let what = format!("exactly one post on {} reads {text:?}", account.platform);
    until(&what, Duration::from_secs(3), async || {
        let seen = world.seen_on(account).await?;
        let mut same: Vec<_> = seen.iter().filter(|seen| seen.text == text).cloned().collect();
        Ok(match (same.pop(), same.len()) {
            (Some(one), 0) => Ok(one),
            _ => Err(format!("{seen:?}")),
        })
    })
    .await
}

/// The id of a post.
///
/// # Errors
/// When it has none.
pub(crate) fn id(post: &Value) -> Result<&str> {
    post["id"].as_str().context("a post without an id")
}
