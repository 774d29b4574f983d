//! `POST /v1/connections/{platform}/complete`: ends connecting an account.

mod neighbours;

use std::sync::Arc;

use api::view::ConnectionsView;
use api::{Call, Problem, Reply};
use domain::connecting;
use domain::limits::Subject;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with the connections; 400 for a state that is not this owner's, is used or expired; 422 when the platform
/// does not accept the code; 429 beyond the limit `oauth`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, platform, ask) = (call.owner()?, call.platform()?, call.json()?);
    let subject = Subject::Owner(owner.clone());
    api::limited(&near.meter(), &subject, call.now(), async {
        let connections = connecting::finish(&near.ports(), &owner, platform, ask, call.now()).await?;
        Ok(Reply::ok(&ConnectionsView::from(&connections[..])))
    })
    .await
}
