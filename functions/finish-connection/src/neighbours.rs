//! Whom this function works with.

use std::sync::Arc;

use aws::Emf;
use domain::limits::{self, Limit, Rule};
use domain::{Result, connecting};
use platforms::SocialPlatforms;
use queue::EventBus;
use store::{ConnectionStore, OAuthStateStore, RateLimitStore};
use vault::{AppSecrets, TokenVault};

pub(crate) struct Neighbours {
    states: OAuthStateStore,
    connections: ConnectionStore,
    vault: TokenVault,
    platforms: SocialPlatforms,
    events: EventBus,
    metrics: Emf,
    limits: RateLimitStore,
    rule: Rule,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            states: OAuthStateStore::from_env(&config)?,
            connections: ConnectionStore::from_env(&config)?,
            vault: TokenVault::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(AppSecrets::from_env(&config)?))?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
            limits: RateLimitStore::from_env(&config)?,
            rule: aws::limits::rule(Limit::OAuth)?,
        })
    }

    pub(crate) fn ports(&self) -> connecting::Ports<'_> {
        connecting::Ports {
            states: &self.states,
            connections: &self.connections,
            vault: &self.vault,
            platforms: &self.platforms,
            events: &self.events,
            metrics: &self.metrics,
        }
    }

    pub(crate) fn meter(&self) -> limits::Meter<'_> {
        limits::Meter { rule: self.rule, counter: &self.limits, metrics: &self.metrics }
    }
}
