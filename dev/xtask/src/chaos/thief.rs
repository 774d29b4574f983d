//! Takes messages out of Belfry's queues behind its back, as the emulator's root.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::sleep;

use crate::caller::{Caller, SQS};
use crate::stack::Stack;

/// From one attempt to the next.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 200..=1_200;
/// For so long an attempt waits for a message.
const WAIT_S: u32 = 1;
/// What is taken comes back to nobody before it is deleted.
const HIDDEN_S: u32 = 600;
/// The queues that are robbed.
const QUEUES: [&str; 2] = ["prepare", "publish"];

/// Deletes messages until `end`, at most `most` from each queue; answers how many from which.
///
/// The seed decides when it reaches into which queue; what it finds there is what Belfry's functions, which are after
/// the same messages, have left.
///
/// # Errors
/// When the emulator refuses.
pub(crate) async fn steal_until(
    root: Caller,
    stack: Stack,
    end: Timestamp,
    most: usize,
    mut random: Rng,
) -> Result<BTreeMap<&'static str, usize>> {
    let mut taken: BTreeMap<&str, usize> = QUEUES.iter().map(|queue| (*queue, 0)).collect();
    while Timestamp::now() < end && taken.values().any(|count| *count < most) {
        sleep(Duration::from_millis(random.u64(PAUSE_MS))).await;
        let queue = QUEUES[random.usize(..QUEUES.len())];
        if taken[queue] < most && steal(&root, stack.queues.get(queue).context("no such queue")?).await? {
            *taken.entry(queue).or_default() += 1;
        }
    }
    Ok(taken)
}

/// Whether there was one to take.
async fn steal(root: &Caller, url: &str) -> Result<bool> {
    let ask = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 1, "WaitTimeSeconds": WAIT_S, "VisibilityTimeout": HIDDEN_S,
    });
    let got = root.call(SQS, "ReceiveMessage", &ask).await?;
    let Some(receipt) = got["Messages"][0]["ReceiptHandle"].as_str() else { return Ok(false) };
    // Refused is what came a second time and was done meanwhile by whoever had it first: then it was not there to take.
    Ok(root.call(SQS, "DeleteMessage", &json!({ "QueueUrl": url, "ReceiptHandle": receipt })).await.is_ok())
}
