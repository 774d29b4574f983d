//! `PATCH /v1/posts/{id}`: changes a post that has not started.

mod neighbours;

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::editing;
use domain::id::PostId;
use domain::limits::Subject;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with the post and its new revision as `ETag`; 409 when it has started; 412 when `If-Match` names another
/// revision; 422 with every problem at once, and nothing changed; 429 beyond the limit `schedule`; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, id, ask) = (call.owner()?, PostId(call.path("id")?), call.json()?);
    api::limited(&near.meter(), &Subject::Owner(owner.clone()), call.now(), async {
        let (ports, media) = (near.ports(), near.media());
        let post = editing::edit(&ports, &media, &owner, &id, ask, call.if_match(), call.now()).await?;
        Ok(Reply::ok(&PostView::from(&post)).tagged(post.revision))
    })
    .await
}
