//! Whom this function works with.

use std::sync::Arc;

use aws::{Emf, SystemClock};
use domain::gates::RecentGates;
use domain::{Result, access, delivering};
use media::Bucket;
use platforms::SocialPlatforms;
use queue::{EventBridgeSchedules, EventBus, SqsQueues};
use store::{ConnectionStore, GateStore, PostStore};
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    posts: PostStore,
    queues: SqsQueues,
    schedules: EventBridgeSchedules,
    gates: RecentGates<GateStore>,
    clock: SystemClock,
    connections: ConnectionStore,
    vault: TokenVault,
    platforms: SocialPlatforms,
    files: Bucket,
    events: EventBus,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            queues: SqsQueues::from_env(&config),
            schedules: EventBridgeSchedules::from_env(&config)?,
            gates: RecentGates::new(GateStore::from_env(&config)?),
            clock: SystemClock,
            connections: ConnectionStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            files: Bucket::from_env(&config)?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> delivering::Ports<'_> {
        delivering::Ports {
            posts: &self.posts,
            queues: &self.queues,
            schedules: &self.schedules,
            gates: &self.gates,
            platforms: &self.platforms,
            files: &self.files,
            clock: &self.clock,
            access: self.access(),
        }
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
