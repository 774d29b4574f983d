//! `POST /v1/media`: permits one upload.

use std::sync::Arc;

use api::view::media::StartedView;
use api::{Call, Problem, Reply};
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

/// 201 with the permission, which is told this once; 422 with every problem at once, and nothing kept.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, ask) = (call.owner()?, call.json()?);
    let (now, entropy) = (call.now(), aws::entropy());
    let started = uploading::start(&near.shelf, &near.files, &owner, ask, now, entropy).await?;
    let location = format!("/v1/media/{}", started.media.id);
    Ok(Reply::created(&StartedView::from(&started)).with("location", &location))
}
