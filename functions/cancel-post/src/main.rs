//! `DELETE /v1/posts/{id}`: stops a post.

mod neighbours;

use std::sync::Arc;

use api::{Call, Problem, Reply};
use domain::canceling;
use domain::id::PostId;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 204 when something was stopped, or a draft thrown away; 409 when there was nothing to stop; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let id = PostId(call.path("id")?);
    canceling::cancel(&near.ports(), &call.owner()?, &id, call.now()).await?;
    Ok(Reply::no_content())
}
