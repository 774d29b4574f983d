//! Time, chance, processes, and what is to happen next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::id::Entropy;
use domain::{Error, Result};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::faults::Faults;

/// So many processes serve at once; each keeps what it remembers until it dies.
const PROCESSES: u64 = 6;

/// Work that goes on by itself.
pub(crate) type Job = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// What happens at a moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening<E> {
    /// A task goes on.
    Resume(u64),
    /// Something of the scenario.
    Of(E),
}

/// One life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    place: u64,
    life: u64,
}

/// A task's own chance, so that what one task does changes no other's, and the process that it runs in.
struct Fate {
    chance: Rng,
    process: Process,
}

struct Inner<E> {
    now: i64,
    chance: Rng,
    agenda: BinaryHeap<Reverse<(i64, u64, Happening<E>)>>,
    sequence: u64,
    fates: BTreeMap<u64, Fate>,
    current: Option<u64>,
    lives: BTreeMap<u64, u64>,
    skews: BTreeMap<Process, i64>,
    crashed: Option<Process>,
    later: Vec<(Timestamp, Job)>,
    story: Option<Vec<String>>,
}

/// The world that all tasks share. Locked only for moments, and only by one thread.
pub(crate) struct World<E> {
    inner: Mutex<Inner<E>>,
    seed: u64,
    pub(crate) faults: Faults,
}

impl<E: Ord> World<E> {
    pub(crate) fn new(seed: u64, start: Timestamp, faults: Faults, is_told: bool) -> Self {
        let inner = Inner {
            now: start.as_millisecond(),
            chance: Rng::with_seed(seed),
            agenda: BinaryHeap::new(),
            sequence: 0,
            fates: BTreeMap::new(),
            current: None,
            lives: BTreeMap::new(),
            skews: BTreeMap::new(),
            crashed: None,
            later: Vec::new(),
            story: is_told.then(Vec::new),
        };
        Self { inner: Mutex::new(inner), seed, faults }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<E>> {
        self.inner.lock().expect("no holder of this lock panics")
    }

    /// The time by which the platforms and the people live.
    pub(crate) fn now(&self) -> Timestamp {
        moment(self.lock().now)
    }

    /// The time by the clock of the process that runs now.
    pub(crate) fn here(&self) -> Timestamp {
        let inner = self.lock();
        moment(inner.now + inner.skew())
    }

    pub(crate) fn at(&self, at: Timestamp, happening: Happening<E>) {
        let mut inner = self.lock();
        let (at, sequence) = (at.as_millisecond().max(inner.now), inner.sequence);
        inner.sequence += 1;
        inner.agenda.push(Reverse((at, sequence, happening)));
    }

    /// Moves time to what happens next, and takes it.
    pub(crate) fn next(&self) -> Option<Happening<E>> {
        let mut inner = self.lock();
        inner.current = None;
        let Reverse((at, _, happening)) = inner.agenda.pop()?;
        inner.now = at;
        Some(happening)
    }

    /// Whether a thing of this probability happens.
    pub(crate) fn chance(&self, probability: f64) -> bool {
        probability > 0.0 && self.draw(|chance| chance.f64()) < probability
    }

    /// A whole number in `from..=to`.
    pub(crate) fn number(&self, from: u64, to: u64) -> u64 {
        self.draw(|chance| chance.u64(from..=to))
    }

    pub(crate) fn entropy(&self) -> Entropy {
        let mut bytes = [0; 32];
        self.draw(|chance| chance.fill(&mut bytes));
        Entropy::new(bytes)
    }

    fn draw<T>(&self, of: impl FnOnce(&mut Rng) -> T) -> T {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let fate = inner.current.and_then(|task| inner.fates.get_mut(&task));
        of(fate.map_or(&mut inner.chance, |fate| &mut fate.chance))
    }

    /// Adds a line to the story of this run, if somebody wants to read it.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        let mut inner = self.lock();
        let Inner { now, current, story, .. } = &mut *inner;
        if let Some(story) = story {
            let who = current.map_or_else(String::new, |task| format!(" task {task}"));
            story.push(format!("{}{who}: {}", moment(*now), line()));
        }
    }

    /// The story of this run; empty when nobody wanted it.
    pub(crate) fn story(&self) -> Vec<String> {
        self.lock().story.clone().unwrap_or_default()
    }

    /// Gives `task` a chance of its own, which follows from what it is, and a process.
    pub(crate) fn begin(&self, task: u64, what_it_is: &str) {
        let mut chance = Rng::with_seed(self.seed ^ fingerprint(what_it_is));
        let place = chance.u64(0..PROCESSES);
        let mut inner = self.lock();
        let life = inner.lives.get(&place).copied().unwrap_or(0);
        let process = Process { place, life };
        let most = self.faults.skew_ms.cast_signed();
        let mut of_process = Rng::with_seed(self.seed ^ fingerprint(&format!("{process:?}")));
        inner.skews.entry(process).or_insert_with(|| of_process.i64(-most..=most));
        inner.fates.insert(task, Fate { chance, process });
    }

    /// Lets `task` be the one that runs now.
    pub(crate) fn enter(&self, task: u64) {
        self.lock().current = Some(task);
    }

    /// The process that runs now.
    pub(crate) fn process(&self) -> Option<Process> {
        let inner = self.lock();
        inner.current.and_then(|task| inner.fates.get(&task)).map(|fate| fate.process)
    }

    /// Forgets a task.
    pub(crate) fn end(&self, task: u64) {
        self.lock().fates.remove(&task);
    }

    /// The tasks of the process that has died since this was asked last. Whoever comes next finds a new process.
    pub(crate) fn dead(&self) -> Vec<u64> {
        let mut inner = self.lock();
        let Some(process) = inner.crashed.take() else { return Vec::new() };
        *inner.lives.entry(process.place).or_default() += 1;
        inner.fates.iter().filter(|(_, fate)| fate.process == process).map(|(task, _)| *task).collect()
    }

    /// Lets something happen later that nobody waits for.
    pub(crate) fn later(&self, at: Timestamp, job: Job) {
        self.lock().later.push((at, job));
    }

    /// What is to happen later, as far as nobody has taken it yet.
    pub(crate) fn take_later(&self) -> Vec<(Timestamp, Job)> {
        std::mem::take(&mut self.lock().later)
    }

    /// The distance before an effect: it takes time, the worker may die, the call may fail.
    pub(crate) async fn before(&self) -> Result<()> {
        self.distance().await;
        if self.chance(self.faults.refuse) {
            return Err(Error::unavailable("simulated neighbour", "the call was refused"));
        }
        Ok(())
    }

    /// The distance after an effect: it takes time, the worker may die, the answer may be lost.
    pub(crate) async fn after(&self) -> Result<()> {
        self.distance().await;
        if self.chance(self.faults.lose_answer) {
            return Err(Error::unavailable("simulated neighbour", "the answer was lost"));
        }
        Ok(())
    }

    /// Takes a moment, in which the process may die.
    pub(crate) async fn distance(&self) {
        let wait = Duration::from_millis(self.number(1, 20));
        self.until(self.now() + wait).await;
        if self.chance(self.faults.crash) {
            let process = self.process();
            self.tell(|| format!("{process:?} dies"));
            self.lock().crashed = process;
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn until(&self, at: Timestamp) -> Until<'_, E> {
        Until { world: self, at, is_booked: false }
    }

    /// Until the clock of the process that runs now says `at`.
    pub(crate) fn until_here(&self, at: Timestamp) -> Until<'_, E> {
        let skew = self.lock().skew();
        self.until(at - SignedDuration::from_millis(skew))
    }
}

impl<E> Inner<E> {
    fn skew(&self) -> i64 {
        let fate = self.current.and_then(|task| self.fates.get(&task));
        fate.and_then(|fate| self.skews.get(&fate.process)).copied().unwrap_or(0)
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("virtual time stays within a few days")
}

/// FNV-1a.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Waits for a moment of virtual time.
pub(crate) struct Until<'a, E> {
    world: &'a World<E>,
    at: Timestamp,
    is_booked: bool,
}

impl<E: Ord> Future for Until<'_, E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.at {
            return Poll::Ready(());
        }
        if !self.is_booked {
            let current = self.world.lock().current;
            let Some(current) = current else { unreachable!("only tasks wait") };
            self.is_booked = true;
            self.world.at(self.at, Happening::Resume(current));
        }
        Poll::Pending
    }
}
