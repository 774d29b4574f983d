//! Whom this function works with.

use aws::Emf;
use domain::limits::{self, Limit, Rule};
use domain::{Result, attaching, publishing};
use media::Bucket;
use queue::SqsQueues;
use store::{ConnectionStore, MediaStore, PostStore, RateLimitStore};

pub(crate) struct Neighbours {
    posts: PostStore,
    connections: ConnectionStore,
    shelf: MediaStore,
    files: Bucket,
    queues: SqsQueues,
    metrics: Emf,
    limits: RateLimitStore,
    rule: Rule,
}

impl Neighbours {
    pub(crate) fn from_env() -> Result<Self> {
        let config = aws::config_from_env()?;
        Ok(Self {
            posts: PostStore::from_env(&config)?,
            connections: ConnectionStore::from_env(&config)?,
            shelf: MediaStore::from_env(&config)?,
            files: Bucket::from_env(&config)?,
            queues: SqsQueues::from_env(&config),
            metrics: Emf::stdout(),
            limits: RateLimitStore::from_env(&config)?,
            rule: aws::limits::rule(Limit::PublishMulti)?,
        })
    }

    pub(crate) fn ports(&self) -> publishing::Ports<'_> {
        publishing::Ports {
            posts: &self.posts,
            connections: &self.connections,
            media: self.media(),
            queues: &self.queues,
            metrics: &self.metrics,
        }
    }

    fn media(&self) -> attaching::Ports<'_> {
        attaching::Ports { shelf: &self.shelf, files: &self.files }
    }

    pub(crate) fn meter(&self) -> limits::Meter<'_> {
        limits::Meter { rule: self.rule, counter: &self.limits, metrics: &self.metrics }
    }
}
