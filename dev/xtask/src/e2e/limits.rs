//! How often somebody may call.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::e2e::patience::past;
use crate::e2e::visitor::{Answer, Visitor, World, answer, with_body};

/// One limit, and a call that is charged to it.
#[derive(Clone, Copy)]
struct Charged {
    name: &'static str,
    allowed: u8,
    window_s: i64,
    path: &'static str,
    /// What a call gets that is not refused: somebody without connections is charged all the same.
    passes: u16,
}

const PUBLISH: Charged =
    Charged { name: "publish", allowed: 20, window_s: 3600, path: "/v1/posts/publish", passes: 422 };
const PUBLISH_MULTI: Charged = Charged {
    name: "publishMulti",
    allowed: 10,
    window_s: 3600,
    path: "/v1/posts/publish-multi",
    passes: 422,
};
const SCHEDULE: Charged =
    Charged { name: "schedule", allowed: 50, window_s: 3600, path: "/v1/posts/schedule", passes: 422 };
const OAUTH: Charged =
    Charged { name: "oauth", allowed: 10, window_s: 60, path: "/v1/connections/x/authorize", passes: 201 };

/// What `GET /v1/limits` shows to somebody who has done nothing.
const ALL: [(&str, u8); 5] =
    [("publish", 20), ("publishMulti", 10), ("schedule", 50), ("oauth", 10), ("analytics", 100)];

const CALLERS: usize = 8;

/// A counter that does not answer within 250 ms lets the call through, and says nothing of a limit. A race in which
/// that happened shows nothing, and is run again with somebody new; so often at most.
const RACES: u32 = 5;

/// What the headers of an answer say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    remaining: u8,
    reset_s: i64,
    after_s: i64,
}

pub(crate) async fn of_eight_callers_racing_for_a_limit_exactly_as_many_pass_as_are_allowed(
    world: World,
) -> Result<()> {
    for charged in [PUBLISH, PUBLISH_MULTI, SCHEDULE, OAUTH] {
        let visitor =
            used_up(&world, charged).await.with_context(|| format!("the limit {}", charged.name))?;
        // One more, after all of them.
        let (_, said) = refused(charged, visitor.post(charged.path, &json!({})).await?)?;
        let shown = shown(&visitor).await?;
        for (name, allowed) in ALL {
            let limit = shown.iter().find(|limit| limit["name"] == name);
            let limit = limit.with_context(|| format!("the limit {name} is not shown"))?;
            let left = if name == charged.name { 0 } else { allowed };
            ensure!(limit["allowed"] == allowed && limit["remaining"] == left, "it shows {limit}");
            if name == charged.name {
                ensure!(limit["windowSeconds"] == charged.window_s, "it shows {limit}");
                let reset_at: Timestamp = limit["resetAt"].as_str().context("no resetAt")?.parse()?;
                let late = said.reset_s * 1000 - reset_at.as_millisecond();
                ensure!((0..1000).contains(&late), "it shows {limit}, and a refusal said {said:?}");
            }
        }
    }
    Ok(())
}

pub(crate) async fn whoever_was_refused_passes_when_told_to_come_again_however_often_they_knocked(
    world: World,
) -> Result<()> {
    let visitor = used_up(&world, OAUTH).await?;
    let knock = async || visitor.post(OAUTH.path, &json!({})).await;
    let (_, said) = refused(OAUTH, knock().await?)?;
    let reset_at = Timestamp::from_second(said.reset_s)?;
    // Every refusal names the same second, until it has come.
    while Timestamp::now() < reset_at - SignedDuration::from_secs(6) {
        let (_, again) = refused(OAUTH, knock().await?)?;
        ensure!(again.reset_s == said.reset_s, "first {said:?}, then {again:?}");
        sleep(Duration::from_secs(4)).await;
    }
    sleep(past(reset_at, Duration::ZERO)).await;
    let passed = knock().await?;
    ensure!(passed.status() == OAUTH.passes, "at {reset_at} it answered {}", passed.status());
    Ok(())
}

pub(crate) async fn nobody_uses_up_the_limit_of_somebody_else(world: World) -> Result<()> {
    let (greedy, other) = (used_up(&world, PUBLISH).await?, Visitor::unconnected(&world).await?);
    refused(PUBLISH, greedy.post(PUBLISH.path, &json!({})).await?)?;
    let untouched: Vec<(String, u64)> = left(&other).await?;
    ensure!(untouched == ALL.map(|(name, allowed)| (name.to_owned(), allowed.into())), "{untouched:?}");
    let passed = other.post(PUBLISH.path, &json!({})).await?;
    ensure!(passed.status() == PUBLISH.passes, "somebody else got {}", passed.status());
    if let Some(said) = said(PUBLISH, &passed)? {
        ensure!(said.remaining == PUBLISH.allowed - 1, "{said:?}");
    }
    Ok(())
}

pub(crate) async fn what_is_refused_before_it_is_read_is_not_counted(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let ask = |kind, body: &str| {
        answer(with_body(visitor.request(Method::POST, SCHEDULE.path), kind, body.as_bytes()))
    };
    for (answer, status) in [
        (ask(Some("application/json"), "{").await?, 400),
        (ask(Some("text/plain"), "{}").await?, 415),
        (answer(world.request(Method::POST, SCHEDULE.path).json(&json!({}))).await?, 401),
    ] {
        ensure!(answer.status() == status, "it answered {}, not {status}", answer.status());
        ensure!(said(SCHEDULE, &answer)?.is_none(), "a {status} says something of a limit");
    }
    let untouched = left(&visitor).await?;
    ensure!(untouched.contains(&("schedule".to_owned(), 50)), "{untouched:?}");
    Ok(())
}

pub(crate) async fn the_document_is_counted_by_address_and_no_header_forges_one(world: World) -> Result<()> {
    // Everybody here calls from one address, so that others may call in between.
    let mut remaining = None;
    for forged in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let request = world.request(Method::GET, "/v1/openapi.json").header("x-forwarded-for", forged);
        let answer = answer(request.header("forwarded", format!("for={forged}"))).await?;
        let now: Option<u8> = answer.header("x-ratelimit-remaining").and_then(|text| text.parse().ok());
        if let Some(now) = now {
            ensure!(answer.header("ratelimit-policy") == Some(r#""public";q=100;w=60"#), "{answer:?}");
            ensure!(remaining.is_none_or(|before| now < before), "from {remaining:?} to {now} as {forged}");
        }
        remaining = now.or(remaining);
        answer.expect(200)?;
    }
    ensure!(remaining.is_some(), "no answer says what is left");
    Ok(())
}

/// Somebody who was nobody before and has used up the limit, eight calls at a time, to the last one.
async fn used_up(world: &World, charged: Charged) -> Result<Visitor> {
    for _ in 0..RACES {
        let visitor = Visitor::unconnected(world).await?;
        let began_ms = Timestamp::now().as_millisecond();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn_local(call_until_refused(visitor.clone(), charged));
        }
        let (mut passed, mut refusals, mut unsaid) = (Vec::new(), Vec::new(), false);
        while let Some(ended) = callers.join_next().await {
            match ended.context("a caller panicked")?? {
                Some((theirs, refusal)) => {
                    passed.extend(theirs);
                    refusals.push(refusal);
                }
                None => unsaid = true,
            }
        }
        if unsaid {
            continue;
        }
        let mut left: Vec<u8> = passed.iter().map(|said| said.remaining).collect();
        left.sort_unstable();
        let wanted: Vec<u8> = (0..charged.allowed).collect();
        ensure!(left == wanted, "{} calls passed, with {left:?} left", left.len());
        // The first call was made after we began, and before its answer was here.
        let earliest_s = began_ms / 1000 + charged.window_s;
        let latest_s = Timestamp::now().as_second() + 1 + charged.window_s;
        for said in &refusals {
            ensure!((earliest_s..=latest_s).contains(&said.reset_s), "a refusal says {said:?}");
            ensure!(said.reset_s == refusals[0].reset_s, "refusals say {refusals:?}");
        }
        return Ok(visitor);
    }
    bail!("the counter was away in each of {RACES} races")
}

/// What the answers said, and the refusal at their end; `None` when the counter was away.
async fn call_until_refused(visitor: Visitor, charged: Charged) -> Result<Option<(Vec<Said>, Said)>> {
    let mut passed = Vec::new();
    loop {
        let answer = visitor.post(charged.path, &json!({})).await?;
        let Some(said) = said(charged, &answer)? else { return Ok(None) };
        if answer.status() != charged.passes {
            let (_, said) = refused(charged, answer)?;
            return Ok(Some((passed, said)));
        }
        passed.push(said);
        ensure!(passed.len() <= charged.allowed.into(), "one caller alone passed more often than allowed");
    }
}

/// The refusal, if it is a whole one.
fn refused(charged: Charged, answer: Answer) -> Result<(Value, Said)> {
    let said = said(charged, &answer)?.context("a refusal says nothing of its limit")?;
    let wait: i64 = answer.header("retry-after").context("no Retry-After")?.parse()?;
    ensure!(wait == said.after_s && wait >= 1 && said.remaining == 0, "Retry-After {wait}, and {said:?}");
    Ok((answer.expect_problem(429, "rate_limited")?, said))
}

/// What the headers say, all five of them; `None` when there are none.
fn said(charged: Charged, answer: &Answer) -> Result<Option<Said>> {
    let Some(limit) = answer.header("x-ratelimit-limit") else {
        ensure!(answer.header("ratelimit").is_none(), "half of the headers: {answer:?}");
        return Ok(None);
    };
    ensure!(limit == charged.allowed.to_string(), "{answer:?}");
    let header = |name: &str| answer.header(name).with_context(|| format!("no {name}: {answer:?}"));
    let remaining: u8 = header("x-ratelimit-remaining")?.parse()?;
    let reset_s: i64 = header("x-ratelimit-reset")?.parse()?;
    let policy = format!("\"{}\";q={limit};w={}", charged.name, charged.window_s);
    ensure!(header("ratelimit-policy")? == policy, "{answer:?}");
    let prefix = format!("\"{}\";r={remaining};t=", charged.name);
    let after = header("ratelimit")?.strip_prefix(&prefix);
    let after_s: i64 = after.with_context(|| format!("{answer:?}"))?.parse()?;
    // A call that was overtaken by a later one waits a moment longer than the window.
    ensure!((0..=charged.window_s + 1).contains(&after_s), "{answer:?}");
    Ok(Some(Said { remaining, reset_s, after_s }))
}

/// What `GET /v1/limits` lists.
async fn shown(visitor: &Visitor) -> Result<Vec<Value>> {
    let shown = visitor.get("/v1/limits").await?;
    ensure!(shown.header("x-ratelimit-limit").is_none(), "looking is charged");
    let mut body = shown.expect(200)?;
    serde_json::from_value(body["limits"].take()).context("limits have another shape")
}

async fn left(visitor: &Visitor) -> Result<Vec<(String, u64)>> {
    let name = |limit: &Value| limit["name"].as_str().unwrap_or_default().to_owned();
    let left = |limit: &Value| limit["remaining"].as_u64().unwrap_or_default();
    Ok(shown(visitor).await?.iter().map(|limit| (name(limit), left(limit))).collect())
}
