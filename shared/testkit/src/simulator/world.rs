//! Time, chance, and what is to happen next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::id::Entropy;
use domain::{Error, Result};
use jiff::Timestamp;

/// How often what goes wrong; each in `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// A worker dies at a port call, before or after its effect.
    pub crash: f64,
    /// A port call fails without an effect.
    pub refuse: f64,
    /// A port call has its effect and its answer is lost.
    pub lose_answer: f64,
    /// A port call has its effect twice, as when an SDK repeats a request whose answer was lost.
    pub repeat: f64,
    /// A message is lost.
    pub lose_message: f64,
    /// A message comes twice.
    pub double_message: f64,
    /// A message comes up to a minute late.
    pub late_message: f64,
    /// A schedule never rings.
    pub lose_schedule: f64,
    /// A create request's outcome stays unknown; half of them took effect, some of those late.
    pub ambiguous: f64,
    /// A create request is refused for now, or its token is not accepted.
    pub refuse_create: f64,
    /// Looking for a post does not show one that is there.
    pub blind_look: f64,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        crash: 0.0,
        refuse: 0.0,
        lose_answer: 0.0,
        repeat: 0.0,
        lose_message: 0.0,
        double_message: 0.0,
        late_message: 0.0,
        lose_schedule: 0.0,
        ambiguous: 0.0,
        refuse_create: 0.0,
        blind_look: 0.0,
    };

    /// Far more than the world does: 1 % crashes at each call, 4 % lost answers of creates, 2 % blind looks.
    pub const HARSH: Self = Self {
        crash: 0.01,
        refuse: 0.01,
        lose_answer: 0.01,
        repeat: 0.02,
        lose_message: 0.02,
        double_message: 0.05,
        late_message: 0.05,
        lose_schedule: 0.05,
        ambiguous: 0.04,
        refuse_create: 0.05,
        blind_look: 0.02,
    };
}

/// What happens at a moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening<E> {
    /// A task goes on.
    Resume(u64),
    /// Something of the scenario.
    Of(E),
}

struct Inner<E> {
    now: i64,
    chance: fastrand::Rng,
    agenda: BinaryHeap<Reverse<(i64, u64, Happening<E>)>>,
    sequence: u64,
    current: u64,
    crashed: bool,
}

/// The world that all tasks share. Locked only for moments, and only by one thread.
pub(crate) struct World<E> {
    inner: Mutex<Inner<E>>,
    pub(crate) faults: Faults,
}

impl<E: Ord> World<E> {
    pub(crate) fn new(seed: u64, start: Timestamp, faults: Faults) -> Self {
        let inner = Inner {
            now: start.as_millisecond(),
            chance: fastrand::Rng::with_seed(seed),
            agenda: BinaryHeap::new(),
            sequence: 0,
            current: 0,
            crashed: false,
        };
        Self { inner: Mutex::new(inner), faults }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<E>> {
        self.inner.lock().expect("no holder of this lock panics")
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.lock().now).expect("virtual time stays within a few days")
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
        let Reverse((at, _, happening)) = inner.agenda.pop()?;
        inner.now = at;
        Some(happening)
    }

    /// Whether a thing of this probability happens.
    pub(crate) fn chance(&self, probability: f64) -> bool {
        self.lock().chance.f64() < probability
    }

    /// A whole number in `from..=to`.
    pub(crate) fn number(&self, from: u64, to: u64) -> u64 {
        self.lock().chance.u64(from..=to)
    }

    pub(crate) fn entropy(&self) -> Entropy {
        let mut bytes = [0; 32];
        self.lock().chance.fill(&mut bytes);
        Entropy::new(bytes)
    }

    /// Lets `task` be the one that runs now.
    pub(crate) fn enter(&self, task: u64) {
        let mut inner = self.lock();
        inner.current = task;
        inner.crashed = false;
    }

    /// Whether the task that ran last died in the middle.
    pub(crate) fn crashed(&self) -> bool {
        self.lock().crashed
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

    /// Takes a moment, in which the worker may die.
    pub(crate) async fn distance(&self) {
        let wait = Duration::from_millis(self.number(1, 20));
        self.until(self.now() + wait).await;
        if self.chance(self.faults.crash) {
            self.lock().crashed = true;
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn until(&self, at: Timestamp) -> Until<'_, E> {
        Until { world: self, at, is_booked: false }
    }
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
            self.is_booked = true;
            let current = self.world.lock().current;
            self.world.at(self.at, Happening::Resume(current));
        }
        Poll::Pending
    }
}
