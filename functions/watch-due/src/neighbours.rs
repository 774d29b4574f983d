//! Whom this function works with.

use aws::Emf;
use domain::{Result, watching};
use queue::{EventBridgeSchedules, SqsQueues};
use store::PostStore;

pub(crate) struct Neighbours {
    posts: PostStore,
    queues: SqsQueues,
    schedules: EventBridgeSchedules,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            queues: SqsQueues::from_env(&config),
            schedules: EventBridgeSchedules::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> watching::Ports<'_> {
        watching::Ports {
            posts: &self.posts,
            queues: &self.queues,
            schedules: &self.schedules,
            metrics: &self.metrics,
        }
    }
}
