//! Ends function processes of the running stack, and no others, with SIGKILL.

use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::sleep;

use crate::chaos::plan::Wave;
use crate::e2e::past;
use crate::workers::{Worker, Workers};

/// The functions that publish; those that answer calls are not needed while posts go out.
const PUBLISHERS: [&str; 4] = ["prepare-post", "deliver-post", "watch-due", "bury-letter"];
/// From one kill to the next, on average, at least.
const SHORTEST_PAUSE_MS: u64 = 500;
/// There is one kill for so many targets: when nearly every attempt is cut off, nothing else is seen any more.
const TARGETS_FOR_A_KILL: u64 = 3;
/// Killing begins this long before each wave, while the first worker already waits, and ends so long after it.
const AROUND: SignedDuration = SignedDuration::from_secs(2);

/// Kills one process after the other while the posts of each wave go out; answers which functions they were.
pub(crate) async fn kill_during(workers: Workers, waves: Vec<Wave>, mut random: Rng) -> Vec<String> {
    let mut killed = Vec::new();
    for wave in waves {
        sleep(past(wave.first - AROUND, Duration::ZERO)).await;
        while Timestamp::now() < wave.last + AROUND && workers.emulator_lives() {
            let running: Vec<Worker> = workers.running().into_iter().filter(publishes).collect();
            if !running.is_empty() {
                let victim = &running[random.usize(..running.len())];
                if kill(Pid::from_raw(victim.pid), Signal::SIGKILL).is_ok() {
                    killed.push(victim.function.clone());
                }
            }
            let pause_ms = pause_ms(&wave);
            sleep(Duration::from_millis(random.u64(pause_ms * 3 / 5..=pause_ms * 7 / 5))).await;
        }
    }
    killed
}

fn pause_ms(wave: &Wave) -> u64 {
    let length_ms = u64::try_from(wave.last.duration_since(wave.first).as_millis()).unwrap_or_default();
    let targets = 2 * wave.posts.max(1) as u64;
    (length_ms * TARGETS_FOR_A_KILL / targets).max(SHORTEST_PAUSE_MS)
}

fn publishes(worker: &Worker) -> bool {
    PUBLISHERS.contains(&worker.function.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::plan::tests::two_waves;

    #[test]
    fn a_thin_wave_is_killed_in_more_rarely_than_a_dense_one() {
        let pauses_of = |near, far| two_waves(near, far).map(|wave| pause_ms(&wave));
        assert_eq!(pauses_of(90, 10), [1_000, 9_000]);
        assert_eq!(pauses_of(900, 0), [SHORTEST_PAUSE_MS, 90_000]);
    }
}
