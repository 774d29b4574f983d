//! X's ids, and what they say.

use std::time::Duration;

use jiff::Timestamp;

/// Ids count milliseconds from here in the bits above the lowest 22.
const EPOCH_MS: i64 = 1_288_834_974_657;

/// Whether this is an id: 1 to 19 digits.
pub(super) fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// When X gave out this id, if it is one that carries its time: after X's epoch, not later than a minute from `now`.
pub(super) fn made_at(id: &str, now: Timestamp) -> Option<Timestamp> {
    let upper = id.parse::<i64>().ok()? >> 22;
    let at = Timestamp::from_millisecond(upper + EPOCH_MS).ok()?;
    (upper > 0 && at <= now + Duration::from_secs(60)).then_some(at)
}

/// The smallest id that X could have given out at this time.
pub(super) fn first_at(at: Timestamp) -> i64 {
    (at.as_millisecond() - EPOCH_MS).max(0) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_when_it_was_made() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let made = made_at("1445880548472328192", now).unwrap();
        assert_eq!(made.to_string(), "2021-10-06T22:36:00.574Z");
        assert_eq!(made_at("12", now), None);
        assert_eq!(made_at("9223372036854775807", now), None);
        assert_eq!(made_at("9999999999999999999", now), None);
        assert_eq!(made_at(&first_at(now).to_string(), now), Some(now));
    }
}
