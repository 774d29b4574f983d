//! `DELETE /v1/connections/{id}`: takes an account away from Belfry.

mod neighbours;

use std::sync::Arc;

use api::{Call, Problem, Reply};
use domain::disconnecting;
use domain::id::ConnectionId;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 204 when the tokens are erased and what was scheduled has ended; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let id = ConnectionId(call.path("id")?);
    disconnecting::disconnect(&near.ports(), &call.owner()?, &id, call.now()).await?;
    Ok(Reply::no_content())
}
