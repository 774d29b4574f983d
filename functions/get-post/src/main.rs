//! `GET /v1/posts/{id}`: shows one post.

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::id::PostId;
use domain::reading;
use store::PostStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { PostStore::from_env(&aws::config_from_env()?) }, handle).await
}

/// 200 with the post and its revision as `ETag`; 404 when this owner has none by that name.
async fn handle(posts: Arc<PostStore>, call: Call) -> Result<Reply, Problem> {
    let post = reading::find(&*posts, &call.owner()?, &PostId(call.path("id")?)).await?;
    Ok(Reply::ok(&PostView::from(&post)).tagged(post.revision))
}
