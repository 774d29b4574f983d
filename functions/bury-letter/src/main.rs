//! Queue `dead letters`: ends what a message stood for whose handling failed ten times.

mod neighbours;

use std::sync::Arc;

use aws::SystemClock;
use domain::burying;
use domain::ports::Clock;
use neighbours::Neighbours;
use queue::Delivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve_raw(async { Neighbours::from_env() }, handle).await
}

/// Done when the letter's end is written down, or somebody else sees to it.
async fn handle(near: Arc<Neighbours>, letter: String, _: Delivery) -> domain::Result<()> {
    burying::bury(&near.ports(), &letter, SystemClock.now(), aws::entropy()).await
}
