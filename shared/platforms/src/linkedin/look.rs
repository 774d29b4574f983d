//! Finds the post whose creation nobody confirmed: an organization's posts can be listed, a member's cannot.

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::ports::{Failure, FailureClass, Look, Receipt};
use domain::secret::Secret;
use jiff::Timestamp;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::linkedin::{Line, PLATFORM, errors, little_text, publish, urn};
use crate::refusal::{failure, of_read, silent_read, unreadable};

/// How far LinkedIn's clock may be behind ours.
pub(super) const SKEW: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Posts {
    elements: Vec<Post>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    id: String,
    commentary: Option<String>,
    published_at: Option<i64>,
    created_at: Option<i64>,
}

/// Everything on the account that may be the post.
pub(super) async fn find(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    match account.kind {
        AccountKind::Organization => list(line, account, access, look, within).await,
        AccountKind::Person | AccountKind::Page | AccountKind::Business if look.may_resend => {
            resend(line, account, access, look, within).await
        }
        AccountKind::Person | AccountKind::Page | AccountKind::Business => {
            let advice =
                "a member's posts cannot be read back from LinkedIn; look there whether the post is live";
            Err(failure(PLATFORM, FailureClass::Ambiguous, "outcome_unknown", advice, ""))
        }
    }
}

/// Every post of the organization since the attempt with these words, newest first.
async fn list(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let query = [("q", "author"), ("author", account.id.as_str()), ("count", "50"), ("start", "0")];
    let url = line.settings.api.with_query("/rest/posts", &query);
    let request = line.wire.get(url).header("X-RestLi-Method", "FINDER");
    let answer = line.ask(request, access, within).await;
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if !answer.status.is_success() {
        return Err(of_read(PLATFORM, errors::of(&answer)));
    }
    let posts: Posts = answer.json().ok_or_else(|| unreadable(PLATFORM))?;
    let wanted = canonical(look.part.text);
    let mut found: Vec<Receipt> = posts
        .elements
        .iter()
        .filter(|post| {
            post.commentary.as_deref().is_some_and(|text| canonical(&little_text::plain(text)) == wanted)
        })
        .filter_map(|post| {
            let receipt = urn::receipt(urn::whole(&post.id)?, answer.at);
            let accepted_at = receipt.accepted_at.or_else(|| post.dated());
            Some(Receipt { accepted_at, ..receipt })
        })
        .filter(|receipt| receipt.accepted_at.is_some_and(|at| at >= look.since - SKEW))
        .collect();
    found.sort_by_key(|receipt| std::cmp::Reverse(receipt.accepted_at));
    Ok(found)
}

/// Sends the identical request once more: its refusal as a duplicate names the live post, its success makes one.
async fn resend(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let answer = publish::send(line, account, access, look.part, within).await?;
    if let Some(receipt) = publish::receipt_of(&answer) {
        return Ok(vec![receipt]);
    }
    if let Some(urn) = errors::duplicate_of(answer.status, &answer.body) {
        return Ok(vec![urn::receipt(&urn, answer.at)]);
    }
    let refused = errors::of_post(&answer, look.part);
    if refused.code == "duplicate_content" {
        // Something with these words is live, and may well be ours: that is not the content's fault.
        let advice =
            "LinkedIn has these words already and does not say where; look there whether the post is live";
        return Err(failure(PLATFORM, FailureClass::Ambiguous, "outcome_unknown", advice, ""));
    }
    Err(refused)
}

impl Post {
    fn dated(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.published_at.or(self.created_at)?).ok()
    }
}

/// What two texts are compared by.
pub(super) fn canonical(text: &str) -> String {
    text.trim().nfc().collect()
}
