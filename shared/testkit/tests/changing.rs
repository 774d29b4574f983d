//! What people do with a post that is there: edit, schedule a draft, retry, cancel; and requests that come twice.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod desk;

use std::time::Duration;

use desk::{Desk, alice, body, mistakes_of, now, on_x, wish};
use domain::Error;
use domain::connection::{AccountKind, ConnectionStatus};
use domain::id::{ConnectionId, Entropy, LeaseToken};
use domain::platform::Platform;
use domain::ports::{Claim, Due, MediaShelf, Place, Posts, Purpose, Record, Written};
use domain::post::{LatePolicy, Post, PostStatus};
use domain::reading::{self, ListAsk};
use domain::target::{Lease, Published, Status, Target, TargetError};
use domain::task::DeliverTask;
use serde_json::json;
use testkit::memory::Message;

const AT_NINE: &str = "2026-12-01T09:00:00Z";

/// The post after its first attempt on its only target, which `end` ends.
async fn attempted(desk: &Desk, post: &Post, end: impl FnOnce(Target) -> Target) -> Post {
    let at = post.time();
    let (owner, id, revision) = (post.owner.clone(), post.id.clone(), post.revision);
    let connection = post.targets[0].connection_id.clone();
    let task = DeliverTask { owner: owner.clone(), post: id.clone(), connection, revision, attempt: 1 };
    let lease = Lease { token: LeaseToken("l".into()), until: at + Duration::from_secs(40) };
    let claim = Claim { purpose: Purpose::Send, task, now: at, lease: lease.clone() };
    let Written::Done(claimed) = desk.posts.claim(&claim).await.unwrap() else { panic!("it is free") };
    let target = end(claimed.targets[0].clone());
    let record = Record { owner, post: id, revision, lease: lease.token, target, due: Due::Done, now: at };
    let Written::Done(post) = desk.posts.record(&record).await.unwrap() else { panic!("the lease is ours") };
    *post
}

fn error() -> TargetError {
    TargetError { code: "refused".into(), detail: "it said no".into(), permanent: true }
}

#[tokio::test]
async fn a_draft_may_be_empty_and_is_sent_when_an_edit_gives_it_a_time() {
    let (desk, id) = on_x().await;
    let draft = desk.draft(json!({})).await.unwrap();
    assert_eq!((draft.status(), draft.due_at, draft.revision), (PostStatus::Draft, None, 1));
    let words = desk.edit(&draft, json!({"text": "$ONE and $TWO"})).await.unwrap();
    assert_eq!((words.status(), words.revision), (PostStatus::Draft, 2));
    assert!(desk.queues.take().is_empty() && desk.schedules.next().is_none());

    let timed = json!({"publishAt": AT_NINE});
    let mistakes = mistakes_of(desk.edit(&draft, timed.clone()).await);
    assert_eq!(mistakes, [("/targets".to_owned(), "too_few_targets")]);
    desk.edit(&draft, json!({"targets": [{"connectionId": id}]})).await.unwrap();
    let mistakes = mistakes_of(desk.edit(&draft, timed).await);
    assert_eq!(mistakes, [("/text".to_owned(), "too_many_cashtags")]);

    let post = desk.edit(&draft, json!({"text": "Hello", "publishAt": AT_NINE})).await.unwrap();
    assert_eq!((post.status(), post.due_at), (PostStatus::Scheduled, Some(AT_NINE.parse().unwrap())));
    assert_eq!(desk.schedules.next(), Some("2026-12-01T08:48:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_draft_that_is_told_to_stay_one_keeps_its_time_and_sends_nothing() {
    let (desk, id) = on_x().await;
    let ask = json!({"text": "Hello", "targets": [{"connectionId": id}]});
    let draft = desk.draft(ask).await.unwrap();
    let timed = json!({"status": "draft", "publishAt": "2026-12-01T10:00:00", "timeZone": "Europe/Berlin"});
    let kept = desk.edit(&draft, timed.clone()).await.unwrap();
    assert_eq!((kept.status(), kept.due_at, kept.revision), (PostStatus::Draft, None, 2));
    assert_eq!(kept.publish_at, Some(AT_NINE.parse().unwrap()));
    assert!(desk.queues.take().is_empty() && desk.schedules.next().is_none());
    assert_eq!(desk.find(&draft.id).await, Some(kept.clone()));
    let words = desk.edit(&draft, json!({"status": "draft", "text": "Later"})).await.unwrap();
    assert_eq!((words.publish_at, words.time_zone), (kept.publish_at, kept.time_zone));
    let over = json!({"status": "draft", "publishAt": "2026-12-01T07:00:00Z"});
    assert_eq!(mistakes_of(desk.edit(&draft, over).await), [("/publishAt".into(), "publish_at_in_past")]);

    desk.edit(&draft, json!({"publishAt": AT_NINE})).await.unwrap();
    assert_eq!(mistakes_of(desk.edit(&draft, timed).await), [("/status".into(), "not_a_draft")]);
}

#[tokio::test]
async fn nothing_but_an_edit_has_a_status() {
    let (desk, id) = on_x().await;
    let ask = json!({"text": "Hello", "targets": [{"connectionId": id}], "status": "draft"});
    assert_eq!(mistakes_of(desk.draft(ask).await), [("/status".into(), "unknown_field")]);
    let draft = desk.draft(json!({"text": "Hello"})).await.unwrap();
    let other = json!({"status": "scheduled"});
    assert_eq!(mistakes_of(desk.edit(&draft, other).await), [("/status".into(), "wrong_type")]);
}

#[tokio::test]
async fn a_draft_refuses_what_can_never_become_right() {
    let (desk, id) = on_x().await;
    let mistakes = mistakes_of(
        desk.draft(json!({
            "text": "x".repeat(100_001),
            "colour": "red",
            "publishAt": "2026-12-01T08:00:01Z",
            "latePolicy": {"mode": "skip"},
            "media": [{"mediaId": "med_1", "altText": "y".repeat(1_001)}, {"mediaId": "med_1"}, {}],
            "targets": [{"connectionId": "con_nobodys"}, {"connectionId": id}],
        }))
        .await,
    );
    let expected = [
        ("/colour", "unknown_field"),
        ("/latePolicy/afterSeconds", "required"),
        ("/media/0/altText", "alt_text_too_long"),
        ("/media/1/mediaId", "duplicate_media"),
        ("/media/2/mediaId", "required"),
        ("/publishAt", "publish_at_in_past"),
        ("/media/0/mediaId", "unknown_media"),
        ("/text", "text_too_long"),
        ("/targets/0/connectionId", "unknown_connection"),
    ];
    assert_eq!(mistakes, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    assert!(desk.posts.all().is_empty());
}

#[tokio::test]
async fn a_draft_is_thrown_away_by_canceling_it() {
    let desk = Desk::default();
    let draft = desk.draft(json!({"text": "Half a thought"})).await.unwrap();
    desk.cancel(&draft).await.unwrap();
    assert_eq!(desk.find(&draft.id).await, None);
    assert!(matches!(desk.cancel(&draft).await, Err(Error::NotFound("post"))));
}

#[tokio::test]
async fn an_edit_keeps_what_it_leaves_out_and_makes_a_schedule_of_its_own() {
    let (desk, id) = on_x().await;
    let mut ask = wish(&id, "2026-12-01T10:00:00");
    ask["timeZone"] = "Europe/Berlin".into();
    ask["latePolicy"] = json!({"mode": "skip", "afterSeconds": 900});
    let post = desk.schedule(ask).await.unwrap();
    assert_eq!(post.publish_at, Some(AT_NINE.parse().unwrap()));

    let later = desk.edit(&post, json!({"publishAt": "2026-12-01T11:00:00"})).await.unwrap();
    assert_eq!(later.publish_at, Some("2026-12-01T10:00:00Z".parse().unwrap()), "in the zone that it had");
    assert_eq!((later.revision, later.text.as_str()), (2, "Hello"));
    assert_eq!(later.late_policy, LatePolicy::Skip { after_seconds: 900 });
    assert_eq!(desk.schedules.next(), Some("2026-12-01T09:48:00Z".parse().unwrap()));
    let rung = desk.schedules.ring("2026-12-02T00:00:00Z".parse().unwrap());
    assert_eq!(rung.iter().map(|wake| wake.task.revision).collect::<Vec<_>>(), [2], "the old one is gone");

    let policy = desk.edit(&post, json!({"latePolicy": {"mode": "publish"}, "text": "Hello again"})).await;
    let policy = policy.unwrap();
    assert_eq!((policy.late_policy, policy.text.as_str()), (LatePolicy::Publish, "Hello again"));
    assert_eq!(policy.publish_at, later.publish_at);
}

#[tokio::test]
async fn an_edit_changes_targets_and_checks_each_as_a_new_post_would() {
    let (desk, x) = on_x().await;
    let linkedin = desk.connect(Platform::LinkedIn, AccountKind::Person, ConnectionStatus::Active).await;
    let post = desk.schedule(wish(&x, AT_NINE)).await.unwrap();
    let both = json!({"targets": [{"connectionId": linkedin, "text": "For LinkedIn"}, {"connectionId": x}]});
    let edited = desk.edit(&post, both).await.unwrap();
    let targets: Vec<_> = edited.targets.iter().map(|it| (it.platform, it.status)).collect();
    assert_eq!(targets, [(Platform::LinkedIn, Status::Scheduled), (Platform::X, Status::Scheduled)]);
    assert_eq!(edited.targets[0].next_at, post.publish_at);

    let one = desk.edit(&post, json!({"targets": [{"connectionId": linkedin}]})).await.unwrap();
    assert_eq!((one.targets.len(), one.targets[0].text.as_deref()), (1, None));
    let mistakes = mistakes_of(
        desk.edit(
            &post,
            json!({"text": "$ONE and $TWO", "targets": [{"connectionId": x}, {}], "timeZone": "Moon"}),
        )
        .await,
    );
    let expected = [
        ("/timeZone", "unknown_time_zone"),
        ("/targets/1/connectionId", "required"),
        ("/text", "too_many_cashtags"),
    ];
    assert_eq!(mistakes, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    assert_eq!(
        mistakes_of(desk.edit(&post, json!({"targets": []})).await),
        [("/targets".to_owned(), "too_few_targets")]
    );
    assert_eq!(desk.find(&post.id).await.unwrap(), one, "a refused edit changes nothing");
}

#[tokio::test]
async fn an_edit_of_another_revision_is_refused() {
    let (desk, id) = on_x().await;
    let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
    desk.edit_as_seen(&post, json!({"text": "First"}), Some(1)).await.unwrap();
    let second = desk.edit_as_seen(&post, json!({"text": "Second"}), Some(1)).await;
    assert!(matches!(second, Err(Error::RevisionMismatch)), "{second:?}");
    assert_eq!(desk.find(&post.id).await.unwrap().text, "First");
}

#[tokio::test]
async fn what_has_started_cannot_be_edited() {
    for end in [
        |it: Target| {
            it.with_part(Published { remote_id: "1".into(), url: "u".into() }, now()).into_published()
        },
        |it: Target| it.into_unsettled(now(), error()),
        |it: Target| it.into_retrying(now(), Some(error())),
        |it: Target| it.into_needs_attention(error()),
    ] {
        let (desk, id) = on_x().await;
        let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
        attempted(&desk, &post, end).await;
        let edit = desk.edit(&post, json!({"text": "Too late"})).await;
        assert!(matches!(edit, Err(Error::AlreadyStarted)), "{edit:?}");
    }
}

#[tokio::test]
async fn what_was_canceled_or_failed_is_sent_after_all_when_an_edit_gives_it_a_time() {
    let (desk, id) = on_x().await;
    let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
    desk.cancel(&post).await.unwrap();
    let words = desk.edit(&post, json!({"text": "Other words"})).await.unwrap();
    assert_eq!(words.status(), PostStatus::Canceled);
    let linkedin = desk.connect(Platform::LinkedIn, AccountKind::Person, ConnectionStatus::Active).await;
    let another = json!({"targets": [{"connectionId": id}, {"connectionId": linkedin}]});
    assert_eq!(mistakes_of(desk.edit(&post, another).await), [("/publishAt".to_owned(), "required")]);
    let again = desk.edit(&post, json!({"publishAt": "2026-12-01T10:00:00Z"})).await.unwrap();
    assert_eq!((again.status(), again.due_at), (PostStatus::Scheduled, again.publish_at));

    let failed = attempted(&desk, &again, |target| target.into_failed(error())).await;
    let again = desk.edit(&failed, json!({"publishAt": "2026-12-01T11:00:00Z"})).await.unwrap();
    let target = &again.targets[0];
    assert_eq!((target.status, target.attempts, target.error.as_ref()), (Status::Scheduled, 1, None));
}

#[tokio::test]
async fn a_retry_sends_what_failed_at_once_and_asks_before_it_may_repeat() {
    let (desk, id) = on_x().await;
    let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
    let later = post.time() + Duration::from_secs(60);
    let nothing = desk.retry_at(&post, json!({}), later).await;
    assert!(matches!(nothing, Err(Error::NothingToRetry)), "{nothing:?}");
    let unknown = desk.retry_at(&post, json!({"connectionIds": ["con_1", id], "x": 1}), later).await;
    assert_eq!(mistakes_of(unknown), [("/x".to_owned(), "unknown_field")]);
    let unknown = desk.retry_at(&post, json!({"connectionIds": ["con_1", id]}), later).await;
    let expected = [("/connectionIds/0", "unknown_target"), ("/connectionIds/1", "not_retryable")];
    assert_eq!(mistakes_of(unknown), expected.map(|(pointer, code)| (pointer.to_owned(), code)));

    attempted(&desk, &post, |target| target.into_needs_attention(error())).await;
    desk.queues.take();
    let unconfirmed = desk.retry_at(&post, json!({}), later).await;
    assert!(matches!(unconfirmed, Err(Error::MayDuplicate)), "{unconfirmed:?}");
    let retried = desk.retry_at(&post, json!({"confirmDuplicate": true}), later).await.unwrap();
    let target = &retried.targets[0];
    assert_eq!(
        (target.status, target.next_at, target.retried_at),
        (Status::Retrying, Some(later), Some(later))
    );
    assert_eq!((retried.revision, retried.due_at), (2, Some(later)));
    let sent = desk.queues.take();
    assert!(
        matches!(&sent[..], [(Message::Deliver(task), Duration::ZERO)] if task.attempt == 2 && task.revision == 2)
    );
}

#[tokio::test]
async fn a_retry_before_the_time_of_the_post_waits_for_it() {
    let (desk, id) = on_x().await;
    let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
    attempted(&desk, &post, |target| target.into_failed(error())).await;
    let retried = desk.retry_at(&post, json!({}), now()).await.unwrap();
    assert_eq!((retried.targets[0].status, retried.due_at), (Status::Scheduled, post.publish_at));
    assert!(desk.queues.take().is_empty());
}

#[tokio::test]
async fn the_same_key_and_request_make_one_post_and_another_request_is_refused() {
    let (desk, id) = on_x().await;
    let first = desk.schedule_under("k-1", wish(&id, AT_NINE)).await.unwrap();
    desk.schedules.ring("2027-01-01T00:00:00Z".parse().unwrap());
    let again = desk.schedule_under("k-1", wish(&id, AT_NINE)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(desk.posts.all().len(), 1);
    assert!(desk.schedules.next().is_some(), "the schedule is made sure of again");
    let other = desk.schedule_under("k-1", wish(&id, "2026-12-01T10:00:00Z")).await;
    assert!(matches!(other, Err(Error::IdempotencyKeyReused)), "{other:?}");
    let second = desk.schedule_under("k-2", wish(&id, AT_NINE)).await.unwrap();
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn a_retry_under_a_key_is_heard_once() {
    let (desk, id) = on_x().await;
    let post = desk.schedule(wish(&id, AT_NINE)).await.unwrap();
    attempted(&desk, &post, |target| target.into_failed(error())).await;
    let key = |body: &str| {
        let fingerprint = domain::idempotency::Fingerprint::of("retry", body);
        Some(domain::idempotency::IdempotencyKey { key: "k".into(), fingerprint })
    };
    let later = post.time() + Duration::from_secs(60);
    let retry = async |body_text: &str| {
        let key = key(body_text);
        domain::retrying::retry(&desk.ports(), &alice(), &post.id, body(json!({})), key.as_ref(), later).await
    };
    let first = retry("{}").await.unwrap();
    assert_eq!(retry("{}").await.unwrap(), first);
    assert!(matches!(retry("other").await, Err(Error::IdempotencyKeyReused)));
}

#[tokio::test]
async fn a_preview_shows_what_is_sent_its_length_its_problems_and_its_cost() {
    let (desk, x) = on_x().await;
    let linkedin =
        desk.connect(Platform::LinkedIn, AccountKind::Person, ConnectionStatus::NeedsReconnect).await;
    let ask = json!({
        "text": "one\n---\ntwo",
        "targets": [{"connectionId": x}, {"connectionId": linkedin, "text": "see example.com"}],
    });
    let previews = desk.preview(ask).await.unwrap();
    let parts = previews[0].parts.iter().map(|part| (part.text.as_str(), part.length, part.limit));
    assert_eq!(parts.collect::<Vec<_>>(), [("one", 3, 280), ("two", 3, 280)]);
    assert_eq!((previews[0].problems.len(), previews[0].cost_millidollars), (0, Some(30)));
    let codes: Vec<_> = previews[1].problems.iter().map(|problem| problem.code).collect();
    assert_eq!((codes, previews[1].cost_millidollars), (vec!["needs_reconnect"], None));

    let link = json!({"text": "see example.com", "targets": [{"connectionId": x}]});
    let previews = desk.preview(link).await.unwrap();
    assert_eq!(previews[0].cost_millidollars, Some(200));
    let nobody = json!({"targets": [{"connectionId": "con_1"}]});
    let refused = desk.preview(nobody).await;
    assert_eq!(mistakes_of(refused), [("/targets/0/connectionId".to_owned(), "unknown_connection")]);
    assert!(desk.posts.all().is_empty());
}

/// 30 posts an hour apart, every third canceled, and two drafts.
async fn calendar(desk: &Desk, id: &ConnectionId) {
    for number in 0..30_u8 {
        let at = now() + Duration::from_secs(3600 * (u64::from(number) + 1));
        let entropy = Entropy::new([number; 32]);
        let ask = body(wish(id, &at.to_string()));
        let (ports, media, owner) = (desk.ports(), desk.media(), alice());
        let post = domain::scheduling::schedule(&ports, &media, &owner, ask, None, now(), entropy);
        let post = post.await.unwrap();
        if number % 3 == 0 {
            desk.cancel(&post).await.unwrap();
        }
    }
    for number in 100..102 {
        let entropy = Entropy::new([number; 32]);
        let ask = body(json!({"text": "Half a thought"}));
        let ports = domain::drafting::Ports {
            posts: &desk.posts,
            connections: &desk.connections,
            media: desk.media(),
        };
        domain::drafting::draft(&ports, &alice(), ask, None, now(), entropy).await.unwrap();
    }
}

#[tokio::test]
async fn a_list_by_status_and_platform_is_whole_page_after_page() {
    let (desk, id) = on_x().await;
    calendar(&desk, &id).await;
    let count = async |status: Option<PostStatus>, platform: Option<Platform>| {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let ask = ListAsk { status, platform, cursor, limit: Some(4), ..ListAsk::default() };
            let page = reading::list(&desk.posts, &alice(), ask).await.unwrap();
            assert!(page.posts.len() <= 4);
            seen.extend(page.posts.iter().map(Post::place));
            cursor = page.next_cursor;
            if cursor.is_none() {
                assert!(seen.is_sorted_by(|a: &Place, b| a < b), "each once, in order");
                return seen.len();
            }
        }
    };
    assert_eq!(count(None, None).await, 32);
    assert_eq!(count(Some(PostStatus::Canceled), None).await, 10);
    assert_eq!(count(Some(PostStatus::Scheduled), Some(Platform::X)).await, 20);
    assert_eq!(count(None, Some(Platform::LinkedIn)).await, 0);
    assert_eq!(count(Some(PostStatus::Draft), None).await, 2);
}

#[tokio::test]
async fn a_draft_holds_the_files_that_it_shows_and_an_edit_lets_go_of_them() {
    let (desk, x) = on_x().await;
    let unknown = desk.draft(json!({"colour": 1, "media": [{"mediaId": "med_1"}]})).await;
    let expected = [("/colour", "unknown_field"), ("/media/0/mediaId", "unknown_media")];
    assert_eq!(mistakes_of(unknown), expected.map(|(pointer, code)| (pointer.to_owned(), code)));

    let id = desk.upload(b"\x89PNG\r\n\x1a\n").await;
    let draft = desk.draft(json!({"text": "Look", "media": [{"mediaId": id}]})).await.unwrap();
    assert_eq!(draft.media[0].alt_text.as_deref(), Some("A bell"), "the file's own description");
    let used_by = async || desk.shelf.find(&alice(), &id).await.unwrap().unwrap().used_by;
    assert_eq!(used_by().await.len(), 1);
    let scheduled = desk.edit(&draft, json!({"targets": [{"connectionId": x}], "publishAt": AT_NINE})).await;
    let scheduled = scheduled.unwrap();
    assert_eq!((scheduled.status(), scheduled.media.len()), (PostStatus::Scheduled, 1));
    desk.edit(&scheduled, json!({"media": []})).await.unwrap();
    assert!(used_by().await.is_empty());
}
