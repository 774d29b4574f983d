//! The shape of a connection in its table.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Sealed};
use domain::id::{ConnectionId, OwnerId};
use domain::platform::Platform;
use domain::ports::{KEEP_SHARDS, KeepKey};
use domain::target::Lease;
use domain::upkeep::{Chore, Upkeep};
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::change::{Change, number, shard, text};
use crate::post_item::{Item, LeaseItem, fixed_width};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionItem {
    owner: OwnerId,
    connection_id: ConnectionId,
    platform: Platform,
    account: AccountItem,
    status: ConnectionStatus,
    scopes: Vec<String>,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
    token_version: u32,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    closed_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_lease: Option<LeaseItem>,
    /// Present together with `keep_at` and `chore`: the `keep` index is sparse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keep_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chore: Option<Chore>,
    #[serde(with = "millisecond::required")]
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyItem {
    owner: OwnerId,
    connection_id: ConnectionId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountItem {
    id: String,
    /// Absent where it is the connection's own platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    login: Option<Platform>,
    kind: AccountKind,
    display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
}

/// The connection as an item.
pub(crate) fn to_item(connection: &Connection) -> Result<Item> {
    let item = ConnectionItem {
        owner: connection.owner.clone(),
        connection_id: connection.id.clone(),
        platform: connection.platform,
        account: AccountItem {
            id: connection.account.id.clone(),
            login: Some(connection.account.login).filter(|login| *login != connection.platform),
            kind: connection.account.kind,
            display_name: connection.account.display_name.clone(),
            handle: connection.account.handle.clone(),
            avatar_url: connection.account.avatar_url.clone(),
        },
        status: connection.status,
        scopes: connection.scopes.clone(),
        sealed: connection.sealed.0.clone(),
        token_version: connection.token_version,
        expires_at: connection.expires_at,
        closed_until: connection.closed_until,
        refresh_lease: connection.refresh_lease.as_ref().map(LeaseItem::from),
        shard: connection.upkeep.map(|_| shard(&connection.id.0, KEEP_SHARDS)),
        keep_at: connection.upkeep.map(|upkeep| fixed_width(upkeep.at)),
        chore: connection.upkeep.map(|upkeep| upkeep.chore),
        created_at: connection.created_at,
    };
    serde_dynamo::to_item(item).map_err(|error| Error::broken("connection item", error))
}

/// The connection in an item.
///
/// # Errors
/// `Broken`, naming the item, when it is not one of ours.
pub(crate) fn from_item(item: Item) -> Result<Connection> {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    let name = format!("{}/{}", part("owner"), part("connectionId"));
    let broken = |error: &dyn Display| Error::broken("connection item", format!("{name}: {error}"));
    let item: ConnectionItem = serde_dynamo::from_item(item).map_err(|error| broken(&error))?;
    let keep_at =
        item.keep_at.map(|at| at.parse()).transpose().map_err(|error: jiff::Error| broken(&error))?;
    Ok(Connection {
        owner: item.owner,
        id: item.connection_id,
        platform: item.platform,
        account: Account {
            id: item.account.id,
            login: item.account.login.unwrap_or(item.platform),
            kind: item.account.kind,
            display_name: item.account.display_name,
            handle: item.account.handle,
            avatar_url: item.account.avatar_url,
        },
        status: item.status,
        scopes: item.scopes,
        sealed: Sealed(item.sealed),
        token_version: item.token_version,
        expires_at: item.expires_at,
        closed_until: item.closed_until,
        refresh_lease: item.refresh_lease.map(Lease::from),
        upkeep: keep_at.zip(item.chore).map(|(at, chore)| Upkeep { at, chore }),
        created_at: item.created_at,
    })
}

/// What a row of the `keep` index names.
pub(crate) fn key_from_item(item: Item) -> Result<KeepKey> {
    let KeyItem { owner, connection_id } =
        serde_dynamo::from_item(item).map_err(|error| Error::broken("row of the index `keep`", error))?;
    Ok(KeepKey { owner, connection: connection_id })
}

/// Puts the connection into the `keep` index for this, or takes it off.
pub(crate) fn set_upkeep(change: &mut Change, id: &ConnectionId, upkeep: Option<Upkeep>) -> Result<()> {
    let chore = upkeep.map(|upkeep| serde_dynamo::to_attribute_value(upkeep.chore)).transpose();
    change.put(&["shard"], upkeep.map(|_| number(shard(&id.0, KEEP_SHARDS))));
    change.put(&["keepAt"], upkeep.map(|upkeep| text(&fixed_width(upkeep.at))));
    change.put(&["chore"], chore.map_err(|error| Error::broken("chore of a connection", error))?);
    Ok(())
}

/// Sealed tokens as a value within an item.
pub(crate) fn sealed_value(sealed: &Sealed) -> AttributeValue {
    AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(sealed.0.clone()))
}

/// A status as a value within an item.
pub(crate) fn status_value(status: ConnectionStatus) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(status).map_err(|error| Error::broken("connection status", error))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use domain::id::LeaseToken;
    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::json_of;

    fn connection() -> Connection {
        Connection {
            owner: OwnerId("alice".into()),
            id: ConnectionId("con_1".into()),
            platform: Platform::Instagram,
            account: Account {
                id: "12".into(),
                login: Platform::Facebook,
                kind: AccountKind::Person,
                display_name: "Alice".into(),
                handle: Some("alice".into()),
                avatar_url: Some("https://example.com/alice.png".into()),
            },
            status: ConnectionStatus::NeedsReconnect,
            scopes: vec!["tweet.write".into()],
            sealed: Sealed(vec![1, 2, 255]),
            token_version: 3,
            expires_at: Some(Timestamp::UNIX_EPOCH),
            closed_until: Some(Timestamp::UNIX_EPOCH),
            refresh_lease: Some(Lease { token: LeaseToken("t".into()), until: Timestamp::UNIX_EPOCH }),
            upkeep: Some(Upkeep { at: Timestamp::UNIX_EPOCH, chore: Chore::Renew }),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_connection_with_everything_has_this_shape() {
        assert_json_snapshot!(json_of(&to_item(&connection()).unwrap()));
    }

    #[test]
    fn the_values_of_an_update_are_those_of_the_item() {
        let item = to_item(&connection()).unwrap();
        assert_eq!(item["sealed"], sealed_value(&connection().sealed));
        assert_eq!(item["status"], status_value(ConnectionStatus::NeedsReconnect).unwrap());
    }

    #[test]
    fn an_item_that_is_not_ours_is_broken_and_named() {
        let mut item = to_item(&connection()).unwrap();
        item.remove("sealed");
        let Err(error @ Error::Broken { .. }) = from_item(item) else { panic!("it has no tokens") };
        assert!(error.source().unwrap().to_string().contains("alice/con_1"));
    }
}
