//! What OAuth token endpoints answer: a grant, or a refusal.

use std::time::Duration;

use domain::Error;
use domain::connection::{Grant, Tokens};
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass};
use domain::secret::Secret;
use serde::Deserialize;

use crate::refusal::failure;
use crate::wire::Answer;

/// How long a token endpoint may take.
pub(crate) const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);

/// No `Debug`: these are tokens.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
    /// LinkedIn's own.
    refresh_token_expires_in: Option<i64>,
    scope: Option<String>,
}

/// The two fields of RFC 6749 section 5.2; either may be missing.
#[derive(Default, Deserialize)]
pub(crate) struct Refusal {
    /// The code.
    #[serde(default)]
    pub(crate) error: String,
    /// The sentence.
    #[serde(default)]
    pub(crate) error_description: String,
}

/// The grant in a 2xx answer; `None` when there is none to be read.
///
/// Scopes are separated by spaces (RFC 6749, X) or by commas (LinkedIn).
pub(crate) fn read(answer: &Answer) -> Option<Grant> {
    if !answer.status.is_success() {
        return None;
    }
    let issued: Issued = answer.json()?;
    if issued.access_token.is_empty() {
        return None;
    }
    let scopes = issued.scope.unwrap_or_default();
    let after = |seconds: Option<i64>| {
        let seconds = u64::try_from(seconds?).ok()?;
        answer.at.checked_add(Duration::from_secs(seconds)).ok()
    };
    Some(Grant {
        tokens: Tokens {
            access: Secret::new(issued.access_token),
            refresh: issued.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        },
        scopes: scopes.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        expires_at: after(issued.expires_in),
        refresh_until: after(issued.refresh_token_expires_in),
    })
}

/// What a token endpoint said instead of a grant to somebody who brought a code.
///
/// Our own credentials or a missing parameter are ours to mend; any other 4xx says no to the code.
pub(crate) fn refused_code(platform: Platform, answer: &Answer) -> Error {
    let title = platform.title();
    let status = answer.status.as_u16();
    let refusal: Refusal = answer.json().unwrap_or_default();
    if !answer.status.is_client_error() || matches!(status, 408 | 429) {
        return Error::unavailable(
            platform.name(),
            format!("{title} answered {status} to an authorization code"),
        );
    }
    if refusal.is_about_us() {
        let said = failure(
            platform,
            FailureClass::Operator,
            "client_refused",
            "our app was refused",
            &refusal.words(),
        );
        return Error::broken("OAuth client", said.detail);
    }
    let advice = "the sign-in was not accepted; begin connecting again";
    let detail = failure(platform, FailureClass::Reconnect, "code_refused", advice, &refusal.words()).detail;
    Error::ConnectionRefused { platform: title, detail }
}

/// What a token endpoint said instead of a grant to somebody who brought a refresh token. `is_dead` knows the words
/// with which this platform buries a refresh token; no others disconnect anybody.
pub(crate) fn refused_refresh(
    platform: Platform,
    answer: &Answer,
    is_dead: impl Fn(&Refusal) -> bool,
    limited: impl Fn(&Answer) -> Failure,
) -> Failure {
    let title = platform.title();
    let status = answer.status.as_u16();
    let refusal: Refusal = answer.json().unwrap_or_default();
    let fail = |class, code, advice: &str| failure(platform, class, code, advice, &refusal.words());
    if status == 429 {
        return limited(answer);
    }
    if !answer.status.is_client_error() || status == 408 {
        let advice = format!("{title} could not renew our access just now ({status}); it is tried again");
        return fail(FailureClass::RetrySoon, "try_again", &advice);
    }
    if !refusal.is_about_us() && is_dead(&refusal) {
        let advice = format!("{title} no longer accepts our access; connect the account again");
        return fail(FailureClass::Reconnect, "needs_reconnect", &advice);
    }
    let advice = format!(
        "{title} refused our app, not the account ({status}); the operator must check client id and client secret"
    );
    fail(FailureClass::Operator, "client_refused", &advice)
}

impl Refusal {
    /// Whether it is our app or our request that is wrong, and not what the person brought.
    fn is_about_us(&self) -> bool {
        matches!(self.error.as_str(), "invalid_client" | "unauthorized_client")
            || self.error_description.to_lowercase().contains("required parameter")
    }

    fn words(&self) -> String {
        match (self.error.as_str(), self.error_description.as_str()) {
            ("", description) => description.to_owned(),
            (error, "") => error.to_owned(),
            (error, description) => format!("{error}: {description}"),
        }
    }
}
