//! The contract of the event bus. Who listens to it is the template's to say.

use std::sync::Arc;

use domain::event::Event;
use domain::id::OwnerId;
use domain::platform::Platform;
use domain::ports::Events;
use serde_json::{Value, json};

use crate::contract::letterbox::{Letterbox, PATIENCE};
use crate::contract::{an_owner, at, connection_id, post_id};

/// A bus, and somebody who hears everything on it.
pub struct Place {
    /// The port.
    pub events: Arc<dyn Events>,
    /// What was heard: each message is an event as JSON, with `source`, `detail-type` and `detail`.
    pub heard: Arc<dyn Letterbox>,
}

/// By these rules choose.
pub async fn an_event_bears_our_name_and_its_kind(place: &Place) {
    for (event, kind, _) in everything_there_is_to_tell(&an_owner()) {
        let heard = heard(place, &event).await;
        assert_eq!((&heard["source"], &heard["detail-type"]), (&json!("belfry"), &json!(kind)));
    }
}

/// No text of a post and no token.
pub async fn a_detail_holds_names_and_no_more(place: &Place) {
    for (event, _, detail) in everything_there_is_to_tell(&an_owner()) {
        assert_eq!(heard(place, &event).await["detail"], detail);
    }
}

/// Each event, its kind and its detail.
fn everything_there_is_to_tell(owner: &OwnerId) -> Vec<(Event, &'static str, Value)> {
    let owner = || owner.clone();
    let (post_id, connection_id, platform) = (post_id(1), connection_id(1), Platform::LinkedIn);
    let of_a_connection = json!({ "owner": owner(), "connectionId": connection_id, "platform": "linkedin" });
    let mut of_a_post = of_a_connection.clone();
    of_a_post["postId"] = json!(post_id);
    let with = |name: &str, value: Value| {
        let mut detail = of_a_post.clone();
        detail[name] = value;
        detail
    };
    let mut expiring = of_a_connection.clone();
    expiring["expiresAt"] = json!("2026-12-01T09:00:00Z");
    expiring["daysLeft"] = json!(7);
    let (post, connection) = (|| post_id.clone(), || connection_id.clone());
    vec![
        (
            Event::PostPublished {
                owner: owner(),
                post_id: post(),
                connection_id: connection(),
                platform,
                lateness_ms: 42,
            },
            "post.published",
            with("latenessMs", json!(42)),
        ),
        (
            Event::PostFailed {
                owner: owner(),
                post_id: post(),
                connection_id: connection(),
                platform,
                code: "duplicate".into(),
            },
            "post.failed",
            with("code", json!("duplicate")),
        ),
        (
            Event::PostSkipped { owner: owner(), post_id: post(), connection_id: connection(), platform },
            "post.skipped",
            of_a_post.clone(),
        ),
        (
            Event::PostCanceled { owner: owner(), post_id: post(), connection_id: connection(), platform },
            "post.canceled",
            of_a_post.clone(),
        ),
        (
            Event::ConnectionConnected { owner: owner(), connection_id: connection(), platform },
            "connection.connected",
            of_a_connection.clone(),
        ),
        (
            Event::ConnectionRemoved { owner: owner(), connection_id: connection(), platform },
            "connection.removed",
            of_a_connection.clone(),
        ),
        (
            Event::ConnectionExpiring {
                owner: owner(),
                connection_id: connection(),
                platform,
                expires_at: at(0),
                days_left: 7,
            },
            "connection.expiring",
            expiring,
        ),
        (
            Event::ConnectionNeedsReconnect { owner: owner(), connection_id: connection(), platform },
            "connection.needs_reconnect",
            of_a_connection,
        ),
    ]
}

/// Tells it, and answers what was heard.
async fn heard(place: &Place, event: &Event) -> Value {
    place.events.emit(event).await.unwrap();
    let heard = place.heard.next(place.heard.now() + PATIENCE).await;
    serde_json::from_str(&heard.expect("nothing was heard")).unwrap()
}
