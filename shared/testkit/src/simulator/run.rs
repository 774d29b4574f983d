//! One run: what happens next, and the workers to whom it happens.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::platform::Platform;
use domain::ports::{DUE_SHARDS, Queues, Schedules};
use domain::{Result, access, burying, delivering, preparing, watching};
use jiff::Timestamp;

use super::people::{self, Deed, Memories};
use super::platform::{Handle, SimulatedPlatforms};
use super::ports::{Far, FarQueues, VirtualClock};
use super::verdict::{self, Report};
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
    /// A person does something.
    Person(Deed),
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

/// Everything that use cases touch in a run, and what its people remember.
pub(crate) struct Ports {
    pub(crate) world: Arc<World<Act>>,
    pub(crate) posts: Far<MemoryPosts>,
    pub(crate) connections: Far<MemoryConnections>,
    pub(crate) vault: Far<MemoryVault>,
    pub(crate) schedules: Far<MemorySchedules>,
    pub(crate) events: Far<MemoryEvents>,
    pub(crate) queues: FarQueues,
    clock: VirtualClock,
    pub(crate) metrics: MemoryMetrics,
    pub(crate) platforms: Handle,
    pub(crate) memories: Mutex<Memories>,
}

impl Ports {
    /// Lets a person do this at this moment.
    pub(crate) fn plan(&self, at: Timestamp, deed: Deed) {
        self.memories().planned += 1;
        self.world.at(at, Happening::Of(Act::Person(deed)));
    }

    /// What people remember.
    pub(crate) fn memories(&self) -> MutexGuard<'_, Memories> {
        self.memories.lock().expect("no holder of this lock panics")
    }

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

pub(crate) type Job = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

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
        memories: Mutex::default(),
        world: Arc::clone(&world),
    });
    for person in 0..people {
        for platform in Platform::ALL {
            people::connect(&ports, person, platform);
        }
        for number in 0..posts {
            let at = start + Duration::from_millis(world.number(0, 600_000));
            ports.plan(at, Deed::Schedule { person, number });
        }
        if world.chance(0.3) {
            let at = start + Duration::from_millis(world.number(0, 9_000_000));
            let platform = Platform::ALL[world.number(0, 1) as usize];
            ports.plan(at, Deed::Disconnect { person, platform });
        }
    }
    world.at(start, Happening::Of(Act::Minute));
    let mut run = Run { ports, tasks: BTreeMap::new(), sequence: 0, end: start + HORIZON };
    run.come_to_rest();
    verdict::report(&run.ports)
}

struct Run {
    ports: Arc<Ports>,
    tasks: BTreeMap<u64, Task>,
    sequence: u64,
    end: Timestamp,
}

impl Run {
    /// Lets everything happen until every post has ended.
    fn come_to_rest(&mut self) {
        let world = Arc::clone(&self.ports.world);
        while let Some(happening) = world.next() {
            match happening {
                Happening::Resume(task) => self.resume(task),
                Happening::Of(Act::Minute) => {
                    let is_done = self.tasks.is_empty() && self.is_at_rest();
                    if is_done || world.now() > self.end {
                        return;
                    }
                    self.minute();
                }
                Happening::Of(Act::Person(deed)) => {
                    self.ports.memories().planned -= 1;
                    let job = people::act(&self.ports, deed);
                    self.start(job, None);
                }
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
        let nothing_is_planned = self.ports.memories().planned == 0;
        let posts = self.ports.posts.near.all();
        nothing_is_planned && posts.iter().all(|post| post.is_final() && post.due_at.is_none())
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
}
