//! `GET /v1/connections`: lists the connections.

use std::sync::Arc;

use api::view::ConnectionsView;
use api::{Call, Problem, Reply};
use domain::ports::Connections;
use store::ConnectionStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { ConnectionStore::from_env(&aws::config_from_env()?) }, handle).await
}

/// 200 with all of them.
async fn handle(connections: Arc<ConnectionStore>, call: Call) -> Result<Reply, Problem> {
    let connections = connections.list(&call.owner()?).await?;
    Ok(Reply::ok(&ConnectionsView::from(&connections[..])))
}
