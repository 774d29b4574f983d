//! Every hour: renews tokens before they die unused, and warns of those that only their person can renew.

mod neighbours;

use std::sync::Arc;

use domain::keeping;
use domain::ports::KEEP_SHARDS;
use futures_util::future::join_all;
use neighbours::Neighbours;
use queue::Tick;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve_tick(async { Neighbours::from_env() }, handle).await
}

/// Goes through every shard at once, each connection by connection; the next run begins with what was not reached.
async fn handle(near: Arc<Neighbours>, tick: Tick) -> domain::Result<()> {
    let ports = near.ports();
    let keep = |shard| keeping::keep(&ports, shard, tick.time, tick.deadline, aws::entropy());
    join_all((0..KEEP_SHARDS).map(keep)).await.into_iter().collect()
}
