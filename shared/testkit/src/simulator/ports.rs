//! The memory ports with distance between: every call takes time, and may fail or kill its caller before or after.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::connection::{Connection, Renewal, Sealed, Tokens};
use domain::event::Event;
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::ports::{
    Amendment, Claim, Clock, Connections, DueKey, Events, PostQuery, Posts, Queues, Record, Schedules, Vault,
    Written,
};
use domain::post::Post;
use domain::target::Lease;
use domain::task::{DeliverTask, PrepareTask, Wake};
use jiff::Timestamp;

use super::run::Act;
use super::world::{Happening, World};
use crate::memory::{MemoryConnections, MemoryEvents, MemoryPosts, MemorySchedules, MemoryVault, Message};

/// A port at a distance.
pub(crate) struct Far<P> {
    pub(crate) world: Arc<World<Act>>,
    pub(crate) near: Arc<P>,
}

impl<P> Far<P> {
    pub(crate) fn new(world: &Arc<World<Act>>, near: &Arc<P>) -> Self {
        Self { world: Arc::clone(world), near: Arc::clone(near) }
    }
}

/// The way there, the effect (sometimes twice), the way back.
macro_rules! far {
    ($self:ident, $call:expr) => {{
        $self.world.before().await?;
        let mut answer = $call.await?;
        if $self.world.chance($self.world.faults.repeat) {
            answer = $call.await?;
        }
        $self.world.after().await?;
        Ok(answer)
    }};
}

#[async_trait]
impl Posts for Far<MemoryPosts> {
    async fn insert(&self, post: &Post) -> Result<Written> {
        far!(self, self.near.insert(post))
    }
    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>> {
        far!(self, self.near.find(owner, id))
    }
    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>> {
        far!(self, self.near.list(query))
    }
    async fn claim(&self, claim: &Claim) -> Result<Written> {
        far!(self, self.near.claim(claim))
    }
    async fn record(&self, record: &Record) -> Result<Written> {
        far!(self, self.near.record(record))
    }
    async fn amend(&self, amendment: &Amendment) -> Result<Written> {
        far!(self, self.near.amend(amendment))
    }
    async fn discard(&self, seen: &Post) -> Result<bool> {
        far!(self, self.near.discard(seen))
    }
    async fn due(&self, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
        far!(self, self.near.due(shard, from, to))
    }
    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()> {
        far!(self, self.near.reschedule(seen, due_at))
    }
}

#[async_trait]
impl Connections for Far<MemoryConnections> {
    async fn connect(&self, connection: &Connection) -> Result<Connection> {
        far!(self, self.near.connect(connection))
    }
    async fn find(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        far!(self, self.near.find(owner, id))
    }
    async fn find_all(&self, owner: &OwnerId, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
        far!(self, self.near.find_all(owner, ids))
    }
    async fn list(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        far!(self, self.near.list(owner))
    }
    async fn lease_refresh(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        now: Timestamp,
        lease: &Lease,
    ) -> Result<bool> {
        far!(self, self.near.lease_refresh(owner, id, token_version, now, lease))
    }
    async fn renew(&self, renewal: &Renewal) -> Result<Option<Connection>> {
        far!(self, self.near.renew(renewal))
    }
    async fn needs_reconnect(&self, owner: &OwnerId, id: &ConnectionId, token_version: u32) -> Result<bool> {
        far!(self, self.near.needs_reconnect(owner, id, token_version))
    }
    async fn expire(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        at: Timestamp,
    ) -> Result<()> {
        far!(self, self.near.expire(owner, id, token_version, at))
    }
    async fn remove(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        far!(self, self.near.remove(owner, id))
    }
    async fn close(&self, owner: &OwnerId, id: &ConnectionId, until: Timestamp) -> Result<()> {
        far!(self, self.near.close(owner, id, until))
    }
}

#[async_trait]
impl Vault for Far<MemoryVault> {
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> Result<Sealed> {
        far!(self, self.near.seal(owner, id, tokens))
    }
    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> Result<Tokens> {
        far!(self, self.near.open(owner, id, sealed))
    }
}

#[async_trait]
impl Schedules for Far<MemorySchedules> {
    async fn create(&self, wake: &Wake) -> Result<()> {
        far!(self, self.near.create(wake))
    }
    async fn delete(&self, name: &str) -> Result<()> {
        far!(self, self.near.delete(name))
    }
    async fn exists(&self, name: &str) -> Result<bool> {
        far!(self, self.near.exists(name))
    }
}

#[async_trait]
impl Events for Far<MemoryEvents> {
    async fn emit(&self, event: &Event) -> Result<()> {
        far!(self, self.near.emit(event))
    }
}

/// Queues whose messages may be lost, late or doubled.
pub(crate) struct FarQueues(pub(crate) Arc<World<Act>>);

impl FarQueues {
    async fn send(&self, message: Message, delay: Duration) -> Result<()> {
        let Self(world) = self;
        world.before().await?;
        let faults = world.faults;
        let copies = if world.chance(faults.double_message) { 2 } else { 1 };
        for _ in 0..copies {
            if world.chance(faults.lose_message) {
                continue;
            }
            let late = if world.chance(faults.late_message) {
                world.number(0, 60_000)
            } else {
                world.number(5, 200)
            };
            let at = world.now() + delay + Duration::from_millis(late);
            world.at(at, Happening::Of(Act::Receive { message: message.clone().into(), receives: 1 }));
        }
        world.after().await
    }
}

#[async_trait]
impl Queues for FarQueues {
    async fn prepare(&self, task: &PrepareTask, delay: Duration) -> Result<()> {
        self.send(Message::Prepare(task.clone()), delay).await
    }
    async fn deliver(&self, task: &DeliverTask, delay: Duration) -> Result<()> {
        self.send(Message::Deliver(task.clone()), delay).await
    }
}

/// The virtual clock.
pub(crate) struct VirtualClock(pub(crate) Arc<World<Act>>);

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    async fn until(&self, at: Timestamp) {
        self.0.until(at).await;
    }
}
