//! `POST /v1/posts/schedule`: keeps a post until its time comes.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::limits::Subject;
use domain::scheduling;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 201 with the post, also when the same request comes again under its key; 422 with every problem at once, and
/// nothing kept; 429 beyond the limit `schedule`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask, key, now) = (call.owner()?, call.json()?, call.idempotency_key()?, call.now());
    let (ports, key) = (near.ports(), key.as_ref());
    if let Some(post) = scheduling::scheduled_before(&ports, &owner, key, now).await? {
        return Ok(Reply::created(&PostView::from(&post)).at(&post.id));
    }
    api::limited(&near.meter(), &Subject::Owner(owner.clone()), now, async {
        let post = scheduling::schedule(&ports, &near.media(), &owner, ask, key, now, aws::entropy()).await?;
        Ok(Reply::created(&PostView::from(&post)).at(&post.id))
    })
    .await
}
