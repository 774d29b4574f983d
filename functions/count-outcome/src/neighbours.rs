//! Whom this function works with.

use domain::Result;
use domain::counting;
use domain::platform::Platform;
use store::{AnalyticsStore, PostStore};

pub(crate) struct Neighbours {
    posts: PostStore,
    analytics: AnalyticsStore,
    /// The platforms that numbers are collected from.
    pub(crate) collected: Vec<Platform>,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            analytics: AnalyticsStore::from_env(&config)?,
            collected: Platform::listed(&aws::optional("COLLECT_METRICS_FROM").unwrap_or_default())?,
        })
    }

    pub(crate) fn ports(&self) -> counting::Ports<'_> {
        counting::Ports { posts: &self.posts, analytics: &self.analytics }
    }
}
