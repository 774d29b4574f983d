//! The time of the machine.

use std::time::Duration;

use async_trait::async_trait;
use domain::ports::Clock;
use jiff::Timestamp;

/// The system's clock, to the millisecond. Needs tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now().as_millisecond();
        Timestamp::from_millisecond(now).expect("a present in milliseconds is a timestamp")
    }

    async fn until(&self, at: Timestamp) {
        // The timer runs on another clock than the wall's, so that one sleep may end early.
        while let Ok(left) = Duration::try_from(at.duration_since(Timestamp::now())) {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_at_the_moment_or_just_after_and_never_before() {
        for ms in [0, 1, 7] {
            let at = Timestamp::now() + Duration::from_millis(ms);
            SystemClock.until(at).await;
            assert!(Timestamp::now() >= at);
            assert!(SystemClock.now().as_millisecond() >= at.as_millisecond());
        }
    }

    #[tokio::test]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        SystemClock.until(Timestamp::UNIX_EPOCH).await;
    }
}
