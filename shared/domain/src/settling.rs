//! Finding out what became of an attempt whose outcome is not known.
//!
//! Never by sending again on hope: only by evidence that is younger than the attempt and belongs to no other target.

use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::concluding::{Conclusion, Held, accepted_at, conclude};
use crate::delivering::{Ports, removed};
use crate::id::Entropy;
use crate::metric::Metric;
use crate::ports::{
    Claim, Failure, FailureClass, Look, PostQuery, Posts, Purpose, Receipt, Section, Written,
};
use crate::post::Post;
use crate::target::{Lease, MAX_LOOKS, Status, Target, TargetError};
use crate::task::DeliverTask;
use crate::text::Outgoing;
use crate::{Result, access, backoff};

/// One look may take this long.
pub(crate) const LOOK_TIME: Duration = Duration::from_secs(12);

/// The platform's clock may lag behind ours by this much; posts are not younger than their attempt by more.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(2);

/// A platform that cannot be read just now is asked again for so long before that counts as having looked in vain.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Another post that stands for the evidence was due at most so long before it, or its person sent it again later than
/// anybody does.
const SEARCHED: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// At most this many pages of posts are searched for another owner of the evidence.
const MAX_PAGES: u32 = 20;

/// What one look came to.
enum Found {
    /// Proof.
    Post(Receipt),
    /// Everything that could be read was read, and it is not there.
    Nothing,
    /// Nothing could be learned.
    Unread(Failure),
}

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
    if target.rollback.is_some() {
        // What was under way was a deletion, which may be done again.
        let held = Held { task, lease: &lease.token };
        let again = |target: Target, now| {
            let error = target.rollback.clone();
            Conclusion::of(target.into_retrying(now, error))
        };
        return conclude(ports, &held, &post, again).await.map(drop);
    }
    let outgoing = Outgoing::of(&post, target);
    let found = look(ports, &post, target, &outgoing, entropy).await?;
    if let Found::Post(_) = found {
        ports.access.metrics.put(Metric::AmbiguousSettled { platform: target.platform });
    }
    let held = Held { task, lease: &lease.token };
    let conclusion = |target, now| Conclusion::of(settled(target, &outgoing, &found, now));
    conclude(ports, &held, &post, conclusion).await.map(drop)
}

async fn look(
    ports: &Ports<'_>,
    post: &Post,
    target: &Target,
    outgoing: &Outgoing,
    entropy: Entropy,
) -> Result<Found> {
    let now = ports.clock.now();
    let handles = target.prepared.as_ref().map(|prepared| &prepared.handles[..]).unwrap_or_default();
    let Some(part) = outgoing.part_after(&target.published, handles) else { return Ok(Found::Nothing) };
    let Some(connection) = ports.access.connections.find(&post.owner, &target.connection_id).await? else {
        return Ok(Found::Unread(removed()));
    };
    let access = match access::open(&ports.access, &connection, now, now, entropy).await {
        Ok(access) => access,
        Err(failure) => return Ok(Found::Unread(failure)),
    };
    let since = target.refused_since.or(target.attempted_at).unwrap_or(now);
    let look = Look { part, since, may_resend: !target.stop };
    let publisher = ports.platforms.publisher(target.platform);
    match publisher.look(&connection.account, &access.token, look, LOOK_TIME).await {
        Ok(receipts) => {
            let now = ports.clock.now();
            let found = evidence(ports.posts, post, target, part.text, since..now, receipts).await?;
            Ok(found.map_or(Found::Nothing, Found::Post))
        }
        Err(failure) => Ok(Found::Unread(failure)),
    }
}

/// The first receipt that can only be that of `text` on this target, sent at some time `within` this.
pub(crate) async fn evidence(
    posts: &dyn Posts,
    post: &Post,
    target: &Target,
    text: &str,
    within: Range<Timestamp>,
    receipts: Vec<Receipt>,
) -> Result<Option<Receipt>> {
    for receipt in receipts {
        let is_young = receipt.accepted_at.is_some_and(|at| at >= within.start - CLOCK_SKEW);
        let is_new = !target.published.contains(&receipt.published);
        if is_young && is_new && !may_be_anothers(posts, post, target, text, &within, &receipt).await? {
            return Ok(Some(receipt));
        }
    }
    Ok(None)
}

/// Whether another target of this owner on this connection stands for the same remote post, or has as good a claim to
/// it: of two that said the same and are both open, the earlier comes first.
async fn may_be_anothers(
    posts: &dyn Posts,
    post: &Post,
    target: &Target,
    text: &str,
    within: &Range<Timestamp>,
    receipt: &Receipt,
) -> Result<bool> {
    let mut query = PostQuery {
        owner: post.owner.clone(),
        section: Section::Timed,
        from: Some(within.start - SEARCHED),
        to: Some(within.end + Duration::from_secs(60)),
        after: None,
        limit: 200,
    };
    let has_a_claim = |other: &Post| {
        let Some(it) = other.target(&target.connection_id).filter(|_| other.id != post.id) else {
            return false;
        };
        let is_open = it.status == Status::Publishing && other.place() < post.place();
        it.published.contains(&receipt.published) || is_open && Outgoing::of(other, it).says(text)
    };
    for _ in 0..MAX_PAGES {
        let page = posts.list(&query).await?;
        if page.iter().any(has_a_claim) {
            return Ok(true);
        }
        let Some(last) = page.last().filter(|_| page.len() == 200) else { return Ok(false) };
        query.after = Some(last.place());
    }
    // More posts than can be searched: no proof either way, so the evidence is not taken.
    Ok(true)
}

fn settled(target: Target, outgoing: &Outgoing, found: &Found, now: Timestamp) -> Target {
    let (sought, again_at) = match found {
        Found::Post(receipt) => {
            let at = accepted_at(receipt, &target, now);
            let target = target.with_part(receipt.published.clone(), at);
            return match outgoing.part_after(&target.published, &[]) {
                None => target.into_published(),
                Some(_) => target.into_retrying(now, None),
            };
        }
        Found::Nothing => {
            let looks = target.looks;
            let sought = match looks {
                1 => "looked through the account's posts and did not find it".to_owned(),
                _ => format!("looked through the account's posts {looks} times and did not find it"),
            };
            (sought, now)
        }
        Found::Unread(failure) => {
            (format!("could not find out: {}", failure.detail), failure.class.listens_from().unwrap_or(now))
        }
    };
    let looks =
        if is_worth_waiting_for(&target, found, now) { target.looks.saturating_sub(1) } else { target.looks };
    let error = unknown(&target, &sought);
    if looks < MAX_LOOKS {
        let at = again_at.max(now + backoff::look_again_after(target.looks));
        Target { looks, ..target }.into_unsettled(at, error)
    } else {
        target.into_needs_attention(error)
    }
}

/// Whether the platform could not be read for a reason that will pass, so that this was no look at all.
fn is_worth_waiting_for(target: &Target, found: &Found, now: Timestamp) -> bool {
    let Found::Unread(failure) = found else { return false };
    let passes = match failure.class {
        FailureClass::RetrySoon | FailureClass::RetryAt(_) | FailureClass::Operator => true,
        FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Ambiguous => false,
    };
    passes && target.attempted_at.is_some_and(|at| now < at + PATIENCE)
}

/// What is said of an outcome that nobody knows: what may be, what was done to find out, what the person can do.
fn unknown(target: &Target, sought: &str) -> TargetError {
    let title = target.platform.title();
    let what = match target.published.len() {
        0 => "this".to_owned(),
        parts => format!("part {} of this", parts + 1),
    };
    let sent = target.attempted_at.map(|at| format!(" at {at:.0}")).unwrap_or_default();
    let detail = format!(
        "{title} may have published {what} or not: it was sent{sent}, and no answer came that says which; we {sought}. \
         Look at the account, then retry or leave it"
    );
    TargetError { code: "outcome_unknown".into(), detail, permanent: false }
}

/// How a question ends that settlement itself failed to answer, time after time.
pub(crate) fn unanswered(target: &Target) -> TargetError {
    unknown(target, "tried to look for it, and failed each time on our side")
}
