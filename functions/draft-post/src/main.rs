//! `POST /v1/posts/drafts`: keeps a post that is not finished.

use std::sync::Arc;

use api::view::PostView;
use api::{Call, Problem, Reply};
use domain::{drafting, idempotency};
use store::{ConnectionStore, PostStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

struct Neighbours(PostStore, ConnectionStore);

impl Neighbours {
    fn from_env() -> domain::Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self(PostStore::from_env(&config)?, ConnectionStore::from_env(&config)?))
    }
}

/// 201 with the draft, also when the same request comes again under its key; 422 with every problem at once.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask, key, now) = (call.owner()?, call.json()?, call.idempotency_key()?, call.now());
    let Neighbours(posts, connections) = &*near;
    let post = match idempotency::made_before(posts, &owner, key.as_ref()).await? {
        Some(post) => post,
        None => drafting::draft(posts, connections, &owner, ask, key.as_ref(), now, aws::entropy()).await?,
    };
    Ok(Reply::created(&PostView::from(&post)).at(&post.id))
}
