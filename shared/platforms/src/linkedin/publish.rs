//! `POST /rest/posts`, or `POST /v2/ugcPosts`; and `DELETE` of what either made.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Receipt};
use domain::secret::Secret;
use domain::target::Visibility;
use domain::text::Part;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::linkedin::{Line, PLATFORM, content, errors, little_text, urn};
use crate::refusal::{of_repeatable, silent_create, silent_read};
use crate::settings::PostsApi;
use crate::wire::Answer;

/// Sends the one create request that says `part`, and reads its answer.
pub(super) async fn create(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    let answer = send(line, account, access, part, within).await?;
    receipt_of(&answer).ok_or_else(|| errors::of_post(&answer, part))
}

/// Sends the one create request that says `part`; the same arguments make the same request, byte for byte.
pub(super) async fn send(
    line: &Line,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Answer, Failure> {
    let api = &line.settings.api;
    let answer = match line.settings.posts_api {
        PostsApi::Posts => {
            let request = line.wire.post(api.at("/rest/posts")).json(&post(account, part));
            line.ask(request, access, within).await
        }
        PostsApi::Ugc => {
            let request = line.wire.post(api.at("/v2/ugcPosts")).json(&ugc_post(account, part));
            line.ask_unversioned(request, access, within).await
        }
    };
    answer.map_err(|silence| silent_create(PLATFORM, silence))
}

/// Takes a post down again; LinkedIn says the same of one that is not there any more.
pub(super) async fn delete(
    line: &Line,
    access: &Secret<String>,
    post: &str,
    within: Duration,
) -> Result<(), Failure> {
    let url = line.settings.api.at(&format!("/rest/posts/{}", urn::encoded(post)));
    let request = line.wire.delete(url).header("X-RestLi-Method", "DELETE");
    let answer = line.ask(request, access, within).await;
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    Err(of_repeatable(PLATFORM, errors::of(&answer)))
}

/// The receipt in a success. The name stands in a header, and with UGC Posts in the body too; a success without a
/// name is none, because nobody could find the post again. If the name does not say when, it was just now.
pub(super) fn receipt_of(answer: &Answer) -> Option<Receipt> {
    #[derive(Deserialize)]
    struct Created {
        id: String,
    }
    if !answer.status.is_success() {
        return None;
    }
    let named = answer.header("x-restli-id").map(|name| name.replace("%3A", ":"));
    let name = named.or_else(|| answer.json::<Created>().map(|created| created.id))?;
    let receipt = urn::receipt(urn::whole(name.trim())?, answer.at);
    Some(Receipt { accepted_at: receipt.accepted_at.or(Some(answer.at)), ..receipt })
}

fn post(account: &Account, part: Part<'_>) -> Value {
    let mut post = json!({
        "author": account.id,
        "commentary": little_text::escape(part.text),
        "visibility": visibility(part),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    if let Some(content) = content::of_post(part) {
        post["content"] = content;
    }
    post
}

fn ugc_post(account: &Account, part: Part<'_>) -> Value {
    let (category, media) = content::of_ugc_post(part);
    let mut share = json!({ "shareCommentary": { "text": part.text }, "shareMediaCategory": category });
    if !media.is_empty() {
        share["media"] = json!(media);
    }
    json!({
        "author": account.id,
        "lifecycleState": "PUBLISHED",
        "specificContent": { "com.linkedin.ugc.ShareContent": share },
        "visibility": { "com.linkedin.ugc.MemberNetworkVisibility": visibility(part) },
    })
}

fn visibility(part: Part<'_>) -> &'static str {
    match part.options.visibility {
        None | Some(Visibility::Public) => "PUBLIC",
        Some(Visibility::Connections) => "CONNECTIONS",
    }
}
