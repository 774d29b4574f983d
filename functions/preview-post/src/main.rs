//! `POST /v1/posts/preview`: says what exactly would be sent, and what is wrong with it.

mod neighbours;

use std::sync::Arc;

use api::view::PreviewsView;
use api::{Call, Problem, Reply};
use domain::previewing;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with each target's parts, problems and cost; 422 when it cannot be said what would be sent where.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask, now) = (call.owner()?, call.json()?, call.now());
    let (media, entropy) = (near.media(), aws::entropy());
    let previews = previewing::preview(&near.connections, &media, &owner, ask, now, entropy).await?;
    Ok(Reply::ok(&PreviewsView::from(&previews[..])))
}
