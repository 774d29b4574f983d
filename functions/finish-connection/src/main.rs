//! `POST /v1/connections/{platform}/complete`: ends connecting an account.

mod neighbours;

use std::sync::Arc;

use api::view::ConnectionsView;
use api::{Call, Problem, Reply};
use domain::connecting;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with the connections; 400 for a state that is not this owner's, is used or expired; 422 when the platform
/// does not accept the code.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, platform) = (call.owner()?, call.platform()?);
    let connections = connecting::finish(&near.ports(), &owner, platform, call.json()?, call.now()).await?;
    Ok(Reply::ok(&ConnectionsView::from(&connections[..])))
}
