//! How often somebody may call: rate limits that hold at every moment, not only from one full hour to the next.
//!
//! A [`Register`] holds the times of the last accepted calls, as many as are allowed in a window. A call passes when
//! the oldest of them has left the window. So no window, wherever it begins, holds more than is allowed, and a
//! refused call costs the caller nothing.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::id::OwnerId;
use crate::metric::Metric;
use crate::ports::{Metrics, RateLimits};
use crate::{Error, Result};

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Publishing now, to one connection.
    Publish,
    /// Publishing now, to several connections.
    PublishMulti,
    /// Scheduling, and editing what is scheduled.
    Schedule,
    /// Both halves of connecting an account.
    OAuth,
    /// Reading numbers.
    Analytics,
    /// The routes that need no token.
    Public,
}

/// Who is limited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person.
    Owner(OwnerId),
    /// Whoever calls from this address, where nobody says who calls.
    Address(IpAddr),
}

/// How many calls a window may hold: 1 to 130.
///
/// The bounds are those of one `UpdateItem`: an expression may have 300 operators and 4 KB.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html> (read 2026-11-24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Allowance(u8);

/// One limit with its allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// What is limited.
    pub limit: Limit,
    /// To how many calls in each window.
    pub allowance: Allowance,
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Of which limit.
    pub rule: Rule,
    /// How many calls pass now.
    pub remaining: u8,
    /// When one more passes than now: the oldest call that counts leaves the window. `now` when none counts.
    pub reset_at: Timestamp,
    /// The present, for the caller.
    pub now: Timestamp,
}

/// What the counter says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes and is counted.
    Taken(Quota),
    /// It does not pass and is not counted.
    Refused(Quota),
}

/// The times of the last accepted calls, oldest first, at most as many as are allowed.
///
/// The times never decrease: a call that says an earlier time than the last one counts as made together with it.
/// Callers' clocks may differ and requests may overtake each other; the rule holds all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    rule: Rule,
    accepted: Vec<Timestamp>,
}

/// A counter and what it counts with: what an endpoint charges its calls to.
#[derive(Clone, Copy)]
pub struct Meter<'a> {
    /// The limit.
    pub rule: Rule,
    /// Keeps the count.
    pub counter: &'a dyn RateLimits,
    /// Hears when the counter is away.
    pub metrics: &'a dyn Metrics,
}

/// Charges one call. `None` when the counter cannot be reached: the call is let through, because a counter that is
/// away must not stop the product.
///
/// # Errors
/// `RateLimited` when the allowance is used up.
pub async fn charge(meter: &Meter<'_>, subject: &Subject, now: Timestamp) -> Result<Option<Quota>> {
    match meter.counter.take(subject, meter.rule, now).await {
        Ok(Verdict::Taken(quota)) => Ok(Some(quota)),
        Ok(Verdict::Refused(quota)) => Err(Error::RateLimited(quota)),
        Err(Error::Unavailable { .. }) => {
            meter.metrics.put(Metric::RateLimitUnavailable);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Limit {
    /// Those that count each person's calls.
    pub const OF_OWNERS: [Self; 5] =
        [Self::Publish, Self::PublishMulti, Self::Schedule, Self::OAuth, Self::Analytics];

    /// Its name for callers and in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::PublishMulti => "publishMulti",
            Self::Schedule => "schedule",
            Self::OAuth => "oauth",
            Self::Analytics => "analytics",
            Self::Public => "public",
        }
    }

    /// The time over which calls are counted, whole seconds.
    pub fn window(self) -> Duration {
        match self {
            Self::Publish | Self::PublishMulti | Self::Schedule => Duration::from_secs(3600),
            Self::OAuth | Self::Analytics | Self::Public => Duration::from_secs(60),
        }
    }

    /// The allowance that the template gives unless it is told otherwise.
    pub fn default_allowance(self) -> Allowance {
        Allowance(match self {
            Self::Publish => 20,
            Self::PublishMulti | Self::OAuth => 10,
            Self::Schedule => 50,
            Self::Analytics | Self::Public => 100,
        })
    }
}

impl Allowance {
    /// The smallest.
    pub const MIN: Self = Self(1);
    /// The largest.
    pub const MAX: Self = Self(130);

    /// So many calls in a window; `None` out of bounds.
    pub fn new(calls: u8) -> Option<Self> {
        Some(Self(calls)).filter(|it| (Self::MIN..=Self::MAX).contains(it))
    }

    /// The number.
    pub fn calls(self) -> u8 {
        self.0
    }
}

impl Quota {
    /// Whole seconds from `now` after which `reset_at` has come.
    pub fn reset_after_seconds(&self) -> i64 {
        let left_ms = self.reset_at.as_millisecond() - self.now.as_millisecond();
        left_ms.max(0).unsigned_abs().div_ceil(1000).cast_signed()
    }

    /// The first whole second, since 1970, at which `reset_at` has come.
    pub fn reset_at_second(&self) -> i64 {
        let second = self.reset_at.as_second();
        if self.reset_at.subsec_nanosecond() > 0 { second + 1 } else { second }
    }
}

impl Register {
    /// The register that holds these times, oldest first. Of too many the newest stay.
    pub fn new(rule: Rule, mut accepted: Vec<Timestamp>) -> Self {
        let too_many = accepted.len().saturating_sub(rule.allowance.calls().into());
        accepted.drain(..too_many);
        Self { rule, accepted }
    }

    /// Takes a call in, or refuses it and stays as it is.
    pub fn take(&mut self, now: Timestamp) -> Verdict {
        let at = self.not_before_the_newest(now);
        if self.counted(at).count() >= self.rule.allowance.calls().into() {
            return Verdict::Refused(self.quota(now));
        }
        *self = Self::new(self.rule, [&self.accepted[..], &[at]].concat());
        Verdict::Taken(self.quota(now))
    }

    /// What is left.
    pub fn quota(&self, now: Timestamp) -> Quota {
        let mut counted = self.counted(self.not_before_the_newest(now));
        let oldest = counted.next();
        let used = u8::try_from(usize::from(oldest.is_some()) + counted.count()).unwrap_or(u8::MAX);
        Quota {
            rule: self.rule,
            remaining: self.rule.allowance.calls().saturating_sub(used),
            reset_at: oldest.map_or(now, |oldest| oldest + self.rule.limit.window()),
            now,
        }
    }

    /// The time of the last accepted call.
    pub fn newest(&self) -> Option<Timestamp> {
        self.accepted.last().copied()
    }

    /// The time as which a call counts that says it was made `now`.
    fn not_before_the_newest(&self, now: Timestamp) -> Timestamp {
        self.newest().map_or(now, |newest| newest.max(now))
    }

    /// Those of the window that ends at `at`. One that is exactly a window old has left it.
    fn counted(&self, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        let window = self.rule.limit.window();
        self.accepted.iter().copied().filter(move |accepted| *accepted + window > at)
    }
}

impl std::fmt::Display for Quota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of_what = match self.rule.limit {
            Limit::Publish => "publishing now",
            Limit::PublishMulti => "publishing now to several connections",
            Limit::Schedule => "scheduling and editing",
            Limit::OAuth => "connecting accounts",
            Limit::Analytics => "reading numbers",
            Limit::Public => "calls without a token from one address",
        };
        let (calls, window) = (self.rule.allowance.calls(), self.rule.limit.window().as_secs());
        let span = if window == 60 { "a minute" } else { "an hour" };
        let (left, wait) = (self.remaining, self.reset_after_seconds());
        if left > 0 {
            return write!(f, "{left} of {calls} {span} are left for {of_what}");
        }
        let wait = match wait {
            // At least that, as `Retry-After` says.
            ..=1 => "1 second".into(),
            2..120 => format!("{wait} seconds"),
            _ => format!("{} minutes", (wait + 59) / 60),
        };
        write!(f, "the limit for {of_what} is {calls} {span} and is used up; try again in {wait}")
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const WINDOW_MS: i64 = 60_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_796_115_600_000 + ms).unwrap()
    }

    fn rule(calls: u8) -> Rule {
        Rule { limit: Limit::OAuth, allowance: Allowance::new(calls).unwrap() }
    }

    fn passes(register: &Register, now: Timestamp) -> bool {
        matches!(register.clone().take(now), Verdict::Taken(_))
    }

    /// Steps around the window's edge, the present, and back.
    fn steps() -> impl Strategy<Value = i64> {
        prop_oneof![
            Just(0),
            1..50_i64,
            -2_000..2_000_i64,
            0..=WINDOW_MS,
            WINDOW_MS - 1..=WINDOW_MS + 1,
            Just(WINDOW_MS / 3),
        ]
    }

    proptest! {
        #[test]
        fn exactly_those_pass_that_have_fewer_than_allowed_in_the_window_before(
            calls in 1_u8..=6,
            phase in 0..2 * WINDOW_MS,
            steps in prop::collection::vec(steps(), 1..80),
        ) {
            let mut register = Register::new(rule(calls), Vec::new());
            let mut passed: Vec<i64> = Vec::new();
            let mut now_ms = phase;
            for step in steps {
                now_ms += step;
                let counts_as = passed.last().map_or(now_ms, |last| now_ms.max(*last));
                let before = passed.iter().filter(|time| **time > counts_as - WINDOW_MS).count();
                match register.take(at(now_ms)) {
                    Verdict::Taken(quota) => {
                        prop_assert!(before < calls.into());
                        prop_assert_eq!(usize::from(quota.remaining), usize::from(calls) - before - 1);
                        passed.push(counts_as);
                    }
                    Verdict::Refused(quota) => {
                        prop_assert_eq!(before, usize::from(calls));
                        prop_assert_eq!(quota.remaining, 0);
                        prop_assert!(quota.reset_after_seconds() >= 1);
                        prop_assert!(passes(&register, quota.reset_at));
                        let just_before = quota.reset_at - SignedDuration::from_millis(1);
                        prop_assert!(!passes(&register, just_before));
                    }
                }
            }
            // However the windows are laid, also so that they begin with a call.
            for first in &passed {
                let within = passed.iter().filter(|time| (*first..*first + WINDOW_MS).contains(time));
                prop_assert!(within.count() <= calls.into());
            }
        }

        #[test]
        fn what_is_shown_is_what_passes(
            calls in 1_u8..=6,
            steps in prop::collection::vec(steps(), 0..20),
        ) {
            let mut register = Register::new(rule(calls), Vec::new());
            let mut now_ms = 0;
            for step in steps {
                now_ms += step;
                register.take(at(now_ms));
            }
            let quota = register.quota(at(now_ms));
            for left in (0..quota.remaining).rev() {
                let Verdict::Taken(after) = register.take(at(now_ms)) else { panic!("{left} more pass") };
                prop_assert_eq!(after.remaining, left);
            }
            prop_assert!(!passes(&register, at(now_ms)));
        }

        #[test]
        fn whoever_waits_the_seconds_that_are_told_passes(first in 0..5_000_i64, later in 0..WINDOW_MS) {
            let mut register = Register::new(rule(1), vec![at(first)]);
            let now = at(first + later);
            let Verdict::Refused(quota) = register.take(now) else { panic!("the window holds one") };
            prop_assert!(passes(&register, now + SignedDuration::from_secs(quota.reset_after_seconds())));
            prop_assert!(passes(&register, Timestamp::from_second(quota.reset_at_second()).unwrap()));
            prop_assert!(quota.reset_at_second() * 1000 < quota.reset_at.as_millisecond() + 1000);
        }
    }

    #[test]
    fn a_call_that_is_exactly_a_window_old_does_not_count() {
        let register = Register::new(rule(1), vec![at(0)]);
        assert!(!passes(&register, at(WINDOW_MS - 1)));
        assert!(passes(&register, at(WINDOW_MS)));
    }

    #[test]
    fn an_allowance_out_of_bounds_is_none() {
        assert_eq!([0, 1, 130, 131].map(|calls| Allowance::new(calls).is_some()), [false, true, true, false]);
    }

    #[test]
    fn a_refusal_says_what_is_used_up_and_how_long_to_wait() {
        let rule = Rule { limit: Limit::Schedule, allowance: Limit::Schedule.default_allowance() };
        let waits = [
            (0, "1 second"),
            (1, "1 second"),
            (118_001, "119 seconds"),
            (119_001, "2 minutes"),
            (3_599_000, "60 minutes"),
        ];
        for (reset_at, wait) in waits {
            let quota = Quota { rule, remaining: 0, reset_at: at(reset_at), now: at(0) };
            let said = format!(
                "the limit for scheduling and editing is 50 an hour and is used up; try again in {wait}"
            );
            assert_eq!(Error::RateLimited(quota).to_string(), said);
        }
    }
}
