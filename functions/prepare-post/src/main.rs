//! Queue `prepare`: splits a post into its targets and sends each on its way, to be visible at its second.

mod neighbours;

use std::sync::Arc;

use domain::ports::Clock;
use domain::preparing;
use domain::task::PrepareTask;
use neighbours::Neighbours;
use queue::Delivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve(async { Neighbours::from_env() }, handle).await
}

/// Done when every target's message is on its way; safe to run twice.
async fn handle(near: Arc<Neighbours>, task: PrepareTask, _: Delivery) -> domain::Result<()> {
    preparing::prepare(&near.ports(), &task, aws::SystemClock.now(), aws::entropy()).await
}
