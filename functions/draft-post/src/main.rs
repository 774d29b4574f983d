//! `POST /v1/posts/drafts`: keeps a post that is not finished.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::{drafting, idempotency};
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 201 with the draft, also when the same request comes again under its key; 422 with every problem at once.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask, key, now) = (call.owner()?, call.json()?, call.idempotency_key()?, call.now());
    let (ports, key) = (near.ports(), key.as_ref());
    let post = match idempotency::made_before(ports.posts, &owner, key).await? {
        Some(post) => post,
        None => drafting::draft(&ports, &owner, ask, key, now, aws::entropy()).await?,
    };
    Ok(Reply::created(&PostView::from(&post)).at(&post.id))
}
