//! Platforms that are closed to everybody for a while, as one worker knows them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::Result;
use crate::platform::Platform;
use crate::ports::Gates;

/// What was read of a gate holds so long: a worker that publishes all the time reads it every five seconds.
pub const GATE_MEMORY: Duration = Duration::from_secs(5);

/// Gates that are not read again while what was read is fresh. One instance serves one worker for as long as it lives.
#[derive(Debug)]
pub struct RecentGates<G> {
    gates: G,
    read: Mutex<BTreeMap<Platform, Reading>>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Timestamp,
    closed_until: Option<Timestamp>,
}

impl<G> RecentGates<G> {
    /// Remembers what `gates` say.
    pub fn new(gates: G) -> Self {
        Self { gates, read: Mutex::default() }
    }

    fn fresh(&self, platform: Platform, now: Timestamp) -> Option<Reading> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(&platform).copied().filter(|reading| reading.at <= now && now < reading.at + GATE_MEMORY)
    }

    fn remember(&self, platform: Platform, reading: Reading) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(platform, reading);
    }
}

impl<G> AsRef<G> for RecentGates<G> {
    fn as_ref(&self) -> &G {
        &self.gates
    }
}

#[async_trait]
impl<G: Gates> Gates for RecentGates<G> {
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>> {
        let reading = match self.fresh(platform, now) {
            Some(reading) => reading,
            None => {
                let closed_until = self.gates.closed_until(platform, now).await?;
                let reading = Reading { at: now, closed_until };
                self.remember(platform, reading);
                reading
            }
        };
        Ok(reading.closed_until.filter(|until| *until > now))
    }

    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()> {
        self.gates.close(platform, until).await?;
        // Read anew: another worker may have closed it for longer.
        self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(&platform);
        Ok(())
    }
}
