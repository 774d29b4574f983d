//! The contract of schedules. How late one rings, up to a minute on AWS, only AWS shows.

use std::sync::Arc;

use domain::ports::Schedules;
use domain::task::{DeliverTask, PrepareTask, Wake};
use jiff::{SignedDuration, Timestamp};

use crate::contract::letterbox::{Letterbox, PATIENCE};
use crate::contract::{an_owner, connection_id, post_id};

/// A schedule may ring so late.
const LATENESS: SignedDuration = SignedDuration::from_secs(60);

/// Schedules, and where they ring.
pub struct Place {
    /// The port.
    pub schedules: Arc<dyn Schedules>,
    /// What `prepare-post` would get.
    pub prepare: Arc<dyn Letterbox>,
}

/// Before that it does not.
pub async fn a_schedule_exists_once_it_is_made(place: &Place) {
    let wake = a_wake(1, tomorrow(place));
    assert!(!place.schedules.exists(&wake.name).await.unwrap());
    place.schedules.create(&wake).await.unwrap();
    assert!(place.schedules.exists(&wake.name).await.unwrap());
}

/// With its task, once.
pub async fn a_schedule_rings_at_its_second_and_is_gone(place: &Place) {
    let wake = a_wake(1, soon(place));
    place.schedules.create(&wake).await.unwrap();
    assert_eq!(rung(place, &wake).await, Some(json(&wake)));
    assert!(place.prepare.now() >= wake.at, "it rang before {}", wake.at);
    let deadline = place.prepare.now() + PATIENCE;
    while place.schedules.exists(&wake.name).await.unwrap() {
        assert!(place.prepare.now() < deadline, "it is still there");
        let again = place.prepare.next(place.prepare.now() + SignedDuration::from_millis(100)).await;
        assert_eq!(again, None);
    }
    assert_eq!(place.prepare.holds().await, 0);
}

/// The first one stands.
pub async fn the_same_name_again_changes_nothing(place: &Place) {
    let first = a_wake(1, soon(place));
    let task = PrepareTask { revision: 9, ..first.task.clone() };
    let second = Wake { name: first.name.clone(), at: tomorrow(place), task };
    place.schedules.create(&first).await.unwrap();
    place.schedules.create(&second).await.unwrap();
    assert_eq!(rung(place, &first).await, Some(json(&first)));
}

/// Twice is done too, and so is what never was there.
pub async fn a_deleted_schedule_is_gone(place: &Place) {
    let wake = a_wake(1, tomorrow(place));
    place.schedules.delete(&wake.name).await.unwrap();
    place.schedules.create(&wake).await.unwrap();
    for _ in 0..2 {
        place.schedules.delete(&wake.name).await.unwrap();
        assert!(!place.schedules.exists(&wake.name).await.unwrap());
    }
}

/// Another one, due after it, does.
pub async fn a_deleted_schedule_does_not_ring(place: &Place) {
    let deleted = a_wake(1, soon(place));
    let kept = a_wake(2, deleted.at + SignedDuration::from_secs(1));
    for wake in [&deleted, &kept] {
        place.schedules.create(wake).await.unwrap();
    }
    place.schedules.delete(&deleted.name).await.unwrap();
    assert_eq!(rung(place, &kept).await, Some(json(&kept)));
    assert_eq!(place.prepare.holds().await, 0);
}

/// Each revision of a post, and each retry of a target of it, has its own.
pub async fn one_schedule_does_not_touch_another(place: &Place) {
    let at = tomorrow(place);
    let revision = a_wake(1, at);
    let (owner, post) = (revision.task.owner.clone(), revision.task.post.clone());
    let next_revision = Wake::for_post(&owner, &post, 2, at);
    let retry = DeliverTask { owner, post, connection: connection_id(1), revision: 1, attempt: 2 };
    let retry = Wake::for_retry(&retry, at);
    place.schedules.create(&revision).await.unwrap();
    for other in [&next_revision, &retry] {
        assert!(!place.schedules.exists(&other.name).await.unwrap(), "{}", other.name);
        place.schedules.create(other).await.unwrap();
    }
    place.schedules.delete(&revision.name).await.unwrap();
    for other in [&next_revision, &retry] {
        assert!(place.schedules.exists(&other.name).await.unwrap(), "{}", other.name);
    }
}

fn a_wake(post: u32, at: Timestamp) -> Wake {
    Wake::for_post(&an_owner(), &post_id(post), 1, at)
}

/// A whole second, far enough for what a case does before.
fn soon(place: &Place) -> Timestamp {
    Timestamp::from_second(place.prepare.now().as_second() + 4).unwrap()
}

/// Too late for any case.
fn tomorrow(place: &Place) -> Timestamp {
    place.prepare.now() + SignedDuration::from_hours(24)
}

async fn rung(place: &Place, wake: &Wake) -> Option<String> {
    place.prepare.next(wake.at + LATENESS + PATIENCE).await
}

fn json(wake: &Wake) -> String {
    serde_json::to_string(&wake.task).unwrap()
}
