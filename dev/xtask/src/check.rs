//! `cargo xtask check`: format, lints, template.

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::places::Places;
use crate::tools::{TOOLS, run as run_to_end};
use crate::{needs, page};

/// Runs every check and tells at the end which ones failed.
pub(crate) async fn run() -> Result<()> {
    let places = Places::of_up();
    needs::ensure_present(&[needs::node])?;
    TOOLS.ensure(&places).await?;
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(places.root());
        command
    };
    let tool = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(TOOLS.program(&places, program));
        command.args(arguments).current_dir(places.root()).env("SAM_CLI_TELEMETRY", "0");
        command.env("AWS_DEFAULT_REGION", crate::cloud::REGION);
        command
    };
    let lints = |which: &'static [&'static str]| {
        cargo(&[&["clippy", "--profile", "local", "--workspace"], which, &["--", "-D", "warnings"]].concat())
    };
    let checks = [
        ("format", cargo(&["fmt", "--all", "--check"])),
        ("lints", lints(&["--all-targets"])),
        // To cargo, "all" are those that a plain `cargo test` runs.
        ("lints of what the emulator tests", lints(&["--test", "emulator"])),
        ("cfn-lint", tool("cfn-lint", &["--template", "template.yaml"])),
        ("sam validate", tool("sam", &["validate", "--lint", "--template-file", "template.yaml"])),
    ];
    let mut failed = Vec::new();
    for (name, mut command) in checks {
        match run_to_end(&mut command).await {
            Ok(()) => println!("{name}: fine"),
            Err(error) => {
                println!("{name}: {error}");
                failed.push(name);
            }
        }
    }
    match page::check(&places).await {
        Ok(()) => println!("web page: fine"),
        Err(error) => {
            println!("web page: {error}");
            failed.push("web page");
        }
    }
    if !failed.is_empty() {
        bail!("{} failed", failed.join(", "));
    }
    Ok(())
}
