//! Whom this function works with.

use std::sync::Arc;

use aws::Emf;
use domain::{Result, disconnecting};
use platforms::SocialPlatforms;
use queue::{EventBridgeSchedules, EventBus, SqsQueues};
use store::{ConnectionStore, PostStore};
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    connections: ConnectionStore,
    posts: PostStore,
    vault: TokenVault,
    platforms: SocialPlatforms,
    queues: SqsQueues,
    schedules: EventBridgeSchedules,
    events: EventBus,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            connections: ConnectionStore::from_env(&config)?,
            posts: PostStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            queues: SqsQueues::from_env(&config),
            schedules: EventBridgeSchedules::from_env(&config)?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> disconnecting::Ports<'_> {
        disconnecting::Ports {
            connections: &self.connections,
            posts: &self.posts,
            vault: &self.vault,
            platforms: &self.platforms,
            queues: &self.queues,
            schedules: &self.schedules,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}
