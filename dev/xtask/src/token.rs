//! `cargo xtask token [name]`.

use anyhow::Result;

use crate::places::Places;
use crate::stack::Stack;
use crate::{http, people};

/// What `token` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Anybody; a name not seen before is a new person with connections of their own.
    #[arg(default_value = "alice")]
    name: String,
}

/// Prints the token alone, so that `$(cargo xtask token)` works.
pub(crate) async fn run(args: Args) -> Result<()> {
    let stack = Stack::read(Places::of_up().stack_json())?;
    println!("{}", people::introduce(&http::client()?, &stack, &args.name, &people::LOGINS).await?);
    Ok(())
}
