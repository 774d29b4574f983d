//! One run: people, workers, and the promises checked at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::connection::{Account, AccountKind, Connection, ConnectionStatus};
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::input::Field;
use domain::metric::Metric;
use domain::platform::Platform;
use domain::ports::{Connections, DUE_SHARDS, Queues, Schedules, Vault};
use domain::target::Status;
use domain::{Error, Result, access, burying, canceling, delivering, preparing, scheduling, watching};
use jiff::Timestamp;

use super::platform::{Handle, SimulatedPlatforms};
use super::ports::{Far, FarQueues, VirtualClock};
use super::world::{Faults, Happening, World};
use crate::memory::{
    MemoryConnections, MemoryEvents, MemoryMetrics, MemoryPosts, MemorySchedules, MemoryVault, Message,
};

/// Lambda ends an invocation after this long.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

/// A message that was not deleted comes again after this long.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(60);

/// A message that comes more often than this is a dead letter.
const MAX_RECEIVES: u32 = 10;

/// A run that has not come to rest after three days never will.
const HORIZON: Duration = Duration::from_secs(3 * 24 * 3600);

/// What may happen in a run, beside tasks that go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// A person schedules a post.
    Schedule { person: u64, number: u64 },
    /// A person cancels one of their posts.
    Cancel { owner: String, post: String },
    /// A worker receives a message.
    Receive { message: Letter, receives: u32 },
    /// The rule wakes the watch; schedules that are due ring.
    Minute,
    /// Lambda ends a task that is still running.
    TimeOut(u64),
}

/// A message as it lies in a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Letter {
    Prepare(String),
    Deliver(String),
    Dead(String),
}

impl From<Message> for Letter {
    fn from(message: Message) -> Self {
        let text = |value: serde_json::Result<String>| value.expect("our own types serialise");
        match message {
            Message::Prepare(task) => Letter::Prepare(text(serde_json::to_string(&task))),
            Message::Deliver(task) => Letter::Deliver(text(serde_json::to_string(&task))),
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every promise that was broken, in words; empty when all was well.
    pub broken: Vec<String>,
    /// How many targets ended how.
    pub ended: BTreeMap<&'static str, u32>,
    /// The lateness of each published target, milliseconds.
    pub lateness_ms: Vec<i64>,
    /// Outcomes that evidence settled.
    pub settled: u32,
}

struct Ports {
    world: Arc<World<Act>>,
    posts: Far<MemoryPosts>,
    connections: Far<MemoryConnections>,
    vault: Far<MemoryVault>,
    schedules: Far<MemorySchedules>,
    events: Far<MemoryEvents>,
    queues: FarQueues,
    clock: VirtualClock,
    metrics: MemoryMetrics,
    platforms: Handle,
    canceled: Mutex<BTreeMap<(PostId, ConnectionId), Timestamp>>,
}

impl Ports {
    fn access(&self) -> access::Ports<'_> {
        access::Ports {
            connections: &self.connections,
            vault: &self.vault,
            platforms: &self.platforms,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}

type Job = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

struct Task {
    job: Job,
    message: Option<(Letter, u32)>,
}

/// Runs the pipeline for `people` persons with `posts` posts each, from one seed.
pub fn simulate(seed: u64, people: u64, posts: u64, faults: Faults) -> Report {
    let start = Timestamp::from_second(1_800_000_000).expect("a time");
    let world = Arc::new(World::new(seed, start, faults));
    let platforms = Arc::new(SimulatedPlatforms::new(Arc::clone(&world)));
    let ports = Arc::new(Ports {
        posts: Far::new(&world, &Arc::default()),
        connections: Far::new(&world, &Arc::default()),
        vault: Far::new(&world, &Arc::default()),
        schedules: Far::new(&world, &Arc::default()),
        events: Far::new(&world, &Arc::default()),
        queues: FarQueues(Arc::clone(&world)),
        clock: VirtualClock(Arc::clone(&world)),
        metrics: MemoryMetrics::default(),
        platforms: Handle(Arc::clone(&platforms)),
        canceled: Mutex::default(),
        world: Arc::clone(&world),
    });
    for person in 0..people {
        connect(&ports, &platforms, person);
        for number in 0..posts {
            let at = start + Duration::from_millis(world.number(0, 600_000));
            world.at(at, Happening::Of(Act::Schedule { person, number }));
        }
    }
    world.at(start, Happening::Of(Act::Minute));
    let mut run = Run { ports, tasks: BTreeMap::new(), sequence: 0, end: start + HORIZON };
    run.come_to_rest(people * posts);
    run.report(&platforms)
}

fn owner(person: u64) -> OwnerId {
    OwnerId(format!("person-{person}"))
}

fn account(person: u64, platform: Platform) -> String {
    format!("{}-{person}", platform.name())
}

/// Connects a person's two accounts before the run begins, on the near side, where nothing fails.
fn connect(ports: &Ports, platforms: &SimulatedPlatforms, person: u64) {
    let owner = owner(person);
    for platform in Platform::ALL {
        let account_id = account(person, platform);
        let grant = platforms.grant(&account_id);
        let id = ConnectionId::of(&owner, platform.name(), &account_id);
        let sealed = ready(ports.vault.near.seal(&owner, &id, &grant.tokens)).expect("memory");
        let account = Account {
            id: account_id,
            kind: AccountKind::Person,
            display_name: "A person".into(),
            handle: None,
            avatar_url: None,
        };
        let connection = Connection {
            owner: owner.clone(),
            id,
            platform,
            account,
            status: ConnectionStatus::Active,
            scopes: grant.scopes,
            sealed,
            token_version: 1,
            expires_at: grant.expires_at,
            closed_until: None,
            refresh_lease: None,
            created_at: ports.world.now(),
        };
        ready(ports.connections.near.connect(&connection)).expect("memory");
    }
}

/// The value of a future that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("memory ports answer at once"),
    }
}

struct Run {
    ports: Arc<Ports>,
    tasks: BTreeMap<u64, Task>,
    sequence: u64,
    end: Timestamp,
}

impl Run {
    /// Lets everything happen until every post has ended.
    fn come_to_rest(&mut self, wanted: u64) {
        let world = Arc::clone(&self.ports.world);
        let mut asked = 0;
        while let Some(happening) = world.next() {
            match happening {
                Happening::Resume(task) => self.resume(task),
                Happening::Of(Act::Minute) => {
                    let is_done = asked == wanted && self.tasks.is_empty() && self.is_at_rest();
                    if is_done || world.now() > self.end {
                        return;
                    }
                    self.minute();
                }
                Happening::Of(Act::Schedule { person, number }) => {
                    asked += 1;
                    self.schedule(person, number);
                }
                Happening::Of(Act::Cancel { owner, post }) => self.cancel(owner, post),
                Happening::Of(Act::Receive { message, receives }) => self.receive(message, receives),
                Happening::Of(Act::TimeOut(task)) => {
                    if let Some(task) = self.tasks.remove(&task) {
                        self.ended(task.message, false);
                    }
                }
            }
        }
    }

    fn is_at_rest(&self) -> bool {
        self.ports.posts.near.all().iter().all(|post| post.is_final() && post.due_at.is_none())
    }

    fn start(&mut self, job: Job, message: Option<(Letter, u32)>) {
        self.sequence += 1;
        let id = self.sequence;
        let world = &self.ports.world;
        world.at(world.now() + FUNCTION_TIMEOUT, Happening::Of(Act::TimeOut(id)));
        self.tasks.insert(id, Task { job, message });
        self.resume(id);
    }

    fn resume(&mut self, id: u64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        self.ports.world.enter(id);
        let outcome = task.job.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let is_done = match outcome {
            Poll::Ready(result) => Some(result.is_ok()),
            Poll::Pending if self.ports.world.crashed() => Some(false),
            Poll::Pending => None,
        };
        if let Some(is_ok) = is_done
            && let Some(task) = self.tasks.remove(&id)
        {
            self.ended(task.message, is_ok);
        }
    }

    /// What a queue does when a worker is done with a message, or dead.
    fn ended(&self, message: Option<(Letter, u32)>, is_ok: bool) {
        let Some((letter, receives)) = message.filter(|_| !is_ok) else { return };
        let world = &self.ports.world;
        let act = match letter {
            Letter::Prepare(body) | Letter::Deliver(body) if receives >= MAX_RECEIVES => {
                Act::Receive { message: Letter::Dead(body), receives: 1 }
            }
            letter => Act::Receive { message: letter, receives: receives + 1 },
        };
        world.at(world.now() + VISIBILITY_TIMEOUT, Happening::Of(act));
    }

    fn receive(&mut self, letter: Letter, receives: u32) {
        let ports = Arc::clone(&self.ports);
        let entropy = ports.world.entropy();
        let now = ports.world.now();
        let job: Job = match letter.clone() {
            Letter::Prepare(body) => Box::pin(async move {
                let task = serde_json::from_str(&body).expect("our own message");
                let near =
                    preparing::Ports { posts: &ports.posts, queues: &ports.queues, access: ports.access() };
                preparing::prepare(&near, &task, now, entropy).await
            }),
            Letter::Deliver(body) => Box::pin(async move {
                let task = serde_json::from_str(&body).expect("our own message");
                let near = delivering::Ports {
                    posts: &ports.posts,
                    queues: &ports.queues,
                    schedules: &ports.schedules,
                    platforms: &ports.platforms,
                    clock: &ports.clock,
                    access: ports.access(),
                };
                delivering::deliver(&near, &task, now + FUNCTION_TIMEOUT, entropy).await
            }),
            Letter::Dead(body) => Box::pin(async move {
                let near = burying::Ports {
                    posts: &ports.posts,
                    queues: &ports.queues,
                    events: &ports.events,
                    metrics: &ports.metrics,
                };
                burying::bury(&near, &body, now, entropy).await
            }),
        };
        self.start(job, Some((letter, receives)));
    }

    fn schedule(&mut self, person: u64, number: u64) {
        let ports = Arc::clone(&self.ports);
        let world = &ports.world;
        let owner = owner(person);
        let ahead =
            if world.chance(0.5) { world.number(11_000, 600_000) } else { world.number(600_000, 9_000_000) };
        let publish_at = world.now() + Duration::from_millis(ahead);
        let targets: Vec<_> = Platform::ALL
            .into_iter()
            .filter(|platform| number % 3 != *platform as u64)
            .map(|platform| {
                let id = ConnectionId::of(&owner, platform.name(), &account(person, platform));
                serde_json::json!({"connectionId": id})
            })
            .collect();
        let ask = serde_json::json!({
            "text": format!("post {number} of {person}"),
            "publishAt": publish_at,
            "targets": targets,
        });
        let cancel_at =
            world.chance(0.2).then(|| world.now() + Duration::from_millis(world.number(0, ahead + 60_000)));
        let entropy = world.entropy();
        let now = world.now();
        let job = Box::pin(async move {
            let near = scheduling::Ports {
                posts: &ports.posts,
                connections: &ports.connections,
                queues: &ports.queues,
                schedules: &ports.schedules,
                metrics: &ports.metrics,
            };
            let ask: Field<_> = serde_json::from_value(ask).expect("any value is a field");
            let post = scheduling::schedule(&near, &owner, ask, now, entropy).await?;
            if let Some(at) = cancel_at {
                ports.world.at(at, Happening::Of(Act::Cancel { owner: owner.0, post: post.id.0 }));
            }
            Ok(())
        });
        self.start(job, None);
    }

    fn cancel(&mut self, owner: String, post: String) {
        let ports = Arc::clone(&self.ports);
        let job = Box::pin(async move {
            let (owner, id) = (OwnerId(owner), PostId(post));
            let now = ports.world.now();
            let post = match canceling::cancel(&ports.posts, &ports.schedules, &owner, &id, now).await {
                Err(Error::NothingToCancel) => return Ok(()),
                other => other?,
            };
            let mut canceled = ports.canceled.lock().expect("no holder of this lock panics");
            for target in post.targets.iter().filter(|target| target.status != Status::Published) {
                canceled.insert((id.clone(), target.connection_id.clone()), ports.world.now());
            }
            Ok(())
        });
        self.start(job, None);
    }

    fn minute(&mut self) {
        let world = Arc::clone(&self.ports.world);
        let tick = world.now();
        world.at(tick + Duration::from_secs(60), Happening::Of(Act::Minute));
        for wake in self.ports.schedules.near.ring(tick) {
            let rings = match () {
                () if world.chance(world.faults.lose_schedule) => 0,
                () if world.chance(world.faults.double_message) => 2,
                () => 1,
            };
            for _ in 0..rings {
                let message = Message::Prepare(wake.task.clone()).into();
                let at = tick + Duration::from_millis(world.number(0, 59_000));
                world.at(at, Happening::Of(Act::Receive { message, receives: 1 }));
            }
        }
        for shard in 0..DUE_SHARDS {
            let ports = Arc::clone(&self.ports);
            let job = Box::pin(async move {
                let queues: &dyn Queues = &ports.queues;
                let schedules: &dyn Schedules = &ports.schedules;
                let near =
                    watching::Ports { posts: &ports.posts, queues, schedules, metrics: &ports.metrics };
                watching::watch(&near, shard, tick).await
            });
            self.start(job, None);
        }
    }

    /// Checks every promise against what the platforms hold.
    fn report(&self, platforms: &SimulatedPlatforms) -> Report {
        let mut report = Report::default();
        let mut promises = Vec::new();
        let mut broken = |what: String| promises.push(what);
        let remotes = platforms.remotes();
        let requests = platforms.requests();
        let canceled = self.ports.canceled.lock().expect("no holder of this lock panics");
        let mut taken = BTreeSet::new();
        for post in self.ports.posts.near.all() {
            let person: u64 =
                post.owner.0.trim_start_matches("person-").parse().expect("a person of this run");
            for target in &post.targets {
                let name = format!("{} on {} ({:?})", post.text, target.platform.title(), target.status);
                let account = account(person, target.platform);
                let live: Vec<_> = remotes
                    .iter()
                    .filter(|remote| remote.account == account && remote.text == post.text)
                    .collect();
                if live.len() > 1 {
                    broken(format!("published {} times: {name}", live.len()));
                }
                if live.iter().any(|remote| remote.at < post.publish_at) {
                    broken(format!("published before its time: {name}"));
                }
                if !target.status.is_final() {
                    broken(format!("lost: {name}, next action at {:?}", target.next_at));
                }
                match target.status {
                    Status::Published => {
                        let is_ours = |id: &str| live.iter().any(|remote| remote.id == id);
                        if !target.published.iter().all(|published| is_ours(&published.remote_id)) {
                            broken(format!("called published but is not live: {name}"));
                        }
                        if !target.published.iter().all(|published| taken.insert(published.remote_id.clone()))
                        {
                            broken(format!("stands for what another target published: {name}"));
                        }
                    }
                    Status::Failed | Status::Canceled | Status::Scheduled | Status::Retrying => {
                        if !live.is_empty() {
                            broken(format!("live but not called so: {name}"));
                        }
                    }
                    Status::NeedsAttention | Status::Publishing => {}
                }
                let needs_reason = matches!(target.status, Status::Failed | Status::NeedsAttention);
                if needs_reason && target.error.is_none() {
                    broken(format!("ended without a reason: {name}"));
                }
                if let Some(at) = canceled.get(&(post.id.clone(), target.connection_id.clone())) {
                    let was_sent_after = |(to, text, sent): &&(String, String, Timestamp)| {
                        *to == account && *text == post.text && sent > at
                    };
                    let in_flight = target.attempted_at.is_some_and(|attempted| attempted <= *at);
                    if !in_flight && requests.iter().any(|request| was_sent_after(&request)) {
                        broken(format!("sent after it was canceled: {name}"));
                    }
                }
                *report.ended.entry(target.status.name()).or_default() += 1;
                if let Some(at) = target.published_at {
                    report.lateness_ms.push(at.as_millisecond() - post.publish_at.as_millisecond());
                }
            }
            if post.due_at.is_some() {
                broken(format!("still in the index of due posts: {}", post.text));
            }
        }
        report.broken = promises;
        let is_settled = |metric: &&Metric| matches!(metric, Metric::AmbiguousSettled { .. });
        report.settled = self.ports.metrics.all().iter().filter(is_settled).count() as u32;
        report
    }
}
