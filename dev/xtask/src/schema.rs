//! `cargo xtask schema`: schemathesis asks the API what its document allows, and holds each answer against it.
//!
//! What is asked and checked, and which checks are left out for which reason, stands in
//! `dev/document/schemathesis.toml`; who asks, in `dev/document/hooks.py`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::http;
use crate::openapi::DOCUMENT;
use crate::places::Places;
use crate::stack::Stack;
use crate::tools::{ASKER, run as run_to_end};

/// The same questions each time, so that a failure is the change's and not the day's.
const SEED: u32 = 1;

/// What was answered: how often by operation and status.
type Tally = BTreeMap<String, BTreeMap<String, u32>>;

/// What `schema` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ask other questions than usual, the same ones each time for the same number.
    #[arg(long, default_value_t = SEED)]
    seed: u32,
    /// Ask this operation alone, such as `get-post`.
    #[arg(long)]
    operation: Option<String>,
    /// How many random questions to each operation, beside those on the boundaries.
    #[arg(long)]
    examples: Option<u32>,
}

impl Default for Args {
    fn default() -> Self {
        Self { seed: SEED, operation: None, examples: None }
    }
}

/// Asks the stack that is up.
pub(crate) async fn on_running(args: Args) -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    run(&places, &stack, &args).await
}

/// Asks this stack, and fails when an answer is not as documented or an operation never succeeded.
///
/// # Errors
/// When it does; schemathesis has told on the terminal what it asked and what was wrong.
pub(crate) async fn run(places: &Places, stack: &Stack, args: &Args) -> Result<()> {
    ASKER.ensure(places).await?;
    is_served(places, stack).await?;
    let folder = places.root().join("dev/document");
    let told = places.state().join("asked.json");
    let mut asker = Command::new(ASKER.program(places, "st"));
    // What it keeps, for `st replay`, it keeps in the folder it runs in.
    asker.current_dir(places.state());
    asker.arg("--config-file").arg(folder.join("schemathesis.toml"));
    asker.args(["run", "--no-color", "--url", &stack.api_url, "--seed", &args.seed.to_string()]);
    if let Some(operation) = &args.operation {
        asker.args(["--include-operation-id", operation]);
    }
    if let Some(examples) = args.examples {
        asker.args(["--max-examples", &examples.to_string()]);
    }
    asker.arg(places.root().join(DOCUMENT));
    asker.env("BELFRY_HOOKS", folder.join("hooks.py")).env("BELFRY_STACK", places.stack_json());
    asker.env("BELFRY_TALLY", &told).env("PYTHONDONTWRITEBYTECODE", "1");
    let again = format!("ask the same again on a stack that is up: cargo xtask schema --seed {}", args.seed);
    run_to_end(&mut asker).await.with_context(|| again.clone())?;
    let tally: Tally = serde_json::from_slice(&fs::read(&told)?).context("the hooks tell another shape")?;
    let never = without_success(&tally);
    ensure!(never.is_empty(), "no call succeeded to {}; {again}", never.join(", "));
    let calls: u32 = tally.values().flat_map(BTreeMap::values).sum();
    println!("{calls} calls to {} operations, each answered as documented", tally.len());
    Ok(())
}

/// Whether the stack says of itself what is committed. (From an address schemathesis would leave that route out.)
async fn is_served(places: &Places, stack: &Stack) -> Result<()> {
    let served = http::client()?.get(format!("{}/v1/openapi.json", stack.api_url)).send().await?;
    let served: Value = served.json().await.context("the document that is served is no JSON")?;
    let committed: Value = serde_json::from_slice(&fs::read(places.root().join(DOCUMENT))?)?;
    ensure!(served == committed, "the stack serves another document than {DOCUMENT}: build it again");
    Ok(())
}

/// The operations to which no call succeeded.
fn without_success(tally: &Tally) -> Vec<&str> {
    let succeeded = |answers: &BTreeMap<String, u32>| answers.keys().any(|status| status.starts_with('2'));
    tally.iter().filter(|(_, answers)| !succeeded(answers)).map(|(operation, _)| operation.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_was_only_refused_is_named() {
        let text = r#"{"GET /a": {"200": 1, "404": 9}, "GET /b": {"404": 9}, "DELETE /a": {"204": 1}}"#;
        let tally: Tally = serde_json::from_str(text).expect("a tally");
        assert_eq!(without_success(&tally), ["GET /b"]);
    }
}
