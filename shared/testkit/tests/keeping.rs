//! Connections that nobody uses are kept alive, and people are warned of those that only they can renew.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod scripted;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use domain::access;
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Grant, Sealed, Tokens};
use domain::event::Event;
use domain::id::{ConnectionId, Entropy, OwnerId};
use domain::keeping::{self, keep};
use domain::metric::Metric;
use domain::platform::Platform;
use domain::ports::{Clock, Connections, Events, Failure, FailureClass, KEEP_SHARDS, Vault};
use domain::secret::Secret;
use domain::upkeep::{Chore, Upkeep, warning};
use jiff::Timestamp;
use scripted::Scripted;
use testkit::memory::{MemoryConnections, MemoryEvents, MemoryMetrics, MemoryVault};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn day(days: u32) -> Timestamp {
    Timestamp::from_second(1_796_112_000).unwrap() + DAY * days
}

fn grant(name: &str, expires_at: Timestamp) -> Grant {
    let refresh = Some(Secret::new(format!("refresh-{name}")));
    let tokens = Tokens { access: Secret::new(format!("access-{name}")), refresh };
    Grant { tokens, scopes: Vec::new(), expires_at: Some(expires_at), refresh_until: None }
}

fn failure(class: FailureClass) -> Result<Grant, Failure> {
    Err(Failure { class, code: "c", detail: "d".into() })
}

/// The time, which stands still unless it is moved.
struct Standing(Mutex<Timestamp>);

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn until(&self, _: Timestamp) {
        unreachable!("keeping waits for nothing")
    }
}

/// When whoever tells an event dies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Death {
    Never,
    BeforeTelling,
    AfterTelling,
}

/// A bus at which its caller may die, or which is away.
struct Bus {
    told: MemoryEvents,
    death: Mutex<Death>,
    is_away: Mutex<bool>,
}

impl Bus {
    async fn goes_on_unless(&self, death: Death) {
        let goes_on = |_: &mut Context<'_>| {
            if *self.death.lock().unwrap() == death { Poll::Pending } else { Poll::Ready(()) }
        };
        poll_fn(goes_on).await;
    }
}

#[async_trait]
impl Events for Bus {
    async fn emit(&self, event: &Event) -> domain::Result<()> {
        self.goes_on_unless(Death::BeforeTelling).await;
        if *self.is_away.lock().unwrap() {
            return Err(domain::Error::unavailable("bus", "it is away"));
        }
        self.told.emit(event).await?;
        self.goes_on_unless(Death::AfterTelling).await;
        Ok(())
    }
}

struct World {
    clock: Standing,
    connections: MemoryConnections,
    bus: Bus,
    metrics: MemoryMetrics,
    platforms: Scripted,
}

impl World {
    fn new(answers: impl IntoIterator<Item = Result<Grant, Failure>>) -> Self {
        let platforms = Scripted::default();
        platforms.answer(answers);
        let (death, is_away) = (Mutex::new(Death::Never), Mutex::new(false));
        Self {
            clock: Standing(Mutex::new(day(0))),
            connections: MemoryConnections::default(),
            bus: Bus { told: MemoryEvents::default(), death, is_away },
            metrics: MemoryMetrics::default(),
            platforms,
        }
    }

    /// Connects an account whose upkeep is this.
    async fn connect(&self, platform: Platform, account: &str, grant: &Grant, upkeep: Upkeep) -> Connection {
        let owner = OwnerId("alice".into());
        let id = ConnectionId::of(&owner, platform.name(), account);
        let connection = Connection {
            sealed: MemoryVault.seal(&owner, &id, &grant.tokens).await.unwrap(),
            owner,
            id,
            platform,
            account: Account {
                id: account.into(),
                login: platform,
                kind: AccountKind::Person,
                display_name: "Alice".into(),
                handle: None,
                avatar_url: None,
            },
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            token_version: 1,
            expires_at: grant.expires_at,
            closed_until: None,
            refresh_lease: None,
            upkeep: Some(upkeep),
            created_at: day(0),
        };
        self.connections.connect(&connection).await.unwrap()
    }

    /// An account on X, connected on day 0 and not used since.
    async fn idle(&self, account: &str) -> Connection {
        let granted = grant(&format!("{account}-old"), day(0) + 2 * HOUR);
        let upkeep = Upkeep { at: day(60), chore: Chore::Renew };
        self.connect(Platform::X, account, &granted, upkeep).await
    }

    /// A member of LinkedIn without a refresh token, connected on day 0 for 60 days.
    async fn member(&self) -> Connection {
        self.members(1).await.remove(0)
    }

    /// So many of them.
    async fn members(&self, count: u32) -> Vec<Connection> {
        let granted = grant("member", day(60));
        let granted = Grant { tokens: Tokens { refresh: None, ..granted.tokens }, ..granted };
        let mut members = Vec::new();
        for number in 0..count {
            let (account, upkeep) = (format!("urn:li:person:{number}"), warning(day(60), day(0)));
            members.push(self.connect(Platform::LinkedIn, &account, &granted, upkeep).await);
        }
        members
    }

    /// A run at `now`, with time enough.
    async fn run(&self, now: Timestamp) -> domain::Result<()> {
        self.run_until(now, now + Duration::from_secs(240)).await
    }

    async fn run_until(&self, now: Timestamp, deadline: Timestamp) -> domain::Result<()> {
        *self.clock.0.lock().unwrap() = now;
        let ports = keeping::Ports {
            clock: &self.clock,
            access: access::Ports {
                connections: &self.connections,
                vault: &MemoryVault,
                platforms: &self.platforms,
                events: &self.bus,
                metrics: &self.metrics,
            },
        };
        let mut result = Ok(());
        for shard in 0..KEEP_SHARDS {
            result = keep(&ports, shard, now, deadline, Entropy::new([3; 32])).await.and(result);
        }
        result
    }

    /// A run that ends where its port kills it.
    fn die(&self, now: Timestamp, death: Death) {
        *self.bus.death.lock().unwrap() = death;
        let is_dead = pin!(self.run(now)).poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(is_dead, "it had something to tell");
        *self.bus.death.lock().unwrap() = Death::Never;
    }

    async fn kept(&self, connection: &Connection) -> Connection {
        self.connections.find(&connection.owner, &connection.id).await.unwrap().unwrap()
    }

    /// What was told, as `kind` or `kind days`.
    fn told(&self) -> Vec<String> {
        let told = self.bus.told.all().into_iter().map(|event| match event {
            Event::ConnectionExpiring { days_left, .. } => format!("{} {days_left}", event.kind()),
            event => event.kind().to_owned(),
        });
        told.collect()
    }
}

#[tokio::test]
async fn an_idle_connection_is_renewed_once_when_its_time_has_come() {
    let world = World::new([Ok(grant("new", day(60) + 2 * HOUR))]);
    let connection = world.idle("1").await;
    world.run(day(60) - HOUR).await.unwrap();
    assert!(world.platforms.asked().is_empty());
    for hours in 0..3 {
        world.run(day(60) + HOUR * hours).await.unwrap();
    }
    assert_eq!(world.platforms.asked(), ["refresh-1-old"]);
    let kept = world.kept(&connection).await;
    assert_eq!((kept.status, kept.token_version), (ConnectionStatus::Active, 2));
    assert_eq!(kept.upkeep, Some(Upkeep { at: day(120), chore: Chore::Renew }));
    assert!(world.told().is_empty() && world.metrics.all().is_empty());
}

#[tokio::test]
async fn a_fault_of_the_network_changes_nothing_and_is_tried_again_by_the_next_run() {
    let renewed = Ok(grant("new", day(60) + 3 * HOUR));
    let world = World::new([failure(FailureClass::RetrySoon), renewed]);
    let connection = world.idle("1").await;
    world.run(day(60)).await.unwrap();
    let kept = world.kept(&connection).await;
    assert_eq!((kept.status, &kept.sealed), (ConnectionStatus::Active, &connection.sealed));
    assert_eq!(world.metrics.all(), [Metric::KeepFailed { platform: Platform::X }]);
    world.run(day(60) + HOUR).await.unwrap();
    assert_eq!(world.kept(&connection).await.token_version, 2);
    assert_eq!(world.platforms.asked(), ["refresh-1-old", "refresh-1-old"]);
    assert!(world.told().is_empty());
}

#[tokio::test]
async fn a_refusal_calls_for_the_person_and_ends_the_keeping() {
    let world = World::new([failure(FailureClass::Reconnect)]);
    let connection = world.idle("1").await;
    for hours in 0..3 {
        world.run(day(60) + HOUR * hours).await.unwrap();
    }
    let kept = world.kept(&connection).await;
    assert_eq!((kept.status, kept.upkeep), (ConnectionStatus::NeedsReconnect, None));
    assert_eq!(world.told(), ["connection.needs_reconnect"]);
    assert!(world.metrics.all().is_empty());
}

#[tokio::test]
async fn a_connection_that_the_platform_closed_is_left_alone_until_it_opens() {
    let world = World::new([Ok(grant("new", day(70)))]);
    let connection = world.idle("1").await;
    world.connections.close(&connection.owner, &connection.id, day(60) + 2 * HOUR).await.unwrap();
    for hours in 0..2 {
        world.run(day(60) + HOUR * hours).await.unwrap();
    }
    assert!(world.platforms.asked().is_empty());
    world.run(day(60) + 2 * HOUR).await.unwrap();
    assert_eq!(world.platforms.asked().len(), 1);
}

#[tokio::test]
async fn what_has_changed_since_the_index_was_read_is_left_alone() {
    let world = World::new([]);
    // So many that several are in each shard.
    let members = world.members(60).await;
    *world.bus.death.lock().unwrap() = Death::BeforeTelling;
    let mut run = pin!(world.run(day(46)));
    let mut poll = || run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending(), "the first of them is being told");
    for member in &members {
        let upkeep = Some(warning(day(106), day(46)));
        world.connections.plan_upkeep(member, upkeep).await.unwrap();
    }
    *world.bus.death.lock().unwrap() = Death::Never;
    assert!(poll().is_ready());
    assert_eq!(world.told(), ["connection.expiring 14"]);
}

#[tokio::test]
async fn one_that_makes_trouble_stops_no_other() {
    let world = World::new([Ok(grant("new", day(61)))]);
    let broken = world.idle("1").await;
    let sealed = Sealed(b"not ours".to_vec());
    let upkeep = Some(Upkeep { at: day(59), chore: Chore::Renew });
    world.connections.connect(&Connection { sealed, upkeep, ..broken.clone() }).await.unwrap();
    let good = world.idle("2").await;
    let _ = world.run(day(60)).await;
    assert_eq!(world.kept(&good).await.token_version, 2);
    assert_eq!(world.kept(&broken).await.status, ConnectionStatus::Active);
}

#[tokio::test]
async fn one_that_nobody_can_be_told_of_stops_no_other() {
    let world = World::new([]);
    let members = world.members(60).await;
    *world.bus.is_away.lock().unwrap() = true;
    world.run(day(46)).await.unwrap_err();
    for member in &members {
        assert_ne!(world.kept(member).await.upkeep, member.upkeep, "each was tried");
    }
}

#[tokio::test]
async fn what_there_is_no_time_for_is_not_begun_and_left_to_the_next_run() {
    let world = World::new([Ok(grant("new", day(61)))]);
    let connection = world.idle("1").await;
    world.run_until(day(60), day(60) + Duration::from_secs(24)).await.unwrap();
    assert_eq!(world.kept(&connection).await, connection);
    world.run(day(60) + HOUR).await.unwrap();
    assert_eq!(world.platforms.asked(), ["refresh-1-old"]);
}

#[tokio::test]
async fn one_that_fails_again_and_again_stands_behind_those_that_were_not_reached() {
    let world = World::new([failure(FailureClass::RetrySoon)]);
    let connection = world.idle("1").await;
    world.run(day(60)).await.unwrap();
    let at = world.kept(&connection).await.upkeep.unwrap().at;
    assert!(at > day(60) && at < day(60) + HOUR, "it is due again at {at}");
}

#[tokio::test]
async fn a_member_of_linkedin_is_warned_three_times_and_told_of_the_end() {
    let world = World::new([]);
    let connection = world.member().await;
    for hours in 0..61 * 24 {
        // The rule may ring twice.
        for _ in 0..2 {
            world.run(day(0) + HOUR * hours).await.unwrap();
        }
    }
    let warnings = ["connection.expiring 14", "connection.expiring 7", "connection.expiring 2"];
    assert_eq!(world.told()[..3], warnings);
    assert_eq!(world.told()[3..], ["connection.needs_reconnect"]);
    let kept = world.kept(&connection).await;
    assert_eq!((kept.status, kept.upkeep), (ConnectionStatus::NeedsReconnect, None));
}

#[tokio::test]
async fn a_warning_names_the_connection_and_its_end() {
    let world = World::new([]);
    let connection = world.member().await;
    world.run(day(46)).await.unwrap();
    let wanted = Event::ConnectionExpiring {
        owner: connection.owner.clone(),
        connection_id: connection.id.clone(),
        platform: Platform::LinkedIn,
        expires_at: day(60),
        days_left: 14,
    };
    assert_eq!(world.bus.told.all(), [wanted]);
    assert_eq!(world.kept(&connection).await.upkeep, Some(warning(day(60), day(46))));
}

#[tokio::test]
async fn a_warning_whose_teller_died_is_told_by_the_next_run() {
    let world = World::new([]);
    world.member().await;
    world.die(day(46), Death::BeforeTelling);
    assert!(world.told().is_empty());
    world.run(day(46)).await.unwrap();
    assert!(world.told().is_empty(), "whoever began may still be at it");
    for hours in 1..4 {
        world.run(day(46) + HOUR * hours).await.unwrap();
    }
    assert_eq!(world.told(), ["connection.expiring 14"]);
}

#[tokio::test]
async fn only_who_dies_between_telling_and_writing_it_down_is_repeated_and_says_the_same() {
    let world = World::new([]);
    world.member().await;
    world.die(day(46), Death::AfterTelling);
    for hours in 1..4 {
        world.run(day(46) + HOUR * hours).await.unwrap();
    }
    assert_eq!(world.told(), ["connection.expiring 14", "connection.expiring 14"]);
    assert_eq!(world.bus.told.all()[0], world.bus.told.all()[1]);
}

#[tokio::test]
async fn a_warning_that_the_bus_did_not_take_is_told_later() {
    let world = World::new([]);
    world.member().await;
    *world.bus.is_away.lock().unwrap() = true;
    world.run(day(46)).await.unwrap_err();
    *world.bus.is_away.lock().unwrap() = false;
    world.run(day(46) + HOUR).await.unwrap();
    assert_eq!(world.told(), ["connection.expiring 14"]);
}

#[tokio::test]
async fn connecting_again_begins_anew() {
    let world = World::new([]);
    let connection = world.member().await;
    world.run(day(46)).await.unwrap();
    let again = Connection {
        expires_at: Some(day(106)),
        upkeep: Some(warning(day(106), day(46))),
        ..connection.clone()
    };
    world.connections.connect(&again).await.unwrap();
    for days in 47..93 {
        world.run(day(days)).await.unwrap();
    }
    assert_eq!(world.told(), ["connection.expiring 14", "connection.expiring 14"]);
}
