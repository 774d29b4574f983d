//! Whom this function works with.

use aws::Emf;
use domain::{Result, burying};
use queue::{EventBus, SqsQueues};
use store::PostStore;

pub(crate) struct Neighbours {
    posts: PostStore,
    queues: SqsQueues,
    events: EventBus,
    metrics: Emf,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            queues: SqsQueues::from_env(&config),
            events: EventBus::from_env(&config)?,
            metrics: Emf::stdout(),
        })
    }

    pub(crate) fn ports(&self) -> burying::Ports<'_> {
        burying::Ports {
            posts: &self.posts,
            queues: &self.queues,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}
