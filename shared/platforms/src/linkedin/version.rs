//! Which version of LinkedIn's API we speak: the one that is set, or a later one once that has ended.
//!
//! LinkedIn gives out a version each month and ends it a year later, and from then on answers 426 to whoever names it.
//! That has done nothing, so the same request goes out again at once as the month after, and what is accepted is
//! remembered as long as the process lives.
//! Whoever runs this installation must still set another one: `Platforms::newer_version` tells the caller, which raises
//! the event, because this crate neither logs nor emits.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::secret::Secret;
use reqwest::{RequestBuilder, StatusCode};

use crate::linkedin::errors;
use crate::wire::{Answer, Silence, Wire};

/// As many months after the one that is set are tried: a version lives for a year.
const MONTHS_AHEAD: u32 = 12;

/// The version that is set, and the one in use.
pub(super) struct Version {
    configured: String,
    in_use: Mutex<String>,
}

impl Version {
    /// `configured` is a year and a month, `YYYYMM`.
    pub(super) fn new(configured: &str) -> Self {
        Self { configured: configured.to_owned(), in_use: Mutex::new(configured.to_owned()) }
    }

    /// The newest that LinkedIn is known to accept; the one that is set until it says otherwise.
    pub(super) fn in_use(&self) -> String {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one in use, if it is not the one that is set.
    pub(super) fn instead(&self) -> Option<String> {
        Some(self.in_use()).filter(|version| *version != self.configured)
    }

    /// Sends `request`, whose body is no stream, in the version in use, and as long as LinkedIn says that this one has
    /// ended, in the next. `within` bounds all of it. The last answer counts.
    pub(super) async fn send(
        &self,
        wire: &Wire,
        request: &RequestBuilder,
        within: Duration,
        access: &Secret<String>,
    ) -> Result<Answer, Silence> {
        let until = Instant::now() + within;
        let first = self.in_use();
        let mut version = first.clone();
        loop {
            let Some(request) = request.try_clone() else {
                return Err(Silence::NotSent("a stream cannot be sent in another version".into()));
            };
            let left = until.saturating_duration_since(Instant::now());
            let answer = wire.send(request.header("LinkedIn-Version", &version), left, &[access]).await?;
            if !errors::is_sunset(&answer) {
                if version != first && accepts(answer.status) {
                    *self.in_use.lock().unwrap_or_else(PoisonError::into_inner) = version;
                }
                return Ok(answer);
            }
            let next = month_after(&version).filter(|next| self.is_tried(next));
            let Some(next) = next.filter(|_| Instant::now() < until) else { return Ok(answer) };
            version = next;
        }
    }

    /// Whether this month is near enough to the one that is set.
    fn is_tried(&self, version: &str) -> bool {
        match (months(&self.configured), months(version)) {
            (Some(configured), Some(wanted)) => wanted <= configured + MONTHS_AHEAD,
            (None, _) | (_, None) => false,
        }
    }
}

/// Whether an answer with this status looked at the version at all, and let it pass.
fn accepts(status: StatusCode) -> bool {
    status.is_success() || (status.is_client_error() && !matches!(status.as_u16(), 401 | 408 | 429))
}

/// The number of months from the year 0.
fn months(version: &str) -> Option<u32> {
    let (year, month) = version.split_at_checked(4)?;
    let (year, month) = (year.parse::<u32>().ok()?, month.parse::<u32>().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

fn month_after(version: &str) -> Option<String> {
    let next = months(version)? + 1;
    Some(format!("{:04}{:02}", next / 12, next % 12 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_ends_after_its_twelfth_month() {
        assert_eq!(month_after("202608").as_deref(), Some("202609"));
        assert_eq!(month_after("202612").as_deref(), Some("202701"));
        for none in ["202613", "202600", "2026", "x", ""] {
            assert_eq!(month_after(none), None, "{none}");
        }
    }

    #[test]
    fn a_year_ahead_is_tried_and_no_more() {
        let version = Version::new("202608");
        assert!(version.is_tried("202708"));
        assert!(!version.is_tried("202709"));
    }
}
