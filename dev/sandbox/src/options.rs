//! What the sandbox is told when it starts, and its clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// How one sandbox behaves; `Options::default()` behaves as the platforms do and keeps nothing on disk.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file that holds grants and posts between two runs; `None` forgets everything at the end.
    pub state: Option<PathBuf>,
    /// The registered redirect URIs, compared exactly; empty accepts any `http://127.0.0.1:*/oauth/callback`.
    pub redirect_uris: Vec<String>,
    /// The only origin that media may be fetched from. Nothing fetches yet: X and LinkedIn take bytes.
    pub media_origin: Option<String>,
    /// The time by which everything is stamped and expires.
    pub clock: Clock,
    /// How long codes and tokens live.
    pub lifetimes: Lifetimes,
    /// For how long a platform refuses the same text by the same author; both leave it unpublished.
    pub duplicate_window: Duration,
    /// Calls a LinkedIn member may make in a UTC day: 150 for the product "Share on LinkedIn".
    pub linkedin_calls_per_day: u32,
    /// Whether the LinkedIn app is a Marketing Developer Platform partner, the only ones with refresh tokens.
    pub linkedin_partner: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            redirect_uris: Vec::new(),
            media_origin: None,
            clock: Clock::default(),
            lifetimes: Lifetimes::default(),
            duplicate_window: Duration::from_secs(24 * 3600),
            linkedin_calls_per_day: 150,
            linkedin_partner: false,
        }
    }
}

/// How long each code and token lives, as the platforms document it.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// X authorization codes: 30 s.
    pub x_code: Duration,
    /// X access tokens: 7,200 s.
    pub x_access: Duration,
    /// X refresh tokens: about six months.
    pub x_refresh: Duration,
    /// LinkedIn authorization codes: 30 min.
    pub linkedin_code: Duration,
    /// LinkedIn access tokens: 5,184,000 s (60 days).
    pub linkedin_access: Duration,
    /// LinkedIn refresh tokens of partners: 365 days, which using them does not extend.
    pub linkedin_refresh: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24 * 3600;
        Self {
            x_code: Duration::from_secs(30),
            x_access: Duration::from_secs(7_200),
            x_refresh: Duration::from_secs(182 * DAY),
            linkedin_code: Duration::from_secs(30 * 60),
            linkedin_access: Duration::from_secs(60 * DAY),
            linkedin_refresh: Duration::from_secs(365 * DAY),
        }
    }
}

/// The wall clock, which a test may move forward instead of waiting; clones share the hands.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(millis(by), Ordering::Relaxed);
    }
}

/// A span in whole milliseconds, as instants are counted here.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}
