//! `cargo xtask deploy`: thin over `cargo lambda build` and `sam deploy`.

use std::path::Path;

use anyhow::Result;
use tokio::process::Command;

use crate::places::Places;
use crate::tools::{TOOLS, run as run_to_end};
use crate::{build, needs, page};

/// What `deploy` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The processor to build for, as the template's parameter `Architecture` says.
    #[arg(long, default_value = "arm64", value_parser = ["arm64", "x86_64"])]
    architecture: String,
    /// Build and check, but deploy nothing.
    #[arg(long)]
    build_only: bool,
    /// Everything else goes to `sam deploy`: `cargo xtask deploy -- --guided`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    sam: Vec<String>,
}

/// Builds what ships, then deploys with the developer's own AWS credentials and `samconfig.toml`.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    needs::ensure_present(&[needs::node])?;
    TOOLS.ensure(&places).await?;
    page::ensure_built(&places).await?;
    let mut lambda = Command::new(TOOLS.program(&places, "cargo-lambda"));
    lambda.args(["lambda", "build", "--profile", "deploy", "--lambda-dir", "target/lambda"]);
    lambda.args(if args.architecture == "arm64" { ["--arm64"] } else { ["--x86-64"] });
    for function in build::functions(places.root())? {
        lambda.args(["-p", &function]);
    }
    in_tools(&mut lambda, &places);
    run_to_end(&mut lambda).await?;
    if args.build_only {
        return Ok(());
    }
    let mut sam = Command::new(TOOLS.program(&places, "sam"));
    sam.args(["deploy", "--template-file", "template.yaml"]).args(&args.sam);
    in_tools(&mut sam, &places);
    // It asks before it changes anything.
    let status = sam.status().await?;
    anyhow::ensure!(status.success(), "sam deploy failed ({status})");
    Ok(())
}

/// In the workspace, with the tools before everything else on the path: `cargo-lambda` looks for its `zig` there.
fn in_tools(command: &mut Command, places: &Places) {
    let tools = TOOLS.program(places, "");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [tools.as_path()].into_iter().map(Path::to_path_buf).chain(std::env::split_paths(&path));
    command.current_dir(places.root()).env("PATH", std::env::join_paths(path).unwrap_or_default());
}
