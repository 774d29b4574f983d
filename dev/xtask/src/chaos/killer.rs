//! Ends function processes of the running stack, and no others, with SIGKILL.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::sleep;

use crate::children::{Run, Trace};
use crate::places::Places;
use crate::stack::Stack;

/// The functions that publish; those that answer calls are not needed while posts go out.
const WORKERS: [&str; 4] = ["prepare-post", "deliver-post", "watch-due", "bury-letter"];
/// From one kill to the next.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 300..=700;

/// Knows which processes are functions of this stack.
pub(crate) struct Killer {
    emulator: Trace,
    /// Below it the emulator unpacks the functions.
    code: PathBuf,
    /// Folders by deployed name.
    workers: BTreeMap<String, String>,
}

/// A running function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    function: String,
    pid: i32,
}

impl Killer {
    /// Finds the stack's emulator.
    ///
    /// # Errors
    /// When it does not run, or this system does not show processes.
    pub(crate) fn find(places: &Places, stack: &Stack) -> Result<Self> {
        let run = Run::read(&places.run_json());
        let emulator = run.children.into_iter().find(|child| child.name == "emulator" && child.lives());
        let workers = stack.functions.iter().filter(|(folder, _)| WORKERS.contains(&folder.as_str()));
        ensure!(Path::new("/proc/self/environ").exists(), "only Linux tells which process is which function");
        Ok(Self {
            emulator: emulator.context("the emulator does not run")?,
            code: places.state().join("tmp"),
            workers: workers.map(|(folder, name)| (name.clone(), folder.clone())).collect(),
        })
    }

    /// Kills one process after the other; answers which functions they were.
    pub(crate) async fn kill_until(&self, end: Timestamp, seed: u64) -> Vec<String> {
        let mut random = Rng::with_seed(seed ^ 0x6b69_6c6c);
        let mut killed = Vec::new();
        while Timestamp::now() < end && self.emulator.lives() {
            let running = self.running();
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

    /// The workers that run now: children of the emulator, started from what it unpacked, named as deployed.
    fn running(&self) -> Vec<Process> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let mut running: Vec<Process> = processes
            .flatten()
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .filter_map(|pid| self.worker(pid))
            .collect();
        running.sort();
        running
    }

    fn worker(&self, pid: i32) -> Option<Process> {
        let about = PathBuf::from(format!("/proc/{pid}"));
        let parent = parent_of_stat(&fs::read_to_string(about.join("stat")).ok()?)?;
        if parent != self.emulator.pid || !fs::read_link(about.join("exe")).ok()?.starts_with(&self.code) {
            return None;
        }
        let environment = fs::read(about.join("environ")).ok()?;
        let name = function_in(&environment)?;
        Some(Process { function: self.workers.get(&name)?.clone(), pid })
    }
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

/// Field 4 of `/proc/<pid>/stat`; the name before it may hold anything.
fn parent_of_stat(stat: &str) -> Option<i32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

fn function_in(environment: &[u8]) -> Option<String> {
    let value = environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(b"AWS_LAMBDA_FUNCTION_NAME="))?;
    String::from_utf8(value.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_parent_and_its_function() {
        assert_eq!(parent_of_stat("12 (boot) strap) S 34 12 12 0"), Some(34));
        let environment = b"A=1\0AWS_LAMBDA_FUNCTION_NAME=belfry-DeliverPost\0B=2";
        assert_eq!(function_in(environment).as_deref(), Some("belfry-DeliverPost"));
        assert_eq!(function_in(b"A=1"), None);
    }
}
