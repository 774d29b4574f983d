//! Finds what became of a container whose publishing nobody confirmed: it says so itself.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, FailureClass, Look, Receipt};
use domain::secret::Secret;
use domain::target::MediaPlacement;
use domain::text::Role;
use jiff::Timestamp;
use serde::Deserialize;

use crate::graph::{Call, Deadline, Graph, NOT_FOUND, Page, canonical, is_id, time};
use crate::instagram::PLATFORM;
use crate::instagram::container::{self, State, not_ready};
use crate::instagram::publish::{publish, receipt};
use crate::refusal::failure;

/// How far Instagram's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(5);

/// Something in the feed, or a story.
#[derive(Deserialize)]
struct Media {
    id: String,
    caption: Option<String>,
    #[serde(default, deserialize_with = "time")]
    timestamp: Option<Timestamp>,
    permalink: Option<String>,
}

#[derive(Deserialize)]
struct Comment {
    id: String,
    text: Option<String>,
    #[serde(default, deserialize_with = "time")]
    timestamp: Option<Timestamp>,
    username: Option<String>,
}

pub(super) async fn find(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    if look.part.role == Role::Comment {
        return comments(graph, account, access, look, within).await;
    }
    // Without a container nothing was sent.
    let Some(container) = look.part.handles.first() else { return Ok(Vec::new()) };
    let deadline = Deadline::after(within);
    match container::state(graph, access, container, within).await {
        Ok(State::Published) => {
            let found = listed(graph, account, access, look, deadline.left()).await?;
            if found.is_empty() {
                let advice = "Instagram says that the post is published, and does not list it yet; it is looked for again";
                return Err(failure(PLATFORM, FailureClass::RetrySoon, "try_again", advice, ""));
            }
            Ok(found)
        }
        // It was not published, and can be only once: the container is the same.
        Ok(State::Finished) if look.may_resend => {
            Ok(vec![publish(graph, account, access, container, deadline.left()).await?])
        }
        Ok(State::Finished | State::Expired | State::Broken(_)) => Ok(Vec::new()),
        Ok(State::InProgress) => Err(not_ready()),
        // What is published may outlive its container.
        Err(failure) if failure.code == NOT_FOUND => {
            listed(graph, account, access, look, deadline.left()).await
        }
        Err(failure) => Err(failure),
    }
}

/// What the account has shown since the attempt with these words, newest first.
async fn listed(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let is_story = look.part.options.media_kind == Some(MediaPlacement::Stories);
    let edge = if is_story { "stories" } else { "media" };
    let path = format!("/{}/{edge}", account.id);
    let fields = [("fields", "id,caption,timestamp,permalink"), ("limit", "50")];
    let page: Page<Media> =
        graph.read(Call { access, path: &path, fields: &fields, hidden: &[], within }).await?;
    let wanted = canonical(look.part.text);
    let says_it = |media: &Media| canonical(media.caption.as_deref().unwrap_or_default()) == wanted;
    let found = page.data.into_iter().filter(|media| is_id(&media.id) && (is_story || says_it(media)));
    let found = found.filter_map(|media| Some(receipt(account, media.id, media.permalink, media.timestamp?)));
    Ok(young(found, look))
}

async fn comments(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let path = format!("/{}/comments", look.part.reply_to.unwrap_or_default());
    let fields = [("fields", "id,text,timestamp,username"), ("limit", "50")];
    let page: Page<Comment> =
        graph.read(Call { access, path: &path, fields: &fields, hidden: &[], within }).await?;
    let wanted = canonical(look.part.text);
    let is_ours = |comment: &Comment| match (&comment.username, &account.handle) {
        (Some(username), Some(handle)) => username == handle,
        (Some(_) | None, _) => true,
    };
    let says_it = |comment: &Comment| canonical(comment.text.as_deref().unwrap_or_default()) == wanted;
    let found = page.data.into_iter().filter(|it| is_id(&it.id) && is_ours(it) && says_it(it));
    let found = found.filter_map(|comment| Some(receipt(account, comment.id, None, comment.timestamp?)));
    Ok(young(found, look))
}

/// Those that are not older than the attempt, newest first.
fn young(found: impl Iterator<Item = Receipt>, look: Look<'_>) -> Vec<Receipt> {
    let is_young = |receipt: &Receipt| receipt.accepted_at.is_some_and(|at| at >= look.since - SKEW);
    let mut found: Vec<Receipt> = found.filter(is_young).collect();
    found.sort_by_key(|receipt| std::cmp::Reverse(receipt.accepted_at));
    found
}
