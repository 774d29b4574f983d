//! Where what the memory ports send lands. Time passes only while somebody waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::event::Event;
use domain::task::Wake;
use jiff::Timestamp;
use serde_json::json;
use testkit::contract::letterbox::Letterbox;
use testkit::contract::{events, queues, schedules};
use testkit::memory::{MemoryEvents, MemoryQueues, MemorySchedules, Message};

/// New queues, each emptied by a letterbox of its own.
pub(crate) fn queues() -> queues::Place {
    let office = Arc::<Office>::default();
    let to_prepare = |message: &Message| match message {
        Message::Prepare(task) => serde_json::to_string(task).ok(),
        Message::Deliver(_) => None,
    };
    let to_deliver = |message: &Message| match message {
        Message::Prepare(_) => None,
        Message::Deliver(task) => serde_json::to_string(task).ok(),
    };
    queues::Place {
        queues: Arc::<MemoryQueues>::clone(&office.queues),
        prepare: Arc::new(Pigeonhole { office: Arc::clone(&office), read: to_prepare }),
        deliver: Arc::new(Pigeonhole { office, read: to_deliver }),
    }
}

/// New schedules, and where they ring.
pub(crate) fn schedules() -> schedules::Place {
    let schedules = Arc::<MemorySchedules>::default();
    let rung = Mutex::default();
    schedules::Place { prepare: Arc::new(Bells { schedules: Arc::clone(&schedules), rung }), schedules }
}

/// A new bus, and somebody who hears it.
pub(crate) fn events() -> events::Place {
    let events = Arc::<MemoryEvents>::default();
    events::Place { heard: Arc::new(Ear { events: Arc::clone(&events), heard: Mutex::default() }), events }
}

/// Both queues.
#[derive(Default)]
struct Office {
    queues: Arc<MemoryQueues>,
    held: Mutex<Held>,
}

/// The present, and the messages by when each can be seen.
#[derive(Default)]
struct Held {
    now: Timestamp,
    messages: Vec<(Timestamp, Message)>,
}

/// One of the queues.
struct Pigeonhole {
    office: Arc<Office>,
    read: fn(&Message) -> Option<String>,
}

/// What rings, and what has rung by now.
struct Bells {
    schedules: Arc<MemorySchedules>,
    rung: Mutex<(Timestamp, VecDeque<Wake>)>,
}

/// A bus, and how much of it was heard.
struct Ear {
    events: Arc<MemoryEvents>,
    heard: Mutex<usize>,
}

impl Office {
    fn held(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap();
        let now = held.now;
        let sent = self.queues.take().into_iter().map(|(message, delay)| (now + delay, message));
        held.messages.extend(sent);
        held.messages.sort_by_key(|(at, _)| *at);
        held
    }
}

#[async_trait]
impl Letterbox for Pigeonhole {
    fn now(&self) -> Timestamp {
        self.office.held().now
    }

    async fn next(&self, until: Timestamp) -> Option<String> {
        let mut held = self.office.held();
        let mut messages = held.messages.iter().enumerate().take_while(|(_, (at, _))| *at <= until);
        let mine = messages.find_map(|(place, (at, message))| Some((place, *at, (self.read)(message)?)));
        let Some((place, at, message)) = mine else {
            held.now = held.now.max(until);
            return None;
        };
        held.now = held.now.max(at);
        held.messages.remove(place);
        Some(message)
    }

    async fn holds(&self) -> usize {
        self.office.held().messages.iter().filter_map(|(_, message)| (self.read)(message)).count()
    }
}

#[async_trait]
impl Letterbox for Bells {
    fn now(&self) -> Timestamp {
        self.rung.lock().unwrap().0
    }

    async fn next(&self, until: Timestamp) -> Option<String> {
        let (now, rung) = &mut *self.rung.lock().unwrap();
        if rung.is_empty() {
            *now = self.schedules.next().map_or(until, |at| at.min(until)).max(*now);
            rung.extend(self.schedules.ring(*now));
        }
        rung.pop_front().and_then(|wake| serde_json::to_string(&wake.task).ok())
    }

    async fn holds(&self) -> usize {
        self.rung.lock().unwrap().1.len()
    }
}

#[async_trait]
impl Letterbox for Ear {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn next(&self, _until: Timestamp) -> Option<String> {
        let mut heard = self.heard.lock().unwrap();
        let next = self.events.all().get(*heard).map(as_heard)?;
        *heard += 1;
        Some(next)
    }

    async fn holds(&self) -> usize {
        self.events.all().len() - *self.heard.lock().unwrap()
    }
}

fn as_heard(event: &Event) -> String {
    json!({ "source": "belfry", "detail-type": event.kind(), "detail": event }).to_string()
}
