//! The function processes of the running stack, and no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::children::{Run, Trace};
use crate::places::Places;
use crate::stack::Stack;

/// Knows which processes are functions of this stack.
pub(crate) struct Workers {
    emulator: Trace,
    /// Below it the emulator unpacks the functions.
    code: PathBuf,
    /// Folders by deployed name.
    functions: BTreeMap<String, String>,
}

/// A running function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worker {
    /// Its folder: `deliver-post`.
    pub(crate) function: String,
    pub(crate) pid: i32,
}

impl Workers {
    /// Those that the stack's emulator starts.
    ///
    /// # Errors
    /// When it does not run, or this system does not show processes.
    pub(crate) fn of(places: &Places, stack: &Stack) -> Result<Self> {
        let run = Run::read(&places.run_json());
        let emulator = run.children.into_iter().find(|child| child.name == "emulator" && child.lives());
        ensure!(Path::new("/proc/self/environ").exists(), "only Linux tells which process is which function");
        Ok(Self {
            emulator: emulator.context("the emulator does not run")?,
            code: places.state().join("tmp"),
            functions: stack.functions.iter().map(|(folder, name)| (name.clone(), folder.clone())).collect(),
        })
    }

    /// Whether there is still somebody who starts functions.
    pub(crate) fn emulator_lives(&self) -> bool {
        self.emulator.lives()
    }

    /// All that run now: children of the emulator, started from what it unpacked, named as deployed.
    pub(crate) fn running(&self) -> Vec<Worker> {
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let mut running: Vec<Worker> = processes
            .flatten()
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .filter_map(|pid| self.worker(pid))
            .collect();
        running.sort();
        running
    }

    fn worker(&self, pid: i32) -> Option<Worker> {
        let about = PathBuf::from(format!("/proc/{pid}"));
        let parent = parent_of_stat(&fs::read_to_string(about.join("stat")).ok()?)?;
        if parent != self.emulator.pid || !fs::read_link(about.join("exe")).ok()?.starts_with(&self.code) {
            return None;
        }
        let environment = fs::read(about.join("environ")).ok()?;
        let name = function_in(&environment)?;
        Some(Worker { function: self.functions.get(&name)?.clone(), pid })
    }
}

impl Worker {
    /// The most memory it ever held, or has held since [`Worker::forget_peak`]; `None` when it has ended.
    pub(crate) fn peak_kb(&self) -> Option<u64> {
        peak_of_status(&fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?)
    }

    /// Lets what it holds now be the most it ever held; see `clear_refs` in `proc(5)`.
    pub(crate) fn forget_peak(&self) {
        // One that has ended meanwhile has no peak either.
        let _ = fs::write(format!("/proc/{}/clear_refs", self.pid), "5");
    }
}

/// `VmHWM` of `/proc/<pid>/status`: the most that was ever resident.
fn peak_of_status(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
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

    #[test]
    fn the_peak_is_what_was_ever_resident() {
        let status = "VmPeak:\t 90000 kB\nVmHWM:\t   46080 kB\nVmRSS:\t   20000 kB\n";
        assert_eq!(peak_of_status(status), Some(46_080));
        assert_eq!(peak_of_status("Name:\tzombie\n"), None);
    }
}
