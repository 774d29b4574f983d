//! Queue `publish`: sends one target at its second, and finds out what became of it.

mod neighbours;

use std::sync::Arc;

use domain::delivering;
use domain::task::DeliverTask;
use neighbours::Neighbours;
use queue::Delivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve(async { Neighbours::from_env() }, handle).await
}

/// Done when the outcome is written down, whatever it is; safe to run twice.
async fn handle(near: Arc<Neighbours>, task: DeliverTask, delivery: Delivery) -> domain::Result<()> {
    delivering::deliver(&near.ports(), &task, delivery.deadline, aws::entropy()).await
}
