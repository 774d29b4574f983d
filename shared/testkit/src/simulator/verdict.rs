//! Checks every promise against what the platforms hold.

use std::collections::{BTreeMap, BTreeSet};

use domain::metric::Metric;
use domain::target::Status;
use jiff::Timestamp;

use super::people::account;
use super::run::Ports;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every promise that was broken, in words; empty when all was well.
    pub broken: Vec<String>,
    /// How many targets ended how.
    pub ended: BTreeMap<&'static str, u32>,
    /// The lateness of each published target that nobody sent again, milliseconds.
    pub lateness_ms: Vec<i64>,
    /// Outcomes that evidence settled.
    pub settled: u32,
}

/// What the run came to.
pub(crate) fn report(ports: &Ports) -> Report {
    let mut report = Report::default();
    let mut promises = Vec::new();
    let mut broken = |what: String| promises.push(what);
    let remotes = ports.platforms.0.remotes();
    let requests = ports.platforms.0.requests();
    let memories = ports.memories();
    let mut told = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for post in ports.posts.near.all() {
        let person: u64 = post.owner.0.trim_start_matches("person-").parse().expect("a person of this run");
        for target in &post.targets {
            let name = format!("{} on {} ({:?})", post.text, target.platform.title(), target.status);
            let key = (post.id.clone(), target.connection_id.clone());
            let account = account(person, target.platform);
            told.insert((account.clone(), post.text.clone()));
            let live: Vec<_> = remotes
                .iter()
                .filter(|remote| remote.account == account && remote.text == post.text)
                .collect();
            // The person was told that it may be live, and sent it again: two are what they asked for.
            let is_risked = memories.risked.contains(&key);
            if live.len() > 1 && !is_risked {
                broken(format!("published {} times: {name}", live.len()));
            }
            if live.iter().any(|remote| remote.at < post.time()) {
                broken(format!("published before its time: {name}"));
            }
            if !target.status.is_final() {
                broken(format!("lost: {name}, next action at {:?}", target.next_at));
            }
            match target.status {
                Status::Published => {
                    let is_ours = |id: &str| live.iter().any(|remote| remote.id == id);
                    if !target.published.iter().all(|published| is_ours(&published.remote_id)) {
                        broken(format!("called published but is not live: {name}"));
                    }
                    if !target.published.iter().all(|published| taken.insert(published.remote_id.clone())) {
                        broken(format!("stands for what another target published: {name}"));
                    }
                }
                Status::Draft
                | Status::Failed
                | Status::Skipped
                | Status::Canceled
                | Status::Scheduled
                | Status::Retrying => {
                    if !live.is_empty() && !is_risked {
                        broken(format!("live but not called so: {name}"));
                    }
                }
                Status::NeedsAttention | Status::Publishing => {}
            }
            let needs_reason = matches!(target.status, Status::Failed | Status::NeedsAttention);
            if needs_reason && target.error.is_none() {
                broken(format!("ended without a reason: {name}"));
            }
            if let Some(at) = memories.canceled.get(&key) {
                let was_sent_after = |(to, text, sent): &&(String, String, Timestamp)| {
                    *to == account && *text == post.text && sent > at
                };
                let in_flight = target.attempted_at.is_some_and(|attempted| attempted <= *at);
                if !in_flight && requests.iter().any(|request| was_sent_after(&request)) {
                    broken(format!("sent after it was canceled: {name}"));
                }
            }
            *report.ended.entry(target.status.name()).or_default() += 1;
            if let Some(at) = target.published_at.filter(|_| !memories.retried.contains(&key)) {
                report.lateness_ms.push(at.as_millisecond() - post.time().as_millisecond());
            }
        }
        if post.due_at.is_some() {
            broken(format!("still in the index of due posts: {}", post.text));
        }
    }
    for remote in &remotes {
        if !told.contains(&(remote.account.clone(), remote.text.clone())) {
            broken(format!("published what no post says any more: {} on {}", remote.text, remote.account));
        }
    }
    report.broken = promises;
    let is_settled = |metric: &&Metric| matches!(metric, Metric::AmbiguousSettled { .. });
    report.settled = ports.metrics.all().iter().filter(is_settled).count() as u32;
    report
}
