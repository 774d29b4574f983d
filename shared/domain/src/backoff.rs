//! How long to wait before trying again.

use std::time::Duration;

/// How long to wait after attempt `attempt` (1 is the first) was refused for now.
///
/// Doubles from 5 s to 15 min, plus or minus 20 %. `jitter` is in `0.0..1.0`; the caller draws it.
pub fn wait_after(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let base = Duration::from_secs(5).saturating_mul(1 << doublings).min(Duration::from_secs(900));
    base.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
}

/// How long after look `looks` (1 is the first) settlement looks again: 2, then 4 minutes.
pub fn look_again_after(looks: u32) -> Duration {
    Duration::from_secs(120).saturating_mul(1 << looks.saturating_sub(1).min(4))
}

/// Whether an item that is `overdue` is looked at in this minute: at 1, 2, 4, 8, 15 and then every 15 minutes.
pub fn is_turn(overdue: Duration) -> bool {
    let minute = overdue.as_secs() / 60;
    matches!(minute, 1 | 2 | 4 | 8) || (minute > 0 && minute.is_multiple_of(15))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_grows_and_stays_within_a_fifth_of_its_base(attempt in 1_u32..100, jitter in 0.0..1.0_f64) {
            let wait = wait_after(attempt, jitter);
            prop_assert!(wait >= Duration::from_secs(4));
            prop_assert!(wait <= Duration::from_secs(1080));
            prop_assert!(wait_after(attempt + 1, jitter) >= wait);
        }
    }

    #[test]
    fn overdue_items_are_looked_at_ever_more_rarely_but_always_again() {
        let turns: Vec<u64> =
            (0..62).filter(|minute| is_turn(Duration::from_secs(minute * 60 + 30))).collect();
        assert_eq!(turns, [1, 2, 4, 8, 15, 30, 45, 60]);
    }
}
