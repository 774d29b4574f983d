//! The headers that say how much of the limits is used.
//!
//! <https://developers.facebook.com/docs/graph-api/overview/rate-limiting> (read 2026-11)

use axum::http::HeaderValue;
use axum::response::Response;
use serde_json::{Value, json};

use crate::graph::shelf::DAY_MS;
use crate::house::House;
use crate::platform::Platform;

/// 4,800 for each engaged user: here there is one.
const CALLS_PER_DAY: u32 = 4_800;

/// Adds `X-App-Usage` and, where an account is known, `X-Business-Use-Case-Usage`, both in percent.
pub(crate) fn with_usage(
    response: Response,
    platform: Platform,
    account: Option<&str>,
    percent: u32,
) -> Response {
    with_headers(response, platform, account, percent, 0)
}

/// The same for who is blocked for so many minutes.
pub(crate) fn with_blocked(
    response: Response,
    platform: Platform,
    account: Option<&str>,
    minutes: u64,
) -> Response {
    with_headers(response, platform, account, 100, minutes)
}

fn with_headers(
    mut response: Response,
    platform: Platform,
    account: Option<&str>,
    percent: u32,
    minutes: u64,
) -> Response {
    let app = if account.is_none() { percent } else { 1 };
    set(&mut response, "x-app-usage", &json!({"call_count": app, "total_time": 1, "total_cputime": 1}));
    if let Some(account) = account {
        let kind = match platform {
            Platform::Instagram => "instagram",
            Platform::Facebook | Platform::X | Platform::LinkedIn => "pages",
        };
        let usage = json!({account: [{
            "type": kind,
            "call_count": percent,
            "total_cputime": 1,
            "total_time": 1,
            "estimated_time_to_regain_access": minutes,
        }]});
        set(&mut response, "x-business-use-case-usage", &usage);
    }
    response
}

fn set(response: &mut Response, name: &'static str, value: &Value) {
    if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
        response.headers_mut().insert(name, value);
    }
}

/// How much of the day's calls an account has used; counted, but never refused, because the real limit grows with an
/// audience that nobody has here.
pub(crate) fn used_percent(house: &House, account: Option<&str>) -> u32 {
    let Some(account) = account else { return 1 };
    let now_ms = house.now_ms();
    let count = house.change(|world| {
        world.counters.take(&format!("graph:{account}"), CALLS_PER_DAY, now_ms, now_ms + DAY_MS)
    });
    (CALLS_PER_DAY - count.remaining).saturating_mul(100).div_ceil(CALLS_PER_DAY)
}
