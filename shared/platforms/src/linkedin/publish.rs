//! `POST /rest/posts`, or `POST /v2/ugcPosts`.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Receipt};
use domain::secret::Secret;
use domain::target::Visibility;
use domain::text::Part;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::linkedin::{LinkedInPublisher, PLATFORM, little_text, restli, urn, versioned};
use crate::refusal::silent_create;
use crate::settings::PostsApi;
use crate::wire::Answer;

/// Sends the one create request that says `part`; the same arguments make the same request, byte for byte.
pub(super) async fn send(
    linkedin: &LinkedInPublisher,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Answer, Failure> {
    let (wire, settings) = (&linkedin.wire, &linkedin.settings);
    let request = match settings.posts_api {
        PostsApi::Posts => {
            versioned(wire.post(settings.api.at("/rest/posts")), settings, access).json(&post(account, part))
        }
        PostsApi::Ugc => {
            restli(wire.post(settings.api.at("/v2/ugcPosts")), access).json(&ugc_post(account, part))
        }
    };
    wire.send(request, within, &[access]).await.map_err(|silence| silent_create(PLATFORM, silence))
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
    json!({
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
    })
}

fn ugc_post(account: &Account, part: Part<'_>) -> Value {
    json!({
        "author": account.id,
        "lifecycleState": "PUBLISHED",
        "specificContent": {
            "com.linkedin.ugc.ShareContent": {
                "shareCommentary": { "text": part.text },
                "shareMediaCategory": "NONE",
            },
        },
        "visibility": { "com.linkedin.ugc.MemberNetworkVisibility": visibility(part) },
    })
}

fn visibility(part: Part<'_>) -> &'static str {
    match part.options.visibility {
        None | Some(Visibility::Public) => "PUBLIC",
        Some(Visibility::Connections) => "CONNECTIONS",
    }
}
