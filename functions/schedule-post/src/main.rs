//! `POST /v1/posts/schedule`: keeps a post until its time comes.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::scheduling;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 201 with the post; 422 with every problem at once, and nothing kept.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask) = (call.owner()?, call.json()?);
    let post = scheduling::schedule(&near.ports(), &owner, ask, call.now(), aws::entropy()).await?;
    let location = format!("/v1/posts/{}", post.id);
    Ok(Reply::created(&PostView::from(&post)).with("location", &location))
}
