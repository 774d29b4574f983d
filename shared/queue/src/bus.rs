//! The event bus: tells the rest of the house.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::event::Event;
use domain::ports::Events;
use domain::{Error, Result};

use crate::failure::failed;

/// The `source` of everything that we tell, by which rules choose.
const SOURCE: &str = "belfry";

/// Our bus and the client that reaches it.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    bus: String,
}

impl EventBus {
    /// Reads `EVENT_BUS`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("EVENT_BUS")?))
    }

    /// The bus of this name or ARN.
    pub fn new(config: &aws::SdkConfig, bus: impl Into<String>) -> Self {
        Self { client: Client::new(config), bus: bus.into() }
    }
}

#[async_trait]
impl Events for EventBus {
    async fn emit(&self, event: &Event) -> Result<()> {
        let detail = serde_json::to_string(event).map_err(|error| Error::broken("event", error))?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.kind())
            .detail(detail)
            .build();
        let answer = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(|error| failed("EventBridge", error))?;
        // The call succeeds even when its entries do not.
        if answer.failed_entry_count == 0 {
            return Ok(());
        }
        let entry = answer.entries.unwrap_or_default().into_iter().next();
        let code = entry.and_then(|entry| entry.error_code).unwrap_or_default();
        Err(Error::unavailable("EventBridge", format!("the event was refused: {code}")))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use domain::id::{ConnectionId, OwnerId, PostId};
    use domain::platform::Platform;
    use serde_json::{Value, json};
    use testkit::neighbour::Neighbour;

    use super::*;

    fn bus(neighbour: &Neighbour) -> EventBus {
        EventBus::new(&aws::config_from(neighbour.environment()).unwrap(), "belfry-bus")
    }

    fn event() -> Event {
        Event::PostPublished {
            owner: OwnerId("alice".into()),
            post_id: PostId("pst_1".into()),
            connection_id: ConnectionId("con_1".into()),
            platform: Platform::X,
            lateness_ms: 42,
        }
    }

    #[tokio::test]
    async fn an_event_bears_our_name_and_its_kind() {
        let neighbour =
            Neighbour::answering([(200, json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}))]);
        bus(&neighbour).emit(&event()).await.unwrap();
        let requests = neighbour.requests();
        assert_eq!(requests[0].target, "AWSEvents.PutEvents");
        let entry = &requests[0].body["Entries"][0];
        assert_eq!(entry["EventBusName"], "belfry-bus");
        assert_eq!(entry["Source"], "belfry");
        assert_eq!(entry["DetailType"], "post.published");
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        let wanted = json!({
            "owner": "alice", "postId": "pst_1", "connectionId": "con_1", "platform": "x", "latenessMs": 42,
        });
        assert_eq!(detail, wanted);
    }

    #[tokio::test]
    async fn an_entry_that_fails_in_a_call_that_succeeds_is_an_error() {
        let answer = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]});
        let neighbour = Neighbour::answering([(200, answer)]);
        let error = bus(&neighbour).emit(&event()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(error.source().unwrap().to_string().contains("ThrottlingException"));
    }
}
