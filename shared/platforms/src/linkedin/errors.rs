//! What LinkedIn's refusals mean.

use std::time::Duration;

use domain::ports::{Failure, FailureClass};
use domain::text::Part;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::linkedin::{PLATFORM, urn};
use crate::refusal::{failure, media_gone};
use crate::wire::Answer;

/// How long LinkedIn's extra throttle of comments lasts.
const COMMENT_THROTTLE: Duration = Duration::from_secs(60);

/// With these LinkedIn says that a file which was uploaded, or the permission to upload it, is not there any more.
const MEDIA_GONE: [&str; 3] = ["EXPIRED_UPLOAD_URL", "INVALID_IMAGE_ID", "INVALID_VIDEO_ID"];

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// [`classify`] of an answer that came.
pub(super) fn of(answer: &Answer) -> Failure {
    classify(answer.status, &answer.headers, &answer.body, answer.at)
}

/// [`of`], for the answer to a create that shows this. LinkedIn forbids a file for a moment after its upload, and says of
/// one that is being worked on much the same.
pub(super) fn of_post(answer: &Answer, part: Part<'_>) -> Failure {
    let is_too_early = !part.handles.is_empty()
        && answer.status == StatusCode::FORBIDDEN
        && Said::read(&answer.body).has("resource is forbidden");
    if is_too_early {
        let advice = "LinkedIn does not let the files be shown yet; it is tried again";
        return failure(PLATFORM, FailureClass::RetrySoon, "try_again", advice, "");
    }
    of(answer)
}

/// Whether this is the refusal of a version that has ended or never was.
pub(super) fn is_sunset(answer: &Answer) -> bool {
    answer.status == StatusCode::UPGRADE_REQUIRED
        || (answer.status.is_client_error() && Said::read(&answer.body).is("NONEXISTENT_VERSION"))
}

/// What an answer to a create means that is not a readable success.
///
/// An unknown 4xx is read as being about the content: nothing was created, the same request would be refused again,
/// and the content is what the person can change. Whatever is not a 4xx (and 408, with which a server gives up on a
/// request that it may have read) leaves the outcome open.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Failure {
    // A success is not quoted: it answers what was sent, and is not freed of secrets as a refusal is.
    let said = if status.is_success() { Said::default() } else { Said::read(body) };
    let words = said.with_request_id(headers);
    let fail = |class, code, advice: &str| failure(PLATFORM, class, code, advice, &words);
    let not_permitted = |advice: &str| fail(FailureClass::NotPermitted, "not_permitted", advice);
    match status.as_u16() {
        401 => {
            // Whatever the sub-code says: they are not reliable.
            let advice = "LinkedIn no longer accepts our access; connect the account again";
            fail(FailureClass::Reconnect, "needs_reconnect", advice)
        }
        429 => {
            let until = if said.has("comment create throttled") {
                now + COMMENT_THROTTLE
            } else {
                midnight_after(now)
            };
            let advice = "LinkedIn takes no more from this account for now; it is tried again when it does";
            fail(FailureClass::RetryAt(until), "rate_limited", advice)
        }
        _ if said.has("unable to obtain activity") => {
            let advice = "LinkedIn does not know the post yet below which this belongs; it is tried again";
            fail(FailureClass::RetrySoon, "try_again", advice)
        }
        status if !(400..500).contains(&status) || status == 408 => {
            let advice = format!(
                "LinkedIn answered {status}, so whether the post is live is not known; look there before you send it again"
            );
            fail(FailureClass::Ambiguous, "outcome_unknown", &advice)
        }
        _ if status == StatusCode::UPGRADE_REQUIRED || said.is("NONEXISTENT_VERSION") => {
            let advice = "this installation speaks a version of LinkedIn's API that has ended; its operator must set another";
            fail(FailureClass::Operator, "version_sunset", advice)
        }
        _ if said.is("VERSION_MISSING") => {
            let advice = "this installation names no version of LinkedIn's API; its operator must set one";
            fail(FailureClass::Operator, "version_sunset", advice)
        }
        _ if said.is("ILLEGAL_ARGUMENT") => {
            let advice =
                "LinkedIn does not understand what this version of Belfry sends; its operator must update it";
            fail(FailureClass::Content, "request_refused", advice)
        }
        _ if MEDIA_GONE.iter().any(|code| said.is(code)) => media_gone(PLATFORM, &words),
        _ if said.is("MEDIA_ASSET_PROCESSING_FAILED") => {
            let advice = "LinkedIn cannot show one of the files; save it anew, or choose another";
            fail(FailureClass::Content, "media_refused", advice)
        }
        _ if said.is("MEDIA_ASSET_WAITING_UPLOAD")
            || said.is("UPDATING_ASSET_FAILED")
            || status == StatusCode::CONFLICT =>
        {
            fail(
                FailureClass::RetrySoon,
                "try_again",
                "LinkedIn asks to try again in a moment; it is tried again",
            )
        }
        _ if said.is_duplicate() => {
            let advice = "LinkedIn has these words from this account already; change them";
            fail(FailureClass::Duplicate, "duplicate_content", advice)
        }
        _ if said.is("FIELD_LENGTH_TOO_LONG") => {
            fail(FailureClass::Content, "text_too_long", "LinkedIn finds the text too long; shorten it")
        }
        403 => not_permitted(
            "LinkedIn does not let this account publish here; check its role on the page, or connect it again",
        ),
        // What a post shows is refused with codes of its own, so what is not found can only be its author.
        404 => {
            not_permitted("LinkedIn does not find this account any more; check it there, or connect it again")
        }
        _ => fail(FailureClass::Content, "content_refused", "LinkedIn refused this post; change it"),
    }
}

/// The live post that a refusal as a duplicate names. Only LinkedIn's own sentences are searched: what it repeats of
/// the request (`input`) may hold any URN that the person wrote.
pub(super) fn duplicate_of(status: StatusCode, body: &[u8]) -> Option<String> {
    let said = Said::read(body);
    if status != StatusCode::UNPROCESSABLE_ENTITY || !said.is_duplicate() {
        return None;
    }
    let named = said.words.split_once("duplicate of").map_or(said.words.as_str(), |(_, named)| named);
    urn::first_in(named).map(str::to_owned)
}

/// LinkedIn's daily quotas are counted from midnight to midnight, UTC.
fn midnight_after(now: Timestamp) -> Timestamp {
    let day = now.as_second().div_euclid(SECONDS_OF_A_DAY) + 1;
    Timestamp::from_second(day * SECONDS_OF_A_DAY).unwrap_or(Timestamp::MAX)
}

/// What can be read of an error body; any field may be missing.
#[derive(Default)]
struct Said {
    /// The code of the error, and those of `errorDetails.inputErrors`.
    codes: Vec<String>,
    /// The sentences.
    words: String,
    /// The same in lower case.
    lower: String,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        let inputs: &[Value] = body["errorDetails"]["inputErrors"].as_array().map_or(&[], Vec::as_slice);
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let kept = |texts: Vec<String>| texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let all = |body_name: &str, input_name: &str| {
            let of_inputs = inputs.iter().map(|input| text(input, input_name));
            kept(std::iter::once(text(&body, body_name)).chain(of_inputs).collect())
        };
        let words = all("message", "description").join("; ");
        Self { codes: all("code", "code"), lower: words.to_lowercase(), words }
    }

    fn is(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    fn has(&self, lower: &str) -> bool {
        self.lower.contains(lower)
    }

    fn is_duplicate(&self) -> bool {
        self.is("DUPLICATE_POST") || self.has("content is a duplicate of")
    }

    /// The sentences and the name under which LinkedIn's support finds the request.
    fn with_request_id(&self, headers: &HeaderMap) -> String {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let id = header("x-li-uuid").or_else(|| header("x-li-request-id"));
        match id.filter(|id| id.len() <= 64) {
            Some(id) if self.words.is_empty() => format!("request {id}"),
            Some(id) => format!("request {id}: {}", self.words),
            None => self.words.clone(),
        }
    }
}
