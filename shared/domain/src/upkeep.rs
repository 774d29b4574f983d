//! What a connection needs so that it goes on working although nobody uses it, and when.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::Grant;
use crate::platform::Platform;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// X ends a refresh token that nobody uses after about six months; each refresh brings another one. A third of that
/// leaves four months in which to try again.
///
/// The six months stand on one page of X's alone, on exchanging tokens of OAuth 1.0a (docs.x.com, read 2026-10-07).
const X_IDLE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Tokens of 60 days are renewed on the 35th: early enough to try again for weeks, late enough to be asked for seldom.
const AHEAD: Duration = Duration::from_secs(25 * 24 * 60 * 60);

/// Instagram renews no token that is younger than a day.
///
/// Source: <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>
/// (read 2026-11).
const SETTLED: Duration = Duration::from_secs(26 * 60 * 60);

/// A person is warned when so many days are left.
const WARNINGS: [u8; 3] = [14, 7, 2];

/// What is to be done for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chore {
    /// Have the platform renew the tokens.
    Renew,
    /// Tell the person that the connection ends, or that it has ended.
    Warn,
}

/// What is to be done for a connection next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub chore: Chore,
}

/// What is to be said of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is too far away to speak of.
    Nothing,
    /// So many days are left at most.
    DaysLeft(u8),
    /// It has come.
    Ended,
}

/// What a connection needs next whose tokens were granted at `now` by this login; `None` when it lasts by itself.
pub fn after(login: Platform, grant: &Grant, now: Timestamp) -> Option<Upkeep> {
    let expires_at = grant.expires_at?;
    Some(match renewal(login, grant, expires_at, now) {
        Some(at) => Upkeep { at, chore: Chore::Renew },
        None => warning(expires_at, now),
    })
}

/// When the person of a connection that ends at `expires_at` is to be told next, of what was not to be told by `now`.
/// The last time is the end itself.
pub fn warning(expires_at: Timestamp, now: Timestamp) -> Upkeep {
    let times = WARNINGS.map(|days| expires_at - DAY * u32::from(days));
    let at = times.into_iter().find(|at| *at > now).unwrap_or(expires_at);
    Upkeep { at, chore: Chore::Warn }
}

/// What is to be said at `now` of an end at `expires_at`.
pub fn notice(expires_at: Timestamp, now: Timestamp) -> Notice {
    if expires_at <= now {
        return Notice::Ended;
    }
    let reached = WARNINGS.into_iter().rfind(|days| expires_at - DAY * u32::from(*days) <= now);
    reached.map_or(Notice::Nothing, Notice::DaysLeft)
}

/// When to renew; `None` when that cannot be done, or brings nothing.
fn renewal(login: Platform, grant: &Grant, expires_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    grant.tokens.refresh.as_ref()?;
    let at = match login {
        // The access token is of no interest: it lives for two hours, and is renewed when it is wanted.
        Platform::X => return Some(now + X_IDLE),
        Platform::Instagram => (expires_at - AHEAD).max(now + SETTLED),
        // The refresh token's year is not prolonged by using it, and an access token does not outlive it.
        Platform::LinkedIn if grant.refresh_until.is_some_and(|until| until <= expires_at + DAY) => {
            return None;
        }
        Platform::LinkedIn => (expires_at - AHEAD).max(now + SETTLED),
        // Pages have tokens of their own, without an end.
        Platform::Facebook => return None,
    };
    (at < expires_at).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::connection::Tokens;
    use crate::secret::Secret;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_second(1_796_112_000 + days * 86_400).unwrap()
    }

    fn grant(has_refresh: bool, expires_at: Option<Timestamp>, refresh_until: Option<Timestamp>) -> Grant {
        let refresh = has_refresh.then(|| Secret::new("refresh".into()));
        let tokens = Tokens { access: Secret::new("access".into()), refresh };
        Grant { tokens, scopes: Vec::new(), expires_at, refresh_until }
    }

    fn renew(at: Timestamp) -> Option<Upkeep> {
        Some(Upkeep { at, chore: Chore::Renew })
    }

    fn warn(at: Timestamp) -> Option<Upkeep> {
        Some(Upkeep { at, chore: Chore::Warn })
    }

    #[test]
    fn an_idle_connection_to_x_is_renewed_after_a_third_of_what_its_refresh_token_lives() {
        let granted = grant(true, Some(day(0) + Duration::from_secs(7200)), None);
        assert_eq!(after(Platform::X, &granted, day(0)), renew(day(60)));
    }

    #[test]
    fn a_token_of_instagrams_own_login_is_renewed_on_the_thirty_fifth_of_its_sixty_days() {
        assert_eq!(after(Platform::Instagram, &grant(true, Some(day(60)), None), day(0)), renew(day(35)));
    }

    #[test]
    fn a_token_is_a_day_old_before_it_is_renewed() {
        let short = after(Platform::Instagram, &grant(true, Some(day(3)), None), day(0));
        assert_eq!(short, renew(day(0) + SETTLED));
        let shorter = after(Platform::Instagram, &grant(true, Some(day(1)), None), day(0));
        assert_eq!(shorter, warn(day(1)));
    }

    #[test]
    fn what_has_no_end_needs_nothing() {
        for login in Platform::ALL {
            assert_eq!(after(login, &grant(false, None, None), day(0)), None);
        }
    }

    #[test]
    fn linkedin_without_a_refresh_token_is_warned_of_at_fourteen_seven_and_two_days_and_at_its_end() {
        let mut upkeep = after(Platform::LinkedIn, &grant(false, Some(day(60)), None), day(0)).unwrap();
        for (at, said) in [
            (46, Notice::DaysLeft(14)),
            (53, Notice::DaysLeft(7)),
            (58, Notice::DaysLeft(2)),
            (60, Notice::Ended),
        ] {
            assert_eq!(Some(upkeep), warn(day(at)));
            assert_eq!(notice(day(60), upkeep.at), said);
            upkeep = warning(day(60), upkeep.at);
        }
    }

    #[test]
    fn linkedin_with_a_refresh_token_is_renewed_through_its_year_and_warned_of_at_the_end_of_it() {
        let (year, mut now, mut renewals) = (day(365), day(0), Vec::new());
        let end = loop {
            // A new token lives for 60 days, and no longer than the year of the refresh token.
            let expires_at = (now + 60 * DAY).min(year);
            match after(Platform::LinkedIn, &grant(true, Some(expires_at), Some(year)), now).unwrap() {
                Upkeep { at, chore: Chore::Renew } => {
                    renewals.push(at);
                    now = at;
                }
                Upkeep { at, chore: Chore::Warn } => break at,
            }
        };
        assert_eq!(renewals, [35, 70, 105, 140, 175, 210, 245, 280, 315].map(day));
        assert_eq!(end, day(351));
    }

    #[test]
    fn of_warnings_that_were_missed_the_last_one_is_given() {
        assert_eq!(notice(day(60), day(45)), Notice::Nothing);
        assert_eq!(notice(day(60), day(57)), Notice::DaysLeft(7));
        assert_eq!(warning(day(60), day(57)), warn(day(58)).unwrap());
    }

    #[test]
    fn whoever_connects_when_little_is_left_is_not_warned_of_what_they_see() {
        let granted = grant(false, Some(day(10)), None);
        assert_eq!(after(Platform::LinkedIn, &granted, day(0)), warn(day(3)));
    }

    proptest! {
        /// However late and seldom anybody looks: each warning once at most, in order, and the end at last.
        #[test]
        fn each_warning_comes_once_and_the_end_always(
            lives in 0..40_i64,
            late in proptest::collection::vec(0..1_000_000_u32, 5)
        ) {
            let (expires_at, mut said) = (day(lives), Vec::new());
            let mut upkeep = warning(expires_at, day(0));
            for late in late {
                let now = upkeep.at + Duration::from_secs(late.into());
                said.push(notice(expires_at, now));
                if said.last() == Some(&Notice::Ended) {
                    break;
                }
                upkeep = warning(expires_at, now);
                prop_assert!(upkeep.at > now && upkeep.at <= expires_at);
            }
            let order = [Notice::DaysLeft(14), Notice::DaysLeft(7), Notice::DaysLeft(2), Notice::Ended];
            let places: Vec<_> = said.iter().map(|it| order.iter().position(|other| other == it)).collect();
            prop_assert!(places.iter().all(Option::is_some) && places.is_sorted_by(|one, next| one < next));
            prop_assert_eq!(said.last(), Some(&Notice::Ended));
        }

        /// Whatever a platform grants: what can be renewed is renewed while it still works.
        #[test]
        fn a_renewal_comes_before_the_end(
            lives in 7_200..8_000_000_u32,
            year in proptest::option::of(0..40_000_000_u32),
            platform in proptest::sample::select(&Platform::ALL[..])
        ) {
            let at = |seconds: u32| day(0) + Duration::from_secs(seconds.into());
            let granted = grant(true, Some(at(lives)), year.map(at));
            let upkeep = after(platform, &granted, day(0)).unwrap();
            prop_assert!(upkeep.at > day(0));
            match (upkeep.chore, platform) {
                (Chore::Renew, Platform::X) => prop_assert!(upkeep.at < day(180)),
                (Chore::Renew, _) => prop_assert!(upkeep.at >= day(1) && upkeep.at < at(lives)),
                (Chore::Warn, _) => prop_assert!(upkeep.at <= at(lives)),
            }
        }
    }
}
