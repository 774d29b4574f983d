//! The emulator's share of a burst: the calls that so many posts make around their second, without Belfry.
//!
//! Many posts in one second ask the emulator for much at once, and it is one process of Python that answers some
//! hundred calls a second; AWS has no such limit. How long the same calls take without Belfry says how much of a
//! lateness is the emulator's.
//!
//! What it is: for each post the seven calls of `deliver-post` in their order, on a table of their own, by as many
//! clients at once as functions ran, each call signed and its rights checked; a post is through when it could be sent,
//! which is after the fifth. What it is not: the queue, the start and invocation of functions and their share of the
//! processor, the logs, and the counting of outcomes, which cost the emulator time too. A function sees to ten posts
//! at once, a client here to one after the other. Belfry's burst begins before its second, this one is timed from its
//! first call. So the difference is an estimate, and no measurement of AWS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::caller::{Caller, DYNAMODB, EVENTS, KMS};
use crate::cloud::Cloud;
use crate::measure::scratch::Scratch;
use crate::sample::Sample;

/// How long after the burst's start each of `posts` could be sent, with so many clients at once.
///
/// # Errors
/// When the emulator refuses a call.
pub(crate) async fn measure(root: &Caller, cloud: &Cloud, posts: usize, clients: usize) -> Result<Sample> {
    let scratch = Arc::new(Scratch::make(root, cloud, posts).await?);
    let measured = all(&scratch, posts, clients).await;
    let scratch = Arc::into_inner(scratch).context("a client still runs")?;
    scratch.remove(cloud).await.context("something stays in the emulator")?;
    measured
}

async fn all(scratch: &Arc<Scratch>, posts: usize, clients: usize) -> Result<Sample> {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (scratch, next) = (Arc::clone(scratch), Arc::clone(&next));
        running.spawn(async move {
            let mut ready_ms = Vec::new();
            loop {
                let post = next.fetch_add(1, Ordering::Relaxed);
                if post >= posts {
                    return Ok::<_, anyhow::Error>(ready_ms);
                }
                before_sending(&scratch, post).await?;
                ready_ms.push(i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX));
                after_sending(&scratch, post).await?;
            }
        });
    }
    let ended = running.join_all().await;
    let ready_ms = ended.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Sample::of(ready_ms.into_iter().flatten()))
}

/// Get ready (read the post and its connection, open the token), claim, and read the connection again.
async fn before_sending(Scratch { name, caller, sealed, .. }: &Scratch, post: usize) -> Result<()> {
    let key = json!({ "id": { "S": post.to_string() } });
    let get = json!({ "TableName": name, "Key": key, "ConsistentRead": true });
    for _ in 0..2 {
        caller.call(DYNAMODB, "GetItem", &get).await?;
    }
    caller.call(KMS, "Decrypt", &json!({ "CiphertextBlob": sealed })).await?;
    let claim = update(name, &key, "publishing", "attribute_not_exists(#state)");
    caller.call(DYNAMODB, "UpdateItem", &claim).await?;
    caller.call(DYNAMODB, "GetItem", &get).await?;
    Ok(())
}

/// Record, and tell.
async fn after_sending(Scratch { name, caller, .. }: &Scratch, post: usize) -> Result<()> {
    let key = json!({ "id": { "S": post.to_string() } });
    let record = update(name, &key, "published", "attribute_exists(#state)");
    caller.call(DYNAMODB, "UpdateItem", &record).await?;
    let event = json!({ "Source": "measure", "DetailType": "measured", "Detail": "{}" });
    caller.call(EVENTS, "PutEvents", &json!({ "Entries": [event] })).await?;
    Ok(())
}

fn update(table: &str, key: &Value, state: &str, condition: &str) -> Value {
    json!({
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET #state = :state",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": { "#state": "state" },
        "ExpressionAttributeValues": { ":state": { "S": state } },
        "ReturnValues": "ALL_NEW",
    })
}
