//! Waits until nothing moves any more, and fetches the posts as Belfry shows them then.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::e2e::{Visitor, past};

/// Every target must be final so long after the last one was due: an attempt whose time was a minute's watch late is
/// settled by three looks within nine minutes, an app-wide refusal lasts a quarter of an hour, and the watch looks
/// for what was lost then a quarter of an hour later.
const PATIENCE: Duration = Duration::from_secs(40 * 60);
/// A message whose worker was killed comes again after the queue's 60 s: whatever is doubled then must be seen.
const QUIET: Duration = Duration::from_secs(75);
/// From one look to the next; asking more often would disturb what is looked at.
const GLANCE: Duration = Duration::from_secs(5);

/// The posts by id, when all of these people's are final and nothing more can happen to them, or patience is over.
///
/// # Errors
/// When they cannot be listed at the end.
pub(crate) async fn until_final(people: &[Visitor], last: Timestamp) -> Result<BTreeMap<String, Value>> {
    sleep(past(last, GLANCE)).await;
    let began = Instant::now();
    let mut open: Vec<&Visitor> = people.iter().collect();
    let mut told = 0;
    while !open.is_empty() && began.elapsed() < PATIENCE {
        let mut left = Vec::new();
        let mut count = 0;
        for person in open {
            // A call that fails because of what is done to the functions says nothing about the posts.
            let moving =
                posts_of(person).await.map(|posts| posts.values().filter(|post| !is_final(post)).count());
            if moving.as_ref().map_or(true, |moving| *moving > 0) {
                left.push(person);
            }
            count += moving.unwrap_or_default();
        }
        open = left;
        let minute = began.elapsed().as_secs() / 30;
        if minute > told {
            told = minute;
            println!("{:4} s after the last was due: {count} posts open", began.elapsed().as_secs());
        }
        sleep(GLANCE).await;
    }
    sleep(QUIET).await;
    let mut all = BTreeMap::new();
    for person in people {
        all.append(&mut posts_of(person).await?);
    }
    Ok(all)
}

async fn posts_of(person: &Visitor) -> Result<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    let mut path = "/v1/posts?limit=200".to_owned();
    loop {
        let page = person.get(&path).await?.expect(200)?;
        for post in page["posts"].as_array().context("no list of posts")? {
            all.insert(post["id"].as_str().unwrap_or_default().to_owned(), post.clone());
        }
        let Some(cursor) = page["nextCursor"].as_str() else { return Ok(all) };
        path = format!("/v1/posts?limit=200&cursor={cursor}");
    }
}

fn is_final(post: &Value) -> bool {
    let targets = post["targets"].as_array();
    targets.into_iter().flatten().all(|target| {
        matches!(
            target["status"].as_str(),
            Some("published" | "failed" | "needs_attention" | "skipped" | "canceled")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_post_is_final_when_all_its_targets_are() {
        let post =
            |statuses: [&str; 2]| json!({ "targets": statuses.map(|status| json!({ "status": status })) });
        assert!(is_final(&post(["published", "needs_attention"])));
        assert!(!is_final(&post(["published", "retrying"])));
    }
}
