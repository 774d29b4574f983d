//! `POST /v1/posts/publish-multi`: sends a post on its way at once, to several connections.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::content::MAX_TARGETS;
use domain::limits::Subject;
use domain::publishing;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 202 with the post, also when the same request comes again under its key; 422 with every problem at once, and
/// nothing kept; 429 beyond the limit `publishMulti`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask, key, now) = (call.owner()?, call.json()?, call.idempotency_key()?, call.now());
    let (ports, key) = (near.ports(), key.as_ref());
    if let Some(post) = publishing::published_before(&ports, &owner, key).await? {
        return Ok(Reply::accepted(&PostView::from(&post)).at(&post.id));
    }
    api::limited(&near.meter(), &Subject::Owner(owner.clone()), now, async {
        let entropy = aws::entropy();
        let post = publishing::publish_now(&ports, &owner, ask, 2..=MAX_TARGETS, key, now, entropy).await?;
        Ok(Reply::accepted(&PostView::from(&post)).at(&post.id))
    })
    .await
}
