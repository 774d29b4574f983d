//! Whom this function works with.

use std::sync::Arc;

use aws::Emf;
use domain::{Result, access, preparing};
use platforms::SocialPlatforms;
use queue::{EventBus, SqsQueues};
use store::{ConnectionStore, PostStore};
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    posts: PostStore,
    queues: SqsQueues,
    connections: ConnectionStore,
    vault: TokenVault,
    platforms: SocialPlatforms,
    events: EventBus,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            queues: SqsQueues::from_env(&config),
            connections: ConnectionStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> preparing::Ports<'_> {
        preparing::Ports { posts: &self.posts, queues: &self.queues, access: self.access() }
    }

    fn access(&self) -> access::Ports<'_> {
        access::Ports {
            connections: &self.connections,
            vault: &self.vault,
            platforms: &self.platforms,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}
