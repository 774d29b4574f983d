//! `DELETE /v1/posts/{id}`: stops a post.

use std::sync::Arc;

use api::{Call, Problem, Reply};
use domain::canceling;
use domain::id::PostId;
use queue::EventBridgeSchedules;
use store::PostStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

struct Neighbours {
    posts: PostStore,
    schedules: EventBridgeSchedules,
}

impl Neighbours {
    fn from_env() -> domain::Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self { posts: PostStore::from_env(&config)?, schedules: EventBridgeSchedules::from_env(&config)? })
    }
}

/// 204 when something was stopped; 409 when there was nothing to stop; 404.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let id = PostId(call.path("id")?);
    canceling::cancel(&near.posts, &near.schedules, &call.owner()?, &id, call.now()).await?;
    Ok(Reply::no_content())
}
