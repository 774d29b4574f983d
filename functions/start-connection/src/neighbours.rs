//! Whom this function works with.

use std::sync::Arc;

use aws::Emf;
use domain::Result;
use domain::limits::{self, Limit, Rule};
use platforms::{NoClientSecrets, SocialPlatforms};
use store::{OAuthStateStore, RateLimitStore};

pub(crate) struct Neighbours {
    pub(crate) states: OAuthStateStore,
    pub(crate) platforms: SocialPlatforms,
    metrics: Emf,
    limits: RateLimitStore,
    rule: Rule,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            states: OAuthStateStore::from_env(&config)?,
            platforms: SocialPlatforms::from_env(Arc::new(NoClientSecrets))?,
            metrics: Emf::stdout(),
            limits: RateLimitStore::from_env(&config)?,
            rule: aws::limits::rule(Limit::OAuth)?,
        })
    }

    pub(crate) fn meter(&self) -> limits::Meter<'_> {
        limits::Meter { rule: self.rule, counter: &self.limits, metrics: &self.metrics }
    }
}
