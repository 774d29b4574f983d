//! Counting how targets end, and collecting how people took to them, on ports in memory.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::analytics::{Counts, Engagement, Measured, day_of};
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Tokens};
use domain::id::{ConnectionId, Entropy, OwnerId, PostId};
use domain::metric::Metric;
use domain::platform::Platform;
use domain::ports::{
    Amendment, Analytics, Authorizer, COLLECT_SHARDS, Claim, Clock, Connections, DueKey, Failure,
    FailureClass, Groundwork, Meter, Platforms, PostQuery, Posts, Publisher, Reading, Record, Vault, Written,
};
use domain::post::Post;
use domain::secret::Secret;
use domain::target::{Published, Status, Target, TargetError};
use domain::task::CountTask;
use domain::{access, collecting, counting};
use jiff::Timestamp;
use testkit::memory::{MemoryConnections, MemoryEvents, MemoryMetrics, MemoryPosts, MemoryVault};
use testkit::memory_analytics::MemoryAnalytics;

const BOTH: [Platform; 2] = [Platform::LinkedIn, Platform::X];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_115_600 + second).unwrap()
}

/// What a platform answers to one question.
type Told = Result<Vec<Reading>, Failure>;

/// A meter that answers what it was told, and remembers what it was asked.
#[derive(Clone, Default)]
struct Scripted {
    answers: Arc<Mutex<VecDeque<Told>>>,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
    closed: bool,
}

#[async_trait]
impl Meter for Scripted {
    fn batch(&self, _: &Account) -> usize {
        2
    }
    fn may_read(&self, _: &Account, _: &[String]) -> bool {
        !self.closed
    }
    async fn read(
        &self,
        _: &Account,
        access: &Secret<String>,
        remote_ids: &[&str],
        _: Duration,
    ) -> Result<Vec<Reading>, Failure> {
        assert_eq!(access.expose(), "token");
        self.asked.lock().unwrap().push(remote_ids.iter().map(|id| (*id).to_owned()).collect());
        self.answers.lock().unwrap().pop_front().expect("an answer for each question")
    }
}

impl Platforms for Scripted {
    fn publisher(&self, _: Platform) -> Box<dyn Publisher> {
        unreachable!("nobody publishes here")
    }
    fn authorizer(&self, _: Platform) -> Box<dyn Authorizer> {
        unreachable!("nobody connects here")
    }
    fn meter(&self, _: Platform) -> Box<dyn Meter> {
        Box::new(self.clone())
    }
}

/// It stands still unless it is told.
struct Standing(Mutex<Timestamp>);

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn until(&self, _: Timestamp) {
        unreachable!("nobody waits here")
    }
}

struct World {
    posts: MemoryPosts,
    analytics: MemoryAnalytics,
    connections: MemoryConnections,
    events: MemoryEvents,
    metrics: MemoryMetrics,
    meter: Scripted,
    clock: Standing,
}

impl World {
    fn new() -> Self {
        Self {
            posts: MemoryPosts::default(),
            analytics: MemoryAnalytics::default(),
            connections: MemoryConnections::default(),
            events: MemoryEvents::default(),
            metrics: MemoryMetrics::default(),
            meter: Scripted::default(),
            clock: Standing(Mutex::new(at(0))),
        }
    }

    /// A world in which `count` posts on one connection were published at second 0 and counted.
    async fn with_published(count: u32, answers: Vec<Told>) -> Self {
        let world = Self::new();
        world.connect().await;
        world.meter.answers.lock().unwrap().extend(answers);
        for number in 1..=count {
            world.keep(number, Status::Published).await;
            world.count(number, &BOTH).await;
        }
        world
    }

    async fn connect(&self) {
        let account = Account {
            id: "1".into(),
            login: Platform::X,
            kind: AccountKind::Person,
            display_name: "Alice".into(),
            handle: None,
            avatar_url: None,
        };
        let tokens = Tokens { access: Secret::new("token".into()), refresh: None };
        let connection = Connection {
            owner: owner(),
            id: connection(),
            platform: Platform::X,
            account,
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            sealed: MemoryVault.seal(&owner(), &connection(), &tokens).await.unwrap(),
            token_version: 1,
            expires_at: None,
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: at(0),
        };
        self.connections.connect(&connection).await.unwrap();
    }

    /// Keeps the post of this number, its one target in this state, as a person's change would.
    async fn keep(&self, number: u32, status: Status) {
        let target = Target::scheduled(connection(), Platform::X, at(0));
        let target = ended(target, number, status);
        let mut post = Post {
            text: "hello".into(),
            publish_at: Some(at(0)),
            targets: vec![target],
            revision: 1,
            ..Post::blank(owner(), post_id(number), at(0))
        };
        if let Written::Refused(Some(there)) = self.posts.insert(&post).await.unwrap() {
            let was = there.targets[0].clone();
            post.revision = there.revision + 1;
            let touched = vec![(connection(), was.status, was.attempts)];
            self.posts.amend(&Amendment { post, touched, added: Vec::new() }).await.unwrap();
        }
    }

    async fn count(&self, number: u32, collected: &[Platform]) {
        let ports = counting::Ports { posts: &self.posts, analytics: &self.analytics };
        let task = CountTask { owner: owner(), post_id: post_id(number) };
        counting::count(&ports, &task, collected, at(1)).await.unwrap();
    }

    /// Rings the rule at this second; the clock says the same.
    async fn collect(&self, second: i64, from: &[Platform]) {
        *self.clock.0.lock().unwrap() = at(second);
        let access = access::Ports {
            connections: &self.connections,
            vault: &MemoryVault,
            platforms: &self.meter,
            events: &self.events,
            metrics: &self.metrics,
        };
        let (analytics, platforms, clock) = (&self.analytics, &self.meter, &self.clock);
        let ports = collecting::Ports { analytics, platforms, clock, access };
        for shard in 0..COLLECT_SHARDS {
            let now = at(second);
            let deadline = now + Duration::from_secs(120);
            collecting::collect(&ports, shard, from, now, deadline, Entropy::new([7; 32])).await.unwrap();
        }
    }

    async fn record(&self, number: u32) -> Measured {
        self.analytics.find(&owner(), &post_id(number), &connection()).await.unwrap().unwrap()
    }

    /// The sum of the owner's one day, which must be the sum of its records.
    async fn day(&self) -> Counts {
        let rows = self.analytics.days(&owner(), day_of(at(0)), day_of(at(0))).await.unwrap();
        let mut wanted = Counts::default();
        for number in 1..10 {
            for record in self.analytics.of_post(&owner(), &post_id(number)).await.unwrap() {
                wanted = wanted.plus(&Counts::of(&record));
            }
        }
        let found = rows.iter().fold(Counts::default(), |sum, row| sum.plus(&row.counts));
        assert_eq!(found, wanted);
        found
    }

    fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.meter.asked.lock().unwrap())
    }

    fn failures(&self) -> usize {
        let is_failure = |metric: &&Metric| matches!(metric, Metric::CollectFailed { .. });
        self.metrics.all().iter().filter(is_failure).count()
    }
}

fn owner() -> OwnerId {
    OwnerId("alice".into())
}

fn connection() -> ConnectionId {
    ConnectionId("con_1".into())
}

fn post_id(number: u32) -> PostId {
    PostId(format!("pst_{number}"))
}

fn ended(target: Target, number: u32, status: Status) -> Target {
    let error = TargetError { code: "c".into(), detail: "d".into(), permanent: false };
    match status {
        Status::Published => {
            let part = |id: u32| Published { remote_id: id.to_string(), url: String::new() };
            target.with_part(part(number), at(0) + Duration::from_millis(42)).into_published()
        }
        Status::Failed => target.into_failed(error),
        Status::NeedsAttention => target.into_needs_attention(error),
        Status::Skipped => target.into_skipped(error),
        Status::Canceled => target.into_canceled(),
        Status::Draft | Status::Scheduled | Status::Publishing | Status::Retrying => {
            Target { status, ..target }
        }
    }
}

fn reading(id: u32, likes: u64) -> Reading {
    let engagement = Engagement { likes: Some(likes), ..Engagement::default() };
    Reading { remote_id: id.to_string(), engagement }
}

fn failure(class: FailureClass) -> Told {
    Err(Failure { class, code: "c", detail: "d".into() })
}

#[tokio::test]
async fn the_same_post_counted_again_changes_nothing() {
    let world = World::with_published(1, Vec::new()).await;
    let (writes, day) = (world.analytics.writes(), world.day().await);
    for _ in 0..3 {
        world.count(1, &BOTH).await;
    }
    assert_eq!((world.analytics.writes(), world.day().await), (writes, day));
    assert_eq!((day.published, day.lateness[0]), (1, 1));
}

#[tokio::test]
async fn a_target_counts_for_what_it_is_now() {
    let world = World::new();
    for status in [Status::Scheduled, Status::Publishing, Status::Retrying] {
        world.keep(1, status).await;
        world.count(1, &BOTH).await;
        assert_eq!(world.day().await, Counts::default(), "{status:?} has not ended");
    }
    for status in [Status::Failed, Status::NeedsAttention, Status::Canceled, Status::Published] {
        world.keep(1, status).await;
        world.count(1, &BOTH).await;
    }
    let day = world.day().await;
    assert_eq!((day.published, day.failed, day.needs_attention, day.canceled), (1, 0, 0, 0));
}

#[tokio::test]
async fn an_event_of_a_post_that_is_gone_is_done() {
    let world = World::new();
    world.count(1, &BOTH).await;
    assert_eq!(world.analytics.writes(), 0);
}

#[tokio::test]
async fn numbers_are_collected_in_batches_when_their_time_has_come() {
    let answers = vec![Ok(vec![reading(1, 5), reading(2, 6)]), Ok(vec![reading(3, 7)])];
    let world = World::with_published(3, answers).await;
    world.collect(299, &BOTH).await;
    assert_eq!(world.asked().len(), 0, "it is too early");
    world.collect(301, &BOTH).await;
    assert_eq!(world.asked(), [vec!["1", "2"], vec!["3"]]);
    assert_eq!(world.record(3).await.engagement.unwrap().likes, Some(7));
    assert_eq!((world.day().await.likes, world.day().await.measured), (18, 3));
    let record = world.record(1).await;
    assert_eq!(record.collected_at, Some(at(301)));
    assert_eq!(record.collect_at, Some(at(900) + Duration::from_millis(42)));
    world.collect(302, &BOTH).await;
    assert_eq!(world.asked().len(), 0, "not again before its next time");
}

#[tokio::test]
async fn newer_numbers_replace_older_ones_and_missing_ones_do_not() {
    let answers = vec![Ok(vec![reading(1, 5)]), Ok(vec![reading(1, 4)]), Ok(Vec::new())];
    let world = World::with_published(1, answers).await;
    for (second, likes) in [(301, 5), (901, 4), (3_601, 4)] {
        world.collect(second, &BOTH).await;
        assert_eq!(world.day().await.likes, likes);
    }
    world.count(1, &BOTH).await;
    assert_eq!(world.day().await.likes, 4, "counting again keeps the numbers");
    assert_eq!(world.record(1).await.collected_at, Some(at(901)));
}

#[tokio::test]
async fn after_a_failure_the_rest_of_the_account_waits_too_and_for_as_long_as_the_platform_says() {
    let world = World::with_published(3, vec![failure(FailureClass::RetryAt(at(5_000)))]).await;
    world.collect(301, &BOTH).await;
    assert_eq!((world.asked().len(), world.failures()), (1, 1));
    for number in 1..=3 {
        assert_eq!(world.record(number).await.collect_at, Some(at(5_000)));
    }
    let connection = world.connections.find(&owner(), &connection()).await.unwrap().unwrap();
    assert_eq!(connection.closed_until, None, "publishing goes on");
}

#[tokio::test]
async fn a_token_that_is_refused_is_expired_and_then_the_person_is_asked_and_nobody_collects() {
    let world = World::with_published(1, vec![failure(FailureClass::Reconnect)]).await;
    world.collect(301, &BOTH).await;
    assert_eq!(world.record(1).await.collect_at, Some(at(601)));
    // There is no refresh token: opening finds that only the person can help.
    world.collect(601, &BOTH).await;
    assert_eq!(world.events.all().len(), 1);
    world.collect(3_601, &BOTH).await;
    assert_eq!(world.record(1).await.collect_at, None);
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn without_the_scope_nobody_is_asked_and_it_is_no_failure() {
    let mut world = World::with_published(1, Vec::new()).await;
    world.meter.closed = true;
    world.collect(301, &BOTH).await;
    assert_eq!((world.asked().len(), world.failures()), (0, 0));
    assert_eq!(world.record(1).await.collect_at, Some(at(900) + Duration::from_millis(42)));
}

#[tokio::test]
async fn a_platform_that_is_not_collected_from_costs_nothing() {
    let world = World::new();
    world.connect().await;
    world.keep(1, Status::Published).await;
    world.count(1, &[Platform::LinkedIn]).await;
    assert_eq!(world.record(1).await.collect_at, None);
    let world = World::with_published(1, Vec::new()).await;
    world.collect(301, &[Platform::LinkedIn]).await;
    assert_eq!((world.asked().len(), world.record(1).await.collect_at), (0, None));
}

#[tokio::test]
async fn what_there_is_no_time_for_stays_due() {
    let world = World::with_published(1, Vec::new()).await;
    let access = access::Ports {
        connections: &world.connections,
        vault: &MemoryVault,
        platforms: &world.meter,
        events: &world.events,
        metrics: &world.metrics,
    };
    let (analytics, platforms, clock) = (&world.analytics, &world.meter, &world.clock);
    let ports = collecting::Ports { analytics, platforms, clock, access };
    let before = world.record(1).await;
    for shard in 0..COLLECT_SHARDS {
        let (tick, deadline) = (at(301), at(20));
        collecting::collect(&ports, shard, &BOTH, tick, deadline, Entropy::new([7; 32])).await.unwrap();
    }
    assert_eq!(world.record(1).await, before);
}

/// Whoever looks at the post here sees it as it was, and by the time of the answer it is published and counted.
struct Overtaken<'a>(&'a World);

#[async_trait]
impl Posts for Overtaken<'_> {
    async fn find(&self, owner: &OwnerId, id: &PostId) -> domain::Result<Option<Post>> {
        let seen = self.0.posts.find(owner, id).await?;
        self.0.keep(1, Status::Published).await;
        self.0.count(1, &BOTH).await;
        Ok(seen)
    }
    async fn insert(&self, _: &Post) -> domain::Result<Written> {
        unreachable!("counting only looks")
    }
    async fn list(&self, _: &PostQuery) -> domain::Result<Vec<Post>> {
        unreachable!("counting only looks")
    }
    async fn claim(&self, _: &Claim) -> domain::Result<Written> {
        unreachable!("counting only looks")
    }
    async fn record(&self, _: &Record) -> domain::Result<Written> {
        unreachable!("counting only looks")
    }
    async fn groundwork(&self, _: &Groundwork) -> domain::Result<Written> {
        unreachable!("counting only looks")
    }
    async fn amend(&self, _: &Amendment) -> domain::Result<Written> {
        unreachable!("counting only looks")
    }
    async fn due(&self, _: u8, _: Timestamp, _: Timestamp) -> domain::Result<Vec<DueKey>> {
        unreachable!("counting only looks")
    }
    async fn reschedule(&self, _: &Post, _: Option<Timestamp>) -> domain::Result<()> {
        unreachable!("counting only looks")
    }

    async fn discard(&self, seen: &Post) -> domain::Result<bool> {
        self.0.posts.discard(seen).await
    }
}

#[tokio::test]
async fn an_old_view_of_a_post_does_not_replace_a_newer_one() {
    let world = World::new();
    world.keep(1, Status::Failed).await;
    let ports = counting::Ports { posts: &Overtaken(&world), analytics: &world.analytics };
    let task = CountTask { owner: owner(), post_id: post_id(1) };
    counting::count(&ports, &task, &BOTH, at(1)).await.unwrap();
    let day = world.day().await;
    assert_eq!((day.published, day.failed), (1, 0));
}
