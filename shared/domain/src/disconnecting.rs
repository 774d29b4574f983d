//! Taking an account away from Belfry.

use std::time::Duration;

use jiff::Timestamp;

use crate::concluding::tell;
use crate::connection::Connection;
use crate::delivering::removed;
use crate::event::Event;
use crate::id::{ConnectionId, OwnerId};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::ports::{
    Amendment, Connections, Events, Metrics, Platforms, PostQuery, Posts, Queues, Schedules, Section, Vault,
    Written,
};
use crate::post::{GIVE_UP_AFTER, Post};
use crate::target::Status;
use crate::{Error, Result, waking};

/// A conditional write that lost its race is tried again this often.
const MAX_RACES: u32 = 8;

/// How many posts are read at once.
const PAGE: u32 = 200;

/// What disconnecting touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Gives the connection up.
    pub connections: &'a dyn Connections,
    /// Keeps the posts that were to go there.
    pub posts: &'a dyn Posts,
    /// Opens the tokens a last time.
    pub vault: &'a dyn Vault,
    /// Revokes them.
    pub platforms: &'a dyn Platforms,
    /// Takes posts whose other targets are due soon.
    pub queues: &'a dyn Queues,
    /// Takes posts whose other targets are due later.
    pub schedules: &'a dyn Schedules,
    /// Hears of it.
    pub events: &'a dyn Events,
    /// Counts what went wrong behind the caller's back.
    pub metrics: &'a dyn Metrics,
}

/// Erases the tokens, revokes them at the platform where that can be, and ends what was scheduled on the connection.
///
/// The tokens go first: from then on nothing can be sent, and a target that is not reached here ends in the same way
/// when its time comes.
///
/// # Errors
/// `NotFound`; `Unavailable` when the connection could not be taken out, or not all posts could be told.
pub async fn disconnect(ports: &Ports<'_>, owner: &OwnerId, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let connection = ports.connections.remove(owner, id).await?.ok_or(Error::NotFound("connection"))?;
    // The platform may be away or refuse: our copy of the tokens is gone all the same.
    let _ = revoke(ports, &connection).await;
    let event = Event::ConnectionRemoved {
        owner: owner.clone(),
        connection_id: id.clone(),
        platform: connection.platform,
    };
    if ports.events.emit(&event).await.is_err() {
        ports.metrics.put(Metric::EventLost);
    }
    end_targets(ports, owner, id, now).await
}

async fn revoke(ports: &Ports<'_>, connection: &Connection) -> Result<()> {
    let login = connection.account.login;
    let opens_several = match login {
        Platform::LinkedIn | Platform::Facebook => true,
        Platform::X | Platform::Instagram => false,
    };
    if opens_several {
        // One consent opens a member and their organizations, a person's Pages and what belongs to them: the others
        // would lose theirs too.
        let others = ports.connections.list(&connection.owner).await?;
        if others.iter().any(|other| other.account.login == login) {
            return Ok(());
        }
    }
    let tokens = ports.vault.open(&connection.owner, &connection.id, &connection.sealed).await?;
    let revoked = ports.platforms.authorizer(login).revoke(&tokens).await;
    revoked.map_err(|failure| Error::unavailable("platform", failure.detail))
}

/// Walks the owner's posts from a day ago on: an older one has ended.
async fn end_targets(ports: &Ports<'_>, owner: &OwnerId, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let from = now - GIVE_UP_AFTER - Duration::from_secs(3600);
    let mut query = PostQuery {
        owner: owner.clone(),
        section: Section::Timed,
        from: Some(from),
        to: None,
        after: None,
        limit: PAGE,
    };
    loop {
        let page = ports.posts.list(&query).await?;
        for post in &page {
            if post.target(id).is_some_and(|target| !target.status.is_final()) {
                end_target(ports, post, id, now).await?;
            }
        }
        let Some(last) = page.last().filter(|_| page.len() == PAGE as usize) else { return Ok(()) };
        query.after = Some(last.place());
    }
}

async fn end_target(ports: &Ports<'_>, post: &Post, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let mut seen = post.clone();
    for _ in 0..MAX_RACES {
        let Some(amendment) = without(&seen, id, now) else { return Ok(()) };
        match ports.posts.amend(&amendment).await? {
            Written::Done(post) => {
                waking::wake_again(ports.queues, ports.schedules, ports.metrics, &seen, &post, now).await;
                if let Some(target) = post.target(id) {
                    tell(ports.events, ports.metrics, &post, target).await;
                }
                return Ok(());
            }
            Written::Refused(Some(current)) => seen = *current,
            Written::Refused(None) => return Ok(()),
        }
    }
    Err(Error::unavailable("DynamoDB", "the post changed each time its target was to be ended"))
}

/// The post without what was to go to this connection; an attempt in flight makes no further request.
fn without(seen: &Post, id: &ConnectionId, now: Timestamp) -> Option<Amendment> {
    let mut post = seen.clone();
    let target = post.target_mut(id)?;
    let touched = vec![(target.connection_id.clone(), target.status, target.attempts)];
    match target.status {
        Status::Scheduled | Status::Retrying => {
            let failure = removed();
            *target = target.clone().into_failed(failure.into());
        }
        Status::Publishing if !target.stop => target.stop = true,
        Status::Publishing
        | Status::Draft
        | Status::Published
        | Status::Failed
        | Status::NeedsAttention
        | Status::Skipped
        | Status::Canceled => return None,
    }
    post.revision += 1;
    post.updated_at = now;
    if post.is_final() {
        post.due_at = None;
    }
    Some(Amendment { post, touched, added: Vec::new() })
}
