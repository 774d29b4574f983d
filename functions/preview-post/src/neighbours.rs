//! Whom this function works with.

use domain::{Result, attaching};
use media::Bucket;
use store::{ConnectionStore, MediaStore};

pub(crate) struct Neighbours {
    pub(crate) connections: ConnectionStore,
    shelf: MediaStore,
    files: Bucket,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            connections: ConnectionStore::from_env(&config)?,
            shelf: MediaStore::from_env(&config)?,
            files: Bucket::from_env(&config)?,
        })
    }

    pub(crate) fn media(&self) -> attaching::Ports<'_> {
        attaching::Ports { shelf: &self.shelf, files: &self.files }
    }
}
