//! `POST /v1/posts/preview`: says what exactly would be sent, and what is wrong with it.

use std::sync::Arc;

use api::view::PreviewsView;
use api::{Call, Problem, Reply};
use domain::previewing;
use store::ConnectionStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { ConnectionStore::from_env(&aws::config_from_env()?) }, handle).await
}

/// 200 with each target's parts, problems and cost; 422 when it cannot be said what would be sent where.
async fn handle(connections: Arc<ConnectionStore>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask) = (call.owner()?, call.json()?);
    let previews = previewing::preview(&*connections, &owner, ask).await?;
    Ok(Reply::ok(&PreviewsView::from(&previews[..])))
}
