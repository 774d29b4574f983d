//! Authorizations that have begun. The table is the state: no memory of a function would be shared by all of them.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::connection::OAuthState;
use domain::id::OwnerId;
use domain::platform::Platform;
use domain::ports::OAuthStates;
use domain::secret::Secret;
use domain::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond as serde_millisecond;
use serde::{Deserialize, Serialize};

use crate::change::{Change, millisecond, text};
use crate::failure::failed;
use crate::post_item::Item;

/// The table of OAuth states and the client that reaches it.
#[derive(Clone, Debug)]
pub struct OAuthStateStore {
    client: Client,
    table: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateItem {
    state: String,
    owner: OwnerId,
    platform: Platform,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verifier: Option<String>,
    /// What counts: the condition of the delete.
    #[serde(with = "serde_millisecond::required")]
    expires_at: Timestamp,
    /// Seconds, for DynamoDB, which tidies up within days.
    ttl: i64,
}

impl OAuthStateStore {
    /// Reads `OAUTH_STATES_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("OAUTH_STATES_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }
}

#[async_trait]
impl OAuthStates for OAuthStateStore {
    async fn begin(&self, state: &OAuthState) -> Result<()> {
        // Without a condition: nobody draws the same 256 bits twice, and a repeated request must not fail.
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(state)?));
        put.send().await.map_err(failed).map(drop)
    }

    /// One conditional delete, so that of any number of callers one gets the state. A repeated request whose first
    /// answer was lost finds nothing: the person begins again.
    async fn consume(
        &self,
        state: &str,
        owner: &OwnerId,
        platform: Platform,
        now: Timestamp,
    ) -> Result<Option<OAuthState>> {
        let mut change = Change::default();
        change.require_equal(&["owner"], text(&owner.0));
        change.require_equal(&["platform"], text(platform.name()));
        let fresh = change.compare(&["expiresAt"], ">", millisecond(now));
        change.require(fresh);
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("state", text(state))
            .set_condition_expression(change.condition_expression())
            .set_expression_attribute_names(Some(change.names()))
            .set_expression_attribute_values(change.values())
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => answer.attributes.map(from_item).transpose(),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(failed(error)),
            },
        }
    }
}

fn to_item(state: &OAuthState) -> Result<Item> {
    let item = StateItem {
        state: state.state.clone(),
        owner: state.owner.clone(),
        platform: state.platform,
        verifier: state.verifier.as_ref().map(|verifier| verifier.expose().clone()),
        expires_at: state.expires_at,
        ttl: state.expires_at.as_second() + 1,
    };
    serde_dynamo::to_item(item).map_err(|error| Error::broken("OAuth state item", error))
}

fn from_item(item: Item) -> Result<OAuthState> {
    // The state itself is a secret until it is used: the error names its owner only.
    let owner = item.get("owner").and_then(|value| value.as_s().ok()).map_or("?", String::as_str).to_owned();
    let item: StateItem = serde_dynamo::from_item(item)
        .map_err(|error| Error::broken("OAuth state item", format!("of {owner}: {error}")))?;
    Ok(OAuthState {
        state: item.state,
        owner: item.owner,
        platform: item.platform,
        verifier: item.verifier.map(Secret::new),
        expires_at: item.expires_at,
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::json_of;

    #[test]
    fn a_state_has_this_shape() {
        let state = OAuthState {
            state: "s".into(),
            owner: OwnerId("alice".into()),
            platform: Platform::LinkedIn,
            verifier: Some(Secret::new("v".into())),
            expires_at: Timestamp::from_millisecond(1_999).unwrap(),
        };
        assert_json_snapshot!(json_of(&to_item(&state).unwrap()));
        assert_eq!(from_item(to_item(&state).unwrap()).unwrap(), state);
    }
}
