//! Every minute: looks for what should have happened and did not.

mod neighbours;

use std::sync::Arc;

use domain::ports::DUE_SHARDS;
use domain::watching;
use futures_util::future::join_all;
use neighbours::Neighbours;
use queue::Tick;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve_tick(async { Neighbours::from_env() }, handle).await
}

/// Looks through every shard; one that fails holds up no other, and is looked at again in a minute.
async fn handle(near: Arc<Neighbours>, tick: Tick) -> domain::Result<()> {
    let ports = near.ports();
    let shards = (0..DUE_SHARDS).map(|shard| watching::watch(&ports, shard, tick.time));
    join_all(shards).await.into_iter().collect()
}
