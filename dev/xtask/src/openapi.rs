//! `cargo xtask openapi`: writes what `GET /v1/openapi.json` answers.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::build;
use crate::places::Places;

/// The document that `describe-api` carries and that `dev/document` holds against the types.
pub(crate) const DOCUMENT: &str = "functions/describe-api/src/openapi.json";

/// Asks `dev/document` for it, by a process of its own: this tool needs none of the crates that the document is made
/// from, and must run where they do not build yet.
pub(crate) async fn run() -> Result<()> {
    let places = Places::of_up();
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--profile", "local", "--package", "document"]);
    cargo.current_dir(places.root()).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    build::forget_own_package(&mut cargo);
    let printed = cargo.output().await.context("cannot start cargo")?;
    ensure!(printed.status.success(), "dev/document failed ({})", printed.status);
    let path = places.root().join(DOCUMENT);
    std::fs::write(&path, printed.stdout).with_context(|| format!("cannot write {}", path.display()))?;
    println!("Wrote {DOCUMENT}");
    Ok(())
}
