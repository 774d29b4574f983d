//! `cargo xtask test`: everything, one step after the other, to the end even if one fails.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::e2e::{Verdict, Waiting};
use crate::local::Local;
use crate::needs::Need;
use crate::places::Places;
use crate::ports::Ports;
use crate::tools::{CLOUD, run as run_to_end};
use crate::{build, check, contracts, down, e2e, needs, page, rie, schema, up};

/// What `test` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out what needs the emulator: the mends, the contracts, the binaries, the end-to-end run.
    #[arg(long)]
    quick: bool,
}

/// Prints `N passed, N failed` last, counting steps.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    let needed: &[Need] = if args.quick { &[needs::node] } else { &[needs::node, needs::browser] };
    needs::ensure_present(needed)?;
    let mut tally = Tally::default();
    tally.note("format, lints, template", check::run().await);
    tally.note("build", up::prepare(&places, true).await);
    tally.note("rust tests", run_to_end(&mut build::tests(&places).await).await);
    tally.note("web tests", page::test(&places).await);
    if !args.quick && tally.failed_at("build").is_none() {
        tally.note("emulator mends", python_tests(&places).await);
        on_a_private_stack(&mut tally).await;
    }
    tally.close()
}

async fn python_tests(places: &Places) -> Result<()> {
    let mut python = Command::new(CLOUD.program(places, "python"));
    python.args(["-m", "unittest", "discover", "-s", "dev/cloud"]).current_dir(places.root());
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    run_to_end(&mut python).await
}

/// What needs a deployed template gets one of its own, on free ports: a running `up` is not disturbed.
async fn on_a_private_stack(tally: &mut Tally) {
    let places = Places::private("test-stack");
    let started = async {
        down::forget(&places).await?;
        let ports = Ports::free()?;
        Ok((Local::start(places.clone(), ports, true).await?, ports))
    };
    let (local, ports) = match started.await {
        Ok(started) => started,
        Err(error) => return tally.note("private stack", Err(error)),
    };
    tally.note("private stack", Ok(()));
    tally.note("contracts on the emulator", contracts::run(&places, local.stack()).await);
    for function in local.stack().functions.keys() {
        tally.note(&format!("{function} on its event"), rie::run(&places, local.stack(), function).await);
    }
    if let Err(error) = e2e::run(local.stack(), None, |verdict| tally.count(verdict)).await {
        tally.note("end to end", Err(error));
    }
    tally.note("answers as documented", schema::run(&places, local.stack(), &schema::Args::default()).await);
    let browsed = page::browse(&places, places.stack_json(), local.stack(), &[]).await;
    tally.note("the page in a browser", browsed);
    tally.note("no secret told", e2e::search_for_leaks(&places, local.stack()).await);
    stop_and_start_again(tally, local, &places, ports).await;
}

/// Posts that are due soon, a clean stop, a start from what was stored: each goes out, once. Leaves nothing running.
async fn stop_and_start_again(tally: &mut Tally, local: Local, places: &Places, ports: Ports) {
    let left = Waiting::leave(local.stack()).await;
    local.stop().await;
    let outcome = async {
        let waiting = left?;
        waiting.until_one_is_overdue().await;
        let local = Local::start(places.clone(), ports, false).await?;
        let outcome = waiting.all_go_out_once(local.stack()).await;
        local.stop().await;
        outcome
    };
    tally.note("stop and start again", outcome.await);
}

/// `cargo xtask e2e`: the scenarios alone, on the stack that is up.
pub(crate) async fn on_running(args: e2e::Args) -> Result<()> {
    let mut tally = Tally::default();
    e2e::on_running(args, |verdict| tally.count(verdict)).await?;
    tally.close()
}

/// The steps so far.
struct Tally {
    steps: Vec<(String, bool)>,
    since: Instant,
}

impl Default for Tally {
    fn default() -> Self {
        Self { steps: Vec::new(), since: Instant::now() }
    }
}

impl Tally {
    fn note(&mut self, step: &str, outcome: Result<()>) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        self.tell(step, took, &outcome);
    }

    /// Notes a scenario, which ran beside others for as long as it says itself.
    fn count(&mut self, verdict: &Verdict) {
        self.since = Instant::now();
        self.tell(&verdict.sentence, verdict.took, &verdict.outcome);
    }

    fn tell(&mut self, step: &str, took: Duration, outcome: &Result<()>) {
        let seconds = took.as_secs_f64();
        match outcome {
            Ok(()) => println!("PASS {step} ({seconds:.1} s)"),
            Err(error) => println!("FAIL {step} ({seconds:.1} s): {error:#}"),
        }
        self.steps.push((step.to_owned(), outcome.is_ok()));
    }

    fn failed_at(&self, step: &str) -> Option<&str> {
        self.steps.iter().find(|(name, passed)| name == step && !passed).map(|(name, _)| name.as_str())
    }

    fn summary(&self) -> String {
        let failed = self.steps.iter().filter(|(_, passed)| !passed).count();
        format!("{} passed, {failed} failed", self.steps.len() - failed)
    }

    fn close(self) -> Result<()> {
        let failed: Vec<&str> =
            self.steps.iter().filter(|(_, passed)| !passed).map(|(name, _)| name.as_str()).collect();
        let complaint = failed.join(", ");
        let passed = complaint.is_empty();
        if !passed {
            println!("Failed: {complaint}");
        }
        println!("{}", self.summary());
        if passed { Ok(()) } else { bail!("Some steps failed.") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_the_steps() {
        let mut tally = Tally::default();
        tally.note("a", Ok(()));
        tally.note("b", Err(anyhow::anyhow!("no")));
        tally.note("c", Ok(()));
        assert_eq!(tally.summary(), "2 passed, 1 failed");
        assert_eq!((tally.failed_at("a"), tally.failed_at("b")), (None, Some("b")));
        assert!(tally.close().is_err());
    }
}
