//! Keeping connections alive that nobody uses: tokens are renewed before they die, and people are warned of those that
//! only they can renew.

use std::time::Duration;

use jiff::Timestamp;

use crate::Result;
use crate::access;
use crate::connection::Connection;
use crate::event::Event;
use crate::id::Entropy;
use crate::metric::Metric;
use crate::ports::{Clock, FailureClass, KEEP_SHARDS, KeepKey};
use crate::upkeep::{Chore, Notice, Upkeep, notice, warning};

/// One connection may take this long, and is not begun with less.
const CHORE_TIME: Duration = Duration::from_secs(25);

/// A connection that could not be kept is tried again by the run that comes an hour later.
const AGAIN: Duration = Duration::from_secs(30 * 60);

/// What keeping touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Says how much time is left.
    pub clock: &'a dyn Clock,
    /// The way to new tokens.
    pub access: access::Ports<'a>,
}

/// Does in one shard what is to be done by `tick`, connection by connection, the most overdue first. What there is no
/// time left for is what the next run begins with.
///
/// # Errors
/// `Unavailable`, after everything that could be reached was done; the next run looks again.
pub async fn keep(
    ports: &Ports<'_>,
    shard: u8,
    tick: Timestamp,
    deadline: Timestamp,
    entropy: Entropy,
) -> Result<()> {
    debug_assert!(shard < KEEP_SHARDS, "there are {KEEP_SHARDS} shards");
    let mut result = Ok(());
    for key in ports.access.connections.to_keep(shard, tick).await? {
        if ports.clock.now() + CHORE_TIME > deadline {
            break;
        }
        result = look_after(ports, &key, tick, entropy).await.and(result);
    }
    result
}

async fn look_after(ports: &Ports<'_>, key: &KeepKey, tick: Timestamp, entropy: Entropy) -> Result<()> {
    let connections = ports.access.connections;
    let Some(seen) = connections.find(&key.owner, &key.connection).await? else { return Ok(()) };
    // The index may lag behind the connection.
    let Some(upkeep) = seen.upkeep.filter(|upkeep| upkeep.at <= tick) else { return Ok(()) };
    let now = ports.clock.now().max(tick);
    // Put behind all the others before it is touched: of two that see it one goes on, and a connection on which
    // everybody fails, or dies, does not stand before the others in the next run.
    let again = Some(Upkeep { at: now + AGAIN, ..upkeep });
    if !connections.plan_upkeep(&seen, again).await? {
        return Ok(());
    }
    let taken = Connection { upkeep: again, ..seen };
    match upkeep.chore {
        Chore::Renew => {
            renew(ports, &taken, now, entropy).await;
            Ok(())
        }
        Chore::Warn => warn(ports, &taken, now, entropy).await,
    }
}

/// Has the tokens renewed; what comes next is written down together with the new ones. A failure changes nothing.
async fn renew(ports: &Ports<'_>, connection: &Connection, now: Timestamp, entropy: Entropy) {
    // A token that must outlive the present one is another one.
    let needed_until = connection.expires_at.unwrap_or(now);
    let Err(failure) = access::open(&ports.access, connection, needed_until, now, entropy).await else {
        return;
    };
    match failure.class {
        // That is the end of it, and the person has been told.
        FailureClass::Reconnect => {}
        FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted
        | FailureClass::Ambiguous
        | FailureClass::Unprepared
        | FailureClass::Operator => {
            ports.access.metrics.put(Metric::KeepFailed { platform: connection.platform });
        }
    }
}

/// Tells the person what is to be told by now, and then plans the next warning: whoever dies in between tells the same
/// again, and nothing is left unsaid.
async fn warn(ports: &Ports<'_>, connection: &Connection, now: Timestamp, entropy: Entropy) -> Result<()> {
    let access::Ports { connections, events, .. } = ports.access;
    let Some(expires_at) = connection.expires_at else {
        return connections.plan_upkeep(connection, None).await.map(drop);
    };
    match notice(expires_at, now) {
        Notice::Ended => {
            // Without a refresh token that is the end; whoever has one after all hears it from the platform.
            renew(ports, connection, now, entropy).await;
            return Ok(());
        }
        Notice::DaysLeft(days_left) => {
            let event = Event::ConnectionExpiring {
                owner: connection.owner.clone(),
                connection_id: connection.id.clone(),
                platform: connection.platform,
                expires_at,
                days_left,
            };
            events.emit(&event).await?;
        }
        Notice::Nothing => {}
    }
    connections.plan_upkeep(connection, Some(warning(expires_at, now))).await.map(drop)
}
