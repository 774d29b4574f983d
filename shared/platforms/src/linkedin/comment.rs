//! The first comment: made, found again, and taken down.
//!
//! Source: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api>
//! (`li-lms-2026-08`, read 2026-09); that an organization is named to a deletion as `actor`, by others' accounts of that
//! page (read 2026-11-24).

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::ports::{Failure, FailureClass, Look, Receipt};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::Part;
use jiff::Timestamp;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use crate::linkedin::look::{SKEW, canonical};
use crate::linkedin::{Line, PLATFORM, errors, urn};
use crate::refusal::{failure, of_read, of_repeatable, silent_create, silent_read, unreadable};
use crate::wire::Answer;

/// As many comments are looked at. Ours is among the first that a post has.
const PAGE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    actor: Option<String>,
    #[serde(alias = "$URN")]
    comment_urn: Option<String>,
    id: Option<String>,
    message: Option<Message>,
    created: Option<Created>,
}

#[derive(Deserialize)]
struct Message {
    text: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    time: Option<i64>,
}

#[derive(Deserialize)]
struct Comments {
    elements: Vec<Comment>,
}

/// Sends the one request that makes the comment.
pub(super) async fn create(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    let post = post_of(part)?;
    let body = json!({ "actor": account.id, "object": post, "message": { "text": part.text } });
    let request = line.wire.post(address(line, post, None)).json(&body);
    let answer = line.ask(request, access, within).await;
    let answer = answer.map_err(|silence| silent_create(PLATFORM, silence))?;
    receipt_of(&answer, post).ok_or_else(|| refused(&answer))
}

/// An organization's comments below its post can be read. A member's cannot, and are never sent again: nothing refuses a
/// second one.
pub(super) async fn look(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    match account.kind {
        AccountKind::Organization => list(line, account, access, look, within).await,
        AccountKind::Person | AccountKind::Page | AccountKind::Business => {
            let advice = "a member's comments cannot be read back from LinkedIn; look there whether the comment is live";
            Err(unknown(advice))
        }
    }
}

/// Takes a comment down again; one that is not there is as good as deleted.
pub(super) async fn delete(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    published: &Published,
    within: Duration,
) -> Result<(), Failure> {
    let parts = urn::of_comment(&published.remote_id);
    // A comment without a URN goes by its number, and its address names the post.
    let parts = parts.or_else(|| Some((urn::first_in(&published.url)?, urn::number(&published.remote_id)?)));
    let Some((post, id)) = parts else {
        let advice = "this is no name of anything on LinkedIn; delete it there";
        return Err(failure(PLATFORM, FailureClass::Content, "not_deletable", advice, ""));
    };
    let mut url = address(line, post, Some(id));
    match account.kind {
        AccountKind::Organization => url.set_query(Some(&format!("actor={}", urn::encoded(&account.id)))),
        AccountKind::Person | AccountKind::Page | AccountKind::Business => {}
    }
    let answer = line.ask(line.wire.delete(url), access, within).await;
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    Err(of_repeatable(PLATFORM, errors::of(&answer)))
}

async fn list(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let post = post_of(look.part)?;
    let mut url = address(line, post, None);
    url.set_query(Some(&format!("start=0&count={PAGE}")));
    let answer = line.ask(line.wire.get(url), access, within).await;
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if !answer.status.is_success() {
        return Err(of_read(PLATFORM, errors::of(&answer)));
    }
    let comments: Comments = answer.json().ok_or_else(|| unreadable(PLATFORM))?;
    let is_full = comments.elements.len() >= PAGE;
    let wanted = canonical(look.part.text);
    let is_ours = |comment: &&Comment| {
        let words = comment.message.as_ref().and_then(|message| message.text.as_deref());
        comment.actor.as_ref() == Some(&account.id) && words.is_some_and(|words| canonical(words) == wanted)
    };
    let found = comments.elements.iter().filter(is_ours).filter_map(|comment| comment.receipt(post));
    let mut found: Vec<Receipt> =
        found.filter(|receipt| receipt.accepted_at.is_some_and(|at| at >= look.since - SKEW)).collect();
    if found.is_empty() && is_full {
        let advice =
            "the post has more comments than can be looked through; look there whether yours is among them";
        return Err(unknown(advice));
    }
    found.sort_by_key(|receipt| std::cmp::Reverse(receipt.accepted_at));
    Ok(found)
}

/// The name stands in the body as a URN, and in a header as a number; a success without either is none.
fn receipt_of(answer: &Answer, post: &str) -> Option<Receipt> {
    if !answer.status.is_success() {
        return None;
    }
    let mut comment: Comment = answer.json().unwrap_or_default();
    let header = answer.header("x-restli-id").map(|id| id.trim().replace("%3A", ":"));
    comment.id = header.or(comment.id).filter(|id| !id.is_empty());
    let receipt = comment.receipt(post)?;
    Some(Receipt { accepted_at: receipt.accepted_at.or(Some(answer.at)), ..receipt })
}

/// What is not found is the post, not the account.
fn refused(answer: &Answer) -> Failure {
    let failure = errors::of(answer);
    if answer.status == StatusCode::NOT_FOUND && failure.class == FailureClass::NotPermitted {
        let detail = "LinkedIn does not find the post below which this comment belongs".into();
        return Failure { class: FailureClass::Content, code: "post_gone", detail };
    }
    failure
}

fn unknown(advice: &str) -> Failure {
    failure(PLATFORM, FailureClass::Ambiguous, "outcome_unknown", advice, "")
}

fn post_of(part: Part<'_>) -> Result<&str, Failure> {
    part.reply_to.and_then(urn::whole).ok_or_else(|| {
        let advice = "a comment belongs below a post on LinkedIn, and this one names none";
        failure(PLATFORM, FailureClass::Content, "post_gone", advice, "")
    })
}

fn address(line: &Line, post: &str, comment: Option<&str>) -> Url {
    let comment = comment.map(|id| format!("/{id}")).unwrap_or_default();
    line.settings.api.at(&format!("/rest/socialActions/{}/comments{comment}", urn::encoded(post)))
}

impl Comment {
    fn receipt(&self, post: &str) -> Option<Receipt> {
        let urn = self.comment_urn.as_deref().filter(|urn| urn::of_comment(urn).is_some());
        let id = self.id.as_deref().filter(|id| urn::number(id).is_some() || urn::of_comment(id).is_some());
        let remote_id = urn.or(id)?.to_owned();
        let url = urn::address(post);
        let time = self.created.as_ref().and_then(|created| created.time);
        let accepted_at = time.and_then(|time| Timestamp::from_millisecond(time).ok());
        Some(Receipt { published: Published { remote_id, url }, accepted_at })
    }
}
