//! The end of something that takes several requests.

use std::time::Duration;

use tokio::time::Instant;

/// A moment until which everything must be done.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub(crate) fn after(within: Duration) -> Self {
        Self(Instant::now() + within)
    }

    /// How long that still is.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Lets `pause` pass, if that leaves time for another request of `request`; `false` at once when it does not.
    pub(crate) async fn pause(self, pause: Duration, request: Duration) -> bool {
        if self.left() < pause + request {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_leaves_no_time_for_a_request_is_not_made() {
        let second = Duration::from_secs(1);
        let deadline = Deadline::after(5 * second);
        assert!(deadline.pause(2 * second, 3 * second).await);
        assert_eq!(deadline.left(), 3 * second);
        assert!(!deadline.pause(second, 3 * second).await);
        assert_eq!(deadline.left(), 3 * second);
    }
}
