//! `GET /v1/posts/{id}/metrics`: how people took to one post.

mod neighbours;

use std::sync::Arc;

use api::view::analytics::MetricsView;
use api::{Call, Problem, Reply, fresh};
use domain::id::PostId;
use domain::limits::Subject;
use domain::summarizing;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with every target that has ended; 304 when the caller has that already; 404 when this owner has no such post;
/// 429 beyond the limit `analytics`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, post) = (call.owner()?, PostId(call.path("id")?));
    api::limited(&near.meter(), &Subject::Owner(owner.clone()), call.now(), async {
        let records = summarizing::metrics_of(&near.analytics, &near.posts, &owner, &post).await?;
        Ok(fresh(&call, Reply::ok(&MetricsView::of(&post, &records))))
    })
    .await
}
