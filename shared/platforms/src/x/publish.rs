//! `POST /2/tweets`, and `DELETE` of what it made.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, FailureClass, Receipt};
use domain::secret::Secret;
use domain::target::{Published, ReplySettings};
use domain::text::Part;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use crate::refusal::{failure, of_repeatable, silent_create, silent_read, unreadable};
use crate::wire::Answer;
use crate::x::id::is_id;
use crate::x::{PLATFORM, XPublisher, errors, receipt};

/// X refuses fields that it does not know, so there are no others.
#[derive(Serialize)]
struct Create<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Media<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Reply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_settings: Option<&'static str>,
}

#[derive(Serialize)]
struct Media<'a> {
    media_ids: &'a [String],
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

#[derive(Deserialize)]
struct Deleted {
    data: DeletedPost,
}

#[derive(Deserialize)]
struct DeletedPost {
    deleted: bool,
}

/// Sends the one create request that says `part`.
pub(super) async fn create(
    x: &XPublisher,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    // Who may reply is settled by the first post of a thread.
    let reply_settings = part.options.reply_settings.filter(|_| part.reply_to.is_none()).map(reply_settings);
    let body = Create {
        text: part.text,
        media: (!part.handles.is_empty()).then_some(Media { media_ids: part.handles }),
        reply: part.reply_to.map(|in_reply_to_tweet_id| Reply { in_reply_to_tweet_id }),
        reply_settings,
    };
    let request = x.wire.post(x.api.at("/2/tweets")).bearer_auth(access.expose()).json(&body);
    let answer =
        x.wire.send(request, within, &[access]).await.map_err(|silence| silent_create(PLATFORM, silence))?;
    let Some(id) = created_id(&answer) else {
        return Err(errors::of(&answer));
    };
    Ok(receipt(account, &id, answer.at))
}

/// Takes a post down again; one that is not there is as good as deleted.
pub(super) async fn delete(
    x: &XPublisher,
    access: &Secret<String>,
    published: &Published,
    within: Duration,
) -> Result<(), Failure> {
    if !is_id(&published.remote_id) {
        let advice = "this is no name of a post on X; delete it there";
        return Err(failure(PLATFORM, FailureClass::Content, "not_deletable", advice, ""));
    }
    let url = x.api.at(&format!("/2/tweets/{}", published.remote_id));
    let answer = x.wire.send(x.wire.delete(url).bearer_auth(access.expose()), within, &[access]).await;
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    if !answer.status.is_success() {
        return Err(of_repeatable(PLATFORM, errors::of(&answer)));
    }
    let is_gone = answer.json::<Deleted>().is_some_and(|it| it.data.deleted);
    if is_gone { Ok(()) } else { Err(unreadable(PLATFORM)) }
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
