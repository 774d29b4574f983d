//! What a person may ask for, and what is said of every mistake.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod desk;

use std::time::Duration;

use desk::{now, on_x, wish};
use domain::Error;
use domain::connection::{AccountKind, ConnectionStatus};
use domain::platform::Platform;
use domain::post::PostStatus;
use serde_json::{Value, json};
use testkit::memory::Message;

#[tokio::test]
async fn a_post_due_soon_goes_to_the_queue_and_one_due_later_gets_a_schedule() {
    let (desk, id) = on_x().await;
    let soon = desk.schedule(wish(&id, "2026-12-01T08:15:00Z")).await.unwrap();
    assert!(
        matches!(&desk.queues.take()[..], [(Message::Prepare(task), Duration::ZERO)] if task.post == soon.id)
    );
    assert_eq!(desk.schedules.next(), None);
    desk.schedule(wish(&id, "2026-12-01T08:15:01Z")).await.unwrap();
    assert!(desk.queues.take().is_empty());
    assert_eq!(desk.schedules.next(), Some("2026-12-01T08:03:01Z".parse().unwrap()));
}

#[tokio::test]
async fn a_local_time_is_read_by_the_rules_of_its_zone_on_that_day() {
    for (local, instant) in
        [("2027-01-15T09:00:00", "2027-01-15T08:00:00Z"), ("2027-07-15T09:00", "2027-07-15T07:00:00Z")]
    {
        let (desk, id) = on_x().await;
        let mut ask = wish(&id, local);
        ask["timeZone"] = "Europe/Berlin".into();
        let post = desk.schedule(ask).await.unwrap();
        assert_eq!(post.publish_at, Some(instant.parse().unwrap()));
        assert_eq!(post.time_zone.as_deref(), Some("Europe/Berlin"));
    }
}

#[tokio::test]
async fn a_time_that_means_nothing_or_two_things_is_refused() {
    let (desk, id) = on_x().await;
    for (time, zone, code) in [
        ("2027-03-28T02:30:00", Some("Europe/Berlin"), "ambiguous_local_time"),
        ("2027-10-31T02:30:00", Some("Europe/Berlin"), "ambiguous_local_time"),
        ("2027-03-28T09:00:00", None, "time_zone_required"),
        ("tomorrow", None, "invalid_time"),
        ("2026-12-01T08:00:09Z", None, "publish_at_in_past"),
        ("2027-12-03T08:00:00Z", None, "publish_at_too_far"),
    ] {
        let mut ask = wish(&id, time);
        if let Some(zone) = zone {
            ask["timeZone"] = zone.into();
        }
        assert_eq!(desk.mistakes(ask).await, [("/publishAt".to_owned(), code)], "{time}");
    }
    let mut ask = wish(&id, "2027-03-28T09:00:00Z");
    ask["timeZone"] = "Europe/Atlantis".into();
    assert_eq!(desk.mistakes(ask).await, [("/timeZone".to_owned(), "unknown_time_zone")]);
    let mut both = wish(&id, "2027-10-31T02:30:00+01:00");
    both["timeZone"] = "Europe/Berlin".into();
    assert_eq!(desk.schedule(both).await.unwrap().publish_at, Some("2027-10-31T01:30:00Z".parse().unwrap()));
}

#[tokio::test]
async fn every_mistake_is_named_at_once() {
    let (desk, x) = on_x().await;
    let old = desk.connect(Platform::LinkedIn, AccountKind::Person, ConnectionStatus::NeedsReconnect).await;
    let page = desk.connect(Platform::LinkedIn, AccountKind::Organization, ConnectionStatus::Active).await;
    let mistakes = desk
        .mistakes(json!({
            "text": "$ONE and $TWO",
            "publishAt": 5,
            "colour": "red",
            "targets": [
                {"connectionId": x, "options": {"visibility": "PUBLIC", "pinned": true}},
                {"connectionId": old, "text": ""},
                {"connectionId": page, "options": {"visibility": "CONNECTIONS"}},
                {"connectionId": "con_somebody_elses"},
                {"connectionId": x},
                {"connection": x},
                "x"
            ]
        }))
        .await;
    let expected = [
        ("/colour", "unknown_field"),
        ("/publishAt", "wrong_type"),
        ("/targets/0/options/pinned", "unknown_field"),
        ("/targets/4/connectionId", "duplicate_target"),
        ("/targets/5/connection", "unknown_field"),
        ("/targets/5/connectionId", "required"),
        ("/targets/6", "wrong_type"),
        ("/text", "too_many_cashtags"),
        ("/targets/0/options", "option_of_another_platform"),
        ("/targets/1/connectionId", "needs_reconnect"),
        ("/targets/1/text", "text_required"),
        ("/targets/2/options", "visibility_not_allowed"),
        ("/targets/3/connectionId", "unknown_connection"),
    ];
    assert_eq!(mistakes, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[tokio::test]
async fn a_body_that_is_no_object_or_names_nobody_is_refused() {
    let (desk, id) = on_x().await;
    assert_eq!(desk.mistakes(json!([1])).await, [(String::new(), "wrong_type")]);
    assert_eq!(desk.mistakes(Value::Null).await, [(String::new(), "required")]);
    let nobody = json!({"text": "Hello", "targets": [], "publishAt": "2026-12-01T09:00:00Z"});
    assert_eq!(desk.mistakes(nobody).await, [("/targets".to_owned(), "too_few_targets")]);
    let crowd = json!({"text": "Hello", "targets": vec![json!({"connectionId": id}); 21], "publishAt": "2026-12-01T09:00:00Z"});
    assert_eq!(desk.mistakes(crowd).await, [("/targets".to_owned(), "too_many_targets")]);
}

#[tokio::test]
async fn publishing_now_takes_exactly_one_target_and_no_time() {
    let (desk, id) = on_x().await;
    let post = desk.publish(json!({"text": "Hello", "targets": [{"connectionId": id}]})).await.unwrap();
    assert_eq!((post.status(), post.publish_at), (PostStatus::Scheduled, Some(now())));
    assert!(
        matches!(&desk.queues.take()[..], [(Message::Deliver(task), Duration::ZERO)] if task.attempt == 1)
    );
    let timed = desk.publish(wish(&id, "2026-12-01T09:00:00Z")).await;
    assert!(matches!(timed, Err(Error::Invalid(errors)) if errors[0].code == "unknown_field"));
}
