//! Finds the post whose creation nobody confirmed: an organization's posts can be listed, a member's cannot.

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::ports::{Failure, FailureClass, Look, Receipt};
use domain::secret::Secret;
use jiff::Timestamp;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::linkedin::{LinkedInPublisher, PLATFORM, errors, little_text, publish, urn, versioned};
use crate::refusal::{failure, of_read, silent_read, unreadable};

/// How far LinkedIn's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(5);

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

pub(super) async fn find(
    linkedin: &LinkedInPublisher,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    match account.kind {
        AccountKind::Organization => list(linkedin, account, access, look, within).await,
        AccountKind::Person if look.may_resend => resend(linkedin, account, access, look, within).await,
        AccountKind::Person => {
            let advice =
                "a member's posts cannot be read back from LinkedIn; look there whether the post is live";
            Err(failure(PLATFORM, FailureClass::Ambiguous, "outcome_unknown", advice, ""))
        }
    }
}

/// Every post of the organization since the attempt with these words, newest first.
async fn list(
    linkedin: &LinkedInPublisher,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let (wire, settings) = (&linkedin.wire, &linkedin.settings);
    let query = [("q", "author"), ("author", account.id.as_str()), ("count", "50"), ("start", "0")];
    let request = versioned(wire.get(settings.api.with_query("/rest/posts", &query)), settings, access)
        .header("X-RestLi-Method", "FINDER");
    let answer =
        wire.send(request, within, &[access]).await.map_err(|silence| silent_read(PLATFORM, silence))?;
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
    linkedin: &LinkedInPublisher,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let answer = publish::send(linkedin, account, access, look.part, within).await?;
    if let Some(receipt) = publish::receipt_of(&answer) {
        return Ok(vec![receipt]);
    }
    if let Some(urn) = errors::duplicate_of(answer.status, &answer.body) {
        return Ok(vec![urn::receipt(&urn, answer.at)]);
    }
    let refused = errors::of(&answer);
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
fn canonical(text: &str) -> String {
    text.trim().nfc().collect()
}
