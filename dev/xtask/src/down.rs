//! `cargo xtask down` and `reset`.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result};

use crate::children::Run;
use crate::places::Places;

/// Stops a running `up`, or what is left of one, and waits until all of it has ended.
pub(crate) async fn run() -> Result<()> {
    let stopped = stop(&Places::of_up()).await;
    println!("{}", if stopped { "Belfry is down." } else { "Belfry was not up." });
    Ok(())
}

/// Stops, then forgets posts, grants, keys: everything that was stored.
pub(crate) async fn reset() -> Result<()> {
    let places = Places::of_up();
    forget(&places).await?;
    println!("Belfry is down and remembers nothing.");
    Ok(())
}

/// Stops what runs on these places and deletes their state.
///
/// # Errors
/// When a file cannot be deleted.
pub(crate) async fn forget(places: &Places) -> Result<()> {
    stop(places).await;
    match fs::remove_dir_all(places.state()) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", places.state().display()))
        }
        _ => Ok(()),
    }
}

async fn stop(places: &Places) -> bool {
    let run = Run::read(&places.run_json());
    let ran = run.owner.iter().chain(&run.children).any(|trace| trace.lives());
    if let Some(owner) = run.owner.as_ref().filter(|owner| owner.lives()) {
        owner.end().await;
    }
    // An `up` that was killed could not end its children.
    Run::read(&places.run_json()).end_children().await;
    let _ = fs::remove_file(places.run_json());
    let _ = fs::remove_file(places.stack_json());
    ran
}
