//! `cargo xtask simulate`: the whole pipeline under a virtual clock, for as long as you like.

use anyhow::Result;
use tokio::process::Command;

use crate::places::Places;
use crate::{build, tools};

/// What `simulate` takes.
#[derive(clap::Args)]
#[group(multiple = false)]
pub(crate) struct Args {
    /// One run, and its story line by line.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// So many runs, from seed 0 on.
    #[arg(long, value_name = "COUNT")]
    runs: Option<u64>,
    /// Runs for so long; one minute when nothing is asked for.
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// Put known mistakes into what Belfry stands on, and say which seed shows each.
    #[arg(long)]
    bugs: bool,
}

/// So many seeds each mistake has to show itself in.
const SEEDS_FOR_A_BUG: u64 = 2_000;

/// Builds the simulator with optimisation and runs it.
///
/// # Errors
/// When a promise was broken, or a mistake went unseen.
pub(crate) async fn run(args: Args) -> Result<()> {
    let wanted = match args {
        Args { seed: Some(seed), .. } => vec!["seed".to_owned(), seed.to_string()],
        Args { runs: Some(runs), .. } => vec!["seeds".to_owned(), "0".to_owned(), runs.to_string()],
        Args { bugs: true, .. } => vec!["bugs".to_owned(), SEEDS_FOR_A_BUG.to_string()],
        Args { minutes, .. } => vec!["minutes".to_owned(), minutes.unwrap_or(1).to_string()],
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(Places::of_up().root());
    cargo.args(["run", "--release", "--package", "testkit", "--example", "simulate", "--"]).args(wanted);
    build::forget_own_package(&mut cargo);
    tools::run(&mut cargo).await
}
