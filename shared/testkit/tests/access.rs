//! Getting at a token: refreshed once, by one, and never lost to a fault of the network.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod scripted;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::access::{self, Access};
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Grant, Sealed, Tokens};
use domain::id::{ConnectionId, Entropy, LeaseToken, OwnerId};
use domain::platform::Platform;
use domain::ports::{Connections, Failure, FailureClass, Vault};
use domain::secret::Secret;
use domain::target::Lease;
use jiff::Timestamp;
use scripted::Scripted;
use testkit::memory::{MemoryConnections, MemoryEvents, MemoryMetrics, MemoryVault};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + second).unwrap()
}

fn tokens(name: &str) -> Tokens {
    Tokens {
        access: Secret::new(format!("access-{name}")),
        refresh: Some(Secret::new(format!("refresh-{name}"))),
    }
}

fn failure(class: FailureClass) -> Failure {
    Failure { class, code: "c", detail: "d".into() }
}

/// A vault that fails to seal so often before it does.
#[derive(Default)]
struct Stumbling {
    stumbles: AtomicU32,
}

#[async_trait]
impl Vault for Stumbling {
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> domain::Result<Sealed> {
        let left = self.stumbles.load(Ordering::Relaxed);
        if left > 0 {
            self.stumbles.store(left - 1, Ordering::Relaxed);
            return Err(domain::Error::unavailable("vault", "it stumbled"));
        }
        MemoryVault.seal(owner, id, tokens).await
    }

    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> domain::Result<Tokens> {
        MemoryVault.open(owner, id, sealed).await
    }
}

#[derive(Default)]
struct World {
    vault: Stumbling,
    connections: MemoryConnections,
    events: MemoryEvents,
    metrics: MemoryMetrics,
    platforms: Scripted,
}

impl World {
    /// A world with one connection whose access token works until second 1,000.
    async fn new(answers: impl IntoIterator<Item = Result<Grant, Failure>>) -> (Self, Connection) {
        let world = Self::default();
        world.platforms.answer(answers);
        let owner = OwnerId("alice".into());
        let id = ConnectionId::of(&owner, "x", "1");
        let account = Account {
            id: "1".into(),
            login: Platform::X,
            kind: AccountKind::Person,
            display_name: "Alice".into(),
            handle: None,
            avatar_url: None,
        };
        let connection = Connection {
            sealed: MemoryVault.seal(&owner, &id, &tokens("old")).await.unwrap(),
            owner,
            id,
            platform: Platform::X,
            account,
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            token_version: 1,
            expires_at: Some(at(1_000)),
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: at(0),
        };
        let kept = world.connections.connect(&connection).await.unwrap();
        (world, kept)
    }

    async fn version(&self, connection: &Connection, now: i64) -> u32 {
        self.access(connection, now).await.unwrap().version
    }

    async fn open(&self, connection: &Connection, now: i64) -> Result<String, Failure> {
        Ok(self.access(connection, now).await?.token.expose().clone())
    }

    async fn access(&self, connection: &Connection, now: i64) -> Result<Access, Failure> {
        let ports = access::Ports {
            connections: &self.connections,
            vault: &self.vault,
            platforms: &self.platforms,
            events: &self.events,
            metrics: &self.metrics,
        };
        access::open(&ports, connection, at(now), at(now), Entropy::new([3; 32])).await
    }

    async fn now_kept(&self, connection: &Connection) -> Connection {
        self.connections.find(&connection.owner, &connection.id).await.unwrap().unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.platforms.asked()
    }
}

fn granted(name: &str) -> Result<Grant, Failure> {
    Ok(Grant { tokens: tokens(name), scopes: Vec::new(), expires_at: Some(at(8_000)), refresh_until: None })
}

#[tokio::test]
async fn a_token_that_lasts_long_enough_is_used_as_it_is() {
    let (world, connection) = World::new([]).await;
    assert_eq!(world.open(&connection, 0).await.unwrap(), "access-old");
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_token_about_to_expire_is_refreshed_and_the_new_pair_is_stored_before_use() {
    let (world, connection) = World::new([granted("new"), granted("newer")]).await;
    assert_eq!(world.open(&connection, 950).await.unwrap(), "access-new");
    let kept = world.now_kept(&connection).await;
    assert_eq!((kept.token_version, kept.expires_at, kept.refresh_lease.clone()), (2, Some(at(8_000)), None));
    assert_eq!(world.open(&kept, 8_000).await.unwrap(), "access-newer");
    assert_eq!(world.asked(), ["refresh-old", "refresh-new"]);
}

#[tokio::test]
async fn a_new_pair_is_kept_though_the_vault_stumbles() {
    let (world, connection) = World::new([granted("new")]).await;
    world.vault.stumbles.store(4, Ordering::Relaxed);
    assert_eq!(world.open(&connection, 950).await.unwrap(), "access-new");
    assert_eq!(world.now_kept(&connection).await.token_version, 2);
}

#[tokio::test]
async fn it_is_said_which_tokens_are_used() {
    let (world, connection) = World::new([granted("new")]).await;
    assert_eq!(world.version(&connection, 0).await, 1);
    assert_eq!(world.version(&connection, 950).await, 2, "they were refreshed");
    assert_eq!(world.version(&connection, 951).await, 2, "somebody else has refreshed them");
}

#[tokio::test]
async fn whoever_comes_with_old_tokens_gets_the_new_ones_without_asking_the_platform() {
    let (world, connection) = World::new([granted("new")]).await;
    world.open(&connection, 950).await.unwrap();
    assert_eq!(world.open(&connection, 951).await.unwrap(), "access-new");
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn while_one_refreshes_another_waits_and_does_not_ask_the_platform() {
    let (world, connection) = World::new([]).await;
    let lease = Lease { token: LeaseToken("other".into()), until: at(950) + Duration::from_secs(40) };
    assert!(
        world.connections.lease_refresh(&connection.owner, &connection.id, 1, at(950), &lease).await.unwrap()
    );
    assert_eq!(world.open(&connection, 951).await.unwrap_err().class, FailureClass::RetrySoon);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn only_a_refusal_disconnects_and_a_fault_of_the_network_changes_nothing() {
    let soon = Err(failure(FailureClass::RetrySoon));
    let (world, connection) = World::new([soon, Err(failure(FailureClass::Reconnect))]).await;
    assert_eq!(world.open(&connection, 950).await.unwrap_err().class, FailureClass::RetrySoon);
    assert_eq!(world.now_kept(&connection).await.status, ConnectionStatus::Active);
    assert!(world.events.all().is_empty());
    // The lease of the one that failed runs out by itself.
    assert_eq!(world.open(&connection, 991).await.unwrap_err().class, FailureClass::Reconnect);
    assert_eq!(world.now_kept(&connection).await.status, ConnectionStatus::NeedsReconnect);
    let kinds: Vec<_> = world.events.all().iter().map(|event| event.kind()).collect();
    assert_eq!(kinds, ["connection.needs_reconnect"]);
}

#[tokio::test]
async fn a_connection_that_the_platform_closed_is_left_alone_until_it_opens() {
    let (world, connection) = World::new([]).await;
    world.connections.close(&connection.owner, &connection.id, at(500)).await.unwrap();
    let closed = world.now_kept(&connection).await;
    assert_eq!(world.open(&closed, 499).await.unwrap_err().class, FailureClass::RetryAt(at(500)));
    assert_eq!(world.open(&closed, 500).await.unwrap(), "access-old");
}
