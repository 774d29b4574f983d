//! Every five minutes: collects how people took to what was published.

mod neighbours;

use std::sync::Arc;

use domain::collecting;
use domain::ports::COLLECT_SHARDS;
use futures_util::future::join_all;
use neighbours::Neighbours;
use queue::Tick;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue::Fatal> {
    queue::serve_tick(async { Neighbours::from_env() }, handle).await
}

/// Goes through every shard at once, each connection by connection; what there is no time for stays due.
async fn handle(near: Arc<Neighbours>, tick: Tick) -> domain::Result<()> {
    let ports = near.ports();
    let collect =
        |shard| collecting::collect(&ports, shard, &near.from, tick.time, tick.deadline, aws::entropy());
    join_all((0..COLLECT_SHARDS).map(collect)).await.into_iter().collect()
}
