//! Gates: one item for each platform that is, or was, closed to everybody.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::platform::Platform;
use domain::ports::Gates;
use domain::{Error, Result};
use jiff::{SignedDuration, Timestamp};

use crate::change::{Change, millisecond, number, text};
use crate::failure::failed;

/// DynamoDB tidies an item up some time after its gate has opened.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The table of gates and the client that reaches it.
#[derive(Clone, Debug)]
pub struct GateStore {
    client: Client,
    table: String,
}

impl GateStore {
    /// Reads `GATES_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("GATES_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }
}

#[async_trait]
impl Gates for GateStore {
    /// Eventually consistent, for half the price: who calls a moment too long is told so by the platform.
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(platform)))
            .send()
            .await
            .map_err(failed)?;
        let Some(until) = answer.item.and_then(|mut item| item.remove("until")) else { return Ok(None) };
        Ok(Some(read(&until)?).filter(|until| *until > now))
    }

    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()> {
        let mut change = Change::default();
        let open = change.absent(&["until"]);
        let shorter = change.compare(&["until"], "<", millisecond(until));
        change.require(format!("({open} OR {shorter})"));
        change.set(&["until"], millisecond(until));
        change.set(&["ttl"], number((until + KEPT).as_second()));
        change.send(&self.client, &self.table, key(platform)).await.map(drop)
    }
}

fn key(platform: Platform) -> HashMap<String, AttributeValue> {
    HashMap::from([("platform".to_owned(), text(platform.name()))])
}

fn read(until: &AttributeValue) -> Result<Timestamp> {
    let ms = until.as_n().ok().and_then(|ms| ms.parse().ok());
    ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .ok_or_else(|| Error::broken("gate item", "`until` is no time in milliseconds"))
}
