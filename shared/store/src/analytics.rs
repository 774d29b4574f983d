//! Analytics: a record and the days it counts for change together or not at all.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use domain::analytics::{Difference, Measured, tally};
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::ports::{Analytics, CollectKey, DayRow};
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::analytics_item::{
    day_from_item, day_key, day_prefix, from_item, key_from_item, numbers_of, target_key, target_prefix,
    to_item,
};
use crate::change::{Change, can_be_key, number, owner_key, text};
use crate::failure::failed;
use crate::post_item::{Item, fixed_width};

/// At most so many rows of a shard are read at once.
const MAX_DUE: usize = 1_000;

/// Why a transaction was cancelled when somebody else wrote: before us, or at the same moment.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html> (read
/// 2026-11-24).
const LOST: [&str; 2] = ["ConditionalCheckFailed", "TransactionConflict"];

/// The table of analytics and the client that reaches it.
#[derive(Clone, Debug)]
pub struct AnalyticsStore {
    client: Client,
    table: String,
}

impl AnalyticsStore {
    /// Reads `ANALYTICS_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("ANALYTICS_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }

    /// An owner's items between two range keys, all pages of them.
    async fn between(&self, owner: &OwnerId, from: &str, to: &str, consistent: bool) -> Result<Vec<Item>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#owner = :owner AND #item BETWEEN :from AND :to")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#item", "item")
            .expression_attribute_values(":owner", text(&owner.0))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .consistent_read(consistent);
        query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.map_err(failed)
    }

    /// The record alone, when no day changes: half the price of a transaction.
    async fn put(&self, item: Item, condition: Change) -> Result<bool> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(condition.condition_expression())
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(error)),
            },
        }
    }

    /// The record and its days. The client's own token makes a repeated request the same transaction.
    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<bool> {
        let answer = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled))
                    if canceled
                        .cancellation_reasons()
                        .iter()
                        .any(|reason| reason.code().is_some_and(|code| LOST.contains(&code))) =>
                {
                    Ok(false)
                }
                _ => Err(failed(error)),
            },
        }
    }

    fn added(&self, owner: &OwnerId, difference: Difference) -> Result<TransactWriteItem> {
        let Difference { day, connection, platform, mut counts } = difference;
        let mut change = Change::default();
        change.set(&["platform"], text(platform.name()));
        for (name, count) in numbers_of(&mut counts) {
            if *count != 0 {
                change.add(&[&name], number(*count));
            }
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "item", &day_key(day, &connection))))
            .update_expression(change.update_expression())
            .set_expression_attribute_names(Some(change.names()))
            .set_expression_attribute_values(change.values())
            .build()
            .map_err(|error| Error::broken("analytics update", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

#[async_trait]
impl Analytics for AnalyticsStore {
    async fn find(
        &self,
        owner: &OwnerId,
        post: &PostId,
        connection: &ConnectionId,
    ) -> Result<Option<Measured>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "item", &target_key(post, connection))))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        answer.item.map(from_item).transpose()
    }

    async fn of_post(&self, owner: &OwnerId, post: &PostId) -> Result<Vec<Measured>> {
        let prefix = target_prefix(post);
        let last = format!("{prefix}~");
        if !can_be_key(&last) {
            return Ok(Vec::new());
        }
        let items = self.between(owner, &prefix, &last, true).await?;
        items.into_iter().map(from_item).collect()
    }

    async fn write(&self, before: Option<&Measured>, after: &Measured) -> Result<bool> {
        let version = before.map_or(0, |before| before.version);
        let mut condition = Change::default();
        if before.is_some() {
            condition.require_equal(&["version"], number(version));
        } else {
            let absent = condition.absent(&["version"]);
            condition.require(absent);
        }
        let item = to_item(after, version + 1)?;
        let differences = tally(before, after);
        if differences.is_empty() {
            return self.put(item, condition).await;
        }
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(condition.condition_expression())
            .set_expression_attribute_names(Some(condition.names()))
            .set_expression_attribute_values(condition.values())
            .build()
            .map_err(|error| Error::broken("analytics put", error))?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        for difference in differences {
            writes.push(self.added(&after.owner, difference)?);
        }
        self.transact(writes).await
    }

    async fn days(&self, owner: &OwnerId, from: Date, to: Date) -> Result<Vec<DayRow>> {
        // DynamoDB refuses a range that ends before it begins.
        if from > to {
            return Ok(Vec::new());
        }
        let items = self.between(owner, &day_prefix(from), &format!("{}~", day_prefix(to)), false).await?;
        items.into_iter().map(day_from_item).collect()
    }

    async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<CollectKey>> {
        let mut keys: Vec<CollectKey> = Vec::new();
        let mut from = None;
        while keys.len() < MAX_DUE {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("collect")
                .key_condition_expression("#shard = :shard AND #at <= :now")
                .expression_attribute_names("#shard", "shard")
                .expression_attribute_names("#at", "collectAt")
                .expression_attribute_values(":shard", AttributeValue::N(shard.to_string()))
                .expression_attribute_values(":now", text(&fixed_width(now)))
                .limit(i32::try_from(MAX_DUE - keys.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(failed)?;
            for item in page.items.unwrap_or_default() {
                keys.push(key_from_item(item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(keys)
    }
}
