//! Finding out what became of an attempt whose outcome is not known.
//!
//! Never by sending again on hope: only by evidence that is younger than the attempt and belongs to no other target.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::Result;
use crate::access;
use crate::backoff;
use crate::delivering::{Conclusion, Held, Ports, accepted_at, conclude};
use crate::id::Entropy;
use crate::metric::Metric;
use crate::ports::{Claim, Failure, Look, PostQuery, Posts, Purpose, Receipt, Section, Written};
use crate::post::{GIVE_UP_AFTER, Post};
use crate::target::{Lease, MAX_LOOKS, Target, TargetError};
use crate::task::DeliverTask;
use crate::text;

/// One look may take this long.
const LOOK_TIME: Duration = Duration::from_secs(12);

/// The platform's clock may lag behind ours by this much; posts are not younger than their attempt by more.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(2);

/// At most this many pages of posts are searched for another owner of the evidence.
const MAX_PAGES: u32 = 20;

/// Looks for evidence of the attempt that `task` names, once, and records what was found.
///
/// # Errors
/// `Unavailable` when the claim or the record could not be written: the message comes again.
pub(crate) async fn settle(
    ports: &Ports<'_>,
    task: &DeliverTask,
    lease: Lease,
    entropy: Entropy,
) -> Result<()> {
    let claim =
        Claim { purpose: Purpose::Settle, task: task.clone(), now: ports.clock.now(), lease: lease.clone() };
    let Written::Done(post) = ports.posts.claim(&claim).await? else { return Ok(()) };
    let Some(target) = post.target(&task.connection) else { return Ok(()) };
    let found = match look(ports, &post, target, entropy).await {
        Ok(receipts) => evidence(ports.posts, &post, target, receipts).await?,
        Err(failure) => Err(failure.detail),
    };
    let platform = target.platform;
    if found.is_ok() {
        ports.access.metrics.put(Metric::AmbiguousSettled { platform });
    }
    let held = Held { task, lease: &lease.token };
    conclude(ports, &held, &post, |target, now| Conclusion::of(settled(target, &found, now))).await
}

async fn look(
    ports: &Ports<'_>,
    post: &Post,
    target: &Target,
    entropy: Entropy,
) -> Result<Vec<Receipt>, Failure> {
    let now = ports.clock.now();
    let Some(connection) = ports.access.connections.find(&post.owner, &target.connection_id).await? else {
        return Ok(Vec::new());
    };
    let access = access::open(&ports.access, &connection, now, now, entropy).await?;
    let outgoing = text::compose(post.text_for(target), target.options);
    let since = target.attempted_at.unwrap_or(now);
    let look = Look { outgoing: &outgoing, since, may_resend: !target.stop };
    let publisher = ports.platforms.publisher(target.platform);
    publisher.look(&connection.account, &access, look, LOOK_TIME).await
}

/// The first receipt that can only be this attempt's, or what was sought in vain.
async fn evidence(
    posts: &dyn Posts,
    post: &Post,
    target: &Target,
    receipts: Vec<Receipt>,
) -> Result<Result<Receipt, String>> {
    let since = target.attempted_at.unwrap_or(post.time()) - CLOCK_SKEW;
    for receipt in receipts {
        let is_young = receipt.accepted_at.is_some_and(|at| at >= since);
        if is_young && !is_recorded_elsewhere(posts, post, target, &receipt).await? {
            return Ok(Ok(receipt));
        }
    }
    Ok(Err("looked through the account's recent posts and did not find it".into()))
}

/// Whether another target of this owner on this connection already stands for the same remote post.
async fn is_recorded_elsewhere(
    posts: &dyn Posts,
    post: &Post,
    target: &Target,
    receipt: &Receipt,
) -> Result<bool> {
    let around = target.attempted_at.unwrap_or(post.time());
    let mut query = PostQuery {
        owner: post.owner.clone(),
        section: Section::Timed,
        from: Some(around - GIVE_UP_AFTER - Duration::from_secs(3600)),
        to: Some(around + Duration::from_secs(3600)),
        after: None,
        limit: 200,
    };
    for _ in 0..MAX_PAGES {
        let page = posts.list(&query).await?;
        let stands = |other: &Post| {
            other.id != post.id
                && other
                    .target(&target.connection_id)
                    .is_some_and(|it| it.published.contains(&receipt.published))
        };
        if page.iter().any(stands) {
            return Ok(true);
        }
        let Some(last) = page.last().filter(|_| page.len() == 200) else { return Ok(false) };
        query.after = Some(last.place());
    }
    // More posts in a day than can be searched: no proof either way, so the evidence is not taken.
    Ok(true)
}

fn settled(target: Target, found: &Result<Receipt, String>, now: Timestamp) -> Target {
    match found {
        Ok(receipt) => {
            let at = accepted_at(receipt, &target, now);
            target.into_published(vec![receipt.published.clone()], at)
        }
        Err(sought) => {
            let detail = format!(
                "{} may have published this or not: its answer was lost; we {sought}. Look at the account, then retry \
                 or leave it",
                target.platform.title()
            );
            let error = TargetError { code: "outcome_unknown".into(), detail, permanent: false };
            if target.looks < MAX_LOOKS {
                let at = now + backoff::look_again_after(target.looks);
                target.into_unsettled(at, error)
            } else {
                target.into_needs_attention(error)
            }
        }
    }
}
