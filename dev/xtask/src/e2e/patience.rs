//! Patience: until something is so, or a deadline has passed.

use std::time::Duration;

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

const GLANCE: Duration = Duration::from_millis(250);

/// Asks again and again until the answer is there.
///
/// # Errors
/// When an asking fails, or `patience` is over; the last answer that was not enough is told.
pub(crate) async fn until<T>(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> Result<Result<T, String>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match ask().await? {
            Ok(found) => return Ok(found),
            Err(seen) if Instant::now() >= deadline => {
                bail!("not after {} s: {what}; last seen: {seen}", patience.as_secs())
            }
            Err(_) => sleep(GLANCE).await,
        }
    }
}

/// The whole second that begins at least this long from now.
pub(crate) fn ahead(seconds: i64) -> Timestamp {
    let at = Timestamp::now() + SignedDuration::from_secs(seconds + 1);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// How long until `at`, and `more` beyond it.
pub(crate) fn past(at: Timestamp, more: Duration) -> Duration {
    Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default() + more
}
