//! Whom this function works with.

use domain::{Result, attaching, drafting};
use media::Bucket;
use store::{ConnectionStore, MediaStore, PostStore};

pub(crate) struct Neighbours {
    posts: PostStore,
    connections: ConnectionStore,
    shelf: MediaStore,
    files: Bucket,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            connections: ConnectionStore::from_env(&config)?,
            shelf: MediaStore::from_env(&config)?,
            files: Bucket::from_env(&config)?,
        })
    }

    pub(crate) fn ports(&self) -> drafting::Ports<'_> {
        let media = attaching::Ports { shelf: &self.shelf, files: &self.files };
        drafting::Ports { posts: &self.posts, connections: &self.connections, media }
    }
}
