//! What became of posts, in numbers: one record for each target, and the sums of them by day and connection.
//!
//! A day's [`Counts`] are the sum of [`Counts::of`] its records, always. Whoever replaces a record adds the
//! [`tally`] of the old one and the new one to the days in the same write, so nothing that comes twice, late or in
//! another order can be counted twice.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectionId, OwnerId, PostId};
use crate::platform::Platform;
use crate::post::Post;
use crate::target::{Status, Target};

/// Upper bounds of the classes of lateness, milliseconds, both ends of a class included in the lower one. What is later
/// than the last bound is counted in the last class.
pub const LATENESS_BOUNDS_MS: [i64; 18] = [
    100,
    250,
    500,
    750,
    1_000,
    1_500,
    2_000,
    3_000,
    5_000,
    10_000,
    30_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    21_600_000,
    86_400_000,
    604_800_000,
];

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Numbers are collected at these ages of a post, then daily to the end of its first week, then weekly.
const FIRST_AGES: [Duration; 6] = [
    MINUTE.saturating_mul(5),
    MINUTE.saturating_mul(15),
    HOUR,
    HOUR.saturating_mul(3),
    HOUR.saturating_mul(6),
    HOUR.saturating_mul(12),
];

/// After this age nobody asks any more.
const LAST_AGE: Duration = DAY.saturating_mul(90);

/// After a failure it is asked again after this, doubling, at most a day.
const FIRST_WAIT: Duration = MINUTE.saturating_mul(5);

/// How a target ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Live on the platform.
    Published,
    /// Refused for good.
    Failed,
    /// The outcome is not known and evidence could not settle it.
    NeedsAttention,
    /// Not sent, because it would have come too late.
    Skipped,
    /// Stopped by the person.
    Canceled,
}

/// How people took to something that is live. `None` is what the platform does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Engagement {
    /// How often it was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impressions: Option<u64>,
    /// Likes, or reactions of any kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
    /// Comments, or replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<u64>,
    /// Shares, reposts and quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<u64>,
    /// Clicks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<u64>,
}

/// One target that has ended, and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// On which connection.
    pub connection: ConnectionId,
    /// The platform of that connection.
    pub platform: Platform,
    /// The day, UTC, that it was meant for: of `publish_at`.
    pub day: Date,
    /// How it ended.
    pub outcome: Outcome,
    /// The platform's acceptance minus the wished time; `None` unless published.
    pub lateness_ms: Option<i64>,
    /// When the platform accepted it; `None` unless published.
    pub published_at: Option<Timestamp>,
    /// The platform's names for what is live, a part each.
    pub remote_ids: Vec<String>,
    /// The latest numbers, all parts together; `None` until there are some.
    pub engagement: Option<Engagement>,
    /// When they were collected.
    pub collected_at: Option<Timestamp>,
    /// When they are to be collected next; `None` is never.
    pub collect_at: Option<Timestamp>,
    /// How many collections have failed since the last good one.
    pub failures: u32,
    /// Counts the writes of this record, as it was read; 0 for one that was never written.
    pub version: u32,
}

/// Sums over records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Targets by how they ended.
    pub published: i64,
    /// See [`Outcome::Failed`].
    pub failed: i64,
    /// See [`Outcome::NeedsAttention`].
    pub needs_attention: i64,
    /// See [`Outcome::Skipped`].
    pub skipped: i64,
    /// See [`Outcome::Canceled`].
    pub canceled: i64,
    /// Targets of which there are numbers.
    pub measured: i64,
    /// Sums of those numbers.
    pub impressions: i64,
    /// See [`Engagement::likes`].
    pub likes: i64,
    /// See [`Engagement::comments`].
    pub comments: i64,
    /// See [`Engagement::shares`].
    pub shares: i64,
    /// See [`Engagement::clicks`].
    pub clicks: i64,
    /// Published targets by class of lateness; see [`LATENESS_BOUNDS_MS`].
    pub lateness: [i64; LATENESS_BOUNDS_MS.len()],
}

/// What is to be added to the counts of one connection on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which day, UTC.
    pub day: Date,
    /// Which connection.
    pub connection: ConnectionId,
    /// Its platform.
    pub platform: Platform,
    /// What to add; parts may be negative, and at least one is not zero.
    pub counts: Counts,
}

/// What must be added to the days when the record `before` becomes `after`: nothing when they count for the same.
pub fn tally(before: Option<&Measured>, after: &Measured) -> Vec<Difference> {
    let of = |record: &Measured, counts| Difference {
        day: record.day,
        connection: record.connection.clone(),
        platform: record.platform,
        counts,
    };
    let now = Counts::of(after);
    let differences = match before {
        None => vec![of(after, now)],
        Some(before) if before.day == after.day => vec![of(after, now.minus(&Counts::of(before)))],
        Some(before) => vec![of(before, Counts::default().minus(&Counts::of(before))), of(after, now)],
    };
    differences.into_iter().filter(|difference| difference.counts != Counts::default()).collect()
}

/// When numbers are collected next from something published at `published_at`; `None` when its time is over.
///
/// At 5 and 15 minutes, 1, 3, 6 and 12 hours, then daily to day 7, then weekly to day 90: most of what happens to a
/// post happens on its first day. Ages that were missed are not made up for.
pub fn collect_after(published_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let daily = (1..=7).map(|day| DAY.saturating_mul(day));
    let weekly = (2..=12).map(|week| DAY.saturating_mul(7 * week));
    let mut ages = FIRST_AGES.into_iter().chain(daily).chain(weekly).chain([LAST_AGE]);
    ages.find(|age| published_at + *age > now).map(|age| published_at + age)
}

impl Outcome {
    /// How a target of this status ended; `None` of one that has not.
    pub fn of(status: Status) -> Option<Self> {
        match status {
            Status::Published => Some(Self::Published),
            Status::Failed => Some(Self::Failed),
            Status::NeedsAttention => Some(Self::NeedsAttention),
            Status::Skipped => Some(Self::Skipped),
            Status::Canceled => Some(Self::Canceled),
            Status::Draft | Status::Scheduled | Status::Publishing | Status::Retrying => None,
        }
    }
}

impl Engagement {
    /// The numbers of two parts together; what neither tells stays unknown.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, two: Option<u64>| match (one, two) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        Self {
            impressions: sum(self.impressions, other.impressions),
            likes: sum(self.likes, other.likes),
            comments: sum(self.comments, other.comments),
            shares: sum(self.shares, other.shares),
            clicks: sum(self.clicks, other.clicks),
        }
    }
}

impl Measured {
    /// The record of a target as it stands now, given the one that is kept; `None` while it has not ended.
    ///
    /// Numbers and their timetable are kept. A target that is published on one of `collected` platforms gets a
    /// timetable with its first record.
    pub fn of(
        post: &Post,
        target: &Target,
        before: Option<&Self>,
        collected: &[Platform],
        now: Timestamp,
    ) -> Option<Self> {
        let outcome = Outcome::of(target.status)?;
        let published_at = target.published_at.filter(|_| outcome == Outcome::Published);
        let is_known = before.is_some_and(|before| before.outcome == Outcome::Published);
        let collect_at = match published_at {
            Some(_) if is_known => before.and_then(|before| before.collect_at),
            Some(at) if collected.contains(&target.platform) => collect_after(at, now),
            Some(_) | None => None,
        };
        Some(Self {
            owner: post.owner.clone(),
            post: post.id.clone(),
            connection: target.connection_id.clone(),
            platform: target.platform,
            day: day_of(post.time()),
            outcome,
            lateness_ms: published_at.map(|at| at.as_millisecond() - post.time().as_millisecond()),
            published_at,
            remote_ids: target.published.iter().map(|part| part.remote_id.clone()).collect(),
            engagement: before.and_then(|before| before.engagement),
            collected_at: before.and_then(|before| before.collected_at),
            collect_at,
            failures: before.map_or(0, |before| before.failures),
            version: before.map_or(0, |before| before.version),
        })
    }

    /// This record after a collection, `None` when the platform told nothing of it.
    #[must_use]
    pub fn collected(&self, engagement: Option<Engagement>, now: Timestamp) -> Self {
        Self {
            engagement: engagement.or(self.engagement),
            collected_at: if engagement.is_some() { Some(now) } else { self.collected_at },
            collect_at: self.published_at.and_then(|at| collect_after(at, now)),
            failures: 0,
            ..self.clone()
        }
    }

    /// This record after a collection that failed; asked again not before `until`, and ever more rarely.
    #[must_use]
    pub fn postponed(&self, until: Option<Timestamp>, now: Timestamp) -> Self {
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(16)).min(DAY);
        let at = until.map_or(now + wait, |until| until.max(now + wait));
        let is_over = self.published_at.is_none_or(|published_at| at > published_at + LAST_AGE);
        Self { collect_at: (!is_over).then_some(at), failures: self.failures + 1, ..self.clone() }
    }

    /// This record, never to be asked about again.
    #[must_use]
    pub fn stopped(&self) -> Self {
        Self { collect_at: None, ..self.clone() }
    }
}

impl Counts {
    /// What one record counts for.
    pub fn of(record: &Measured) -> Self {
        let mut counts = Self::default();
        match record.outcome {
            Outcome::Published => counts.published = 1,
            Outcome::Failed => counts.failed = 1,
            Outcome::NeedsAttention => counts.needs_attention = 1,
            Outcome::Skipped => counts.skipped = 1,
            Outcome::Canceled => counts.canceled = 1,
        }
        if let Some(ms) = record.lateness_ms {
            counts.lateness[class_of(ms)] = 1;
        }
        if let Some(engagement) = record.engagement {
            let number = |it: Option<u64>| i64::try_from(it.unwrap_or_default()).unwrap_or(i64::MAX);
            counts.measured = 1;
            counts.impressions = number(engagement.impressions);
            counts.likes = number(engagement.likes);
            counts.comments = number(engagement.comments);
            counts.shares = number(engagement.shares);
            counts.clicks = number(engagement.clicks);
        }
        counts
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, i64::saturating_add)
    }

    /// What must be added to `other` to get this.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.with(other, i64::saturating_sub)
    }

    /// The bound, milliseconds, that this share (`0.0..=1.0`) of the published targets kept; `None` when there are
    /// none.
    ///
    /// It is the upper bound of a class, so the true value is at most this; in the last class it may be more.
    pub fn lateness_within(&self, share: f64) -> Option<i64> {
        let all: i64 = self.lateness.iter().sum();
        let wanted = ((all as f64 * share).ceil() as i64).max(1);
        let mut seen = 0;
        let mut classes = self.lateness.iter().zip(LATENESS_BOUNDS_MS);
        let found = classes.find(|(count, _)| {
            seen += **count;
            seen >= wanted
        });
        found.map(|(_, bound)| bound)
    }

    fn with(&self, other: &Self, join: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            published: join(self.published, other.published),
            failed: join(self.failed, other.failed),
            needs_attention: join(self.needs_attention, other.needs_attention),
            skipped: join(self.skipped, other.skipped),
            canceled: join(self.canceled, other.canceled),
            measured: join(self.measured, other.measured),
            impressions: join(self.impressions, other.impressions),
            likes: join(self.likes, other.likes),
            comments: join(self.comments, other.comments),
            shares: join(self.shares, other.shares),
            clicks: join(self.clicks, other.clicks),
            lateness: std::array::from_fn(|class| join(self.lateness[class], other.lateness[class])),
        }
    }
}

/// The day of an instant, UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn class_of(lateness_ms: i64) -> usize {
    LATENESS_BOUNDS_MS.iter().position(|bound| lateness_ms <= *bound).unwrap_or(LATENESS_BOUNDS_MS.len() - 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_796_115_600 + second).unwrap()
    }

    fn record(number: u32) -> Measured {
        Measured {
            owner: OwnerId("alice".into()),
            post: PostId(format!("pst_{number}")),
            connection: ConnectionId(format!("con_{}", number % 2)),
            platform: Platform::X,
            day: day_of(at(0)),
            outcome: Outcome::Published,
            lateness_ms: Some(0),
            published_at: Some(at(0)),
            remote_ids: vec!["1".into()],
            engagement: None,
            collected_at: None,
            collect_at: Some(at(300)),
            failures: 0,
            version: 0,
        }
    }

    /// Something that happens to one of four records, told once or more and in any order.
    fn happenings() -> impl Strategy<Value = Vec<Measured>> {
        let outcome = prop_oneof![
            Just(Outcome::Published),
            Just(Outcome::Failed),
            Just(Outcome::NeedsAttention),
            Just(Outcome::Skipped),
            Just(Outcome::Canceled),
        ];
        let numbers = proptest::option::of((0..1_000_u64, proptest::option::of(0..50_u64)));
        let one = (0..4_u32, outcome, 0..3_i64, -500..90_000_000_i64, numbers);
        let one = one.prop_map(|(number, outcome, days, lateness_ms, numbers)| Measured {
            outcome,
            day: day_of(at(days * 86_400)),
            lateness_ms: (outcome == Outcome::Published).then_some(lateness_ms),
            engagement: numbers.map(|(impressions, likes)| Engagement {
                impressions: Some(impressions),
                likes,
                ..Engagement::default()
            }),
            ..record(number)
        });
        proptest::collection::vec(one, 0..40).prop_flat_map(|told| {
            let again = proptest::sample::subsequence(told.clone(), 0..=told.len());
            again.prop_map(move |again| told.iter().cloned().chain(again).collect::<Vec<_>>()).prop_shuffle()
        })
    }

    proptest! {
        #[test]
        fn the_days_are_the_sum_of_the_records_whatever_is_told_how_often_and_in_which_order(
            told in happenings()
        ) {
            let mut records: BTreeMap<PostId, Measured> = BTreeMap::new();
            let mut days: BTreeMap<(Date, ConnectionId), Counts> = BTreeMap::new();
            for after in told {
                for difference in tally(records.get(&after.post), &after) {
                    let day = days.entry((difference.day, difference.connection)).or_default();
                    *day = day.plus(&difference.counts);
                }
                prop_assert_eq!(tally(Some(&after), &after), []);
                records.insert(after.post.clone(), after);
            }
            let mut wanted: BTreeMap<(Date, ConnectionId), Counts> = BTreeMap::new();
            for record in records.values() {
                let day = wanted.entry((record.day, record.connection.clone())).or_default();
                *day = day.plus(&Counts::of(record));
            }
            days.retain(|_, counts| *counts != Counts::default());
            prop_assert_eq!(days, wanted);
        }

        #[test]
        fn numbers_are_collected_later_and_at_last_never(age in 0..10_000_000_i64) {
            match collect_after(at(0), at(age)) {
                Some(next) => prop_assert!(next > at(age) && next <= at(0) + LAST_AGE),
                None => prop_assert!(at(age) >= at(0) + LAST_AGE),
            }
        }
    }

    #[test]
    fn numbers_are_collected_often_on_the_first_day_and_weekly_at_the_end() {
        let mut now = at(0);
        let mut hours = Vec::new();
        while let Some(next) = collect_after(at(0), now) {
            hours.push(next.duration_since(at(0)).as_secs() as f64 / 3600.0);
            now = next;
        }
        let first = [5.0 / 60.0, 0.25, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0];
        assert_eq!(hours[..9], first);
        assert_eq!(hours[11..14], [144.0, 168.0, 336.0]);
        assert_eq!((hours.len(), hours.last()), (25, Some(&(90.0 * 24.0))));
    }

    #[test]
    fn a_failed_collection_waits_longer_each_time_and_never_less_than_the_platform_says() {
        let mut failed = record(1);
        let mut minutes = Vec::new();
        for _ in 0..10 {
            failed = failed.postponed(None, at(0));
            minutes.push(failed.collect_at.unwrap().duration_since(at(0)).as_secs() / 60);
        }
        assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]);
        assert_eq!(record(1).postponed(Some(at(3600)), at(0)).collect_at, Some(at(3600)));
        assert_eq!(record(1).postponed(Some(at(1)), at(0)).collect_at, Some(at(300)));
        assert_eq!(record(1).postponed(None, at(90 * 86_400)).collect_at, None);
        assert_eq!(failed.collected(None, at(0)).failures, 0);
    }

    #[test]
    fn a_share_of_lateness_is_the_bound_of_its_class() {
        let mut counts = Counts::default();
        assert_eq!(counts.lateness_within(0.5), None);
        for ms in [-3, 40, 100, 101, 800, i64::MAX] {
            let late = Measured { lateness_ms: Some(ms), ..record(1) };
            counts = counts.plus(&Counts::of(&late));
        }
        assert_eq!(counts.lateness_within(0.0), Some(100));
        assert_eq!(counts.lateness_within(0.5), Some(100));
        assert_eq!(counts.lateness_within(0.51), Some(250));
        assert_eq!(counts.lateness_within(0.99), Some(604_800_000));
    }

    #[test]
    fn parts_are_counted_together_and_what_nobody_tells_stays_unknown() {
        let one = Engagement { impressions: Some(1), likes: Some(2), ..Engagement::default() };
        let two = Engagement { impressions: Some(3), clicks: Some(4), ..Engagement::default() };
        let sum =
            Engagement { impressions: Some(4), likes: Some(2), clicks: Some(4), ..Engagement::default() };
        assert_eq!(one.plus(two), sum);
    }
}
