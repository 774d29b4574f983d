//! `GET /v1/connections/{id}`: shows one connection.

use std::sync::Arc;

use api::view::ConnectionView;
use api::{Call, Problem, Reply};
use domain::id::ConnectionId;
use domain::reading;
use store::ConnectionStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { ConnectionStore::from_env(&aws::config_from_env()?) }, handle).await
}

/// 200 with the connection; 404 when this owner has none by that name.
async fn handle(connections: Arc<ConnectionStore>, call: Call) -> Result<Reply, Problem> {
    let id = ConnectionId(call.path("id")?);
    let connection = reading::find_connection(&*connections, &call.owner()?, &id).await?;
    Ok(Reply::ok(&ConnectionView::from(&connection)))
}
