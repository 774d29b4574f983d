//! Looking at how posts did.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::analytics::{Counts, Measured, day_of};
use crate::id::{ConnectionId, OwnerId, PostId};
use crate::input::Mistakes;
use crate::platform::Platform;
use crate::ports::{Analytics, DayRow, Posts};
use crate::{Error, Result};

/// The number of days that are summed up unless told, today included.
pub const DEFAULT_DAYS: i64 = 30;
/// The greatest number of days that are summed up at once.
pub const MAX_DAYS: i64 = 366;

/// By what a summary is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// By day, UTC, of the wished time.
    #[default]
    Day,
    /// By platform.
    Platform,
    /// By connection.
    Connection,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SummaryAsk {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// By what to divide.
    pub group_by: GroupBy,
}

/// What a group has in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKey {
    /// One day.
    Day(Date),
    /// One platform.
    Platform(Platform),
    /// One connection, which may be gone by now, and its platform.
    Connection(ConnectionId, Platform),
}

/// How the targets of some days did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// By what it is divided.
    pub group_by: GroupBy,
    /// Everything together.
    pub totals: Counts,
    /// In order of their keys; a group without any target is left out.
    pub groups: Vec<(GroupKey, Counts)>,
}

impl GroupBy {
    /// The name in queries and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Platform => "platform",
            Self::Connection => "connection",
        }
    }

    /// What has this [`GroupBy::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Day, Self::Platform, Self::Connection].into_iter().find(|it| it.name() == name)
    }
}

/// A day, or an instant that stands for its day, UTC.
pub fn read_day(text: &str) -> Option<Date> {
    let instant = || text.parse::<Timestamp>().ok().map(day_of);
    // A date and time without an offset would be read as a date: it says no instant, and is refused.
    if text.len() == 10 { text.parse().ok() } else { instant() }
}

/// Sums up the targets that were meant for these days, the last 30 unless told, both ends included.
///
/// # Errors
/// `Invalid` when the last day lies before the first, or there are more than [`MAX_DAYS`].
pub async fn summarize(
    analytics: &dyn Analytics,
    owner: &OwnerId,
    ask: SummaryAsk,
    now: Timestamp,
) -> Result<Summary> {
    let (from, to) = days_of(ask, now)?;
    let mut totals = Counts::default();
    let mut groups: BTreeMap<GroupKey, Counts> = BTreeMap::new();
    for row in analytics.days(owner, from, to).await? {
        totals = totals.plus(&row.counts);
        let group = groups.entry(key_of(ask.group_by, &row)).or_default();
        *group = group.plus(&row.counts);
    }
    groups.retain(|_, counts| *counts != Counts::default());
    Ok(Summary { from, to, group_by: ask.group_by, totals, groups: groups.into_iter().collect() })
}

/// What is known of each target of a post that has ended.
///
/// # Errors
/// `NotFound` when this owner has no such post.
pub async fn metrics_of(
    analytics: &dyn Analytics,
    posts: &dyn Posts,
    owner: &OwnerId,
    post: &PostId,
) -> Result<Vec<Measured>> {
    let records = analytics.of_post(owner, post).await?;
    if records.is_empty() && posts.find(owner, post).await?.is_none() {
        return Err(Error::NotFound("post"));
    }
    Ok(records)
}

fn days_of(ask: SummaryAsk, now: Timestamp) -> Result<(Date, Date)> {
    let to = ask.to.unwrap_or_else(|| ask.from.map_or(day_of(now), |from| from.max(day_of(now))));
    let from = ask.from.unwrap_or_else(|| to.saturating_sub((DEFAULT_DAYS - 1).days()));
    let mut mistakes = Mistakes::default();
    if from > to {
        mistakes.add("to", "invalid_parameter", "this must not lie before `from`");
    } else if i64::from((to - from).get_days()) >= MAX_DAYS {
        mistakes.add("from", "range_too_long", format!("at most {MAX_DAYS} days can be asked for at once"));
    }
    mistakes.into_result()?;
    Ok((from, to))
}

fn key_of(group_by: GroupBy, row: &DayRow) -> GroupKey {
    match group_by {
        GroupBy::Day => GroupKey::Day(row.day),
        GroupBy::Platform => GroupKey::Platform(row.platform),
        GroupBy::Connection => GroupKey::Connection(row.connection.clone(), row.platform),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        "2026-12-01T08:00:00Z".parse().unwrap()
    }

    fn codes(result: Result<(Date, Date)>) -> Vec<&'static str> {
        let Err(Error::Invalid(errors)) = result else { panic!("{result:?}") };
        errors.iter().map(|error| error.code).collect()
    }

    #[test]
    fn a_day_is_a_date_or_the_day_of_an_instant_in_utc() {
        assert_eq!(read_day("2026-12-01"), Some(day("2026-12-01")));
        assert_eq!(read_day("2026-12-01T23:30:00-02:00"), Some(day("2026-12-02")));
        for wrong in ["", "today", "2026-12-32", "2026-12-01T08:00:00", "2026-12"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn unless_told_the_last_thirty_days_are_meant() {
        let ask = SummaryAsk::default();
        assert_eq!(days_of(ask, now()).unwrap(), (day("2026-11-02"), day("2026-12-01")));
        let to = SummaryAsk { to: Some(day("2026-01-01")), ..ask };
        assert_eq!(days_of(to, now()).unwrap(), (day("2025-12-03"), day("2026-01-01")));
        let from = SummaryAsk { from: Some(day("2026-11-30")), ..ask };
        assert_eq!(days_of(from, now()).unwrap(), (day("2026-11-30"), day("2026-12-01")));
        let ahead = SummaryAsk { from: Some(day("2027-02-01")), ..ask };
        assert_eq!(days_of(ahead, now()).unwrap(), (day("2027-02-01"), day("2027-02-01")));
    }

    #[test]
    fn a_year_can_be_asked_for_and_not_a_day_more() {
        let ask = |from, to| SummaryAsk { from: Some(day(from)), to: Some(day(to)), ..SummaryAsk::default() };
        assert!(days_of(ask("2024-01-01", "2024-12-31"), now()).is_ok());
        assert!(days_of(ask("2025-01-01", "2026-01-01"), now()).is_ok());
        assert_eq!(codes(days_of(ask("2025-01-01", "2026-01-02"), now())), ["range_too_long"]);
        assert_eq!(codes(days_of(ask("2026-01-02", "2026-01-01"), now())), ["invalid_parameter"]);
    }
}
