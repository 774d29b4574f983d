//! One run: what happens next, and the workers to whom it happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::platform::Platform;
use domain::ports::{Queues, Schedules};
use domain::{access, attaching, burying, delivering, keeping, preparing, watching};
use jiff::Timestamp;

use super::faults::Faults;
use super::faulty::Bug;
use super::people::{self, Deed, Memories};
use super::platform::{Handle, SimulatedPlatforms, Troubled};
use super::ports::{Far, FarQueues, KeptConnections, KeptPosts, VirtualClock, Warm};
use super::verdict::{self, Report};
use super::world::{Happening, Job, World};
use crate::media::{MemoryFiles, MemoryShelf};
use crate::memory::{MemoryEvents, MemoryMetrics, MemorySchedules, Message};

/// Lambda ends an invocation after this long.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

/// An invocation that uploads has more time.
const PREPARING_TIMEOUT: Duration = Duration::from_secs(120);

/// A message that was not deleted comes again after this long.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(60);

/// A message that comes more often than this is a dead letter.
const MAX_RECEIVES: u32 = 10;

/// The watch looks no further ahead than this.
const WATCHED_AHEAD: Duration = Duration::from_secs(20 * 60);

/// Connections are kept so often, in seconds: more often than in earnest, so that it meets those that use them.
const KEEPING_SECONDS: i64 = 600;

/// A run that has not come to rest after three days never will.
const HORIZON: Duration = Duration::from_secs(3 * 24 * 3600);

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// How many people there are.
    pub people: u64,
    /// How many posts each of them schedules.
    pub posts: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// A mistake in what we stand on.
    pub bug: Option<Bug>,
    /// The first person's account on X answers after half a minute, and the second's is closed for sending too much.
    pub is_troubled: bool,
    /// Whether the run's story is told, line by line.
    pub is_told: bool,
}

impl Setting {
    /// Two people with six posts each, while everything fails that can.
    pub const HARSH: Self =
        Self { people: 2, posts: 6, faults: Faults::HARSH, bug: None, is_troubled: false, is_told: false };
}

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
    /// Something has its effect that nobody waits for any more.
    Later(u64),
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
    pub(crate) posts: Far<KeptPosts>,
    pub(crate) connections: Far<KeptConnections>,
    pub(crate) warm: Warm,
    pub(crate) schedules: Far<MemorySchedules>,
    pub(crate) events: Far<MemoryEvents>,
    pub(crate) queues: FarQueues,
    clock: VirtualClock,
    pub(crate) metrics: MemoryMetrics,
    pub(crate) platforms: Handle,
    pub(crate) shelf: MemoryShelf,
    pub(crate) files: MemoryFiles,
    pub(crate) memories: Mutex<Memories>,
}

impl Ports {
    fn new(world: &Arc<World<Act>>, setting: &Setting) -> Self {
        let troubled = match setting.is_troubled {
            true => Troubled {
                slow: Some(people::account(0, Platform::X)),
                limited: Some(people::account(1, Platform::X)),
            },
            false => Troubled::default(),
        };
        let platforms = SimulatedPlatforms::new(Arc::clone(world), troubled, setting.bug);
        Self {
            posts: Far::new(world, KeptPosts::new(world, setting.bug)),
            connections: Far::new(world, KeptConnections::new(setting.bug)),
            warm: Warm::new(world),
            schedules: Far::new(world, MemorySchedules::default()),
            events: Far::new(world, MemoryEvents::default()),
            queues: FarQueues(Arc::clone(world)),
            clock: VirtualClock(Arc::clone(world)),
            metrics: MemoryMetrics::default(),
            platforms: Handle(Arc::new(platforms)),
            shelf: MemoryShelf::default(),
            files: MemoryFiles::default(),
            memories: Mutex::default(),
            world: Arc::clone(world),
        }
    }

    /// Lets a person do this at this moment.
    pub(crate) fn plan(&self, at: Timestamp, deed: Deed) {
        self.memories().planned += 1;
        self.world.at(at, Happening::Of(Act::Person(deed)));
    }

    /// What people remember.
    pub(crate) fn memories(&self) -> MutexGuard<'_, Memories> {
        self.memories.lock().expect("no holder of this lock panics")
    }

    pub(crate) fn media(&self) -> attaching::Ports<'_> {
        attaching::Ports { shelf: &self.shelf, files: &self.files }
    }

    fn delivering(&self) -> delivering::Ports<'_> {
        delivering::Ports {
            posts: &self.posts,
            queues: &self.queues,
            schedules: &self.schedules,
            gates: &self.warm,
            platforms: &self.platforms,
            files: &self.files,
            clock: &self.clock,
            access: self.access(),
        }
    }

    fn access(&self) -> access::Ports<'_> {
        access::Ports {
            connections: &self.connections,
            vault: &self.warm,
            platforms: &self.platforms,
            events: &self.events,
            metrics: &self.metrics,
        }
    }
}

struct Task {
    job: Job,
    message: Option<(Letter, u32)>,
}

/// Runs the pipeline from one seed.
pub fn simulate(seed: u64, setting: &Setting) -> Report {
    let start = Timestamp::from_second(1_800_000_000).expect("a time");
    let world = Arc::new(World::new(seed, start, setting.faults, setting.is_told));
    let ports = Arc::new(Ports::new(&world, setting));
    for person in 0..setting.people {
        people::upload(&ports, person);
        for platform in Platform::ALL {
            people::connect(&ports, person, platform);
        }
        for number in 0..setting.posts {
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
    let mut run = Run {
        ports,
        tasks: BTreeMap::new(),
        later: BTreeMap::new(),
        begun: BTreeMap::new(),
        sequence: 0,
        end: start + HORIZON,
        acknowledges_early: setting.bug == Some(Bug::AcknowledgeBeforeRecord),
    };
    run.come_to_rest();
    verdict::report(&run.ports)
}

struct Run {
    ports: Arc<Ports>,
    tasks: BTreeMap<u64, Task>,
    /// Effects that come when nobody waits for them any more.
    later: BTreeMap<u64, Job>,
    /// How often a task of this name has begun.
    begun: BTreeMap<String, u32>,
    sequence: u64,
    end: Timestamp,
    acknowledges_early: bool,
}

impl Run {
    /// Lets everything happen until every post has ended.
    fn come_to_rest(&mut self) {
        let world = Arc::clone(&self.ports.world);
        while let Some(happening) = world.next() {
            match happening {
                Happening::Resume(task) => self.resume(task),
                Happening::Of(Act::Minute) => {
                    let is_done = self.tasks.is_empty() && self.later.is_empty() && self.is_at_rest();
                    if is_done || world.now() > self.end {
                        return;
                    }
                    self.minute();
                }
                Happening::Of(Act::Person(deed)) => {
                    self.ports.memories().planned -= 1;
                    let name = format!("{deed:?}");
                    let ports = Arc::clone(&self.ports);
                    self.start(&name, None, |_| people::act(&ports, deed));
                }
                Happening::Of(Act::Receive { message, receives }) => self.receive(message, receives),
                Happening::Of(Act::TimeOut(task)) => self.stop(task, false),
                Happening::Of(Act::Later(effect)) => {
                    if let Some(job) = self.later.remove(&effect) {
                        people::ready(job).expect("memory does not fail");
                    }
                }
            }
        }
    }

    fn is_at_rest(&self) -> bool {
        let nothing_is_planned = self.ports.memories().planned == 0;
        let posts = self.ports.posts.near.table.all();
        nothing_is_planned && posts.iter().all(|post| post.is_final() && post.due_at.is_none())
    }

    /// Starts a task that is known by what it is, so that whatever else happens it has the same chance.
    fn start(&mut self, name: &str, message: Option<(Letter, u32)>, job: impl FnOnce(&World<Act>) -> Job) {
        self.sequence += 1;
        let id = self.sequence;
        let count = self.begun.entry(name.to_owned()).or_default();
        *count += 1;
        let world = Arc::clone(&self.ports.world);
        world.begin(id, &format!("{name} {count}"));
        world.tell(|| format!("task {id} begins: {name}"));
        let timeout = match &message {
            Some((Letter::Prepare(_), _)) => PREPARING_TIMEOUT,
            Some((Letter::Deliver(_) | Letter::Dead(_), _)) | None => FUNCTION_TIMEOUT,
        };
        world.at(world.now() + timeout, Happening::Of(Act::TimeOut(id)));
        world.enter(id);
        let job = job(&world);
        self.tasks.insert(id, Task { job, message });
        self.resume(id);
    }

    fn resume(&mut self, id: u64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let world = Arc::clone(&self.ports.world);
        world.enter(id);
        let outcome = task.job.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        for (at, job) in world.take_later() {
            self.sequence += 1;
            self.later.insert(self.sequence, job);
            world.at(at, Happening::Of(Act::Later(self.sequence)));
        }
        for dead in world.dead() {
            self.stop(dead, false);
        }
        if let Poll::Ready(result) = outcome {
            self.stop(id, result.is_ok());
        }
    }

    /// Ends a task, and with it what it knows.
    fn stop(&mut self, id: u64, is_ok: bool) {
        if let Some(task) = self.tasks.remove(&id) {
            self.ports.world.tell(|| format!("task {id} ends{}", if is_ok { "" } else { ", failed" }));
            self.ports.world.end(id);
            self.ended(task.message, is_ok);
        }
    }

    /// What a queue does when a worker is done with a message, or dead.
    fn ended(&self, message: Option<(Letter, u32)>, is_ok: bool) {
        let is_deleted = is_ok || self.acknowledges_early;
        let Some((letter, receives)) = message.filter(|_| !is_deleted) else { return };
        let world = &self.ports.world;
        // A message comes again when its worker must be dead; one whose worker said so comes no sooner.
        let timeout = match letter {
            Letter::Prepare(_) => PREPARING_TIMEOUT + Duration::from_secs(10),
            Letter::Deliver(_) | Letter::Dead(_) => VISIBILITY_TIMEOUT,
        };
        let act = match letter {
            Letter::Prepare(body) | Letter::Deliver(body) if receives >= MAX_RECEIVES => {
                Act::Receive { message: Letter::Dead(body), receives: 1 }
            }
            letter => Act::Receive { message: letter, receives: receives + 1 },
        };
        world.at(world.now() + timeout, Happening::Of(act));
    }

    fn receive(&mut self, letter: Letter, receives: u32) {
        let name = format!("{letter:?} {receives}");
        let (ports, message) = (Arc::clone(&self.ports), letter.clone());
        self.start(&name, Some((message, receives)), |world| {
            let (entropy, now) = (world.entropy(), world.here());
            match letter {
                Letter::Prepare(body) => Box::pin(async move {
                    let task = serde_json::from_str(&body).expect("our own message");
                    preparing::prepare(&ports.delivering(), &task, now + PREPARING_TIMEOUT, entropy).await
                }),
                Letter::Deliver(body) => Box::pin(async move {
                    let task = serde_json::from_str(&body).expect("our own message");
                    delivering::deliver(&ports.delivering(), &task, now + FUNCTION_TIMEOUT, entropy).await
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
            }
        });
    }

    fn minute(&mut self) {
        let world = Arc::clone(&self.ports.world);
        let tick = world.now();
        world.at(tick + Duration::from_secs(60), Happening::Of(Act::Minute));
        for wake in self.ports.schedules.near.ring(tick) {
            self.ring(Message::Prepare(wake.task).into());
        }
        if tick.as_second() % KEEPING_SECONDS == 0 {
            for shard in self.ports.connections.near.table.busy_shards(tick) {
                let ports = Arc::clone(&self.ports);
                self.start(&format!("keep {shard} at {tick}"), None, |world| {
                    let (entropy, deadline) = (world.entropy(), world.here() + FUNCTION_TIMEOUT);
                    Box::pin(async move {
                        let near = keeping::Ports { clock: &ports.clock, access: ports.access() };
                        keeping::keep(&near, shard, tick, deadline, entropy).await
                    })
                });
            }
        }
        // A watch that finds nothing does nothing.
        for shard in self.ports.posts.near.table.busy_shards(tick + WATCHED_AHEAD) {
            let ports = Arc::clone(&self.ports);
            self.start(&format!("watch {shard} at {tick}"), None, |_| {
                Box::pin(async move {
                    let queues: &dyn Queues = &ports.queues;
                    let schedules: &dyn Schedules = &ports.schedules;
                    let near =
                        watching::Ports { posts: &ports.posts, queues, schedules, metrics: &ports.metrics };
                    watching::watch(&near, shard, tick).await
                })
            });
        }
    }

    /// A schedule rings within the minute, as a task of its own so that its lateness is its own.
    fn ring(&mut self, message: Letter) {
        let name = format!("ring {message:?}");
        let to = Arc::clone(&self.ports.world);
        self.start(&name, None, |world| {
            let rings = match () {
                () if world.chance(world.faults.lose_schedule) => 0,
                () if world.chance(world.faults.double_message) => 2,
                () => 1,
            };
            for _ in 0..rings {
                let message = message.clone();
                let at = world.now() + Duration::from_millis(world.number(0, 59_000));
                to.at(at, Happening::Of(Act::Receive { message, receives: 1 }));
            }
            Box::pin(async { Ok(()) })
        });
    }
}
