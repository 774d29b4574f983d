//! Listing a month of a hundred posts among a hundred and among a hundred thousand, in interleaved pairs.
//!
//! `cargo bench --package store --bench month`; it prints the medians and their ratio.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may give up")]

#[path = "../tests/tables/mod.rs"]
mod tables;

use std::time::{Duration, Instant};

use domain::id::OwnerId;
use domain::reading::{self, ListAsk};
use dynoxide::Database;
use jiff::Timestamp;
use serde_json::json;
use store::PostStore;

const PAIRS: usize = 101;

fn owner() -> OwnerId {
    OwnerId("3f0c2a51-7d1e-4c36-9c1f-2a9d6f1f7b10".into())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + second).unwrap()
}

/// A hundred posts within the month and so many in the years before it.
fn filled(others: i64) -> Database {
    let database = tables::database();
    for number in 0..100 + others {
        let second = if number < 100 { number * 20_000 } else { -number * 1_000 };
        let id = format!("pst_{number:032x}");
        let target = json!({"M": {
            "platform": {"S": "x"}, "status": {"S": "published"}, "attempts": {"N": "1"},
        }});
        let item = json!({
            "owner": {"S": owner().0},
            "postId": {"S": id},
            "calendarAt": {"S": format!("{:.3}#{id}", at(second))},
            "text": {"S": "x".repeat(280)},
            "targets": {"M": {"con_0123456789abcdef0123456789abcdef": target}},
            "revision": {"N": "1"},
            "createdAt": {"N": "1796112000000"},
            "updatedAt": {"N": "1796112000000"},
        });
        let put = json!({"TableName": "PostsTable", "Item": item});
        database.put_item(serde_json::from_value(put).unwrap()).unwrap();
    }
    database
}

async fn list(posts: &PostStore) -> Duration {
    let month = ListAsk { from: Some(at(0)), to: Some(at(30 * 86_400)), ..ListAsk::default() };
    let began = Instant::now();
    let page = reading::list(posts, &owner(), month).await.unwrap();
    let took = began.elapsed();
    assert_eq!(page.posts.len(), 100);
    took
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut stores = Vec::new();
    for others in [0, 99_900] {
        let address = tables::serve(filled(others)).await;
        let config = aws::config_from(testkit::neighbour::environment(format!("http://{address}"))).unwrap();
        stores.push(PostStore::new(&config, "PostsTable"));
    }
    let mut times = [Vec::new(), Vec::new()];
    for pair in 0..PAIRS {
        // Whoever comes first changes from pair to pair.
        for which in [pair % 2, 1 - pair % 2] {
            times[which].push(list(&stores[which]).await);
        }
    }
    let [few, many] = times.map(median);
    println!(
        "a month of 100 posts: {few:.2} ms among 100, {many:.2} ms among 100,000: {:.2} times",
        many / few
    );
}
