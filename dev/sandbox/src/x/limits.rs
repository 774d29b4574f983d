//! Who calls, whether the token allows it, and the windows that X counts calls in.

use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::counters::{Count, Counters};
use crate::gate::bearer;
use crate::house::{House, World};
use crate::oauth::Grant;
use crate::people::Person;
use crate::platform::Platform;
use crate::x::problem::Problem;

const QUARTER_HOUR_MS: i64 = 15 * 60 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The endpoints that are counted, each for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoint {
    Create,
    Delete,
    Lookup,
    Timeline,
    Me,
    Upload,
    Initialize,
    Append,
    Finalize,
    Status,
    Metadata,
}

/// The user a call is made for.
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) now_ms: i64,
}

struct Limit {
    name: &'static str,
    per_app: Option<(u32, i64)>,
    per_user_in_quarter_hour: u32,
    scopes: &'static [&'static str],
}

impl Endpoint {
    fn limit(self) -> Limit {
        match self {
            Self::Create => Limit {
                name: "create",
                per_app: Some((10_000, DAY_MS)),
                per_user_in_quarter_hour: 100,
                scopes: &["tweet.read", "tweet.write", "users.read"],
            },
            Self::Delete => Limit {
                name: "delete",
                per_app: None,
                per_user_in_quarter_hour: 50,
                scopes: &["tweet.read", "tweet.write", "users.read"],
            },
            Self::Lookup => Limit {
                name: "lookup",
                per_app: Some((3_500, QUARTER_HOUR_MS)),
                per_user_in_quarter_hour: 5_000,
                scopes: &["tweet.read", "users.read"],
            },
            Self::Timeline => Limit {
                name: "timeline",
                per_app: Some((10_000, QUARTER_HOUR_MS)),
                per_user_in_quarter_hour: 900,
                scopes: &["tweet.read", "users.read"],
            },
            Self::Me => Limit {
                name: "me",
                per_app: None,
                per_user_in_quarter_hour: 75,
                scopes: &["tweet.read", "users.read"],
            },
            Self::Upload => media("media-upload", 50_000, 500),
            Self::Initialize => media("media-initialize", 180_000, 1_875),
            Self::Append => media("media-append", 180_000, 1_875),
            Self::Finalize => media("media-finalize", 180_000, 1_875),
            Self::Status => media("media-status", 100_000, 1_000),
            Self::Metadata => media("media-metadata", 50_000, 500),
        }
    }
}

/// What all media endpoints have in common.
fn media(name: &'static str, per_app_in_day: u32, per_user_in_quarter_hour: u32) -> Limit {
    Limit {
        name,
        per_app: Some((per_app_in_day, DAY_MS)),
        per_user_in_quarter_hour,
        scopes: &["media.write"],
    }
}

/// Lets `act` answer if the token is good, has the endpoint's scopes, and its windows have room; every
/// answer carries the `x-rate-limit-*` headers.
pub(crate) fn guarded(
    house: &House,
    headers: &HeaderMap,
    endpoint: Endpoint,
    act: impl FnOnce(&mut World, &Caller) -> Result<Response, Problem>,
) -> Response {
    let limit = endpoint.limit();
    let (answer, count) = house.change(|world| {
        let now_ms = house.now_ms();
        let untouched = Count {
            limit: limit.per_user_in_quarter_hour,
            remaining: limit.per_user_in_quarter_hour,
            ends_at_ms: now_ms + QUARTER_HOUR_MS,
            allowed: true,
        };
        let Some((grant, person)) = authenticate(world, headers, now_ms) else {
            return (Err(Problem::unauthorized()), untouched);
        };
        let count = take(&mut world.counters, &limit, &grant, &person, now_ms);
        if !count.allowed {
            return (Err(Problem::too_many_requests()), count);
        }
        if !limit.scopes.iter().all(|needed| grant.scopes.iter().any(|given| given == needed)) {
            return (Err(Problem::forbidden("Forbidden")), count);
        }
        (act(world, &Caller { person, now_ms }), count)
    });
    with_headers(answer.into_response(), count)
}

/// The 429 of a full window that ends after `retry_after_seconds`, by default after a quarter of an hour.
pub(crate) fn rate_limited(now_ms: i64, retry_after_seconds: Option<u64>) -> Response {
    let wait_ms = retry_after_seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map_or(QUARTER_HOUR_MS, |seconds| seconds.saturating_mul(1000));
    let ends_at_ms = now_ms.saturating_add(wait_ms);
    let limit = Endpoint::Create.limit().per_user_in_quarter_hour;
    let count = Count { limit, remaining: 0, ends_at_ms, allowed: false };
    with_headers(Problem::too_many_requests().into_response(), count)
}

fn authenticate(world: &World, headers: &HeaderMap, now_ms: i64) -> Option<(Grant, Person)> {
    let grant = world.grants.access(Platform::X, bearer(headers)?, now_ms).ok()?;
    Some((grant.clone(), Person::named(&grant.person)?))
}

/// Counts the call for the user, then for the app; the window that refuses is the one that is shown.
fn take(counters: &mut Counters, limit: &Limit, grant: &Grant, person: &Person, now_ms: i64) -> Count {
    let user = counters.take(
        &format!("x:{}:user:{}", limit.name, person.x_id()),
        limit.per_user_in_quarter_hour,
        now_ms,
        now_ms + QUARTER_HOUR_MS,
    );
    let Some((calls, window_ms)) = limit.per_app.filter(|_| user.allowed) else { return user };
    let name = format!("x:{}:app:{}", limit.name, grant.client_id);
    let app = counters.take(&name, calls, now_ms, now_ms + window_ms);
    if app.allowed { user } else { app }
}

fn with_headers(mut response: Response, count: Count) -> Response {
    // X says when a window ends in whole Unix seconds; rounded up, so that nobody comes back too early.
    let reset = count.ends_at_ms.saturating_add(999) / 1000;
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-limit", HeaderValue::from(count.limit));
    headers.insert("x-rate-limit-remaining", HeaderValue::from(count.remaining));
    headers.insert("x-rate-limit-reset", HeaderValue::from(reset));
    response
}
