//! What X's refusals mean.

use std::time::Duration;

use domain::ports::{Failure, FailureClass};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::refusal::{failure, media_gone};
use crate::wire::Answer;
use crate::x::PLATFORM;

/// How long X's shortest window is: what to wait when a 429 names no time.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// A reset further away than X's longest window is a mistake.
const LONGEST_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// A reset that has passed is not waited for, but neither is X asked again at once.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);

/// Sentences with which a 403 refuses the words and not the account. They still say Tweet where they may one day say
/// Post, so that each is only as long as it must be.
const CONTENT: [&str; 5] = [
    "not permitted to perform this action",
    "reply to this conversation is not allowed",
    "maximum of one cashtag",
    "video duration exceeded",
    "contains an invalid url",
];

/// [`classify`] of an answer that came.
pub(super) fn of(answer: &Answer) -> Failure {
    classify(answer.status, &answer.headers, &answer.body, answer.at)
}

/// What an answer to a create means that is not a readable success.
///
/// Unknown refusals: a 403 is about the account, every other 4xx about the content. In both cases nothing was
/// created and the same request would be refused again, so neither is tried again. Whatever is not a 4xx (and 408,
/// with which a server gives up on a request that it may have read) leaves the outcome open.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    // A success is not quoted: it answers what was sent, and is not freed of secrets as a refusal is.
    let said = if status.is_success() { Said::default() } else { Said::read(body) };
    let fail = |class, code, advice: &str| failure(PLATFORM, class, code, advice, &said.words);
    let has = |words: &str| said.lower.contains(words);
    let not_permitted = || {
        let advice =
            "X does not let this account or app publish this; check the account on X, or connect it again";
        fail(FailureClass::NotPermitted, "not_permitted", advice)
    };
    let content = || fail(FailureClass::Content, "content_refused", "X refused this post; change it");
    let reconnect = || {
        let advice = "X no longer accepts our access; connect the account again";
        fail(FailureClass::Reconnect, "needs_reconnect", advice)
    };
    match status.as_u16() {
        401 => reconnect(),
        402 => spent(&said),
        429 => limited(&said, headers, now),
        status if !(400..500).contains(&status) || status == 408 => {
            let advice = format!(
                "X answered {status}, so whether the post is live is not known; look there before you send it again"
            );
            fail(FailureClass::Ambiguous, "outcome_unknown", &advice)
        }
        _ if matches!(said.kind.as_str(), "credits" | "credits-depleted") => spent(&said),
        _ if said.kind == "usage-capped" => capped(&said),
        _ if matches!(
            said.kind.as_str(),
            "unsupported-authentication" | "client-forbidden" | "not-authorized-for-resource"
        ) =>
        {
            not_permitted()
        }
        _ if has("text is too long") || said.legacy_code == Some(186) => {
            fail(FailureClass::Content, "text_too_long", "X finds the text too long; shorten it")
        }
        _ if said.is_about_lost_media() => media_gone(PLATFORM, &said.words),
        _ if has("duplicate") || said.legacy_code == Some(187) => {
            let advice = "X has had these words from this account already; change them";
            fail(FailureClass::Duplicate, "duplicate_content", advice)
        }
        403 if has("suspended") || has("scope") => reconnect(),
        403 if CONTENT.iter().any(|words| has(words)) => content(),
        403 => not_permitted(),
        _ => content(),
    }
}

/// 429: a window that is used up opens again at its reset; one that is not used up means a cap of ours.
fn limited(said: &Said, headers: &HeaderMap, now: Timestamp) -> Failure {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let windows = ["x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"]
        .map(|family| (number(&format!("{family}-remaining")), number(&format!("{family}-reset"))));
    let used_up = windows.iter().filter(|(remaining, _)| *remaining == Some(0));
    let reset = match used_up.map(|(_, reset)| *reset).max() {
        Some(reset) => reset,
        None if said.kind == "usage-capped" || windows[0].0.is_some_and(|remaining| remaining > 0) => {
            return capped(said);
        }
        None => windows[0].1,
    };
    let second = |at: Timestamp| at.as_second();
    let (first, last) = (second(now + SHORTEST_WAIT), second(now + LONGEST_WINDOW));
    let until = reset.unwrap_or(second(now + WINDOW)).clamp(first, last);
    let until = Timestamp::from_second(until).expect("a day from now is a time");
    let advice = "X takes no more from this account for now; it is tried again when X listens again";
    failure(PLATFORM, FailureClass::RetryAt(until), "rate_limited", advice, &said.words)
}

fn spent(said: &Said) -> Failure {
    let advice = "the X credits of this installation are used up; its operator must buy more";
    failure(PLATFORM, FailureClass::Operator, "credits_depleted", advice, &said.words)
}

fn capped(said: &Said) -> Failure {
    let advice = "this installation has reached its usage or spending cap on X; its operator must raise it";
    failure(PLATFORM, FailureClass::Operator, "usage_capped", advice, &said.words)
}

/// What can be read of an error body, in either of X's two shapes.
#[derive(Default)]
struct Said {
    /// The last part of the problem's `type`, on whichever host; empty when it has none.
    kind: String,
    /// The code of the older shape.
    legacy_code: Option<u64>,
    /// The sentences.
    words: String,
    /// The same in lower case.
    lower: String,
}

impl Said {
    /// Whether it is the media ids that X does not accept: it forgets them after a day. It says the same of files that it
    /// took and then cannot show, so that uploading them again may not help either.
    fn is_about_lost_media(&self) -> bool {
        let lost = ["invalid", "expired", "not found", "validation"];
        let names_media = self.lower.contains("media id") || self.lower.contains("media_id");
        self.legacy_code == Some(324) || (names_media && lost.iter().any(|word| self.lower.contains(word)))
    }

    fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let errors: &[Value] = body["errors"].as_array().map_or(&[], Vec::as_slice);
        let mut sentences = vec![text(&body, "detail")];
        for error in errors {
            sentences.extend([text(error, "message"), text(error, "detail")]);
        }
        sentences.retain(|sentence| !sentence.is_empty());
        sentences.dedup();
        if sentences.is_empty() {
            sentences.push(text(&body, "title"));
        }
        let words = sentences.join("; ");
        let address = text(&body, "type");
        Self {
            kind: address.rsplit_once("/problems/").map(|(_, kind)| kind.to_owned()).unwrap_or_default(),
            legacy_code: errors.first().and_then(|error| error["code"].as_u64()),
            lower: words.to_lowercase(),
            words,
        }
    }
}
