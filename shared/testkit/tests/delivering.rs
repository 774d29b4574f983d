//! One delivery after the other: threads, refusals that are no proof, gates, and when the claim is made.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Tokens};
use domain::event::Event;
use domain::gates::RecentGates;
use domain::id::{ConnectionId, Entropy, LeaseToken, MediaId, OwnerId, PostId};
use domain::media::MediaKind;
use domain::metric::Metric;
use domain::platform::Platform;
use domain::ports::{
    Authorizer, Clock, Connections, Failure, FailureClass, Gates, Look, Meter, Platforms, Posts, Publisher,
    Readiness, Receipt, Vault,
};
use domain::post::{Attachment, Post, PostStatus};
use domain::secret::Secret;
use domain::target::{Lease, OnThreadFailure, Prepared, Published, Retry, Status, Target};
use domain::task::{DeliverTask, PrepareTask};
use domain::text::Part;
use domain::{access, delivering, preparing, waking};
use jiff::{SignedDuration, Timestamp};
use testkit::media::MemoryFiles;
use testkit::memory::{
    MemoryConnections, MemoryEvents, MemoryGates, MemoryMetrics, MemoryPosts, MemoryQueues, MemorySchedules,
    MemoryVault, Message,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + second).unwrap()
}

fn alice() -> OwnerId {
    OwnerId("alice".into())
}

/// What the platform answers to one create request.
type Said = Result<&'static str, FailureClass>;

/// A platform that answers from a script and remembers what it was asked, when.
#[derive(Clone, Default)]
struct Scripted {
    answers: Arc<Mutex<VecDeque<Said>>>,
    /// The ids that are found by whoever looks.
    there: Arc<Mutex<Vec<&'static str>>>,
    asked: Arc<Mutex<Vec<String>>>,
    now: Arc<Mutex<Timestamp>>,
    /// The version that is used because ours has ended.
    newer: Arc<Mutex<Option<String>>>,
}

impl Scripted {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    /// The next line of the script.
    fn said(&self) -> Result<&'static str, Failure> {
        let said = self.answers.lock().unwrap().pop_front().expect("an answer for each request");
        said.map_err(|class| Failure { class, code: "said", detail: "the platform said so".into() })
    }

    fn receipt(&self, id: &str) -> Receipt {
        let published = Published { remote_id: id.into(), url: format!("https://x.com/i/status/{id}") };
        Receipt { published, accepted_at: Some(*self.now.lock().unwrap()) }
    }
}

#[async_trait]
impl Publisher for Scripted {
    async fn warm(&self) {}

    fn can_read_back(&self, _: &Account, _: Part<'_>) -> bool {
        true
    }

    async fn upload(
        &self,
        _: &Account,
        _: &Secret<String>,
        part: Part<'_>,
        _: Duration,
    ) -> Result<Vec<String>, Failure> {
        let links: Vec<&str> = part.sources.iter().map(|source| source.link.expose().as_str()).collect();
        self.note(format!("upload {links:?}"));
        self.said().map(|handle| vec![handle.to_owned()])
    }

    async fn readiness(
        &self,
        _: &Account,
        _: &Secret<String>,
        part: Part<'_>,
        _: Duration,
    ) -> Result<Readiness, Failure> {
        self.note(format!("is {:?} ready", part.handles));
        let said = self.said()?;
        Ok(if said == "ready" { Readiness::Ready } else { Readiness::Waiting })
    }

    async fn delete(
        &self,
        _: &Account,
        _: &Secret<String>,
        published: &Published,
        _: Duration,
    ) -> Result<(), Failure> {
        self.note(format!("delete {}", published.remote_id));
        self.said().map(drop)
    }

    async fn publish(
        &self,
        _: &Account,
        _: &Secret<String>,
        part: Part<'_>,
        _: Duration,
    ) -> Result<Receipt, Failure> {
        self.note(format!("send {:?} to {:?}", part.text, part.reply_to.unwrap_or_default()));
        self.said().map(|id| self.receipt(id))
    }

    async fn look(
        &self,
        _: &Account,
        _: &Secret<String>,
        look: Look<'_>,
        _: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        self.note(format!("look for {:?}", look.part.text));
        Ok(self.there.lock().unwrap().iter().map(|id| self.receipt(id)).collect())
    }
}

impl Platforms for Scripted {
    fn publisher(&self, _: Platform) -> Box<dyn Publisher> {
        Box::new(self.clone())
    }
    fn authorizer(&self, _: Platform) -> Box<dyn Authorizer> {
        unreachable!("no token expires here")
    }
    fn meter(&self, _: Platform) -> Box<dyn Meter> {
        unreachable!("nobody collects here")
    }
    fn newer_version(&self, _: Platform) -> Option<String> {
        self.newer.lock().unwrap().clone()
    }
}

/// A clock that jumps to whatever is waited for.
#[async_trait]
impl Clock for Scripted {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
    async fn until(&self, at: Timestamp) {
        let mut now = self.now.lock().unwrap();
        *now = at.max(*now);
    }
}

struct World {
    posts: MemoryPosts,
    connections: MemoryConnections,
    gates: MemoryGates,
    queues: MemoryQueues,
    schedules: MemorySchedules,
    events: MemoryEvents,
    metrics: MemoryMetrics,
    platform: Scripted,
    files: MemoryFiles,
}

impl World {
    /// A post of these words on X at second 0, two seconds before.
    async fn with(text: &str, answers: impl IntoIterator<Item = Said>) -> Self {
        let world = Self {
            posts: MemoryPosts::default(),
            connections: MemoryConnections::default(),
            gates: MemoryGates::default(),
            queues: MemoryQueues::default(),
            schedules: MemorySchedules::default(),
            events: MemoryEvents::default(),
            metrics: MemoryMetrics::default(),
            platform: Scripted::default(),
            files: MemoryFiles::default(),
        };
        world.is(at(-2));
        world.platform.answers.lock().unwrap().extend(answers);
        let tokens = Tokens { access: Secret::new("a".into()), refresh: None };
        let connection = Connection {
            sealed: MemoryVault.seal(&alice(), &on_x(), &tokens).await.unwrap(),
            owner: alice(),
            id: on_x(),
            platform: Platform::X,
            account: Account {
                id: "1".into(),
                login: Platform::X,
                kind: AccountKind::Person,
                display_name: "Alice".into(),
                handle: None,
                avatar_url: None,
            },
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            token_version: 1,
            expires_at: None,
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: at(-60),
        };
        world.connections.connect(&connection).await.unwrap();
        world.keep(1, text).await;
        world
    }

    async fn keep(&self, number: u32, text: &str) {
        let post = Post {
            text: text.into(),
            publish_at: Some(at(0)),
            targets: vec![Target::scheduled(on_x(), Platform::X, at(0))],
            revision: 1,
            due_at: Some(at(0)),
            ..Post::blank(alice(), id(number), at(-60))
        };
        self.posts.insert(&post).await.unwrap();
    }

    fn is(&self, now: Timestamp) {
        *self.platform.now.lock().unwrap() = now;
    }

    /// Gets this post ready, and answers how its target stands then.
    async fn prepare(&self, number: u32) -> Target {
        let revision = self.post(number).await.revision;
        let task = PrepareTask { owner: alice(), post: id(number), revision, connection: None };
        let now = self.platform.now();
        let seed = u8::try_from(now.as_second().rem_euclid(251)).unwrap();
        let deadline = now + Duration::from_secs(120);
        preparing::prepare(&self.ports(), &task, deadline, Entropy::new([seed; 32])).await.unwrap();
        self.post(number).await.targets[0].clone()
    }

    /// The first post with a picture, `seconds` before its time.
    async fn with_picture(seconds: i64, answers: impl IntoIterator<Item = Said>) -> Self {
        let world = Self::with("one", answers).await;
        let picture = Attachment {
            media_id: MediaId("med_1".into()),
            alt_text: None,
            file_name: "bell.png".into(),
            kind: MediaKind::Png,
            size_bytes: 70,
            pixels: None,
        };
        world.posts.force(&Post { media: vec![picture], ..world.post(1).await });
        world.is(at(-seconds));
        world
    }

    /// Sees this attempt of this post through, and answers how its target stands then.
    async fn deliver(&self, number: u32, attempt: u32) -> Target {
        let task = DeliverTask { owner: alice(), post: id(number), connection: on_x(), revision: 1, attempt };
        let deadline = self.platform.now() + Duration::from_secs(30);
        let seed = u8::try_from(number * 16 + attempt).unwrap();
        delivering::deliver(&self.ports(), &task, deadline, Entropy::new([seed; 32])).await.unwrap();
        self.post(number).await.targets[0].clone()
    }

    fn ports(&self) -> delivering::Ports<'_> {
        delivering::Ports {
            posts: &self.posts,
            queues: &self.queues,
            schedules: &self.schedules,
            gates: &self.gates,
            platforms: &self.platform,
            files: &self.files,
            clock: &self.platform,
            access: access::Ports {
                connections: &self.connections,
                vault: &MemoryVault,
                platforms: &self.platform,
                events: &self.events,
                metrics: &self.metrics,
            },
        }
    }

    async fn post(&self, number: u32) -> Post {
        self.posts.find(&alice(), &id(number)).await.unwrap().unwrap()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.platform.asked.lock().unwrap())
    }

    fn live(target: &Target) -> Vec<&str> {
        target.published.iter().map(|part| part.remote_id.as_str()).collect()
    }
}

fn id(number: u32) -> PostId {
    PostId(format!("pst_{number}"))
}

fn on_x() -> ConnectionId {
    ConnectionId("con_x".into())
}

#[tokio::test]
async fn a_target_is_claimed_a_tenth_of_a_second_before_its_time() {
    let world = World::with("hello", [Ok("1")]).await;
    let target = world.deliver(1, 1).await;
    assert_eq!(target.status, Status::Published);
    assert_eq!(target.attempted_at, Some(at(0) - SignedDuration::from_millis(100)));
    assert_eq!(target.published_at, Some(at(0)));
}

#[tokio::test]
async fn a_thread_goes_out_part_by_part_each_in_reply_to_the_one_before() {
    let world = World::with("one\n---\ntwo\n---\nthree", [Ok("1"), Ok("2"), Ok("3")]).await;
    let target = world.deliver(1, 1).await;
    assert_eq!(world.asked(), [r#"send "one" to """#, r#"send "two" to "1""#, r#"send "three" to "2""#]);
    assert_eq!((target.status, World::live(&target)), (Status::Published, vec!["1", "2", "3"]));
    assert_eq!((target.lease, world.post(1).await.due_at), (None, None));
    assert!(world.queues.take().is_empty(), "one message sees all of it through");
}

#[tokio::test]
async fn a_part_of_unknown_outcome_is_found_before_the_next_one_leaves() {
    let answers = [Ok("1"), Err(FailureClass::Ambiguous), Ok("3")];
    let world = World::with("one\n---\ntwo\n---\nthree", answers).await;
    let unsettled = world.deliver(1, 1).await;
    assert_eq!((unsettled.status, World::live(&unsettled)), (Status::Publishing, vec!["1"]));
    world.is(unsettled.next_at.unwrap());
    world.platform.there.lock().unwrap().push("2");
    world.asked();
    let settled = world.deliver(1, 1).await;
    assert_eq!((settled.status, World::live(&settled)), (Status::Retrying, vec!["1", "2"]));
    let target = world.deliver(1, 2).await;
    assert_eq!(world.asked(), [r#"look for "two""#, r#"send "three" to "2""#]);
    assert_eq!((target.status, World::live(&target)), (Status::Published, vec!["1", "2", "3"]));
}

#[tokio::test]
async fn a_thread_that_ends_in_the_middle_keeps_what_is_live_and_can_go_on() {
    let world = World::with("one\n---\ntwo", [Ok("1"), Err(FailureClass::Content)]).await;
    let target = world.deliver(1, 1).await;
    assert_eq!(
        (target.status, target.retry(), World::live(&target)),
        (Status::Failed, Retry::Safe, vec!["1"])
    );
    assert_eq!(world.post(1).await.status(), PostStatus::PartiallyPublished);
    assert!(target.is_started(), "an edit would say the first part again");
}

#[tokio::test]
async fn a_stopped_thread_sends_no_further_part() {
    let world = World::with("one\n---\ntwo", [Ok("1"), Err(FailureClass::RetrySoon)]).await;
    let mut post = world.post(1).await;
    post.targets[0].stop = true;
    world.posts.force(&post);
    let target = world.deliver(1, 1).await;
    assert_eq!((target.status, World::live(&target)), (Status::Canceled, vec!["1"]));
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn what_was_refused_is_looked_for_before_it_is_sent_again() {
    let world = World::with("hello", [Err(FailureClass::RetrySoon), Ok("2")]).await;
    let refused = world.deliver(1, 1).await;
    assert_eq!(refused.status, Status::Retrying);
    world.is(refused.next_at.unwrap());
    world.platform.there.lock().unwrap().push("1");
    world.asked();
    let target = world.deliver(1, 2).await;
    assert_eq!(world.asked(), [r#"look for "hello""#]);
    assert_eq!((target.status, World::live(&target)), (Status::Published, vec!["1"]));
}

#[tokio::test]
async fn what_was_refused_and_is_not_there_is_sent_again() {
    let world = World::with("hello", [Err(FailureClass::RetrySoon), Ok("2")]).await;
    let refused = world.deliver(1, 1).await;
    world.is(refused.next_at.unwrap());
    let target = world.deliver(1, 2).await;
    assert_eq!((target.status, World::live(&target)), (Status::Published, vec!["2"]));
}

#[tokio::test]
async fn a_repetition_is_refused_at_the_first_attempt_and_a_question_after_a_refusal() {
    let world = World::with("hello", [Err(FailureClass::Duplicate)]).await;
    assert_eq!(world.deliver(1, 1).await.status, Status::Failed);

    let world = World::with("hello", [Err(FailureClass::RetrySoon), Err(FailureClass::Duplicate)]).await;
    let refused = world.deliver(1, 1).await;
    world.is(refused.next_at.unwrap());
    let question = world.deliver(1, 2).await;
    assert_eq!(question.status, Status::Publishing);
    world.is(question.next_at.unwrap());
    world.platform.there.lock().unwrap().push("1");
    assert_eq!(world.deliver(1, 2).await.status, Status::Published);
}

#[tokio::test]
async fn of_two_that_said_the_same_and_are_both_open_the_earlier_one_has_the_evidence() {
    let answers = [Err(FailureClass::Ambiguous), Err(FailureClass::Ambiguous)];
    let world = World::with("hello", answers).await;
    world.keep(2, "hello").await;
    let first = world.deliver(1, 1).await;
    world.is(at(-2));
    let second = world.deliver(2, 1).await;
    world.platform.there.lock().unwrap().push("7");
    world.is(second.next_at.max(first.next_at).unwrap());
    assert_eq!(world.deliver(2, 1).await.status, Status::Publishing, "it is the first one's to take");
    assert_eq!(World::live(&world.deliver(1, 1).await), ["7"]);
    world.is(at(600));
    assert!(World::live(&world.deliver(2, 1).await).is_empty());
}

#[tokio::test]
async fn what_only_an_operator_can_mend_closes_the_platform_for_everybody() {
    let world = World::with("hello", [Err(FailureClass::Operator), Ok("2"), Ok("1")]).await;
    world.keep(2, "another").await;
    let refused = world.deliver(1, 1).await;
    assert_eq!((refused.status, world.asked().len()), (Status::Retrying, 1));
    assert_eq!(world.metrics.all(), [Metric::GateClosed { platform: Platform::X }]);
    let until = world.gates.closed_until(Platform::X, at(0)).await.unwrap().unwrap();

    let waiting = world.deliver(2, 1).await;
    assert_eq!((waiting.status, world.asked().len()), (Status::Retrying, 0));
    assert_eq!(waiting.error.unwrap().code, "platform_closed");
    let next_at = waiting.next_at.unwrap();
    assert!(next_at >= until && next_at <= until + Duration::from_secs(30), "{next_at}");
    world.is(next_at);
    assert_eq!(world.deliver(2, 2).await.status, Status::Published);
    world.is(refused.next_at.unwrap());
    assert_eq!(world.deliver(1, 2).await.status, Status::Published);
}

#[tokio::test]
async fn a_worker_asks_for_a_gate_every_five_seconds_at_most() {
    let gates = RecentGates::new(Counted::default());
    let asked = async |second| gates.closed_until(Platform::X, at(second)).await.unwrap();
    assert_eq!((asked(0).await, asked(4).await), (None, None));
    assert_eq!(gates.as_ref().reads.load(Ordering::Relaxed), 1);
    gates.as_ref().gates.close(Platform::X, at(900)).await.unwrap();
    assert_eq!((asked(4).await, asked(5).await), (None, Some(at(900))), "another worker closed it");
    assert_eq!(gates.as_ref().reads.load(Ordering::Relaxed), 2);
    gates.close(Platform::X, at(1_800)).await.unwrap();
    assert_eq!(asked(6).await, Some(at(1_800)), "this worker closed it");
}

/// Gates that count how often they are read.
#[derive(Default)]
struct Counted {
    gates: MemoryGates,
    reads: AtomicU32,
}

#[async_trait]
impl Gates for Counted {
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> domain::Result<Option<Timestamp>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.gates.closed_until(platform, now).await
    }

    async fn close(&self, platform: Platform, until: Timestamp) -> domain::Result<()> {
        self.gates.close(platform, until).await
    }
}

#[tokio::test]
async fn after_a_persons_change_what_waits_to_be_tried_again_has_its_message_anew() {
    let world = World::with("hello", [Err(FailureClass::RetrySoon)]).await;
    world.deliver(1, 1).await;
    let before = world.post(1).await;
    let (now, next_at) = (world.platform.now(), before.targets[0].next_at.unwrap());
    let post = Post { revision: 2, ..before.clone() };
    world.queues.take();
    waking::wake_again(&world.queues, &world.schedules, &world.metrics, &before, &post, now).await;
    let sent = world.queues.take();
    let [(Message::Deliver(task), delay)] = &sent[..] else { panic!("one message: {sent:?}") };
    assert_eq!((task.revision, task.attempt), (2, 2));
    assert!(now + *delay >= next_at && now + *delay < next_at + Duration::from_secs(1), "{delay:?}");
}

#[tokio::test]
async fn what_a_platform_put_off_says_nothing_of_how_punctual_we_are() {
    let world = World::with("hello", [Err(FailureClass::RetrySoon), Ok("1")]).await;
    let refused = world.deliver(1, 1).await;
    world.is(refused.next_at.unwrap());
    world.deliver(1, 2).await;
    let is_lateness = |metric: &Metric| matches!(metric, Metric::Lateness { .. });
    assert!(!world.metrics.all().iter().any(is_lateness));

    let world = World::with("hello", [Ok("1")]).await;
    world.deliver(1, 1).await;
    assert_eq!(world.metrics.all(), [Metric::Lateness { platform: Platform::X, ms: 0 }]);
}

#[tokio::test]
async fn a_delivery_that_comes_early_goes_back_until_just_before_its_time() {
    let world = World::with("hello", []).await;
    world.is(at(-60));
    assert_eq!(world.deliver(1, 1).await.status, Status::Scheduled);
    let sent = world.queues.take();
    let [(Message::Deliver(_), delay)] = &sent[..] else { panic!("it goes back: {sent:?}") };
    assert_eq!(*delay, Duration::from_secs(58));
}

#[tokio::test]
async fn the_operator_hears_of_a_version_that_has_ended_and_the_post_goes_out() {
    let world = World::with("one", [Ok("1")]).await;
    *world.platform.newer.lock().unwrap() = Some("202609".into());
    assert_eq!(world.deliver(1, 1).await.status, Status::Published);
    assert!(world.metrics.all().contains(&Metric::VersionSunset { platform: Platform::X }));
    let sunset = Event::PlatformVersionSunset { platform: Platform::X, version: "202609".into() };
    assert!(world.events.all().contains(&sunset), "{:?}", world.events.all());
}

/// The messages that were sent on, and nothing of those sent before.
fn sent(world: &World) -> Vec<&'static str> {
    let sent = world.queues.take().into_iter().map(|(message, _)| match message {
        Message::Prepare(_) => "prepare",
        Message::Deliver(_) => "deliver",
    });
    sent.collect()
}

#[tokio::test]
async fn what_a_post_shows_is_uploaded_once_awaited_and_then_sent_on_its_way() {
    let world = World::with_picture(60, [Ok("h1"), Ok("not yet"), Ok("ready")]).await;
    let target = world.prepare(1).await;
    let prepared = target.prepared.unwrap();
    assert_eq!(
        (target.status, prepared.handles, prepared.is_ready),
        (Status::Scheduled, vec!["h1".into()], true)
    );
    assert_eq!(prepared.lease, None);
    let link = "upload [\"memory:med_1?original&1796111940\"]".to_owned();
    let ready = "is [\"h1\"] ready".to_owned();
    assert_eq!(world.asked(), [link, ready.clone(), ready]);
    assert_eq!(sent(&world), ["deliver"]);
    world.prepare(1).await;
    assert!(world.asked().is_empty(), "it is there already");
}

#[tokio::test]
async fn while_one_prepares_another_does_not() {
    let world = World::with_picture(60, []).await;
    let mut post = world.post(1).await;
    let lease = Lease { token: LeaseToken("another".into()), until: at(-30) };
    post.targets[0].prepared = Some(Prepared { lease: Some(lease), ..Prepared::default() });
    world.posts.force(&post);
    world.prepare(1).await;
    assert_eq!((world.asked().len(), sent(&world).len()), (0, 0));
    world.is(at(-30));
    world.platform.answers.lock().unwrap().extend([Ok("h1"), Ok("ready")]);
    assert!(world.prepare(1).await.prepared.unwrap().is_ready, "its holder is dead by now");
}

#[tokio::test]
async fn an_upload_that_fails_before_its_time_is_tried_again_quietly_and_after_it_visibly() {
    let world = World::with_picture(60, [Err(FailureClass::Ambiguous), Err(FailureClass::RetrySoon)]).await;
    let early = world.prepare(1).await;
    assert_eq!((early.status, early.error, early.next_at), (Status::Scheduled, None, Some(at(0))));
    assert_eq!((early.prepared.unwrap().tries, sent(&world)), (1, vec!["prepare"]));
    world.is(at(1));
    let late = world.prepare(1).await;
    assert_eq!((late.status, late.attempts), (Status::Retrying, 0));
    assert!(late.error.is_some() && late.next_at > Some(at(1)));
    assert_eq!(sent(&world), ["prepare"]);
}

#[tokio::test]
async fn what_can_never_be_shown_ends_before_its_time() {
    let world = World::with_picture(600, [Ok("h1"), Err(FailureClass::Content)]).await;
    let target = world.prepare(1).await;
    assert_eq!((target.status, target.retry()), (Status::Failed, Retry::Safe));
    assert_eq!(world.post(1).await.due_at, None);
    assert!(sent(&world).is_empty());
}

#[tokio::test]
async fn a_delivery_that_finds_nothing_prepared_claims_nothing() {
    let world = World::with_picture(2, []).await;
    let target = world.deliver(1, 1).await;
    assert_eq!((target.status, target.attempts), (Status::Scheduled, 0));
    assert_eq!(sent(&world), ["prepare"]);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn what_the_platform_has_forgotten_is_made_again() {
    let world = World::with_picture(60, [Ok("h1"), Ok("ready"), Err(FailureClass::Unprepared)]).await;
    world.prepare(1).await;
    world.is(at(-2));
    let target = world.deliver(1, 1).await;
    assert_eq!((target.status, target.prepared), (Status::Retrying, None));
    world.is(at(60));
    world.platform.answers.lock().unwrap().extend([Ok("h2"), Ok("ready"), Ok("9")]);
    world.prepare(1).await;
    let target = world.deliver(1, 2).await;
    assert_eq!((target.status, World::live(&target)), (Status::Published, vec!["9"]));
}

#[tokio::test]
async fn a_thread_that_cannot_go_on_is_taken_down_from_its_end_if_its_person_wants_that() {
    let answers =
        [Ok("1"), Ok("2"), Err(FailureClass::Content), Ok(""), Err(FailureClass::Ambiguous), Ok("")];
    let world = World::with("one\n---\ntwo\n---\nthree", answers).await;
    let mut post = world.post(1).await;
    post.targets[0].options.on_thread_failure = Some(OnThreadFailure::Rollback);
    world.posts.force(&post);
    let target = world.deliver(1, 1).await;
    assert_eq!((target.status, World::live(&target)), (Status::Retrying, vec!["1", "2"]));
    let target = world.deliver(1, 2).await;
    assert_eq!((target.status, World::live(&target)), (Status::Retrying, vec!["1"]));
    assert_eq!(world.asked().split_off(3), ["delete 2", "delete 1"]);
    world.is(at(60));
    let target = world.deliver(1, 3).await;
    assert_eq!((target.status, World::live(&target)), (Status::Failed, vec![]));
    assert!(target.error.unwrap().detail.contains("were taken down"));
    assert_eq!(world.asked(), ["delete 1"]);
}
