//! Getting at a connection's access token, fresh enough for what is about to be done with it.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::connection::{Connection, ConnectionStatus, Grant, Renewal, Sealed, Tokens};
use crate::event::Event;
use crate::id::Entropy;
use crate::metric::Metric;
use crate::ports::{Connections, Events, Failure, FailureClass, Metrics, Platforms, Vault};
use crate::secret::Secret;
use crate::target::Lease;
use crate::upkeep;

/// How long a refresh may take. The lease covers the platform's answer and our writing it down.
const REFRESH_LEASE: Duration = Duration::from_secs(40);

/// The platform takes an old pair back no more: the new one is kept though a neighbour stumbles, so often tried.
const MAX_TRIES: u32 = 5;

/// A token must outlive its use by this much.
const MARGIN: Duration = Duration::from_secs(60);

/// What access touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Keeps the tokens and the refresh lease.
    pub connections: &'a dyn Connections,
    /// Opens and seals them.
    pub vault: &'a dyn Vault,
    /// Refreshes them.
    pub platforms: &'a dyn Platforms,
    /// Hears when the person must connect again.
    pub events: &'a dyn Events,
    /// Counts lost events.
    pub metrics: &'a dyn Metrics,
}

/// An access token, and which of the connection's tokens it is: another than was asked with, if it was refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Sent with every call.
    pub token: Secret<String>,
    /// The version of the tokens.
    pub version: u32,
}

/// The access token, refreshed first if it would expire by `needed_until`.
///
/// # Errors
/// `Reconnect` when only the person can help; `RetryAt` when the platform asked us to stay away; `RetrySoon` when a
/// neighbour is away or another worker refreshes right now. Nothing was published in any case.
pub async fn open(
    ports: &Ports<'_>,
    connection: &Connection,
    needed_until: Timestamp,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Access, Failure> {
    if connection.status == ConnectionStatus::NeedsReconnect {
        return Err(reconnect(connection));
    }
    if let Some(until) = connection.closed_until.filter(|until| *until > now) {
        let detail = format!("{} asked us to wait", connection.platform.title());
        return Err(Failure { class: FailureClass::RetryAt(until), code: "rate_limited", detail });
    }
    let tokens = ports.vault.open(&connection.owner, &connection.id, &connection.sealed).await?;
    let as_it_is = Access { token: tokens.access, version: connection.token_version };
    if !connection.expires_by(needed_until + MARGIN) {
        return Ok(as_it_is);
    }
    match &tokens.refresh {
        Some(refresh) => renew(ports, connection, refresh, now, entropy).await,
        None if connection.expires_by(now) => {
            give_up(ports, connection).await;
            Err(reconnect(connection))
        }
        None => Ok(as_it_is),
    }
}

/// Marks the connection as needing the person, unless its tokens have changed since, and tells so.
pub async fn give_up(ports: &Ports<'_>, connection: &Connection) {
    let marked =
        ports.connections.needs_reconnect(&connection.owner, &connection.id, connection.token_version);
    if let Ok(true) = marked.await {
        let event = Event::ConnectionNeedsReconnect {
            owner: connection.owner.clone(),
            connection_id: connection.id.clone(),
            platform: connection.platform,
        };
        if ports.events.emit(&event).await.is_err() {
            ports.metrics.put(Metric::EventLost);
        }
    }
}

/// Exchanges the refresh token under a lease that is taken before the platform is called, because X accepts each
/// refresh token once: two workers that both called would leave us with none.
async fn renew(
    ports: &Ports<'_>,
    connection: &Connection,
    refresh: &Secret<String>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Access, Failure> {
    let (owner, id) = (&connection.owner, &connection.id);
    let lease = Lease { token: entropy.lease_token(), until: now + REFRESH_LEASE };
    if !ports.connections.lease_refresh(owner, id, connection.token_version, now, &lease).await? {
        let current = ports.connections.find(owner, id).await?;
        return match current.filter(|current| current.token_version > connection.token_version) {
            Some(renewed) => {
                let tokens = ports.vault.open(owner, id, &renewed.sealed).await?;
                Ok(Access { token: tokens.access, version: renewed.token_version })
            }
            None => Err(soon("another worker is refreshing this connection right now")),
        };
    }
    let grant = match ports.platforms.authorizer(connection.account.login).refresh(refresh).await {
        Ok(grant) => grant,
        Err(failure) => {
            if failure.class == FailureClass::Reconnect {
                give_up(ports, connection).await;
            }
            return Err(failure);
        }
    };
    let tokens = Tokens { refresh: grant.tokens.refresh.or_else(|| Some(refresh.clone())), ..grant.tokens };
    let sealed = seal(ports, connection, &tokens).await?;
    let grant = Grant { tokens, ..grant };
    let renewal = Renewal {
        owner: owner.clone(),
        id: id.clone(),
        lease: lease.token,
        sealed,
        expires_at: grant.expires_at,
        upkeep: upkeep::after(connection.account.login, &grant, now),
    };
    match store(ports, &renewal).await? {
        Some(renewed) => Ok(Access { token: grant.tokens.access, version: renewed.token_version }),
        None => Err(soon("the connection changed while it was being refreshed")),
    }
}

/// Seals tokens that exist nowhere else.
async fn seal(ports: &Ports<'_>, connection: &Connection, tokens: &Tokens) -> Result<Sealed> {
    let mut sealed = ports.vault.seal(&connection.owner, &connection.id, tokens).await;
    for _ in 1..MAX_TRIES {
        if sealed.is_ok() {
            break;
        }
        sealed = ports.vault.seal(&connection.owner, &connection.id, tokens).await;
    }
    sealed
}

/// Stores them. A write whose answer was lost finds its own work when it is repeated.
async fn store(ports: &Ports<'_>, renewal: &Renewal) -> Result<Option<Connection>> {
    let mut renewed = ports.connections.renew(renewal).await;
    for _ in 1..MAX_TRIES {
        if renewed.is_ok() {
            break;
        }
        renewed = ports.connections.renew(renewal).await;
    }
    renewed
}

fn reconnect(connection: &Connection) -> Failure {
    let title = connection.platform.title();
    let detail = format!("{title} no longer accepts this connection; connect the account again");
    Failure { class: FailureClass::Reconnect, code: "needs_reconnect", detail }
}

fn soon(detail: &str) -> Failure {
    Failure { class: FailureClass::RetrySoon, code: "busy", detail: detail.into() }
}
