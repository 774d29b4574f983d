//! `POST /v1/connections/{platform}/authorize`: begins to connect an account.

mod neighbours;

use std::sync::Arc;

use api::view::BegunView;
use api::{Call, Problem, Reply};
use domain::connecting;
use domain::limits::Subject;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 201 with the platform's consent page and how long the way back is open; 429 beyond the limit `oauth`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, platform) = (call.owner()?, call.platform()?);
    let subject = Subject::Owner(owner.clone());
    api::limited(&near.meter(), &subject, call.now(), async {
        let (states, platforms) = (&near.states, &near.platforms);
        let begun =
            connecting::start(states, platforms, &owner, platform, call.now(), aws::entropy()).await?;
        Ok(Reply::created(&BegunView::from(&begun)))
    })
    .await
}
