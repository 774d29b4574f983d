//! Connections, their tokens' versions and the lease of whoever refreshes them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue};
use domain::connection::{Connection, ConnectionStatus, Renewal};
use domain::id::{ConnectionId, OwnerId};
use domain::ports::{Connections, KeepKey};
use domain::target::Lease;
use domain::upkeep::Upkeep;
use domain::{Error, Result};
use jiff::Timestamp;

use crate::change::{Change, Updated, can_be_key, millisecond, number, owner_key, text};
use crate::connection_item::{from_item, key_from_item, sealed_value, set_upkeep, status_value, to_item};
use crate::failure::failed;
use crate::post_item::{fixed_width, lease_value};

/// `BatchGetItem` leaves keys out when it is throttled; so often they are asked for again.
const MAX_ROUNDS: u32 = 4;

/// At most so many rows of a shard are read at once.
const MAX_DUE: i32 = 1_000;

/// The table of connections and the client that reaches it.
#[derive(Clone, Debug)]
pub struct ConnectionStore {
    client: Client,
    table: String,
}

impl ConnectionStore {
    /// Reads `CONNECTIONS_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("CONNECTIONS_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }

    async fn update(&self, owner: &OwnerId, id: &ConnectionId, change: Change) -> Result<Updated> {
        change.send(&self.client, &self.table, owner_key(owner, "connectionId", &id.0)).await
    }
}

#[async_trait]
impl Connections for ConnectionStore {
    async fn connect(&self, connection: &Connection) -> Result<Connection> {
        let mut item = to_item(connection)?;
        let mut change = Change::default();
        set_upkeep(&mut change, &connection.id, connection.upkeep)?;
        for name in ["platform", "account", "status", "scopes", "sealed", "expiresAt"] {
            change.put(&[name], item.remove(name));
        }
        for name in ["closedUntil", "refreshLease"] {
            change.remove(&[name]);
        }
        let (created_at, now) =
            (change.path(&["createdAt"]), change.value(millisecond(connection.created_at)));
        change.set_to(&["createdAt"], &format!("if_not_exists({created_at}, {now})"));
        let version = change.path(&["tokenVersion"]);
        let (zero, one) = (change.value(number(0)), change.value(number(1)));
        change.set_to(&["tokenVersion"], &format!("if_not_exists({version}, {zero}) + {one}"));
        match self.update(&connection.owner, &connection.id, change).await? {
            Updated::Done(item) => from_item(item),
            Updated::Refused(_) => Err(Error::broken("connect", "refused without a condition")),
        }
    }

    async fn find(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        if !can_be_key(&id.0) {
            return Ok(None);
        }
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "connectionId", &id.0)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        answer.item.map(from_item).transpose()
    }

    async fn find_all(&self, owner: &OwnerId, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
        // DynamoDB refuses a request that names a key twice.
        let ids: BTreeSet<&ConnectionId> = ids.iter().filter(|id| can_be_key(&id.0)).collect();
        let mut keys: Vec<_> = ids.into_iter().map(|id| owner_key(owner, "connectionId", &id.0)).collect();
        let mut found = Vec::new();
        for _ in 0..MAX_ROUNDS {
            if keys.is_empty() {
                return Ok(found);
            }
            let asked = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| Error::broken("BatchGetItem", error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, asked)
                .send()
                .await
                .map_err(failed)?;
            for item in answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default() {
                found.push(from_item(item)?);
            }
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            keys = left.map(|left| left.keys).unwrap_or_default();
        }
        if keys.is_empty() {
            Ok(found)
        } else {
            Err(Error::unavailable("DynamoDB", "BatchGetItem left keys out"))
        }
    }

    async fn list(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("#owner = :owner")
                .expression_attribute_names("#owner", "owner")
                .expression_attribute_values(":owner", text(&owner.0))
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(failed)?;
            for item in page.items.unwrap_or_default() {
                found.push(from_item(item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    async fn lease_refresh(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        now: Timestamp,
        lease: &Lease,
    ) -> Result<bool> {
        let mut change = Change::default();
        change.require_equal(&["tokenVersion"], number(token_version));
        let none = change.absent(&["refreshLease"]);
        let over = change.compare(&["refreshLease", "until"], "<=", millisecond(now));
        // The client repeats a request whose answer was lost, and the second one finds the first one's lease.
        let ours = change.compare(&["refreshLease", "token"], "=", text(&lease.token.0));
        change.require(format!("({none} OR {over} OR {ours})"));
        change.set(&["refreshLease"], lease_value(lease)?);
        Ok(matches!(self.update(owner, id, change).await?, Updated::Done(_)))
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Option<Connection>> {
        let mut change = Change::default();
        change.require_equal(&["refreshLease", "token"], text(&renewal.lease.0));
        change.set(&["sealed"], sealed_value(&renewal.sealed));
        change.put(&["expiresAt"], renewal.expires_at.map(millisecond));
        set_upkeep(&mut change, &renewal.id, renewal.upkeep)?;
        change.set(&["status"], status_value(ConnectionStatus::Active)?);
        let (version, one) = (change.path(&["tokenVersion"]), change.value(number(1)));
        change.set_to(&["tokenVersion"], &format!("{version} + {one}"));
        change.remove(&["refreshLease"]);
        match self.update(&renewal.owner, &renewal.id, change).await? {
            Updated::Done(item) => from_item(item).map(Some),
            // Each sealing gives other bytes: these are ours, from a request whose answer was lost.
            Updated::Refused(item) => {
                let found = item.map(from_item).transpose()?;
                Ok(found.filter(|connection| connection.sealed == renewal.sealed))
            }
        }
    }

    async fn needs_reconnect(&self, owner: &OwnerId, id: &ConnectionId, token_version: u32) -> Result<bool> {
        let mut change = Change::default();
        change.require_equal(&["tokenVersion"], number(token_version));
        change.set(&["status"], status_value(ConnectionStatus::NeedsReconnect)?);
        set_upkeep(&mut change, id, None)?;
        Ok(matches!(self.update(owner, id, change).await?, Updated::Done(_)))
    }

    async fn expire(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        at: Timestamp,
    ) -> Result<()> {
        let mut change = Change::default();
        change.require_equal(&["tokenVersion"], number(token_version));
        change.set(&["expiresAt"], millisecond(at));
        self.update(owner, id, change).await.map(drop)
    }

    async fn to_keep(&self, shard: u8, now: Timestamp) -> Result<Vec<KeepKey>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("keep")
            .key_condition_expression("#shard = :shard AND #at <= :now")
            .expression_attribute_names("#shard", "shard")
            .expression_attribute_names("#at", "keepAt")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":now", text(&fixed_width(now)))
            .limit(MAX_DUE);
        // A thousand keys are far less than the megabyte of a page.
        let page = query.send().await.map_err(failed)?;
        page.items.unwrap_or_default().into_iter().map(key_from_item).collect()
    }

    async fn plan_upkeep(&self, seen: &Connection, upkeep: Option<Upkeep>) -> Result<bool> {
        let mut change = Change::default();
        change.require_equal(&["tokenVersion"], number(seen.token_version));
        change.require_same(&["keepAt"], seen.upkeep.map(|upkeep| text(&fixed_width(upkeep.at))));
        set_upkeep(&mut change, &seen.id, upkeep)?;
        Ok(matches!(self.update(&seen.owner, &seen.id, change).await?, Updated::Done(_)))
    }

    async fn remove(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "connectionId", &id.0)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(failed)?;
        answer.attributes.filter(|item| !item.is_empty()).map(from_item).transpose()
    }

    async fn close(&self, owner: &OwnerId, id: &ConnectionId, until: Timestamp) -> Result<()> {
        let mut change = Change::default();
        let exists = change.path(&["connectionId"]);
        change.require(format!("attribute_exists({exists})"));
        // Of two answers of the platform the later time counts.
        let open = change.absent(&["closedUntil"]);
        let shorter = change.compare(&["closedUntil"], "<", millisecond(until));
        change.require(format!("({open} OR {shorter})"));
        change.set(&["closedUntil"], millisecond(until));
        self.update(owner, id, change).await.map(drop)
    }
}
