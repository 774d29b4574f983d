//! `POST /2/tweets`.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Receipt};
use domain::secret::Secret;
use domain::target::ReplySettings;
use domain::text::Part;
use serde::{Deserialize, Serialize};

use crate::refusal::silent_create;
use crate::wire::Answer;
use crate::x::id::is_id;
use crate::x::{PLATFORM, XPublisher, errors, receipt};

/// X refuses fields that it does not know, so there are no others.
#[derive(Serialize)]
struct Create<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Reply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_settings: Option<&'static str>,
}

#[derive(Serialize)]
struct Reply<'a> {
    in_reply_to_tweet_id: &'a str,
}

/// Of the answer only the id is read: the names of the other fields drift between `tweet` and `post`, and `errors`
/// may stand beside `data` in a success.
#[derive(Deserialize)]
struct Created {
    data: CreatedPost,
}

#[derive(Deserialize)]
struct CreatedPost {
    id: String,
}

pub(super) async fn create(
    x: &XPublisher,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    let body = Create {
        text: part.text,
        reply: part.reply_to.map(|in_reply_to_tweet_id| Reply { in_reply_to_tweet_id }),
        reply_settings: part.options.reply_settings.map(reply_settings),
    };
    let request = x.wire.post(x.api.at("/2/tweets")).bearer_auth(access.expose()).json(&body);
    let answer =
        x.wire.send(request, within, &[access]).await.map_err(|silence| silent_create(PLATFORM, silence))?;
    let Some(id) = created_id(&answer) else {
        return Err(errors::classify(answer.status, &answer.headers, &answer.body, answer.at));
    };
    Ok(receipt(account, &id, answer.at))
}

/// The id in a success; a success without one is none.
fn created_id(answer: &Answer) -> Option<String> {
    if !answer.status.is_success() {
        return None;
    }
    let created: Created = answer.json()?;
    Some(created.data.id).filter(|id| is_id(id))
}

fn reply_settings(settings: ReplySettings) -> &'static str {
    match settings {
        ReplySettings::Following => "following",
        ReplySettings::MentionedUsers => "mentionedUsers",
        ReplySettings::Subscribers => "subscribers",
        ReplySettings::Verified => "verified",
    }
}
