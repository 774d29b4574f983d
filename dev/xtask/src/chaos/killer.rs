//! Ends function processes of the running stack, and no others, with SIGKILL.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::sleep;

use crate::workers::{Worker, Workers};

/// The functions that publish; those that answer calls are not needed while posts go out.
const PUBLISHERS: [&str; 4] = ["prepare-post", "deliver-post", "watch-due", "bury-letter"];
/// From one kill to the next.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 300..=700;

/// Kills one process after the other; answers which functions they were.
pub(crate) async fn kill_until(workers: &Workers, end: Timestamp, seed: u64) -> Vec<String> {
    let mut random = Rng::with_seed(seed ^ 0x6b69_6c6c);
    let mut killed = Vec::new();
    while Timestamp::now() < end && workers.emulator_lives() {
        let running: Vec<Worker> = workers.running().into_iter().filter(publishes).collect();
        if !running.is_empty() {
            let victim = &running[random.usize(..running.len())];
            if kill(Pid::from_raw(victim.pid), Signal::SIGKILL).is_ok() {
                killed.push(victim.function.clone());
            }
        }
        sleep(Duration::from_millis(random.u64(PAUSE_MS))).await;
    }
    killed
}

/// How many of which function were killed.
pub(crate) fn told(killed: &[String]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for function in killed {
        *counts.entry(function).or_default() += 1;
    }
    let each: Vec<String> = counts.iter().map(|(function, count)| format!("{count} {function}")).collect();
    format!("{} kills: {}", killed.len(), each.join(", "))
}

fn publishes(worker: &Worker) -> bool {
    PUBLISHERS.contains(&worker.function.as_str())
}
