//! Whom this function works with.

use aws::Emf;
use domain::{Result, canceling};
use queue::{EventBridgeSchedules, EventBus};
use store::PostStore;

pub(crate) struct Neighbours {
    posts: PostStore,
    schedules: EventBridgeSchedules,
    events: EventBus,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            schedules: EventBridgeSchedules::from_env(&config)?,
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> canceling::Ports<'_> {
        canceling::Ports {
            posts: &self.posts,
            schedules: &self.schedules,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}
