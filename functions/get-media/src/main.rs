//! `GET /v1/media/{id}`: shows one file, whether it has arrived, and where it can be read.

use std::sync::Arc;

use api::view::media::MediaView;
use api::{Call, Problem, Reply};
use domain::id::MediaId;
use domain::uploading;
use media::Bucket;
use store::MediaStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

struct Neighbours {
    shelf: MediaStore,
    files: Bucket,
}

impl Neighbours {
    fn from_env() -> domain::Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self { shelf: MediaStore::from_env(&config)?, files: Bucket::from_env(&config)? })
    }
}

/// 200 with what is known of the file; 404 when this owner has none by that name.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, id) = (call.owner()?, MediaId(call.path("id")?));
    let found = uploading::find(&near.shelf, &near.files, &owner, &id, call.now()).await?;
    Ok(Reply::ok(&MediaView::from(&found)))
}
