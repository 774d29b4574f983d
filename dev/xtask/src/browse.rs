//! `cargo xtask browse`: the web page in a browser, on the stack that is up.

use anyhow::Result;

use crate::places::Places;
use crate::stack::Stack;
use crate::{needs, page};

/// What `browse` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the files whose names contain one of these.
    words: Vec<String>,
}

/// Runs the scenarios of `web/browser`.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    needs::ensure_present(&[needs::node, needs::browser])?;
    let stack = Stack::read(places.stack_json())?;
    page::browse(&places, places.stack_json(), &stack, &args.words).await
}
