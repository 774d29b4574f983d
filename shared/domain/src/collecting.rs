//! Collecting how people took to what was published.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::access::Access;
use crate::analytics::{Engagement, Measured};
use crate::connection::{Connection, ConnectionStatus};
use crate::id::{ConnectionId, Entropy, OwnerId};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::ports::{Analytics, Clock, Failure, FailureClass, Meter, Platforms, Reading};
use crate::{Result, access};

/// One question to a platform may take this long, and is not begun with less.
const READ_TIME: Duration = Duration::from_secs(15);

/// This much of the invocation stays free for writing down the answers.
const WRITE_TIME: Duration = Duration::from_secs(10);

/// A record that somebody else wrote meanwhile is worked out again this often; after that it stays due.
const MAX_RACES: u32 = 4;

/// What collecting touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Says what is due and keeps the numbers.
    pub analytics: &'a dyn Analytics,
    /// Gives the numbers.
    pub platforms: &'a dyn Platforms,
    /// Says how much time is left.
    pub clock: &'a dyn Clock,
    /// The way to a token.
    pub access: access::Ports<'a>,
}

/// Collects what is due by `tick` in one shard, connection by connection. A connection's records are all in one shard.
///
/// Only from `platforms`: a record of another one is stopped. What there is no time left for stays due.
///
/// # Errors
/// `Unavailable`, after everything that could be reached was done; the next run looks again.
pub async fn collect(
    ports: &Ports<'_>,
    shard: u8,
    platforms: &[Platform],
    tick: Timestamp,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    let mut accounts: BTreeMap<(OwnerId, ConnectionId), Vec<Measured>> = BTreeMap::new();
    for key in ports.analytics.due(shard, tick).await? {
        let record = ports.analytics.find(&key.owner, &key.post, &key.connection).await?;
        // The index may lag behind the record.
        if let Some(record) = record.filter(|record| record.collect_at.is_some_and(|at| at <= tick)) {
            accounts.entry((key.owner, key.connection)).or_default().push(record);
        }
    }
    let mut result = Ok(());
    for ((owner, connection), records) in accounts {
        if !has_time(ports, deadline) {
            break;
        }
        let account = Account { ports, platforms, deadline, entropy };
        result = account.collect(&owner, &connection, &records).await.and(result);
    }
    result
}

fn has_time(ports: &Ports<'_>, deadline: Timestamp) -> bool {
    ports.clock.now() + READ_TIME + WRITE_TIME <= deadline
}

/// What is the same for every question about one account.
struct Account<'a> {
    ports: &'a Ports<'a>,
    platforms: &'a [Platform],
    deadline: Timestamp,
    entropy: Entropy,
}

impl Account<'_> {
    async fn collect(&self, owner: &OwnerId, id: &ConnectionId, records: &[Measured]) -> Result<()> {
        let access = &self.ports.access;
        let now = self.ports.clock.now();
        let connection = access.connections.find(owner, id).await?.filter(|connection| {
            connection.status == ConnectionStatus::Active && self.platforms.contains(&connection.platform)
        });
        let Some(connection) = connection else { return self.each(records, Measured::stopped).await };
        let meter = self.ports.platforms.meter(connection.platform);
        if !meter.may_read(&connection.account, &connection.scopes) {
            return self.each(records, |record| record.collected(None, now)).await;
        }
        match access::open(access, &connection, now + READ_TIME, now, self.entropy).await {
            Ok(access) => self.ask(&connection, &*meter, &access, records).await,
            Err(failure) => self.failed(&connection, &failure, records).await,
        }
    }

    /// As many questions as the platform's batches make of the records. After one that fails, the rest waits too.
    async fn ask(
        &self,
        connection: &Connection,
        meter: &dyn Meter,
        access: &Access,
        records: &[Measured],
    ) -> Result<()> {
        let mut rest = records;
        while !rest.is_empty() && has_time(self.ports, self.deadline) {
            let (batch, later) = rest.split_at(batch_len(rest, meter.batch(&connection.account)));
            let ids: Vec<&str> =
                batch.iter().flat_map(|record| &record.remote_ids).map(String::as_str).collect();
            match meter.read(&connection.account, &access.token, &ids, READ_TIME).await {
                Ok(readings) => {
                    let now = self.ports.clock.now();
                    self.each(batch, |record| record.collected(sum(record, &readings), now)).await?;
                }
                Err(failure) => {
                    if failure.class == FailureClass::Reconnect {
                        // It may only have aged: refresh it before it is used again, or find that nobody can.
                        let (owner, id) = (&connection.owner, &connection.id);
                        let now = self.ports.clock.now();
                        let connections = self.ports.access.connections;
                        connections.expire(owner, id, access.version, now).await?;
                    }
                    return self.failed(connection, &failure, rest).await;
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// Nothing could be read; the connection stays open for publishing, because reading has limits of its own.
    async fn failed(&self, connection: &Connection, failure: &Failure, records: &[Measured]) -> Result<()> {
        self.ports.access.metrics.put(Metric::CollectFailed { platform: connection.platform });
        let now = self.ports.clock.now();
        let until = failure.class.listens_from();
        self.each(records, |record| record.postponed(until, now)).await
    }

    /// Writes what `change` makes of each record. One that cannot be written holds up no other.
    async fn each(&self, records: &[Measured], change: impl Fn(&Measured) -> Measured) -> Result<()> {
        let mut result = Ok(());
        for record in records {
            result = self.write(record, &change).await.and(result);
        }
        result
    }

    async fn write(&self, record: &Measured, change: impl Fn(&Measured) -> Measured) -> Result<()> {
        let analytics = self.ports.analytics;
        let mut before = record.clone();
        for _ in 0..MAX_RACES {
            let after = change(&before);
            if after == before || analytics.write(Some(&before), &after).await? {
                return Ok(());
            }
            match analytics.find(&record.owner, &record.post, &record.connection).await? {
                Some(changed) => before = changed,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// How many records from the first on fit into one question; at least one.
fn batch_len(records: &[Measured], most: usize) -> usize {
    let mut ids = 0;
    let fits = records.iter().take_while(|record| {
        ids += record.remote_ids.len();
        ids <= most
    });
    fits.count().max(1)
}

/// All parts of a record together; `None` when the platform told of none.
fn sum(record: &Measured, readings: &[Reading]) -> Option<Engagement> {
    let parts = readings.iter().filter(|reading| record.remote_ids.contains(&reading.remote_id));
    parts.map(|reading| reading.engagement).reduce(Engagement::plus)
}
