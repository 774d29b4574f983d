//! The account of a run: what Belfry says of each target beside what the platform has.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;

use crate::chaos::plan::Plan;
use crate::e2e::{Account, Seen, Visitor, World};
use crate::sample::Sample;

/// What was sent at the first attempt and no later than this was not disturbed.
const UNDISTURBED_MS: i64 = 10_000;

/// All targets, by kind of account.
#[derive(Default)]
pub(crate) struct Ledger {
    rows: BTreeMap<String, Row>,
    in_time_ms: Vec<i64>,
    recovered_ms: Vec<i64>,
    failed: BTreeMap<String, usize>,
    /// How many of those that need attention are live all the same.
    attention_live: usize,
    /// One line for each target that did not simply go out.
    notes: Vec<String>,
}

#[derive(Default)]
struct Row {
    scheduled: usize,
    once: usize,
    twice: usize,
    lost: usize,
    early: usize,
    misjudged: usize,
    failed: usize,
    attention: usize,
    open: usize,
}

/// What became of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Live once, and shown as published.
    Once,
    /// Live more than once.
    Twice,
    /// Not live, and nobody is told.
    Lost,
    /// Live, and shown as failed or canceled: a person would send it again.
    Misjudged,
    /// Not live, and shown as failed.
    Failed,
    /// The person is asked.
    Attention,
    /// Still shown as on its way.
    Open,
}

impl Ledger {
    /// Compares `shown`, the posts as Belfry has them by id, with what lies on the platforms.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn draw_up(
        world: &World,
        people: &[Visitor],
        plan: &Plan,
        ids: &[String],
        shown: &BTreeMap<String, Value>,
    ) -> Result<Self> {
        let mut on_platforms: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        for person in people {
            for account in [person.x(), person.member(), person.organization()] {
                on_platforms.insert(account.id.clone(), world.seen_on(account).await?);
            }
        }
        let mut ledger = Self::default();
        for (planned, id) in plan.posts.iter().zip(ids) {
            for account in planned.on(&people[planned.person]) {
                let seen = on_platforms.get(&account.id).context("an account that nobody has")?;
                let live: Vec<&Seen> = seen.iter().filter(|seen| seen.text == planned.text).collect();
                ledger.enter(id, account, planned.at, shown.get(id), &live);
            }
        }
        Ok(ledger)
    }

    /// Whether everything is out once or visibly not, and nothing came early.
    pub(crate) fn is_clean(&self) -> bool {
        self.rows.values().all(|row| row.twice + row.lost + row.early + row.misjudged == 0)
    }

    fn enter(&mut self, id: &str, account: &Account, at: Timestamp, post: Option<&Value>, live: &[&Seen]) {
        let target = post.and_then(|post| target_of(post, account));
        let status = target.and_then(|target| target["status"].as_str()).unwrap_or("not shown");
        let fate = fate_of(status, live.len());
        let lateness_ms = live.iter().map(|seen| seen.accepted_at - at.as_millisecond()).min();
        let is_early = lateness_ms.is_some_and(|lateness_ms| lateness_ms < 0);
        let attempts = target.and_then(|target| target["attempts"].as_u64()).unwrap_or_default();
        let code = target.and_then(|target| target["error"]["code"].as_str()).unwrap_or("no code");
        let row = self.rows.entry(format!("{} {}", account.platform, account.kind)).or_default();
        row.scheduled += 1;
        row.early += usize::from(is_early);
        match fate {
            Fate::Once => row.once += 1,
            Fate::Twice => row.twice += 1,
            Fate::Lost => row.lost += 1,
            Fate::Misjudged => row.misjudged += 1,
            Fate::Failed => row.failed += 1,
            Fate::Attention => row.attention += 1,
            Fate::Open => row.open += 1,
        }
        self.attention_live += usize::from(fate == Fate::Attention && !live.is_empty());
        if fate == Fate::Failed {
            *self.failed.entry(code.to_owned()).or_default() += 1;
        }
        if let Some(lateness_ms) = lateness_ms.filter(|_| fate == Fate::Once) {
            let is_undisturbed = attempts == 1 && lateness_ms <= UNDISTURBED_MS;
            let list = if is_undisturbed { &mut self.in_time_ms } else { &mut self.recovered_ms };
            list.push(lateness_ms);
        }
        if fate != Fate::Once || is_early {
            let live: Vec<&str> = live.iter().map(|seen| seen.id.as_str()).collect();
            self.notes.push(format!(
                "{id} on {} ({}) due {at}: {status} ({code}), {attempts} attempts, live: [{}]{}",
                account.id,
                account.platform,
                live.join(", "),
                if is_early { ", EARLY" } else { "" },
            ));
        }
    }
}

fn target_of<'a>(post: &'a Value, account: &Account) -> Option<&'a Value> {
    post["targets"].as_array()?.iter().find(|target| target["connectionId"] == account.id.as_str())
}

fn fate_of(status: &str, live: usize) -> Fate {
    match (status, live) {
        (_, 2..) => Fate::Twice,
        ("published", 1) => Fate::Once,
        ("needs_attention", _) => Fate::Attention,
        ("publishing" | "retrying", _) => Fate::Open,
        ("failed", 0) => Fate::Failed,
        (_, 1) => Fate::Misjudged,
        _ => Fate::Lost,
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        writeln!(
            f,
            "{:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>7}",
            "", "scheduled", "once", "twice", "lost", "early", "misjudged", "failed", "attention", "open"
        )?;
        for (name, row) in &self.rows {
            writeln!(
                f,
                "{name:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>7}",
                row.scheduled,
                row.once,
                row.twice,
                row.lost,
                row.early,
                row.misjudged,
                row.failed,
                row.attention,
                row.open
            )?;
        }
        for (code, count) in &self.failed {
            writeln!(f, "failed as {code}: {count}")?;
        }
        let attention: usize = self.rows.values().map(|row| row.attention).sum();
        if attention > 0 {
            writeln!(f, "{} of the {attention} that need attention are live", self.attention_live)?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        writeln!(f, "lateness at the first attempt: {}", Sample::of(self.in_time_ms.iter().copied()))?;
        write!(f, "lateness of what was recovered: {}", Sample::of(self.recovered_ms.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_live_and_not_told_goes_unnoticed() {
        assert_eq!(fate_of("published", 1), Fate::Once);
        assert_eq!(fate_of("published", 2), Fate::Twice);
        assert_eq!(fate_of("needs_attention", 2), Fate::Twice);
        assert_eq!(fate_of("published", 0), Fate::Lost);
        assert_eq!(fate_of("scheduled", 0), Fate::Lost);
        assert_eq!(fate_of("not shown", 0), Fate::Lost);
        assert_eq!(fate_of("failed", 1), Fate::Misjudged);
        assert_eq!(fate_of("failed", 0), Fate::Failed);
        assert_eq!(fate_of("needs_attention", 1), Fate::Attention);
        assert_eq!(fate_of("retrying", 0), Fate::Open);
    }
}
