//! `POST /v1/posts/{id}/retry`: sends again what failed.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::id::PostId;
use domain::retrying;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 202 with the post; 409 when nothing can be sent again, or it may be live and that is not confirmed; 422; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, id, ask) = (call.owner()?, PostId(call.path("id")?), call.json()?);
    let key = call.idempotency_key()?;
    let post = retrying::retry(&near.ports(), &owner, &id, ask, key.as_ref(), call.now()).await?;
    Ok(Reply::accepted(&PostView::from(&post)))
}
