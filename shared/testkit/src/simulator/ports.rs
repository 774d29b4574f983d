//! The memory ports with distance between: every call takes time, and may fail or kill its caller before or after.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::connection::{Connection, Renewal, Sealed, Tokens};
use domain::event::Event;
use domain::gates::RecentGates;
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::platform::Platform;
use domain::ports::{
    Amendment, Claim, Clock, Connections, DueKey, Events, Gates, Groundwork, KeepKey, PostQuery, Posts,
    Queues, Record, Schedules, Vault, Written,
};
use domain::post::Post;
use domain::target::Lease;
use domain::task::{DeliverTask, PrepareTask, Wake};
use domain::upkeep::Upkeep;
use domain::{Error, ports};
use jiff::Timestamp;

use super::faulty::Bug;
use super::run::Act;
use super::world::{Happening, Process, World};
use crate::memory::{
    MemoryConnections, MemoryEvents, MemoryGates, MemoryPosts, MemorySchedules, MemoryVault, Message,
};

/// An index is never further behind than this.
const LONGEST_LAG: Duration = Duration::from_secs(2);

/// A write that seemed to fail has its effect within this time, if at all: AWS takes a request for five minutes after it
/// was signed.
const LONGEST_DETOUR_MS: u64 = 300_000;

/// A port at a distance.
pub(crate) struct Far<P> {
    pub(crate) world: Arc<World<Act>>,
    pub(crate) near: Arc<P>,
}

impl<P> Far<P> {
    pub(crate) fn new(world: &Arc<World<Act>>, near: P) -> Self {
        Self { world: Arc::clone(world), near: Arc::new(near) }
    }
}

impl<P> Clone for Far<P> {
    fn clone(&self) -> Self {
        Self { world: Arc::clone(&self.world), near: Arc::clone(&self.near) }
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
        $self.world.tell(|| called(stringify!($call)).to_owned());
        $self.world.after().await?;
        Ok(answer)
    }};
}

/// The same for a write, whose effect may also come when its caller has given it up. `$near` names the port within
/// `$call`; what else it uses is cloned.
macro_rules! far_write {
    ($self:ident, $near:ident, [$($used:ident),*], $call:expr) => {{
        $self.world.before().await?;
        if $self.world.chance($self.world.faults.late_effect) {
            let $near = Arc::clone(&$self.near);
            $(let $used = $used.to_owned();)*
            let detour = Duration::from_millis($self.world.number(1, LONGEST_DETOUR_MS));
            $self.world.tell(|| format!("{} takes {detour:?}", called(stringify!($call))));
            let job = Box::pin(async move {
                $(let $used = &$used;)*
                $call.await.map(drop)
            });
            $self.world.later($self.world.now() + detour, job);
            return Err(Error::unavailable("simulated neighbour", "the call took too long"));
        }
        let $near = &$self.near;
        let mut answer = $call.await?;
        if $self.world.chance($self.world.faults.repeat) {
            answer = $call.await?;
        }
        $self.world.tell(|| format!("{}: {answer:?}", called(stringify!($call))));
        $self.world.after().await?;
        Ok(answer)
    }};
}

/// The name in a call.
fn called(call: &'static str) -> &'static str {
    call.split_once('(').map_or(call, |(name, _)| name)
}

#[async_trait]
impl Posts for Far<KeptPosts> {
    async fn insert(&self, post: &Post) -> Result<Written> {
        far_write!(self, near, [post], near.insert(post))
    }
    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>> {
        far!(self, self.near.find(owner, id))
    }
    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>> {
        far!(self, self.near.list(query))
    }
    async fn claim(&self, claim: &Claim) -> Result<Written> {
        far_write!(self, near, [claim], near.claim(claim))
    }
    async fn record(&self, record: &Record) -> Result<Written> {
        far_write!(self, near, [record], near.record(record))
    }
    async fn groundwork(&self, groundwork: &Groundwork) -> Result<Written> {
        far_write!(self, near, [groundwork], near.groundwork(groundwork))
    }
    async fn amend(&self, amendment: &Amendment) -> Result<Written> {
        far_write!(self, near, [amendment], near.amend(amendment))
    }
    async fn discard(&self, seen: &Post) -> Result<bool> {
        far_write!(self, near, [seen], near.discard(seen))
    }
    async fn due(&self, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
        far!(self, self.near.due(shard, from, to))
    }
    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()> {
        far_write!(self, near, [seen], near.reschedule(seen, due_at))
    }
}

/// The table of posts, and what stood in it before its latest changes, because an index lags.
pub(crate) struct KeptPosts {
    pub(crate) table: MemoryPosts,
    world: Arc<World<Act>>,
    bug: Option<Bug>,
    changes: Mutex<Vec<(Timestamp, Option<Post>, Post)>>,
}

impl KeptPosts {
    pub(crate) fn new(world: &Arc<World<Act>>, bug: Option<Bug>) -> Self {
        Self { table: MemoryPosts::default(), world: Arc::clone(world), bug, changes: Mutex::default() }
    }

    /// The index as it was a moment ago, if it lags just now.
    fn lagging(&self) -> Option<MemoryPosts> {
        let world = &self.world;
        if !world.chance(world.faults.stale_index) {
            return None;
        }
        let lag = Duration::from_millis(world.number(0, LONGEST_LAG.as_millis() as u64));
        let since = world.now() - lag;
        let changes = self.changes.lock().expect("no holder of this lock panics");
        let late = changes.iter().rev().take_while(|(at, ..)| *at >= since);
        let index = MemoryPosts::default();
        for post in self.table.all() {
            index.force(&post);
        }
        for (_, before, after) in late {
            match before {
                Some(before) => index.force(before),
                None => index.remove(after),
            }
        }
        Some(index)
    }

    /// Remembers what stood there before a change that was made.
    fn note(&self, before: Option<Post>, written: &Written) {
        if let Written::Done(after) = written {
            let now = self.world.now();
            let mut changes = self.changes.lock().expect("no holder of this lock panics");
            changes.retain(|(at, ..)| *at + LONGEST_LAG >= now);
            changes.push((now, before, (**after).clone()));
        }
    }
}

#[async_trait]
impl Posts for KeptPosts {
    async fn insert(&self, post: &Post) -> Result<Written> {
        let written = self.table.insert(post).await?;
        self.note(None, &written);
        Ok(written)
    }
    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>> {
        self.table.find(owner, id).await
    }
    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>> {
        self.lagging().as_ref().unwrap_or(&self.table).list(query).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Written> {
        let before = self.table.find(&claim.task.owner, &claim.task.post).await?;
        let written = match self.bug {
            Some(bug) => bug.claim(&self.table, claim).await?,
            None => self.table.claim(claim).await?,
        };
        self.note(before, &written);
        Ok(written)
    }
    async fn record(&self, record: &Record) -> Result<Written> {
        let before = self.table.find(&record.owner, &record.post).await?;
        let written = match self.bug {
            Some(bug) => bug.record(&self.table, record).await?,
            None => self.table.record(record).await?,
        };
        self.note(before, &written);
        Ok(written)
    }
    async fn groundwork(&self, groundwork: &Groundwork) -> Result<Written> {
        let before = self.table.find(&groundwork.owner, &groundwork.post).await?;
        let written = self.table.groundwork(groundwork).await?;
        self.note(before, &written);
        Ok(written)
    }
    async fn amend(&self, amendment: &Amendment) -> Result<Written> {
        let before = self.table.find(&amendment.post.owner, &amendment.post.id).await?;
        let written = self.table.amend(amendment).await?;
        self.note(before, &written);
        Ok(written)
    }
    async fn discard(&self, seen: &Post) -> Result<bool> {
        self.table.discard(seen).await
    }
    async fn due(&self, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
        self.lagging().as_ref().unwrap_or(&self.table).due(shard, from, to).await
    }
    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()> {
        self.table.reschedule(seen, due_at).await
    }
}

/// The table of connections.
pub(crate) struct KeptConnections {
    pub(crate) table: MemoryConnections,
    bug: Option<Bug>,
}

impl KeptConnections {
    pub(crate) fn new(bug: Option<Bug>) -> Self {
        Self { table: MemoryConnections::default(), bug }
    }
}

#[async_trait]
impl Connections for Far<KeptConnections> {
    async fn connect(&self, connection: &Connection) -> Result<Connection> {
        far!(self, self.near.table.connect(connection))
    }
    async fn find(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        far!(self, self.near.table.find(owner, id))
    }
    async fn find_all(&self, owner: &OwnerId, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
        far!(self, self.near.table.find_all(owner, ids))
    }
    async fn list(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        far!(self, self.near.table.list(owner))
    }
    async fn lease_refresh(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        now: Timestamp,
        lease: &Lease,
    ) -> Result<bool> {
        if self.near.bug == Some(Bug::RefreshWithoutLease) {
            return Ok(true);
        }
        far_write!(
            self,
            near,
            [owner, id, lease],
            near.table.lease_refresh(owner, id, token_version, now, lease)
        )
    }
    async fn renew(&self, renewal: &Renewal) -> Result<Option<Connection>> {
        if self.near.bug == Some(Bug::RefreshWithoutLease) {
            return far!(self, Bug::renew(&self.near.table, renewal));
        }
        far_write!(self, near, [renewal], near.table.renew(renewal))
    }
    async fn needs_reconnect(&self, owner: &OwnerId, id: &ConnectionId, token_version: u32) -> Result<bool> {
        far_write!(self, near, [owner, id], near.table.needs_reconnect(owner, id, token_version))
    }
    async fn expire(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        at: Timestamp,
    ) -> Result<()> {
        far_write!(self, near, [owner, id], near.table.expire(owner, id, token_version, at))
    }
    async fn to_keep(&self, shard: u8, now: Timestamp) -> Result<Vec<KeepKey>> {
        far!(self, self.near.table.to_keep(shard, now))
    }
    async fn plan_upkeep(&self, seen: &Connection, upkeep: Option<Upkeep>) -> Result<bool> {
        far_write!(self, near, [seen], near.table.plan_upkeep(seen, upkeep))
    }
    async fn remove(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        far!(self, self.near.table.remove(owner, id))
    }
    async fn close(&self, owner: &OwnerId, id: &ConnectionId, until: Timestamp) -> Result<()> {
        far_write!(self, near, [owner, id], near.table.close(owner, id, until))
    }
}

#[async_trait]
impl Gates for Far<MemoryGates> {
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>> {
        far!(self, self.near.closed_until(platform, now))
    }
    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()> {
        far_write!(self, near, [], near.close(platform, until))
    }
}

#[async_trait]
impl Schedules for Far<MemorySchedules> {
    async fn create(&self, wake: &Wake) -> Result<()> {
        far_write!(self, near, [wake], near.create(wake))
    }
    async fn delete(&self, name: &str) -> Result<()> {
        far_write!(self, near, [name], near.delete(name))
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

/// What each process remembers for as long as it lives: which platforms are closed, and the tokens that it has opened.
pub(crate) struct Warm {
    world: Arc<World<Act>>,
    gates: Far<MemoryGates>,
    vault: Far<MemoryVault>,
    remembered: Mutex<BTreeMap<Process, Arc<Memory>>>,
}

struct Memory {
    gates: RecentGates<Far<MemoryGates>>,
    opened: Mutex<BTreeMap<Seal, Tokens>>,
}

/// For whom something was sealed, and as what.
type Seal = (OwnerId, ConnectionId, Vec<u8>);

impl Warm {
    pub(crate) fn new(world: &Arc<World<Act>>) -> Self {
        Self {
            world: Arc::clone(world),
            gates: Far::new(world, MemoryGates::default()),
            vault: Far::new(world, MemoryVault),
            remembered: Mutex::default(),
        }
    }

    /// The vault itself, for what happens without a process.
    pub(crate) fn vault(&self) -> &MemoryVault {
        &self.vault.near
    }

    fn memory(&self) -> Arc<Memory> {
        let process = self.world.process().expect("only tasks ask");
        let mut remembered = self.remembered.lock().expect("no holder of this lock panics");
        let fresh =
            || Arc::new(Memory { gates: RecentGates::new(self.gates.clone()), opened: Mutex::default() });
        Arc::clone(remembered.entry(process).or_insert_with(fresh))
    }
}

#[async_trait]
impl Gates for Warm {
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>> {
        self.memory().gates.closed_until(platform, now).await
    }
    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()> {
        self.memory().gates.close(platform, until).await
    }
}

#[async_trait]
impl Vault for Warm {
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> Result<Sealed> {
        let vault = &self.vault;
        far!(vault, vault.near.seal(owner, id, tokens))
    }
    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> Result<Tokens> {
        let memory = self.memory();
        let key = (owner.clone(), id.clone(), sealed.0.clone());
        let known = memory.opened.lock().expect("no holder of this lock panics").get(&key).cloned();
        if let Some(tokens) = known {
            return Ok(tokens);
        }
        let vault = &self.vault;
        let opened: Result<Tokens> = async { far!(vault, vault.near.open(owner, id, sealed)) }.await;
        let tokens = opened?;
        memory.opened.lock().expect("no holder of this lock panics").insert(key, tokens.clone());
        Ok(tokens)
    }
}

/// Queues whose messages may be lost, late or doubled.
pub(crate) struct FarQueues(pub(crate) Arc<World<Act>>);

impl FarQueues {
    async fn send(&self, message: Message, delay: Duration) -> Result<()> {
        let Self(world) = self;
        assert!(delay <= ports::MAX_QUEUE_DELAY, "no queue takes a delay of {delay:?}");
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

/// The clock of the process that runs now.
pub(crate) struct VirtualClock(pub(crate) Arc<World<Act>>);

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.here()
    }
    async fn until(&self, at: Timestamp) {
        self.0.until_here(at).await;
    }
}
