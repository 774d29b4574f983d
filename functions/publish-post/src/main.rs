//! `POST /v1/posts/publish`: sends a post on its way at once.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::publishing;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 202 with the post; 422 with every problem at once, and nothing kept.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask) = (call.owner()?, call.json()?);
    let post = publishing::publish_now(&near.ports(), &owner, ask, call.now(), aws::entropy()).await?;
    let location = format!("/v1/posts/{}", post.id);
    Ok(Reply::accepted(&PostView::from(&post)).with("location", &location))
}
