//! The ports in memory: what DynamoDB, KMS and the others promise, without their distance.
//!
//! The contract suites hold this and the real neighbours to the same behaviour, so that what the simulator believes is
//! what the world does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Connection, ConnectionStatus, OAuthState, Renewal, Sealed, Tokens};
use domain::event::Event;
use domain::id::{ConnectionId, OwnerId, PostId};
use domain::limits::{Quota, Register, Rule, Subject, Verdict};
use domain::metric::Metric;
use domain::platform::Platform;
use domain::ports::{
    Amendment, Claim, Connections, DUE_SHARDS, Due, DueKey, Events, Gates, Groundwork, KEEP_SHARDS, KeepKey,
    Metrics, OAuthStates, Place, PostQuery, Posts, Purpose, Queues, RateLimits, Record, Schedules, Section,
    Vault, Written,
};
use domain::post::Post;
use domain::secret::Secret;
use domain::target::{Lease, Status, Target};
use domain::task::{DeliverTask, PrepareTask, Wake};
use domain::upkeep::Upkeep;
use domain::{Error, Result};
use jiff::Timestamp;

/// Posts in memory.
#[derive(Debug, Default)]
pub struct MemoryPosts(Mutex<BTreeMap<(OwnerId, PostId), Post>>);

impl MemoryPosts {
    /// Every post there is, whoever owns it.
    pub fn all(&self) -> Vec<Post> {
        lock(&self.0).values().cloned().collect()
    }

    /// The shards of the index of due posts in which something is due before `to`.
    pub fn busy_shards(&self, to: Timestamp) -> BTreeSet<u8> {
        let posts = lock(&self.0);
        let due = posts.values().filter(|post| post.due_at.is_some_and(|at| at < to));
        due.map(|post| shard(&post.id)).collect()
    }

    /// Puts a post there as it is, whatever stood there.
    pub fn force(&self, post: &Post) {
        lock(&self.0).insert((post.owner.clone(), post.id.clone()), post.clone());
    }

    /// Takes a post away, as if it had never been there.
    pub fn remove(&self, post: &Post) {
        lock(&self.0).remove(&(post.owner.clone(), post.id.clone()));
    }
}

/// The shard of a post in the index of due posts. Any rule will do that is stable; the store has its own.
fn shard(id: &PostId) -> u8 {
    id.0.bytes().fold(0_u8, |sum, byte| sum.wrapping_add(byte)) % DUE_SHARDS
}

#[async_trait]
impl Posts for MemoryPosts {
    async fn insert(&self, post: &Post) -> Result<Written> {
        let mut posts = lock(&self.0);
        let key = (post.owner.clone(), post.id.clone());
        if let Some(there) = posts.get(&key) {
            return Ok(Written::Refused(Some(Box::new(there.clone()))));
        }
        posts.insert(key, post.clone());
        Ok(Written::Done(Box::new(post.clone())))
    }

    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>> {
        Ok(lock(&self.0).get(&(owner.clone(), id.clone())).cloned())
    }

    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>> {
        let posts = lock(&self.0);
        let mut found: Vec<Post> = posts
            .values()
            .filter(|post| post.owner == query.owner)
            .filter(|post| is_in(query, &post.place()))
            .cloned()
            .collect();
        found.sort_by_key(Post::place);
        found.truncate(query.limit as usize);
        Ok(found)
    }

    async fn claim(&self, claim: &Claim) -> Result<Written> {
        let Claim { purpose, task, now, lease } = claim;
        let is_ours =
            |post: &Post| post.target(&task.connection).is_some_and(|it| it.lease.as_ref() == Some(lease));
        let written = change(&self.0, &task.owner, &task.post, |post| {
            if post.revision != task.revision {
                return false;
            }
            let Some(target) = post.target_mut(&task.connection) else { return false };
            let changed = match purpose {
                Purpose::Send if target.may_send(task.attempt, *now) => target.sending(*now, lease.clone()),
                Purpose::Settle if target.may_settle(task.attempt, *now) => {
                    target.looking(*now, lease.clone())
                }
                Purpose::Send | Purpose::Settle => return false,
            };
            *target = changed;
            post.updated_at = *now;
            true
        });
        Ok(recognised(written, is_ours))
    }

    async fn record(&self, record: &Record) -> Result<Written> {
        let is_ours = |post: &Post| {
            post.updated_at == record.now && post.target(&record.target.connection_id) == Some(&record.target)
        };
        let written = change(&self.0, &record.owner, &record.post, |post| {
            if post.revision != record.revision {
                return false;
            }
            let Some(target) = post.target_mut(&record.target.connection_id) else { return false };
            if target.lease.as_ref().is_none_or(|lease| lease.token != record.lease) {
                return false;
            }
            *target = record.target.clone();
            match record.due {
                Due::Keep => {}
                Due::At(at) => post.due_at = Some(at),
                Due::Done => post.due_at = None,
            }
            post.updated_at = record.now;
            true
        });
        Ok(recognised(written, is_ours))
    }

    async fn groundwork(&self, groundwork: &Groundwork) -> Result<Written> {
        let wanted = &groundwork.target;
        let written = change(&self.0, &groundwork.owner, &groundwork.post, |post| {
            if post.revision != groundwork.revision {
                return false;
            }
            let Some(target) = post.target_mut(&wanted.connection_id) else { return false };
            let held = target.prepared.as_ref().and_then(|prepared| prepared.lease.as_ref());
            let is_as_seen = target.status == groundwork.status
                && target.attempts == wanted.attempts
                && held.map(|lease| &lease.token) == groundwork.held.as_ref();
            if !is_as_seen {
                return false;
            }
            *target = wanted.clone();
            match groundwork.due {
                Due::Keep => {}
                Due::At(at) => post.due_at = Some(at),
                Due::Done => post.due_at = None,
            }
            post.updated_at = groundwork.now;
            true
        });
        let is_ours = |post: &Post| {
            post.revision == groundwork.revision && post.target(&wanted.connection_id) == Some(wanted)
        };
        Ok(recognised(written, is_ours))
    }

    async fn amend(&self, amendment: &Amendment) -> Result<Written> {
        let Amendment { post: wanted, touched, added } = amendment;
        let is_ours = |post: &Post| {
            post.revision == wanted.revision
                && post.updated_at == wanted.updated_at
                && touched.iter().all(|(id, ..)| post.target(id) == wanted.target(id))
                && added.iter().all(|id| post.target(id) == wanted.target(id))
        };
        let written = change(&self.0, &wanted.owner, &wanted.id, |post| {
            // A worker's every write changes the lease: one that differs means that somebody acted meanwhile.
            let lease_of = |connection| wanted.target(connection).and_then(|target| target.lease.as_ref());
            // The next part of a thread goes out under the same lease, and is recorded meanwhile.
            let parts_of = |connection| {
                wanted.target(connection).map(|target| &target.published[..]).unwrap_or_default()
            };
            let is_as_seen = touched.iter().all(|(connection, status, attempts)| {
                let target = post.target(connection);
                target.is_some_and(|it| {
                    it.status == *status
                        && it.attempts == *attempts
                        && it.lease.as_ref() == lease_of(connection)
                        && (*status != Status::Publishing || it.published == parts_of(connection))
                })
            });
            let are_new = added.iter().all(|connection| post.target(connection).is_none());
            if post.revision + 1 != wanted.revision || !is_as_seen || !are_new {
                return false;
            }
            let is_changed =
                |id: &ConnectionId| touched.iter().any(|(it, ..)| it == id) || added.contains(id);
            let kept = |target: &Target| match post.target(&target.connection_id) {
                Some(there) if !is_changed(&target.connection_id) => there.clone(),
                Some(_) | None => target.clone(),
            };
            let targets = wanted.targets.iter().map(kept).collect();
            let (fingerprint, created_at) = (post.fingerprint.clone(), post.created_at);
            *post = Post { targets, fingerprint, created_at, ..wanted.clone() };
            true
        });
        Ok(recognised(written, is_ours))
    }

    async fn discard(&self, seen: &Post) -> Result<bool> {
        let mut posts = lock(&self.0);
        let key = (seen.owner.clone(), seen.id.clone());
        let is_as_seen = posts.get(&key).is_none_or(|there| there.revision == seen.revision);
        if is_as_seen {
            posts.remove(&key);
        }
        Ok(is_as_seen)
    }

    async fn due(&self, in_shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>> {
        let posts = lock(&self.0);
        let mut keys: Vec<DueKey> = posts
            .values()
            .filter(|post| shard(&post.id) == in_shard)
            .filter_map(|post| {
                let due_at = post.due_at.filter(|at| (from..to).contains(at))?;
                Some(DueKey { owner: post.owner.clone(), post: post.id.clone(), due_at })
            })
            .collect();
        keys.sort_by_key(|key| key.due_at);
        keys.truncate(1_000);
        Ok(keys)
    }

    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()> {
        change(&self.0, &seen.owner, &seen.id, |post| {
            let is_as_seen = post.revision == seen.revision && post.due_at == seen.due_at;
            if is_as_seen {
                post.due_at = due_at;
            }
            is_as_seen
        });
        Ok(())
    }
}

fn is_in(query: &PostQuery, place: &Place) -> bool {
    let is_timed = query.section == Section::Timed || query.from.is_some() || query.to.is_some();
    let is_in_section = match query.section {
        Section::Drafts => place.is_draft,
        Section::All | Section::Timed => !(place.is_draft && is_timed),
    };
    let is_in_time = query.section == Section::Drafts
        || query.from.is_none_or(|from| place.at >= from) && query.to.is_none_or(|to| place.at < to);
    is_in_section && is_in_time && query.after.as_ref().is_none_or(|after| place > after)
}

/// Applies `act` to the post, which says whether its condition held and leaves the post alone if not.
fn change(
    posts: &Mutex<BTreeMap<(OwnerId, PostId), Post>>,
    owner: &OwnerId,
    id: &PostId,
    act: impl FnOnce(&mut Post) -> bool,
) -> Written {
    let mut posts = lock(posts);
    let Some(post) = posts.get_mut(&(owner.clone(), id.clone())) else { return Written::Refused(None) };
    if act(post) {
        Written::Done(Box::new(post.clone()))
    } else {
        Written::Refused(Some(Box::new(post.clone())))
    }
}

/// A refused write that finds itself is done.
fn recognised(written: Written, is_ours: impl Fn(&Post) -> bool) -> Written {
    match written {
        Written::Refused(Some(post)) if is_ours(&post) => Written::Done(post),
        written => written,
    }
}

/// Connections in memory.
#[derive(Debug, Default)]
pub struct MemoryConnections(Mutex<BTreeMap<(OwnerId, ConnectionId), Connection>>);

impl MemoryConnections {
    /// Every connection there is, whoever owns it.
    pub fn all(&self) -> Vec<Connection> {
        lock(&self.0).values().cloned().collect()
    }

    /// The shards of the index of connections that must be kept in which something is to be done by `now`.
    pub fn busy_shards(&self, now: Timestamp) -> BTreeSet<u8> {
        let connections = lock(&self.0);
        let due = connections.values().filter(|it| it.upkeep.is_some_and(|upkeep| upkeep.at <= now));
        due.map(|it| keep_shard(&it.id)).collect()
    }

    fn with<T>(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        act: impl FnOnce(&mut Connection) -> T,
    ) -> Option<T> {
        lock(&self.0).get_mut(&(owner.clone(), id.clone())).map(act)
    }
}

#[async_trait]
impl Connections for MemoryConnections {
    async fn connect(&self, connection: &Connection) -> Result<Connection> {
        let mut connections = lock(&self.0);
        let key = (connection.owner.clone(), connection.id.clone());
        let mut kept = connection.clone();
        kept.closed_until = None;
        kept.refresh_lease = None;
        if let Some(there) = connections.get(&key) {
            kept.created_at = there.created_at;
            kept.token_version = there.token_version + 1;
        }
        connections.insert(key, kept.clone());
        Ok(kept)
    }

    async fn find(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        Ok(self.with(owner, id, |connection| connection.clone()))
    }

    async fn find_all(&self, owner: &OwnerId, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
        let ids: BTreeSet<&ConnectionId> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| self.with(owner, id, |connection| connection.clone())).collect())
    }

    async fn list(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        Ok(lock(&self.0).values().filter(|connection| connection.owner == *owner).cloned().collect())
    }

    async fn lease_refresh(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        now: Timestamp,
        lease: &Lease,
    ) -> Result<bool> {
        let taken = self.with(owner, id, |connection| {
            let is_free = connection.refresh_lease.as_ref().is_none_or(|held| held.until <= now);
            let may = connection.token_version == token_version && is_free;
            if may {
                connection.refresh_lease = Some(lease.clone());
            }
            may
        });
        Ok(taken.unwrap_or(false))
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Option<Connection>> {
        let renewed = self.with(&renewal.owner, &renewal.id, |connection| {
            let is_ours = connection.refresh_lease.as_ref().is_some_and(|held| held.token == renewal.lease);
            if !is_ours {
                // Each sealing gives other bytes: these are ours, from a request whose answer was lost.
                return (connection.sealed == renewal.sealed).then(|| connection.clone());
            }
            connection.status = ConnectionStatus::Active;
            connection.sealed = renewal.sealed.clone();
            connection.expires_at = renewal.expires_at;
            connection.upkeep = renewal.upkeep;
            connection.token_version += 1;
            connection.refresh_lease = None;
            Some(connection.clone())
        });
        Ok(renewed.flatten())
    }

    async fn needs_reconnect(&self, owner: &OwnerId, id: &ConnectionId, token_version: u32) -> Result<bool> {
        let marked = self.with(owner, id, |connection| {
            let is_same = connection.token_version == token_version;
            if is_same {
                connection.status = ConnectionStatus::NeedsReconnect;
                connection.upkeep = None;
            }
            is_same
        });
        Ok(marked.unwrap_or(false))
    }

    async fn expire(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        at: Timestamp,
    ) -> Result<()> {
        self.with(owner, id, |connection| {
            if connection.token_version == token_version {
                connection.expires_at = Some(at);
            }
        });
        Ok(())
    }

    async fn to_keep(&self, in_shard: u8, now: Timestamp) -> Result<Vec<KeepKey>> {
        let connections = lock(&self.0);
        let mut due: Vec<(Timestamp, &Connection)> = connections
            .values()
            .filter(|it| keep_shard(&it.id) == in_shard)
            .filter_map(|it| Some((it.upkeep?.at, it)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_by_key(|(at, _)| *at);
        due.truncate(1_000);
        let key = |(_, it): (_, &Connection)| KeepKey { owner: it.owner.clone(), connection: it.id.clone() };
        Ok(due.into_iter().map(key).collect())
    }

    async fn plan_upkeep(&self, seen: &Connection, upkeep: Option<Upkeep>) -> Result<bool> {
        let planned = self.with(&seen.owner, &seen.id, |connection| {
            let is_as_seen =
                connection.token_version == seen.token_version && connection.upkeep == seen.upkeep;
            if is_as_seen {
                connection.upkeep = upkeep;
            }
            is_as_seen
        });
        Ok(planned.unwrap_or(false))
    }

    async fn remove(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>> {
        Ok(lock(&self.0).remove(&(owner.clone(), id.clone())))
    }

    async fn close(&self, owner: &OwnerId, id: &ConnectionId, until: Timestamp) -> Result<()> {
        self.with(owner, id, |connection| connection.closed_until = connection.closed_until.max(Some(until)));
        Ok(())
    }
}

/// The shard of a connection in the index of those that must be kept. Any rule will do that is stable.
fn keep_shard(id: &ConnectionId) -> u8 {
    id.0.bytes().fold(0_u8, |sum, byte| sum.wrapping_add(byte)) % KEEP_SHARDS
}

/// Gates in memory.
#[derive(Debug, Default)]
pub struct MemoryGates(Mutex<BTreeMap<Platform, Timestamp>>);

#[async_trait]
impl Gates for MemoryGates {
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>> {
        Ok(lock(&self.0).get(&platform).copied().filter(|until| *until > now))
    }

    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()> {
        let mut gates = lock(&self.0);
        let longest = gates.get(&platform).map_or(until, |there| until.max(*there));
        gates.insert(platform, longest);
        Ok(())
    }
}

/// OAuth states in memory.
#[derive(Debug, Default)]
pub struct MemoryStates(Mutex<BTreeMap<String, OAuthState>>);

#[async_trait]
impl OAuthStates for MemoryStates {
    async fn begin(&self, state: &OAuthState) -> Result<()> {
        lock(&self.0).insert(state.state.clone(), state.clone());
        Ok(())
    }

    async fn consume(
        &self,
        state: &str,
        owner: &OwnerId,
        platform: Platform,
        now: Timestamp,
    ) -> Result<Option<OAuthState>> {
        let mut states = lock(&self.0);
        let is_theirs = states
            .get(state)
            .is_some_and(|it| it.owner == *owner && it.platform == platform && it.expires_at > now);
        Ok(if is_theirs { states.remove(state) } else { None })
    }
}

/// Counters in memory.
#[derive(Debug, Default)]
pub struct MemoryRateLimits(Mutex<BTreeMap<(Subject, Rule), Register>>);

#[async_trait]
impl RateLimits for MemoryRateLimits {
    async fn take(&self, subject: &Subject, rule: Rule, now: Timestamp) -> Result<Verdict> {
        let mut registers = lock(&self.0);
        let register = registers.entry((subject.clone(), rule));
        Ok(register.or_insert_with(|| Register::new(rule, Vec::new())).take(now))
    }

    async fn peek(&self, subject: &Subject, rules: &[Rule], now: Timestamp) -> Result<Vec<Quota>> {
        let registers = lock(&self.0);
        let quota = |rule: &Rule| {
            let register = registers.get(&(subject.clone(), *rule));
            register.map_or_else(|| Register::new(*rule, Vec::new()).quota(now), |it| it.quota(now))
        };
        Ok(rules.iter().map(quota).collect())
    }
}

/// A vault whose seal is only a label: it checks for whom something was sealed, and hides nothing.
#[derive(Debug, Default)]
pub struct MemoryVault;

#[async_trait]
impl Vault for MemoryVault {
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> Result<Sealed> {
        let refresh = tokens.refresh.as_ref().map(|refresh| refresh.expose().clone());
        let label = serde_json::json!([owner.0, id.0, tokens.access.expose(), refresh]);
        Ok(Sealed(label.to_string().into_bytes()))
    }

    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> Result<Tokens> {
        let (for_owner, for_id, access, refresh): (String, String, String, Option<String>) =
            serde_json::from_slice(&sealed.0).map_err(|error| Error::broken("sealed tokens", error))?;
        if (&for_owner, &for_id) != (&owner.0, &id.0) {
            return Err(Error::broken("sealed tokens", "sealed for another connection"));
        }
        Ok(Tokens { access: Secret::new(access), refresh: refresh.map(Secret::new) })
    }
}

/// One message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// For `prepare-post`.
    Prepare(PrepareTask),
    /// For `deliver-post`.
    Deliver(DeliverTask),
}

/// Queues that only collect, for tests of what is sent.
#[derive(Debug, Default)]
pub struct MemoryQueues(Mutex<Vec<(Message, Duration)>>);

impl MemoryQueues {
    /// Takes out everything that was sent.
    pub fn take(&self) -> Vec<(Message, Duration)> {
        std::mem::take(&mut lock(&self.0))
    }
}

#[async_trait]
impl Queues for MemoryQueues {
    async fn prepare(&self, task: &PrepareTask, delay: Duration) -> Result<()> {
        lock(&self.0).push((Message::Prepare(task.clone()), delay));
        Ok(())
    }

    async fn deliver(&self, task: &DeliverTask, delay: Duration) -> Result<()> {
        lock(&self.0).push((Message::Deliver(task.clone()), delay));
        Ok(())
    }
}

/// Schedules in memory; somebody else makes them ring.
#[derive(Debug, Default)]
pub struct MemorySchedules(Mutex<BTreeMap<String, Wake>>);

impl MemorySchedules {
    /// Takes out every schedule whose time has come.
    pub fn ring(&self, now: Timestamp) -> Vec<Wake> {
        let mut wakes = lock(&self.0);
        let (due, waiting) = std::mem::take(&mut *wakes).into_iter().partition(|(_, wake)| wake.at <= now);
        *wakes = waiting;
        let due: BTreeMap<String, Wake> = due;
        due.into_values().collect()
    }

    /// When the next one rings.
    pub fn next(&self) -> Option<Timestamp> {
        lock(&self.0).values().map(|wake| wake.at).min()
    }
}

#[async_trait]
impl Schedules for MemorySchedules {
    async fn create(&self, wake: &Wake) -> Result<()> {
        lock(&self.0).entry(wake.name.clone()).or_insert_with(|| wake.clone());
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        lock(&self.0).remove(name);
        Ok(())
    }

    async fn exists(&self, name: &str) -> Result<bool> {
        Ok(lock(&self.0).contains_key(name))
    }
}

/// An event bus that remembers.
#[derive(Debug, Default)]
pub struct MemoryEvents(Mutex<Vec<Event>>);

impl MemoryEvents {
    /// Everything that was told.
    pub fn all(&self) -> Vec<Event> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl Events for MemoryEvents {
    async fn emit(&self, event: &Event) -> Result<()> {
        lock(&self.0).push(event.clone());
        Ok(())
    }
}

/// Metrics that remember.
#[derive(Debug, Default)]
pub struct MemoryMetrics(Mutex<Vec<Metric>>);

impl MemoryMetrics {
    /// Everything that was counted.
    pub fn all(&self) -> Vec<Metric> {
        lock(&self.0).clone()
    }
}

impl Metrics for MemoryMetrics {
    fn put(&self, metric: Metric) {
        lock(&self.0).push(metric);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}
