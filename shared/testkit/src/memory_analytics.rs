//! Analytics in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use domain::Result;
use domain::analytics::{Counts, Measured, tally};
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::platform::Platform;
use domain::ports::{Analytics, COLLECT_SHARDS, CollectKey, DayRow};
use jiff::Timestamp;
use jiff::civil::Date;

/// Records in memory, and their sums.
#[derive(Debug, Default)]
pub struct MemoryAnalytics(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<(OwnerId, PostId, ConnectionId), Measured>,
    days: BTreeMap<(OwnerId, Date, ConnectionId), (Platform, Counts)>,
    writes: usize,
}

impl MemoryAnalytics {
    /// How many writes were done.
    pub fn writes(&self) -> usize {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

/// The shard of a connection's records. Any rule will do that is stable; the store has its own.
fn shard(id: &ConnectionId) -> u8 {
    id.0.bytes().fold(0_u8, |sum, byte| sum.wrapping_add(byte)) % COLLECT_SHARDS
}

#[async_trait]
impl Analytics for MemoryAnalytics {
    async fn find(
        &self,
        owner: &OwnerId,
        post: &PostId,
        connection: &ConnectionId,
    ) -> Result<Option<Measured>> {
        let key = (owner.clone(), post.clone(), connection.clone());
        Ok(self.lock().records.get(&key).cloned())
    }

    async fn of_post(&self, owner: &OwnerId, post: &PostId) -> Result<Vec<Measured>> {
        let kept = self.lock();
        let records = kept.records.values().filter(|it| it.owner == *owner && it.post == *post);
        Ok(records.cloned().collect())
    }

    async fn write(&self, before: Option<&Measured>, after: &Measured) -> Result<bool> {
        let mut kept = self.lock();
        let key = (after.owner.clone(), after.post.clone(), after.connection.clone());
        let version = before.map_or(0, |before| before.version);
        if kept.records.get(&key).map_or(0, |there| there.version) != version {
            return Ok(false);
        }
        kept.records.insert(key, Measured { version: version + 1, ..after.clone() });
        for difference in tally(before, after) {
            let key = (after.owner.clone(), difference.day, difference.connection);
            let (_, counts) = kept.days.entry(key).or_insert((difference.platform, Counts::default()));
            *counts = counts.plus(&difference.counts);
        }
        kept.writes += 1;
        Ok(true)
    }

    async fn days(&self, owner: &OwnerId, from: Date, to: Date) -> Result<Vec<DayRow>> {
        let kept = self.lock();
        let rows = kept.days.iter().filter(|((of, day, _), _)| of == owner && (from..=to).contains(day));
        let rows = rows.map(|((_, day, connection), (platform, counts))| DayRow {
            day: *day,
            connection: connection.clone(),
            platform: *platform,
            counts: *counts,
        });
        Ok(rows.collect())
    }

    async fn due(&self, in_shard: u8, now: Timestamp) -> Result<Vec<CollectKey>> {
        let kept = self.lock();
        let mut due: Vec<&Measured> = kept
            .records
            .values()
            .filter(|it| shard(&it.connection) == in_shard && it.collect_at.is_some_and(|at| at <= now))
            .collect();
        due.sort_by_key(|it| it.collect_at);
        due.truncate(1_000);
        let key = |it: &Measured| CollectKey {
            owner: it.owner.clone(),
            post: it.post.clone(),
            connection: it.connection.clone(),
        };
        Ok(due.into_iter().map(key).collect())
    }
}
