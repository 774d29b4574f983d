//! Whom this function works with.

use domain::Result;
use media::Bucket;
use store::{MediaStore, PostStore};

pub(crate) struct Neighbours {
    pub(crate) shelf: MediaStore,
    pub(crate) files: Bucket,
    pub(crate) posts: PostStore,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            shelf: MediaStore::from_env(&config)?,
            files: Bucket::from_env(&config)?,
            posts: PostStore::from_env(&config)?,
        })
    }
}
