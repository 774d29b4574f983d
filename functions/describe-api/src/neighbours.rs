//! Whom this function works with.

use aws::Emf;
use domain::Result;
use domain::limits::{self, Limit, Rule};
use store::RateLimitStore;

pub(crate) struct Neighbours {
    metrics: Emf,
    limits: RateLimitStore,
    rule: Rule,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            metrics: Emf::stdout(),
            limits: RateLimitStore::from_env(&config)?,
            rule: aws::limits::rule(Limit::Public)?,
        })
    }

    pub(crate) fn meter(&self) -> limits::Meter<'_> {
        limits::Meter { rule: self.rule, counter: &self.limits, metrics: &self.metrics }
    }
}
