//! Queue `outcomes`: counts how the targets of a post ended.

mod neighbours;

use std::sync::Arc;

use aws::SystemClock;
use domain::counting;
use domain::ports::Clock;
use domain::task::CountTask;
use neighbours::Neighbours;
use queue::Delivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve(async { Neighbours::from_env() }, handle).await
}

/// Done when the records are as the post is; the same event again changes nothing.
async fn handle(near: Arc<Neighbours>, task: CountTask, _: Delivery) -> domain::Result<()> {
    counting::count(&near.ports(), &task, &near.collected, SystemClock.now()).await
}
