//! The processes that `up` starts: begun in groups of their own, remembered on disk, ended in order.
//!
//! A parent that is killed cannot end its children, so each one is written down with the moment it started;
//! the next `up` or `down` ends what is still there. The moment keeps a reused process id from being mistaken.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How long a process may take to end by itself. The emulator waits for running functions and then saves.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(20);

/// A process as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trace {
    /// `emulator`, `issuer`, `sandbox` or `up`.
    pub(crate) name: String,
    /// Its id, and its group's.
    pub(crate) pid: i32,
    /// When it started, in the system's own ticks.
    pub(crate) started: u64,
}

/// Everything one run has started.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The `up` itself.
    pub(crate) owner: Option<Trace>,
    /// Its children in the order they were started.
    pub(crate) children: Vec<Trace>,
}

impl Trace {
    /// This very process.
    pub(crate) fn of_self() -> Self {
        let pid = Pid::this().as_raw();
        Self { name: "up".to_owned(), pid, started: started(pid).unwrap_or_default() }
    }

    /// A child in a group of its own.
    pub(crate) fn of_child(child: &std::process::Child) -> Self {
        let pid = i32::try_from(child.id()).unwrap_or_default();
        Self { name: "up".to_owned(), pid, started: started(pid).unwrap_or_default() }
    }

    /// Whether that process still runs, and not another that got its number.
    pub(crate) fn lives(&self) -> bool {
        started(self.pid) == Some(self.started)
    }

    /// Asks it to end, waits, and insists when it does not.
    pub(crate) async fn end(&self) {
        if self.lives() {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGTERM);
            let deadline = Instant::now() + PATIENCE;
            while self.lives() && Instant::now() < deadline {
                sleep(GLANCE).await;
            }
            if self.lives() {
                eprintln!("{} (process {}) does not end: killing it", self.name, self.pid);
                let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
            }
        }
        self.end_group();
    }

    /// What it left behind: the functions of an emulator that was killed. A group's number is not given again
    /// while it has members, and nobody but its own descendants joins it.
    fn end_group(&self) {
        if !self.lives() && started(self.pid).is_none() && self.pid > 1 {
            match killpg(Pid::from_raw(self.pid), Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => eprintln!("cannot end what {} left behind: {error}", self.name),
            }
        }
    }
}

impl Run {
    /// What the last run wrote down, or nothing.
    pub(crate) fn read(path: &Path) -> Self {
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn write(&self, path: &Path) -> Result<()> {
        let beside = path.with_extension("tmp");
        fs::write(&beside, serde_json::to_vec_pretty(self)?)
            .and_then(|()| fs::rename(&beside, path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Ends what an `up` that was killed has left running, last started first.
    pub(crate) async fn end_children(&self) {
        for child in self.children.iter().rev() {
            child.end().await;
        }
    }
}

/// The running children of this process.
pub(crate) struct Children {
    path: PathBuf,
    run: Run,
    running: Vec<(Trace, Child, PathBuf)>,
}

impl Children {
    /// Takes the place of an earlier run: one that lives is an error, one that was killed is cleaned up after.
    ///
    /// # Errors
    /// When an `up` runs already, or the state folder cannot be written.
    pub(crate) async fn take_over(path: PathBuf) -> Result<Self> {
        let earlier = Run::read(&path);
        if let Some(owner) = earlier.owner.as_ref().filter(|owner| owner.lives()) {
            bail!("Belfry is up already (process {}): `cargo xtask down` stops it.", owner.pid);
        }
        if earlier.children.iter().any(Trace::lives) {
            println!("Ending what the last run left behind");
        }
        earlier.end_children().await;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder.join("logs"))
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let run = Run { owner: Some(Trace::of_self()), children: Vec::new() };
        run.write(&path)?;
        Ok(Self { path, run, running: Vec::new() })
    }

    /// Starts a process whose output goes to `log`.
    ///
    /// # Errors
    /// When it cannot be started or written down; then it does not run.
    pub(crate) fn start(&mut self, name: &str, mut command: Command, log: &Path) -> Result<()> {
        let output = open_log(log)?;
        // A group of its own: Ctrl-C on the terminal reaches `up` alone, which ends the others in order.
        command.as_std_mut().process_group(0);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
        let trace = Trace { name: name.to_owned(), pid, started: started(pid).unwrap_or_default() };
        self.run.children.push(trace.clone());
        self.running.push((trace, child, log.to_path_buf()));
        self.run.write(&self.path)
    }

    /// A child that has ended by itself, as a sentence with the end of its log.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.running.iter_mut().find_map(|(trace, child, log)| {
            let status = child.try_wait().ok().flatten()?;
            let text = fs::read_to_string(&*log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(15)..].join("\n");
            Some(format!("the {} ended ({status}); {} says:\n{tail}", trace.name, log.display()))
        })
    }

    /// Ends all, last started first, and forgets them.
    pub(crate) async fn end(mut self) {
        while let Some((trace, mut child, _)) = self.running.pop() {
            if matches!(child.try_wait(), Ok(None)) {
                let _ = kill(Pid::from_raw(trace.pid), Signal::SIGTERM);
                if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
                    eprintln!("the {} does not end: killing it", trace.name);
                    let _ = child.kill().await;
                }
            }
            trace.end_group();
        }
        let _ = fs::remove_file(&self.path);
    }
}

/// Appends, so that what led to a restart can still be read; starts anew beyond 10 MB.
fn open_log(path: &Path) -> Result<File> {
    let long = fs::metadata(path).is_ok_and(|about| about.len() > 10_000_000);
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(long)
        .append(!long)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// When a process started, in ticks since the machine did; `None` when there is none of that number.
///
/// Where there is no `/proc` every living process counts as started at 0.
fn started(pid: i32) -> Option<u64> {
    if pid <= 0 {
        return None;
    }
    if !Path::new("/proc/self/stat").exists() {
        return kill(Pid::from_raw(pid), None).ok().map(|()| 0);
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    start_of_stat(&stat)
}

/// Field 22 of `/proc/<pid>/stat`; a process that only waits to be reaped counts as gone.
fn start_of_stat(stat: &str) -> Option<u64> {
    // The name may hold anything, parentheses too, so counting begins behind the last one.
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
    if matches!(fields.first(), Some(&"Z" | &"X")) {
        return None;
    }
    fields.get(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    }

    async fn gone(trace: &Trace) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while trace.lives() {
            assert!(Instant::now() < deadline, "it still runs");
            sleep(GLANCE).await;
        }
    }

    #[test]
    fn the_start_is_read_behind_any_name() {
        let stat =
            |state: &str| format!("7 (a) b (c) {state} 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0");
        assert_eq!(start_of_stat(&stat("S")), Some(4711));
        assert_eq!(start_of_stat(&stat("Z")), None);
        assert_eq!(start_of_stat(""), None);
    }

    #[test]
    fn another_process_of_the_same_number_is_not_ours() {
        let this = Trace::of_self();
        assert!(this.lives());
        assert!(!Trace { started: this.started + 1, ..this }.lives());
    }

    #[tokio::test]
    async fn what_a_killed_run_left_behind_is_ended_by_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        let mut orphan = sleeper();
        orphan.as_std_mut().process_group(0);
        let mut orphan = orphan.spawn().expect("started");
        let pid = i32::try_from(orphan.id().expect("an id")).expect("small");
        let trace = Trace { name: "emulator".into(), pid, started: started(pid).expect("it runs") };
        let dead = Trace { started: 1, ..Trace::of_self() };
        Run { owner: Some(dead), children: vec![trace.clone()] }.write(&path).expect("written");

        let reaper = tokio::spawn(async move { orphan.wait().await });
        let children = Children::take_over(path.clone()).await.expect("taken over");
        gone(&trace).await;
        let _ = reaper.await;
        assert_eq!(Run::read(&path).owner, Some(Trace::of_self()));
        children.end().await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_second_up_is_told_of_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        let first = Children::take_over(path.clone()).await.expect("taken over");
        let complaint =
            Children::take_over(path).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(complaint.contains("cargo xtask down"), "{complaint}");
        first.end().await;
    }

    #[tokio::test]
    async fn a_stale_or_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.json");
        fs::write(&path, "{half").expect("written");
        Children::take_over(path).await.expect("taken over").end().await;
    }

    #[tokio::test]
    async fn a_child_that_ends_by_itself_is_noticed_with_its_last_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut children = Children::take_over(folder.path().join("run.json")).await.expect("taken over");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no luck; exit 3"]);
        children.start("issuer", command, &folder.path().join("issuer.log")).expect("started");
        let deadline = Instant::now() + Duration::from_secs(5);
        let sentence = loop {
            if let Some(sentence) = children.ended() {
                break sentence;
            }
            assert!(Instant::now() < deadline, "it was not noticed");
            sleep(GLANCE).await;
        };
        assert!(sentence.contains("issuer") && sentence.contains("no luck"), "{sentence}");
        children.end().await;
    }
}
