//! `DELETE /v1/media/{id}`: removes a file that no post shows.

mod neighbours;

use std::sync::Arc;

use api::{Call, Problem, Reply};
use domain::id::MediaId;
use domain::uploading;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 204 when it is gone; 409 while a post shows it; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, id, now) = (call.owner()?, MediaId(call.path("id")?), call.now());
    uploading::remove(&near.shelf, &near.files, &near.posts, &owner, &id, now).await?;
    Ok(Reply::no_content())
}
