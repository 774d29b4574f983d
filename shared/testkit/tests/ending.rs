//! How targets end when a person stops them or a message is dead.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::time::Duration;

use domain::id::{ConnectionId, Entropy, LeaseToken, OwnerId, PostId};
use domain::platform::Platform;
use domain::ports::{Claim, Posts, Purpose, Written};
use domain::post::Post;
use domain::target::{Lease, Status, Target};
use domain::task::{DeliverTask, PrepareTask};
use domain::{Error, burying, canceling};
use jiff::Timestamp;
use testkit::memory::{MemoryEvents, MemoryMetrics, MemoryPosts, MemoryQueues, MemorySchedules, Message};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + second).unwrap()
}

fn task(connection: &str, attempt: u32) -> DeliverTask {
    let connection = ConnectionId(connection.into());
    DeliverTask { owner: owner(), post: id(), connection, revision: 1, attempt }
}

fn owner() -> OwnerId {
    OwnerId("alice".into())
}

fn id() -> PostId {
    PostId("pst_1".into())
}

/// A post for second 0 with targets `a` and `b`.
async fn kept(posts: &MemoryPosts) {
    let target = |name: &str| Target::scheduled(ConnectionId(name.into()), Platform::X, at(0));
    let post = Post {
        text: "Hello".into(),
        publish_at: Some(at(0)),
        targets: vec![target("a"), target("b")],
        revision: 1,
        due_at: Some(at(0)),
        ..Post::blank(owner(), id(), at(-60))
    };
    posts.insert(&post).await.unwrap();
}

async fn claim(posts: &MemoryPosts, purpose: Purpose, connection: &str, now: Timestamp) {
    let lease = Lease { token: LeaseToken("held".into()), until: now + Duration::from_secs(40) };
    let claim = Claim { purpose, task: task(connection, 1), now, lease };
    assert!(matches!(posts.claim(&claim).await.unwrap(), Written::Done(_)), "the claim must be granted");
}

async fn statuses(posts: &MemoryPosts) -> Vec<Status> {
    let post = posts.find(&owner(), &id()).await.unwrap().unwrap();
    post.targets.iter().map(|target| target.status).collect()
}

#[tokio::test]
async fn canceling_stops_what_has_not_left_and_tells_what_is_in_flight_to_try_no_more() {
    let (posts, schedules) = (MemoryPosts::default(), MemorySchedules::default());
    let (events, metrics) = (MemoryEvents::default(), MemoryMetrics::default());
    kept(&posts).await;
    claim(&posts, Purpose::Send, "a", at(0)).await;
    let ports = canceling::Ports { posts: &posts, schedules: &schedules, events: &events, metrics: &metrics };
    let post = canceling::cancel(&ports, &owner(), &id(), at(1)).await.unwrap();
    assert_eq!((post.targets[0].status, post.targets[0].stop), (Status::Publishing, true));
    assert_eq!((post.targets[1].status, post.revision), (Status::Canceled, 2));
    let again = canceling::cancel(&ports, &owner(), &id(), at(2)).await;
    assert!(matches!(again, Err(Error::NothingToCancel)));
    let foreign = canceling::cancel(&ports, &OwnerId("bob".into()), &id(), at(2)).await;
    assert!(matches!(foreign, Err(Error::NotFound("post"))));
}

struct Cemetery {
    posts: MemoryPosts,
    queues: MemoryQueues,
    events: MemoryEvents,
    metrics: MemoryMetrics,
}

impl Cemetery {
    async fn new() -> Self {
        let posts = MemoryPosts::default();
        kept(&posts).await;
        Self {
            posts,
            queues: MemoryQueues::default(),
            events: MemoryEvents::default(),
            metrics: MemoryMetrics::default(),
        }
    }

    async fn bury(&self, letter: &impl serde::Serialize, now: Timestamp) {
        let letter = serde_json::to_string(letter).unwrap();
        burying::bury(&self.ports(), &letter, now, Entropy::new([1; 32])).await.unwrap();
    }

    fn ports(&self) -> burying::Ports<'_> {
        burying::Ports {
            posts: &self.posts,
            queues: &self.queues,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}

#[tokio::test]
async fn a_dead_delivery_that_never_began_is_failed_with_a_reason_and_told() {
    let cemetery = Cemetery::new().await;
    cemetery.bury(&task("a", 1), at(600)).await;
    assert_eq!(statuses(&cemetery.posts).await, [Status::Failed, Status::Scheduled]);
    assert_eq!(cemetery.events.all().iter().map(|event| event.kind()).collect::<Vec<_>>(), ["post.failed"]);
}

#[tokio::test]
async fn a_dead_delivery_whose_outcome_is_open_goes_to_settlement_and_is_never_called_failed() {
    let cemetery = Cemetery::new().await;
    claim(&cemetery.posts, Purpose::Send, "a", at(0)).await;
    cemetery.bury(&task("a", 1), at(60)).await;
    assert_eq!(statuses(&cemetery.posts).await[0], Status::Publishing);
    let sent = cemetery.queues.take();
    assert_eq!(sent, [(Message::Deliver(task("a", 1)), Duration::from_secs(60))]);
}

#[tokio::test]
async fn an_outcome_that_cannot_even_be_looked_for_is_left_to_the_person() {
    let cemetery = Cemetery::new().await;
    claim(&cemetery.posts, Purpose::Send, "a", at(0)).await;
    for look in 1..=3 {
        claim(&cemetery.posts, Purpose::Settle, "a", at(look * 1_000)).await;
    }
    cemetery.bury(&task("a", 1), at(4_000)).await;
    assert_eq!(statuses(&cemetery.posts).await[0], Status::NeedsAttention);
}

#[tokio::test]
async fn a_dead_preparation_is_skipped_because_delivery_does_without() {
    let cemetery = Cemetery::new().await;
    let letter = PrepareTask { owner: owner(), post: id(), revision: 1, connection: None };
    cemetery.bury(&letter, at(-30)).await;
    let sent = cemetery.queues.take();
    let expected = ["a", "b"].map(|name| (Message::Deliver(task(name, 1)), Duration::from_secs(28)));
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_letter_of_another_revision_is_let_go_and_one_that_cannot_be_read_is_an_error() {
    let cemetery = Cemetery::new().await;
    cemetery.bury(&DeliverTask { revision: 9, ..task("a", 1) }, at(600)).await;
    assert_eq!(statuses(&cemetery.posts).await, [Status::Scheduled; 2]);
    let unreadable = burying::bury(&cemetery.ports(), "{}", at(600), Entropy::new([1; 32])).await;
    assert!(matches!(unreadable, Err(Error::Broken { .. })));
}
