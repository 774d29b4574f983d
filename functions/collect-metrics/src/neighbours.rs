//! Whom this function works with.

use std::sync::Arc;

use aws::{Emf, SystemClock};
use domain::platform::Platform;
use domain::{Result, access, collecting};
use platforms::SocialPlatforms;
use queue::EventBus;
use store::{AnalyticsStore, ConnectionStore};
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    analytics: AnalyticsStore,
    clock: SystemClock,
    connections: ConnectionStore,
    vault: TokenVault,
    platforms: SocialPlatforms,
    events: EventBus,
    metrics: Emf,
    /// The platforms that numbers are collected from.
    pub(crate) from: Vec<Platform>,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            analytics: AnalyticsStore::from_env(&config)?,
            clock: SystemClock,
            connections: ConnectionStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
            from: Platform::listed(&aws::optional("COLLECT_METRICS_FROM").unwrap_or_default())?,
        })
    }

    pub(crate) fn ports(&self) -> collecting::Ports<'_> {
        collecting::Ports {
            analytics: &self.analytics,
            platforms: &self.platforms,
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
