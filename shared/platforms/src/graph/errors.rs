//! What the refusals of the Graph API mean.
//!
//! By `code` and `error_subcode` alone: messages come in the language of the account, and the status is 400 for almost
//! everything. Sources: <https://developers.facebook.com/docs/graph-api/guides/error-handling>,
//! <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes>,
//! <https://developers.facebook.com/docs/pages-api/error-codes> (read 2026-11); numbers of seven digits that none of them
//! names are practice of other publishers.

use std::time::Duration;

use domain::platform::Platform;
use domain::ports::{Failure, FailureClass};
use jiff::Timestamp;
use serde_json::Value;

use crate::graph::meaning::{Meaning, of_code, of_number};
use crate::refusal::{self, failure};
use crate::wire::Answer;

/// The code of the failure when something is gone, or was never there for this token: Meta does not say which.
pub(crate) const NOT_FOUND: &str = "not_found";

/// What to wait when a throttle names no time: the shortest window, an hour.
///
/// Source: <https://developers.facebook.com/docs/graph-api/overview/rate-limiting> (read 2026-11).
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// A wait longer than the longest window, a day, is a mistake.
const LONGEST_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// What to wait when Meta takes somebody for a spammer. It names no time, and whoever calls meanwhile stays out for
/// longer; with this, the day for which an attempt is tried again has room for a few.
const SPAM_WAIT: Duration = Duration::from_secs(6 * 60 * 60);

/// What to wait when an account has published what it may in a day. The day rolls, so that any hour may bring room.
pub(crate) const PUBLISHING_LIMIT_WAIT: Duration = Duration::from_secs(60 * 60);

/// What an answer to a request that publishes means when it is no readable success.
///
/// An unknown refusal with a 4xx is read as being about the content: nothing was created, the same request would be
/// refused again, and the content is what the person can change. Whatever is not a 4xx, or calls itself transient, leaves
/// the outcome open unless its code is known.
pub(crate) fn classify(platform: Platform, answer: &Answer) -> Failure {
    // A success is not quoted: it answers what was sent, and is not freed of secrets as a refusal is.
    if answer.status.is_success() {
        return failed(platform, Meaning::Unknown, answer, &Said::default());
    }
    let said = Said::read(&answer.body);
    failed(platform, meaning(answer, &said), answer, &said)
}

/// [`classify`], of an answer to a request that reads or deletes.
pub(crate) fn of_read_answer(platform: Platform, answer: &Answer) -> Failure {
    refusal::of_read(platform, classify(platform, answer))
}

/// A failure of [`classify`], of a request that makes what nobody sees yet: an unknown outcome is no harm.
pub(crate) fn made_in_vain(platform: Platform, failure: Failure) -> Failure {
    match failure.class {
        FailureClass::Ambiguous | FailureClass::Duplicate => {
            refusal::of_read(platform, Failure { class: FailureClass::Ambiguous, ..failure })
        }
        FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator => failure,
    }
}

/// Whether a read was refused for one of its parameters: a number that this kind of post does not have.
pub(crate) fn parameter_refused(answer: &Answer) -> bool {
    let said = Said::read(&answer.body);
    match meaning(answer, &said) {
        Meaning::NoInsights => true,
        Meaning::Content => said.code == Some(100),
        Meaning::Limited
        | Meaning::SpamBlock
        | Meaning::PublishingLimit
        | Meaning::Reconnect
        | Meaning::AtTheAccount
        | Meaning::NotPermitted
        | Meaning::NotFound
        | Meaning::TooLong
        | Meaning::Link
        | Meaning::Duplicate
        | Meaning::Unprepared
        | Meaning::NotReady
        | Meaning::TryAgain
        | Meaning::Unknown
        | Meaning::App => false,
    }
}

/// Whether our own app was refused where it brought a code: code 1 is also what a wrong secret is answered with there.
pub(crate) fn app_refused(answer: &Answer) -> bool {
    let said = Said::read(&answer.body);
    let is_refusal = answer.status.is_client_error() && !said.is_transient;
    is_refusal && (matches!(said.code, Some(1)) || meaning(answer, &said) == Meaning::App)
}

/// What it means that the platform could not finish what was made ahead of time. `status` holds the number of the
/// reason among words; without one it is about the content.
pub(crate) fn of_container(platform: Platform, status: &str, now: Timestamp) -> Failure {
    let numbers = status.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<i64>().ok());
    let meaning = numbers.filter_map(of_number).next();
    let meaning = match meaning.unwrap_or(Meaning::Content) {
        // Whatever could be mended by asking again is mended by making it again.
        Meaning::Unknown | Meaning::TryAgain | Meaning::NotReady => Meaning::Unprepared,
        known => known,
    };
    of_meaning(platform, meaning, now + WINDOW, now, "")
}

fn meaning(answer: &Answer, said: &Said) -> Meaning {
    let status = answer.status.as_u16();
    let is_open = !(400..500).contains(&status) || status == 408 || said.is_transient;
    let known = said.subcode.and_then(of_number).or_else(|| said.code.and_then(of_code));
    if let Some(known) = known {
        return known;
    }
    match said.code {
        Some(100) if said.subcode == Some(33) => Meaning::NotFound,
        // Only what proves the app's secret has this type and no sub-code; what is gone has 33.
        Some(100) if said.kind == "GraphMethodException" && said.subcode.is_none() => Meaning::App,
        _ if is_open => Meaning::Unknown,
        Some(_) => Meaning::Content,
        None => match status {
            401 => Meaning::Reconnect,
            403 => Meaning::NotPermitted,
            404 => Meaning::NotFound,
            429 => Meaning::Limited,
            // The upload hosts' own shape.
            _ if said.is_retriable => Meaning::TryAgain,
            _ => Meaning::Content,
        },
    }
}

fn failed(platform: Platform, meaning: Meaning, answer: &Answer, said: &Said) -> Failure {
    of_meaning(platform, meaning, listens_from(answer), answer.at, &said.quoted())
}

fn of_meaning(
    platform: Platform,
    meaning: Meaning,
    listens_from: Timestamp,
    now: Timestamp,
    said: &str,
) -> Failure {
    let title = platform.title();
    let fail = |class, code, advice: &str| failure(platform, class, code, &advice.replace("{}", title), said);
    match meaning {
        Meaning::Limited => {
            let advice =
                "{} takes no more from this account for now; it is tried again when {} listens again";
            fail(FailureClass::RetryAt(listens_from), "rate_limited", advice)
        }
        Meaning::SpamBlock => {
            let advice = "{} holds this account back because it looks like spam; look at the account there. It is \
                          tried again in some hours";
            fail(FailureClass::RetryAt(now + SPAM_WAIT), "spam_block", advice)
        }
        Meaning::PublishingLimit => publishing_limit(platform, now, said),
        Meaning::Reconnect => {
            let advice = "{} no longer accepts our access; connect the account again";
            fail(FailureClass::Reconnect, "needs_reconnect", advice)
        }
        Meaning::AtTheAccount => {
            let advice = "{} wants you to confirm something before this account may go on; do so there, then connect \
                          it again";
            fail(FailureClass::Reconnect, "needs_reconnect", advice)
        }
        Meaning::NotPermitted => {
            let advice =
                "{} does not let this account or app do this; check its role there, or connect it again";
            fail(FailureClass::NotPermitted, "not_permitted", advice)
        }
        Meaning::NotFound => {
            let advice = "{} does not find this any more, or does not show it to us; check it there";
            fail(FailureClass::NotPermitted, NOT_FOUND, advice)
        }
        Meaning::NoInsights => {
            let advice = "{} has no numbers of this";
            fail(FailureClass::NotPermitted, "no_insights", advice)
        }
        Meaning::Content => fail(FailureClass::Content, "content_refused", "{} refused this post; change it"),
        Meaning::TooLong => {
            fail(FailureClass::Content, "text_too_long", "{} finds the text too long; shorten it")
        }
        Meaning::Link => {
            let advice = "{} cannot show the page that this links to; check the link";
            fail(FailureClass::Content, "link_refused", advice)
        }
        Meaning::Duplicate => {
            let advice = "{} has had this from this account already; change it";
            fail(FailureClass::Duplicate, "duplicate_content", advice)
        }
        Meaning::Unprepared => {
            let advice = "{} has lost what was uploaded, or could not fetch it; it is uploaded again";
            fail(FailureClass::Unprepared, "prepare_again", advice)
        }
        Meaning::NotReady => {
            let advice = "{} has not finished with the files yet; it is tried again";
            fail(FailureClass::RetrySoon, "not_ready", advice)
        }
        Meaning::TryAgain => {
            let advice = "{} asks to try again in a moment; it is tried again";
            fail(FailureClass::RetrySoon, "try_again", advice)
        }
        Meaning::Unknown => {
            let advice = "{} failed in a way that does not tell whether the post is live; look there before you send \
                          it again";
            fail(FailureClass::Ambiguous, "outcome_unknown", advice)
        }
        Meaning::App => {
            let advice = "{} refused our app, not the account; the operator must check its id and secret";
            fail(FailureClass::Operator, "client_refused", advice)
        }
    }
}

/// The account has published what it may.
pub(crate) fn publishing_limit(platform: Platform, now: Timestamp, said: &str) -> Failure {
    let title = platform.title();
    let advice =
        format!("{title} lets this account publish no more within 24 hours; it is tried again in an hour");
    let class = FailureClass::RetryAt(now + PUBLISHING_LIMIT_WAIT);
    failure(platform, class, "publishing_limit", &advice, said)
}

/// The platform works on what was made for longer than there is time.
pub(crate) fn unready(platform: Platform) -> Failure {
    let advice = format!("{} has not finished with the files yet; it is tried again", platform.title());
    failure(platform, FailureClass::RetrySoon, "not_ready", &advice, "")
}

/// When a throttled account is heard again: Meta counts the minutes in a header, for each of up to 32 accounts. Ours may
/// stand there under the name of its business, so that the longest wait counts.
fn listens_from(answer: &Answer) -> Timestamp {
    let usage = answer.header("x-business-use-case-usage");
    let usage = usage.and_then(|usage| serde_json::from_str::<Value>(usage).ok()).unwrap_or_default();
    let uses = usage.as_object().into_iter().flatten().filter_map(|(_, uses)| uses.as_array()).flatten();
    let minutes = uses.filter_map(|used| used["estimated_time_to_regain_access"].as_u64()).max();
    let wait =
        minutes.filter(|minutes| *minutes > 0).map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    answer.at + wait.unwrap_or(WINDOW).min(LONGEST_WINDOW)
}

/// What can be read of an error body; any field may be missing.
#[derive(Default)]
struct Said {
    code: Option<i64>,
    subcode: Option<i64>,
    /// `OAuthException`, `GraphMethodException` and so on.
    kind: String,
    is_transient: bool,
    /// Of the upload hosts' shape: whether the same may be tried again.
    is_retriable: bool,
    /// What is meant for a person, or else for us.
    words: String,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        let (error, debug) = (&body["error"], &body["debug_info"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
        let words = [&error["error_user_msg"], &error["message"], &debug["message"]];
        Self {
            code: error["code"].as_i64(),
            subcode: error["error_subcode"].as_i64().filter(|subcode| *subcode != 0),
            kind: text(&error["type"]),
            is_transient: error["is_transient"].as_bool().unwrap_or(false),
            is_retriable: debug["retriable"].as_bool().unwrap_or(false),
            words: words.into_iter().map(text).find(|words| !words.is_empty()).unwrap_or_default(),
        }
    }

    /// The words, and the numbers by which Meta's documentation knows them.
    fn quoted(&self) -> String {
        let number = match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => format!("error {code}/{subcode}"),
            (Some(code), None) => format!("error {code}"),
            (None, _) => return self.words.clone(),
        };
        if self.words.is_empty() { number } else { format!("{number}: {}", self.words) }
    }
}
