//! Two workers that refresh the same connection at the same time, on DynamoDB.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod tables;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::access;
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Grant, Opened, Tokens};
use domain::id::{ConnectionId, Entropy, OwnerId};
use domain::platform::Platform;
use domain::ports::{Authorizer, Connections, Failure, FailureClass, Meter, Platforms, Publisher, Vault};
use domain::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use store::ConnectionStore;
use testkit::memory::{MemoryEvents, MemoryMetrics, MemoryVault};

/// How often they race.
const RACES: u8 = 200;

/// Access tokens live so long.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

/// X: takes each refresh token once, and answers when others have had their turn.
#[derive(Clone)]
struct Strict(Arc<Mutex<Granted>>);

struct Granted {
    refresh: String,
    sequence: u32,
    now: Timestamp,
}

fn pair(number: u32) -> Tokens {
    Tokens {
        access: Secret::new(format!("access-{number}")),
        refresh: Some(Secret::new(format!("refresh-{number}"))),
    }
}

#[async_trait]
impl Authorizer for Strict {
    fn uses_pkce(&self) -> bool {
        true
    }
    fn needed_scopes(&self) -> Vec<String> {
        unreachable!("nobody connects here")
    }
    fn authorization_url(&self, _: &str, _: Option<&str>) -> String {
        unreachable!("nobody connects here")
    }
    async fn exchange(&self, _: &Secret<String>, _: Option<&Secret<String>>) -> domain::Result<Grant> {
        unreachable!("nobody connects here")
    }
    async fn accounts(&self, _: &Grant) -> domain::Result<Vec<Opened>> {
        unreachable!("nobody connects here")
    }
    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        tokio::task::yield_now().await;
        let mut granted = self.0.lock().unwrap();
        if granted.refresh != *refresh.expose() {
            let detail = "Value passed for the token was invalid.".into();
            return Err(Failure { class: FailureClass::Reconnect, code: "needs_reconnect", detail });
        }
        granted.sequence += 1;
        let tokens = pair(granted.sequence);
        granted.refresh = format!("refresh-{}", granted.sequence);
        Ok(Grant {
            tokens,
            scopes: Vec::new(),
            expires_at: Some(granted.now + LIFETIME),
            refresh_until: None,
        })
    }
    async fn revoke(&self, _: &Tokens) -> Result<(), Failure> {
        unreachable!("nobody disconnects here")
    }
}

impl Platforms for Strict {
    fn publisher(&self, _: Platform) -> Box<dyn Publisher> {
        unreachable!("nobody publishes here")
    }
    fn authorizer(&self, _: Platform) -> Box<dyn Authorizer> {
        Box::new(self.clone())
    }
    fn meter(&self, _: Platform) -> Box<dyn Meter> {
        unreachable!("nobody measures here")
    }
}

fn connection(sealed: domain::connection::Sealed, now: Timestamp) -> Connection {
    Connection {
        owner: OwnerId("alice".into()),
        id: ConnectionId("con_1".into()),
        platform: Platform::X,
        account: Account {
            id: "12".into(),
            login: Platform::X,
            kind: AccountKind::Person,
            display_name: "Alice".into(),
            handle: None,
            avatar_url: None,
        },
        status: ConnectionStatus::Active,
        scopes: Vec::new(),
        sealed,
        token_version: 1,
        expires_at: Some(now),
        closed_until: None,
        refresh_lease: None,
        upkeep: None,
        created_at: now,
    }
}

#[tokio::test]
async fn of_two_that_refresh_at_once_the_grant_survives_two_hundred_times() {
    let store = ConnectionStore::new(&tables::start().await, "ConnectionsTable");
    let mut now = Timestamp::from_second(1_796_112_000).unwrap();
    let x = Strict(Arc::new(Mutex::new(Granted { refresh: "refresh-0".into(), sequence: 0, now })));
    let (owner, id) = (OwnerId("alice".into()), ConnectionId("con_1".into()));
    let sealed = MemoryVault.seal(&owner, &id, &pair(0)).await.unwrap();
    store.connect(&connection(sealed, now)).await.unwrap();
    let (events, metrics) = (MemoryEvents::default(), MemoryMetrics::default());
    let ports = access::Ports {
        connections: &store,
        vault: &MemoryVault,
        platforms: &x,
        events: &events,
        metrics: &metrics,
    };
    for race in 0..RACES {
        now += LIFETIME;
        x.0.lock().unwrap().now = now;
        let seen = store.find(&owner, &id).await.unwrap().unwrap();
        let open = |worker| {
            access::open(&ports, &seen, now, now, Entropy::new([race, worker].repeat(16).try_into().unwrap()))
        };
        let outcomes: [Result<access::Access, Failure>; 2] = tokio::join!(open(1), open(2)).into();
        let refreshed = x.0.lock().unwrap().sequence;
        assert_eq!(refreshed, u32::from(race) + 1, "race {race}: one asks the platform, and one alone");
        for outcome in outcomes {
            match outcome {
                Ok(access) => assert_eq!(access.token, pair(refreshed).access, "race {race}"),
                Err(failure) => {
                    assert_eq!(failure.class, FailureClass::RetrySoon, "race {race}: {failure:?}")
                }
            }
        }
        let kept = store.find(&owner, &id).await.unwrap().unwrap();
        assert_eq!(kept.status, ConnectionStatus::Active, "race {race}");
        assert_eq!(
            MemoryVault.open(&owner, &id, &kept.sealed).await.unwrap(),
            pair(refreshed),
            "race {race}"
        );
    }
}
