//! Ports and drivers with one mistake each, as they are made in earnest. A simulator that does not see what comes of
//! them sees nothing.

use domain::Result;
use domain::connection::{Connection, Renewal};
use domain::ports::{Claim, Connections, Posts, Record, Written};
use domain::target::Lease;
use domain::task::DeliverTask;

use crate::memory::{MemoryConnections, MemoryPosts};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// An outcome is written down without asking whether the lease is still its writer's.
    NoFence,
    /// A claim is granted whatever revision its message knows.
    AnyRevision,
    /// A create request whose answer does not come is sent again by the HTTP client.
    ResendOnTimeout,
    /// What was to be done counts as done when it is begun: the message is deleted and the post taken off the index
    /// before the outcome is written down.
    AcknowledgeBeforeRecord,
    /// A refresh token is exchanged without taking the lease first.
    RefreshWithoutLease,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 5] = [
        Bug::NoFence,
        Bug::AnyRevision,
        Bug::ResendOnTimeout,
        Bug::AcknowledgeBeforeRecord,
        Bug::RefreshWithoutLease,
    ];

    pub(super) async fn claim(self, posts: &MemoryPosts, claim: &Claim) -> Result<Written> {
        let DeliverTask { owner, post, .. } = &claim.task;
        match self {
            Bug::AnyRevision => {
                let Some(there) = posts.find(owner, post).await? else { return Ok(Written::Refused(None)) };
                let task = DeliverTask { revision: there.revision, ..claim.task.clone() };
                posts.claim(&Claim { task, ..claim.clone() }).await
            }
            Bug::AcknowledgeBeforeRecord => {
                let written = posts.claim(claim).await?;
                if let Written::Done(claimed) = &written {
                    posts.reschedule(claimed, None).await?;
                }
                Ok(written)
            }
            Bug::NoFence | Bug::ResendOnTimeout | Bug::RefreshWithoutLease => posts.claim(claim).await,
        }
    }

    pub(super) async fn record(self, posts: &MemoryPosts, record: &Record) -> Result<Written> {
        let Some(mut there) = posts.find(&record.owner, &record.post).await?.filter(|_| self == Bug::NoFence)
        else {
            return posts.record(record).await;
        };
        let revision = there.revision;
        if let Some(target) = there.target_mut(&record.target.connection_id) {
            target.lease = Some(Lease { token: record.lease.clone(), until: record.now });
        }
        posts.force(&there);
        posts.record(&Record { revision, ..record.clone() }).await
    }

    /// New tokens are stored, whoever else brought some home.
    pub(super) async fn renew(
        connections: &MemoryConnections,
        renewal: &Renewal,
    ) -> Result<Option<Connection>> {
        let Some(there) = connections.find(&renewal.owner, &renewal.id).await? else { return Ok(None) };
        let lease = Lease { token: renewal.lease.clone(), until: there.created_at };
        let now = there.created_at;
        let taken =
            connections.lease_refresh(&renewal.owner, &renewal.id, there.token_version, now, &lease).await?;
        if taken { connections.renew(renewal).await } else { Ok(None) }
    }
}
