//! Whom this function works with.

use aws::Emf;
use domain::Result;
use domain::limits::{Limit, Meter, Rule};
use store::{AnalyticsStore, RateLimitStore};

pub(crate) struct Neighbours {
    pub(crate) analytics: AnalyticsStore,
    limits: RateLimitStore,
    rule: Rule,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            analytics: AnalyticsStore::from_env(&config)?,
            limits: RateLimitStore::from_env(&config)?,
            rule: aws::limits::rule(Limit::Analytics)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn meter(&self) -> Meter<'_> {
        Meter { rule: self.rule, counter: &self.limits, metrics: &self.metrics }
    }
}
