//! What files there are and which posts show them. The marks are a set, so that each is made and taken away in one
//! write that knows nothing of the others.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{MediaId, OwnerId, PostId};
use domain::media::{Media, MediaKind, MediaStatus};
use domain::ports::MediaShelf;
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond as serde_millisecond;
use serde::{Deserialize, Serialize};

use crate::change::{Change, Updated, can_be_key, millisecond, owner_key};
use crate::failure::failed;
use crate::post_item::Item;

/// The table of media and the client that reaches it.
#[derive(Clone, Debug)]
pub struct MediaStore {
    client: Client,
    table: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaItem {
    owner: OwnerId,
    media_id: MediaId,
    file_name: String,
    kind: MediaKind,
    size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alt_text: Option<String>,
    status: MediaStatus,
    /// DynamoDB has no empty sets: it takes the attribute away with the last member.
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "BTreeSet::is_empty")]
    used_by: BTreeSet<PostId>,
    #[serde(default, with = "serde_millisecond::optional", skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    #[serde(with = "serde_millisecond::required")]
    created_at: Timestamp,
    /// What counts, whatever DynamoDB has tidied up by then.
    #[serde(default, with = "serde_millisecond::optional", skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Seconds, for DynamoDB, which tidies up within days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl MediaStore {
    /// Reads `MEDIA_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("MEDIA_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }

    /// Whether the condition held.
    async fn update(&self, owner: &OwnerId, id: &MediaId, change: Change) -> Result<bool> {
        let updated = change.send(&self.client, &self.table, owner_key(owner, "mediaId", &id.0)).await?;
        Ok(matches!(updated, Updated::Done(_)))
    }
}

#[async_trait]
impl MediaShelf for MediaStore {
    async fn put(&self, media: &Media) -> Result<()> {
        // Without a condition: nobody draws the same 128 bits twice, and a repeated request must not fail.
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(media)?));
        put.send().await.map_err(failed).map(drop)
    }

    async fn find(&self, owner: &OwnerId, id: &MediaId) -> Result<Option<Media>> {
        if !can_be_key(&id.0) {
            return Ok(None);
        }
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(owner_key(owner, "mediaId", &id.0)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        answer.item.map(from_item).transpose()
    }

    async fn arrived(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        let mut change = Change::default();
        change.require_equal(&["status"], status_value(MediaStatus::Waiting)?);
        change.set(&["status"], status_value(MediaStatus::Ready)?);
        self.update(owner, id, change).await.map(drop)
    }

    async fn hold(&self, owner: &OwnerId, id: &MediaId, post: &PostId, now: Timestamp) -> Result<bool> {
        let mut change = Change::default();
        // False also when there is no row, and so none is made.
        let is_there = change.compare(&["status"], "<>", status_value(MediaStatus::Withdrawn)?);
        let exists = change.path(&["mediaId"]);
        change.require(format!("attribute_exists({exists}) AND {is_there}"));
        let forever = change.absent(&["expiresAt"]);
        let still = change.compare(&["expiresAt"], ">", millisecond(now));
        change.require(format!("({forever} OR {still})"));
        change.set(&["status"], status_value(MediaStatus::Ready)?);
        change.set(&["usedAt"], millisecond(now));
        change.add(&["usedBy"], marks([post]));
        change.remove(&["expiresAt"]);
        change.remove(&["ttl"]);
        self.update(owner, id, change).await
    }

    async fn release(&self, owner: &OwnerId, id: &MediaId, post: &PostId) -> Result<()> {
        let mut change = Change::default();
        let exists = change.path(&["mediaId"]);
        change.require(format!("attribute_exists({exists})"));
        change.delete(&["usedBy"], marks([post]));
        self.update(owner, id, change).await.map(drop)
    }

    async fn withdraw(&self, seen: &Media) -> Result<bool> {
        let mut change = Change::default();
        let exists = change.path(&["mediaId"]);
        change.require(format!("attribute_exists({exists})"));
        // The set tells of every other post, the time of one that was held again by the same.
        change.require_same(&["usedBy"], (!seen.used_by.is_empty()).then(|| marks(&seen.used_by)));
        change.require_same(&["usedAt"], seen.used_at.map(millisecond));
        change.set(&["status"], status_value(MediaStatus::Withdrawn)?);
        self.update(&seen.owner, &seen.id, change).await
    }

    async fn forget(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        let key = owner_key(owner, "mediaId", &id.0);
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        delete.send().await.map_err(failed).map(drop)
    }
}

fn to_item(media: &Media) -> Result<Item> {
    let item = MediaItem {
        owner: media.owner.clone(),
        media_id: media.id.clone(),
        file_name: media.file_name.clone(),
        kind: media.kind,
        size_bytes: media.size_bytes,
        alt_text: media.alt_text.clone(),
        status: media.status,
        used_by: media.used_by.clone(),
        used_at: media.used_at,
        created_at: media.created_at,
        expires_at: media.expires_at,
        ttl: media.expires_at.map(|at| at.as_second() + 1),
    };
    serde_dynamo::to_item(item).map_err(|error| Error::broken("media item", error))
}

fn from_item(item: Item) -> Result<Media> {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    let name = format!("{}/{}", part("owner"), part("mediaId"));
    let item: MediaItem = serde_dynamo::from_item(item)
        .map_err(|error| Error::broken("media item", format!("{name}: {error}")))?;
    Ok(Media {
        owner: item.owner,
        id: item.media_id,
        file_name: item.file_name,
        kind: item.kind,
        size_bytes: item.size_bytes,
        alt_text: item.alt_text,
        status: item.status,
        used_by: item.used_by,
        used_at: item.used_at,
        created_at: item.created_at,
        expires_at: item.expires_at,
    })
}

fn status_value(status: MediaStatus) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(status).map_err(|error| Error::broken("media status", error))
}

fn marks<'a>(posts: impl IntoIterator<Item = &'a PostId>) -> AttributeValue {
    AttributeValue::Ss(posts.into_iter().map(|post| post.0.clone()).collect())
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::json_of;

    fn media() -> Media {
        Media {
            owner: OwnerId("alice".into()),
            id: MediaId("med_1".into()),
            file_name: "bell.webp".into(),
            kind: MediaKind::WebP,
            size_bytes: 70,
            alt_text: Some("A bell".into()),
            status: MediaStatus::Ready,
            used_by: BTreeSet::from([PostId("pst_1".into()), PostId("pst_2".into())]),
            used_at: Some(Timestamp::UNIX_EPOCH),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Some(Timestamp::from_millisecond(1_999).unwrap()),
        }
    }

    #[test]
    fn a_file_with_everything_has_this_shape() {
        assert_json_snapshot!(json_of(&to_item(&media()).unwrap()));
        assert_eq!(from_item(to_item(&media()).unwrap()).unwrap(), media());
    }

    #[test]
    fn the_values_of_an_update_are_those_of_the_item() {
        let item = to_item(&media()).unwrap();
        assert_eq!(item["status"], status_value(MediaStatus::Ready).unwrap());
        assert_eq!(item["usedBy"], marks(&media().used_by));
    }

    #[test]
    fn an_item_that_is_not_ours_is_broken_and_named() {
        let mut item = to_item(&media()).unwrap();
        item.remove("kind");
        let Err(error @ Error::Broken { .. }) = from_item(item) else { panic!("it is of no kind") };
        assert!(error.source().unwrap().to_string().contains("alice/med_1"));
    }
}
