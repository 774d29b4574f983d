//! Queue `prepare`: splits a post into its targets, uploads what each shows, and sends it on its way, to be visible at
//! its second.

mod neighbours;

use std::sync::Arc;

use domain::preparing;
use domain::task::PrepareTask;
use neighbours::Neighbours;
use queue::Delivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve(async { Neighbours::from_env() }, handle).await
}

/// Done when every target's message is on its way, or the outcome is written down; safe to run twice.
async fn handle(near: Arc<Neighbours>, task: PrepareTask, delivery: Delivery) -> domain::Result<()> {
    preparing::prepare(&near.ports(), &task, delivery.deadline, aws::entropy()).await
}
