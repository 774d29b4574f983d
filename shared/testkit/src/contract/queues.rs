//! The contract of queues. How often a message comes again is the template's to say; that SQS refuses a longer delay
//! than the longest, only AWS shows.

use std::sync::Arc;
use std::time::Duration;

use domain::id::OwnerId;
use domain::ports::{MAX_QUEUE_DELAY, Queues};
use domain::task::{DeliverTask, PrepareTask};
use serde::Serialize;

use crate::contract::letterbox::{Letterbox, PATIENCE};
use crate::contract::{an_owner, connection_id, post_id};

/// Queues, and where what is sent to them lands.
pub struct Place {
    /// The port.
    pub queues: Arc<dyn Queues>,
    /// What `prepare-post` would get.
    pub prepare: Arc<dyn Letterbox>,
    /// What `deliver-post` would get.
    pub deliver: Arc<dyn Letterbox>,
}

/// Letter by letter, whatever the names are.
pub async fn a_task_arrives_as_its_json(place: &Place) {
    let whole = PrepareTask { owner: OwnerId("\"älice\" | 日本 🔔".repeat(20)), ..to_prepare() };
    let one_target = PrepareTask { connection: Some(connection_id(1)), ..to_prepare() };
    for task in [whole, one_target] {
        place.queues.prepare(&task, Duration::ZERO).await.unwrap();
        assert_eq!(soon(&*place.prepare).await, Some(json(&task)));
    }
    let task = to_deliver();
    place.queues.deliver(&task, Duration::ZERO).await.unwrap();
    assert_eq!(soon(&*place.deliver).await, Some(json(&task)));
}

/// Once, and in no other.
pub async fn a_task_lands_in_its_own_queue(place: &Place) {
    let (to_prepare, to_deliver) = (to_prepare(), to_deliver());
    place.queues.prepare(&to_prepare, Duration::ZERO).await.unwrap();
    place.queues.deliver(&to_deliver, Duration::ZERO).await.unwrap();
    for (letterbox, wanted) in [(&place.prepare, json(&to_prepare)), (&place.deliver, json(&to_deliver))] {
        assert_eq!(soon(&**letterbox).await, Some(wanted));
        assert_eq!(letterbox.holds().await, 0);
    }
}

/// What was overdue is sent again as it was.
pub async fn the_same_task_again_is_another_message(place: &Place) {
    let (to_prepare, to_deliver) = (to_prepare(), to_deliver());
    for _ in 0..2 {
        place.queues.prepare(&to_prepare, Duration::ZERO).await.unwrap();
        place.queues.deliver(&to_deliver, Duration::ZERO).await.unwrap();
    }
    for (letterbox, wanted) in [(&place.prepare, json(&to_prepare)), (&place.deliver, json(&to_deliver))] {
        assert_eq!(soon(&**letterbox).await.as_ref(), Some(&wanted));
        assert_eq!(soon(&**letterbox).await.as_ref(), Some(&wanted));
    }
}

/// But then.
pub async fn a_task_is_not_seen_before_its_delay(place: &Place) {
    let delay = Duration::from_secs(2);
    let (to_prepare, to_deliver) = (to_prepare(), to_deliver());
    let earliest = place.prepare.now() + delay;
    place.queues.prepare(&to_prepare, delay).await.unwrap();
    assert_eq!(place.prepare.next(earliest + PATIENCE).await, Some(json(&to_prepare)));
    assert!(place.prepare.now() >= earliest, "to be prepared, before {earliest}");
    let earliest = place.deliver.now() + delay;
    place.queues.deliver(&to_deliver, delay).await.unwrap();
    assert_eq!(place.deliver.next(earliest + PATIENCE).await, Some(json(&to_deliver)));
    assert!(place.deliver.now() >= earliest, "to be delivered, before {earliest}");
}

/// A quarter of an hour.
pub async fn the_longest_delay_is_taken(place: &Place) {
    place.queues.prepare(&to_prepare(), MAX_QUEUE_DELAY).await.unwrap();
    place.queues.deliver(&to_deliver(), MAX_QUEUE_DELAY).await.unwrap();
    for letterbox in [&place.prepare, &place.deliver] {
        assert_eq!(letterbox.next(letterbox.now()).await, None);
        assert_eq!(letterbox.holds().await, 1);
    }
}

fn to_prepare() -> PrepareTask {
    PrepareTask { owner: an_owner(), post: post_id(1), revision: 2, connection: None }
}

fn to_deliver() -> DeliverTask {
    let (owner, connection) = (an_owner(), connection_id(1));
    DeliverTask { owner, post: post_id(1), connection, revision: 2, attempt: 3 }
}

async fn soon(letterbox: &dyn Letterbox) -> Option<String> {
    letterbox.next(letterbox.now() + PATIENCE).await
}

fn json(task: &impl Serialize) -> String {
    serde_json::to_string(task).unwrap()
}
