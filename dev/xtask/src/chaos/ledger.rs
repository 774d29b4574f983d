//! The account of a run: what Belfry says of each target beside what the platform has.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;

use crate::chaos::plan::Planned;
use crate::e2e::{Account, Seen, Visitor, World};
use crate::sample::Sample;

/// What was sent at the first attempt and no later than this was not disturbed.
const UNDISTURBED_MS: i64 = 10_000;

/// All targets, by platform and kind of account.
#[derive(Default)]
pub(crate) struct Ledger {
    rows: BTreeMap<(String, String), Row>,
    /// Why targets failed or need their person, by status and code.
    reasons: BTreeMap<(String, String), Reason>,
    in_time_ms: Vec<i64>,
    recovered_ms: Vec<i64>,
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
    /// How many of those that failed or need attention do not say why.
    unexplained: usize,
    open: usize,
}

/// How often a reason was given, and for how many of these the post is live.
#[derive(Default)]
struct Reason {
    targets: usize,
    live: usize,
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
        plan: &[Planned],
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
        for (planned, id) in plan.iter().zip(ids) {
            for account in planned.on(people) {
                let seen = on_platforms.get(&account.id).context("an account that nobody has")?;
                let live: Vec<&Seen> = seen.iter().filter(|seen| seen.text == planned.text).collect();
                ledger.enter(id, account, planned.at, shown.get(id), &live);
            }
        }
        Ok(ledger)
    }

    /// Whether everything is out once or visibly not and for a reason, and nothing came early.
    pub(crate) fn is_clean(&self) -> bool {
        let broken =
            |row: &Row| row.twice + row.lost + row.early + row.misjudged + row.unexplained + row.open;
        self.rows.values().map(broken).sum::<usize>() == 0
    }

    fn enter(&mut self, id: &str, account: &Account, at: Timestamp, post: Option<&Value>, live: &[&Seen]) {
        let target = post.and_then(|post| target_of(post, account));
        let status = target.and_then(|target| target["status"].as_str()).unwrap_or("not shown");
        let fate = fate_of(status, live.len());
        let lateness_ms = live.iter().map(|seen| seen.accepted_at - at.as_millisecond()).min();
        let is_early = lateness_ms.is_some_and(|lateness_ms| lateness_ms < 0);
        let attempts = target.and_then(|target| target["attempts"].as_u64()).unwrap_or_default();
        let said = |name: &str| target.and_then(|target| target["error"][name].as_str()).unwrap_or_default();
        let row = self.rows.entry((account.platform.clone(), account.kind.clone())).or_default();
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
        if matches!(status, "failed" | "needs_attention") {
            row.unexplained += usize::from(said("code").is_empty() || said("detail").is_empty());
            let reason = self.reasons.entry((status.to_owned(), said("code").to_owned())).or_default();
            reason.targets += 1;
            reason.live += usize::from(!live.is_empty());
        }
        if let Some(lateness_ms) = lateness_ms.filter(|_| fate == Fate::Once) {
            let is_undisturbed = attempts == 1 && lateness_ms <= UNDISTURBED_MS;
            let list = if is_undisturbed { &mut self.in_time_ms } else { &mut self.recovered_ms };
            list.push(lateness_ms);
        }
        if fate != Fate::Once || is_early {
            let live: Vec<&str> = live.iter().map(|seen| seen.id.as_str()).collect();
            self.notes.push(format!(
                "{id} on {} ({}) due {at}: {status} ({}), {attempts} attempts, live: [{}]{}",
                account.id,
                account.platform,
                said("code"),
                live.join(", "),
                if is_early { ", EARLY" } else { "" },
            ));
        }
    }

    /// How many targets of each platform there are, and how many of them the person is asked about.
    fn left_to_the_person(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut platforms: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((platform, _), row) in &self.rows {
            let (scheduled, attention) = platforms.entry(platform).or_default();
            *scheduled += row.scheduled;
            *attention += row.attention;
        }
        platforms
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
            "{:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>13}{:>7}",
            "",
            "scheduled",
            "once",
            "twice",
            "lost",
            "early",
            "misjudged",
            "failed",
            "attention",
            "unexplained",
            "open"
        )?;
        for ((platform, kind), row) in &self.rows {
            writeln!(
                f,
                "{:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>13}{:>7}",
                format!("{platform} {kind}"),
                row.scheduled,
                row.once,
                row.twice,
                row.lost,
                row.early,
                row.misjudged,
                row.failed,
                row.attention,
                row.unexplained,
                row.open
            )?;
        }
        for ((status, code), reason) in &self.reasons {
            writeln!(f, "{status} as `{code}`: {}, {} of them live", reason.targets, reason.live)?;
        }
        for (platform, (scheduled, attention)) in self.left_to_the_person() {
            let permille = attention * 1000 / scheduled.max(1);
            writeln!(
                f,
                "left to the person on {platform}: {attention} of {scheduled} ({}.{} %)",
                permille / 10,
                permille % 10
            )?;
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
    use serde_json::json;

    use super::*;

    /// The ledger of one target on X, shown like this and live at these milliseconds after its time.
    fn ledger_of(target: Value, live_at_ms: &[i64]) -> Ledger {
        let account = Account {
            id: "con_1".into(),
            platform: "x".into(),
            account_id: "7".into(),
            kind: "person".into(),
            status: "active".into(),
        };
        let mut target = target;
        target["connectionId"] = json!("con_1");
        let post = json!({ "targets": [target] });
        let seen = |at: &i64| Seen {
            id: at.to_string(),
            text: String::new(),
            reply_to: None,
            media: Vec::new(),
            accepted_at: *at,
            deleted_at: None,
        };
        let seen: Vec<Seen> = live_at_ms.iter().map(seen).collect();
        let mut ledger = Ledger::default();
        ledger.enter("pst_1", &account, Timestamp::UNIX_EPOCH, Some(&post), &seen.iter().collect::<Vec<_>>());
        ledger
    }

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

    #[test]
    fn a_run_is_clean_when_all_is_out_once_or_visibly_not_and_for_a_reason() {
        let unknown = json!({ "code": "outcome_unknown", "detail": "look there" });
        assert!(ledger_of(json!({ "status": "published" }), &[120]).is_clean());
        assert!(ledger_of(json!({ "status": "needs_attention", "error": unknown }), &[]).is_clean());
        assert!(ledger_of(json!({ "status": "failed", "error": unknown }), &[]).is_clean());
        assert!(!ledger_of(json!({ "status": "failed", "error": unknown }), &[120]).is_clean(), "misjudged");
        assert!(!ledger_of(json!({ "status": "published" }), &[-1]).is_clean(), "early");
        assert!(!ledger_of(json!({ "status": "published" }), &[1, 2]).is_clean(), "twice");
        assert!(!ledger_of(json!({ "status": "retrying" }), &[]).is_clean(), "open");
    }

    #[test]
    fn whoever_is_asked_is_told_why() {
        let is_clean = |error: Value| {
            ledger_of(json!({ "status": "needs_attention", "error": error }), &[120]).is_clean()
        };
        assert!(is_clean(json!({ "code": "outcome_unknown", "detail": "look there" })));
        assert!(!is_clean(json!({ "code": "outcome_unknown", "detail": "" })));
        assert!(!is_clean(json!({ "detail": "look there" })));
        assert!(!is_clean(Value::Null));
    }

    #[test]
    fn what_is_left_to_the_person_is_a_share_of_the_platform() {
        let error = json!({ "code": "outcome_unknown", "detail": "look there" });
        let told = ledger_of(json!({ "status": "needs_attention", "error": error }), &[120]).to_string();
        assert!(told.contains("needs_attention as `outcome_unknown`: 1, 1 of them live"), "{told}");
        assert!(told.contains("left to the person on x: 1 of 1 (100.0 %)"), "{told}");
    }
}
