//! What every API call must bring: a good token, room in the day's quota, and the protocol's headers.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::gate::bearer;
use crate::house::{House, World};
use crate::linkedin::problem::Refusal;
use crate::oauth::TokenFault;
use crate::people::Person;
use crate::platform::Platform;

/// The header that names the monthly version.
pub(crate) const VERSION: &str = "linkedin-version";
const PROTOCOL: &str = "x-restli-protocol-version";
const METHOD: &str = "x-restli-method";

/// The oldest and newest version that are accepted: 202508 may linger, and 202609 to 202611 probably exist.
/// A fault sunsets any of them.
const ACTIVE: std::ops::RangeInclusive<u32> = 202_508..=202_611;
const CALLS_PER_APP_AND_DAY: u32 = 100_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Which headers an address asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// `/rest/…`: version and protocol.
    Versioned,
    /// `/v2/ugcPosts`: protocol alone.
    Unversioned,
    /// `/v2/userinfo`: the token alone.
    Plain,
}

/// The member a call is made for.
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) scopes: Vec<String>,
    pub(crate) now_ms: i64,
}

impl Caller {
    /// Whether the member allowed one of `scopes`.
    pub(crate) fn has_any(&self, scopes: &[&str]) -> bool {
        self.scopes.iter().any(|scope| scopes.contains(&scope.as_str()))
    }

    /// The member's role at an organization.
    pub(crate) fn role_at(&self, organization_urn: &str) -> Option<&'static str> {
        let at =
            self.person.memberships().into_iter().find(|at| at.organization.urn() == organization_urn)?;
        Some(at.role)
    }
}

/// Lets `act` answer if the call brings what it must; every call with a good token counts.
pub(crate) fn guarded(
    house: &House,
    headers: &HeaderMap,
    style: Style,
    act: impl FnOnce(&mut World, &Caller) -> Result<Response, Refusal>,
) -> Response {
    let answer = house.change(|world| {
        let now_ms = house.now_ms();
        let (caller, client_id) = authenticate(world, headers, now_ms)?;
        let tomorrow_ms = (now_ms / DAY_MS + 1) * DAY_MS;
        let member = format!("linkedin:member:{}", caller.person.linkedin_sub());
        let app = format!("linkedin:app:{client_id}");
        let per_member = house.options.linkedin_calls_per_day;
        let room = world.counters.take(&member, per_member, now_ms, tomorrow_ms).allowed
            && world.counters.take(&app, CALLS_PER_APP_AND_DAY, now_ms, tomorrow_ms).allowed;
        if !room {
            return Err(Refusal::throttled());
        }
        check_headers(headers, style)?;
        act(world, &caller)
    });
    answer.into_response()
}

/// Refuses a path or query in which a URN stands with bare colons.
pub(crate) fn check_encoding(uri: &Uri) -> Result<(), Refusal> {
    let bare = uri.path().contains(':') || uri.query().is_some_and(|query| query.contains("urn:li:"));
    if bare {
        return Err(Refusal::argument(
            "Syntax exception in path variables or query: URNs must be URL-encoded",
        ));
    }
    Ok(())
}

/// Refuses a call whose `X-RestLi-Method` is not the one it must be.
pub(crate) fn check_method(headers: &HeaderMap, expected: &str) -> Result<(), Refusal> {
    match headers.get(METHOD) {
        Some(given) if given.as_bytes().eq_ignore_ascii_case(expected.as_bytes()) => Ok(()),
        Some(_) | None => Err(Refusal::argument(&format!("X-RestLi-Method must be {expected}"))),
    }
}

/// The member behind the token, and the app.
///
/// # Errors
/// 401 for every reason why a token is not good.
pub(crate) fn authenticate(
    world: &World,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<(Caller, String), Refusal> {
    let invalid = || Refusal::token(65600, "INVALID_ACCESS_TOKEN", "Invalid access token");
    let Some(token) = bearer(headers) else {
        return Err(Refusal::token(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"));
    };
    let grant = world.grants.access(Platform::LinkedIn, token, now_ms).map_err(|fault| match fault {
        TokenFault::Unknown => invalid(),
        TokenFault::Expired => {
            Refusal::token(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        }
        TokenFault::Revoked => Refusal::token(
            65601,
            "REVOKED_ACCESS_TOKEN",
            "The token used in the request has been revoked by the user",
        ),
    })?;
    let person = Person::named(&grant.person).ok_or_else(invalid)?;
    Ok((Caller { person, scopes: grant.scopes.clone(), now_ms }, grant.client_id.clone()))
}

fn check_headers(headers: &HeaderMap, style: Style) -> Result<(), Refusal> {
    if style == Style::Plain {
        return Ok(());
    }
    if style == Style::Versioned {
        let Some(version) = headers.get(VERSION) else {
            return Err(Refusal::coded(
                StatusCode::BAD_REQUEST,
                "VERSION_MISSING",
                "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
            ));
        };
        let version = version.to_str().unwrap_or_default();
        if !is_active(version) {
            return Err(Refusal::version_not_active(version));
        }
    }
    match headers.get(PROTOCOL).map(|value| value.as_bytes()) {
        Some(b"2.0.0") => Ok(()),
        Some(_) | None => Err(Refusal::argument("X-Restli-Protocol-Version must be 2.0.0")),
    }
}

fn is_active(version: &str) -> bool {
    let number: u32 = if version.len() == 6 { version.parse().unwrap_or_default() } else { 0 };
    ACTIVE.contains(&number) && (1..=12).contains(&(number % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_month_between_the_oldest_and_the_newest() {
        for active in ["202508", "202512", "202601", "202611"] {
            assert!(is_active(active), "{active}");
        }
        for dead in ["202507", "202513", "202600", "202612", "20260801", ""] {
            assert!(!is_active(dead), "{dead}");
        }
    }
}
