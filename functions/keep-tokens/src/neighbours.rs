//! Whom this function works with.

use std::sync::Arc;

use aws::{Emf, SystemClock};
use domain::{Result, access, keeping};
use platforms::SocialPlatforms;
use queue::EventBus;
use store::ConnectionStore;
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    clock: SystemClock,
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
            clock: SystemClock,
            connections: ConnectionStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> keeping::Ports<'_> {
        keeping::Ports {
            clock: &self.clock,
            access: access::Ports {
                connections: &self.connections,
                vault: &self.vault,
                platforms: &self.platforms,
                events: &self.events,
                metrics: &self.metrics,
            },
        }
    }
}
