//! The account of a run: what Belfry says of each target beside what the platform has.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
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
    torn: usize,
    misjudged: usize,
    failed: usize,
    attention: usize,
    overlooked: usize,
    /// How many of those that failed or need attention do not say why.
    unexplained: usize,
    open: usize,
}

/// How often a reason was given, and for how many of these something is live that was not told.
#[derive(Default)]
struct Reason {
    targets: usize,
    live: usize,
}

/// What became of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// All of it is live once, and it is shown as published.
    Once,
    /// Something of it is live more than once.
    Twice,
    /// Something of it is not live, and nobody is told.
    Lost,
    /// More of it is live than is shown: a person would send that again.
    Misjudged,
    /// Not live beyond what is told, and shown as failed.
    Failed,
    /// The person is asked.
    Attention,
    /// The person is asked, although it is live where it could have been found.
    Overlooked,
    /// Still shown as on its way.
    Open,
}

/// A target as Belfry shows it.
#[derive(Clone, Copy)]
struct Told<'a> {
    status: &'a str,
    /// How many parts are said to be live.
    live: usize,
    /// Whether whoever looked could have found the part that is in question.
    is_readable: bool,
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
        let mut on_platforms: BTreeMap<&str, Vec<Seen>> = BTreeMap::new();
        let mut ledger = Self::default();
        for (planned, id) in plan.iter().zip(ids) {
            for account in planned.on(people) {
                if !on_platforms.contains_key(account.id.as_str()) {
                    on_platforms.insert(&account.id, world.seen_on(account).await?);
                }
                let seen = &on_platforms[account.id.as_str()];
                let says = |part: String| seen.iter().filter(|seen| seen.text == part).collect();
                let live: Vec<Vec<&Seen>> =
                    planned.shown_on(&account.platform).into_iter().map(says).collect();
                let is_bare = planned.has_picture && live[0].iter().any(|post| post.media.is_empty());
                ledger.enter(id, account, planned.at, shown.get(id), &live, is_bare);
            }
        }
        Ok(ledger)
    }

    /// Whether everything is out once or visibly not and for a reason, and nothing came early.
    pub(crate) fn is_clean(&self) -> bool {
        let broken = |row: &Row| {
            row.twice
                + row.lost
                + row.early
                + row.torn
                + row.misjudged
                + row.overlooked
                + row.unexplained
                + row.open
        };
        self.rows.values().map(broken).sum::<usize>() == 0
    }

    /// `live` is what says what each part says; the first of them `is_bare` when it lacks its picture.
    fn enter(
        &mut self,
        id: &str,
        account: &Account,
        at: Timestamp,
        post: Option<&Value>,
        live: &[Vec<&Seen>],
        is_bare: bool,
    ) {
        let target = post.and_then(|post| target_of(post, account));
        let status = target.and_then(|target| target["status"].as_str()).unwrap_or("not shown");
        let told = target.and_then(|target| target["published"].as_array()).map_or(0, Vec::len);
        // LinkedIn shows nobody the comments below a member's post, and refuses no second one.
        let is_readable =
            told == 0 || (account.platform.as_str(), account.kind.as_str()) != ("linkedin", "person");
        let counts: Vec<usize> = live.iter().map(Vec::len).collect();
        let fate = fate_of(Told { status, live: told, is_readable }, &counts);
        let since_ms = |seen: &&Seen| seen.accepted_at - at.as_millisecond();
        let is_early = live.iter().flatten().map(since_ms).any(|lateness_ms| lateness_ms < 0);
        let is_torn = is_bare || is_torn(&account.platform, live);
        let attempts = target.and_then(|target| target["attempts"].as_u64()).unwrap_or_default();
        let said = |name: &str| target.and_then(|target| target["error"][name].as_str()).unwrap_or_default();
        let row = self.rows.entry((account.platform.clone(), account.kind.clone())).or_default();
        row.scheduled += 1;
        row.early += usize::from(is_early);
        row.torn += usize::from(is_torn);
        match fate {
            Fate::Once => row.once += 1,
            Fate::Twice => row.twice += 1,
            Fate::Lost => row.lost += 1,
            Fate::Misjudged => row.misjudged += 1,
            Fate::Failed => row.failed += 1,
            Fate::Attention => row.attention += 1,
            Fate::Overlooked => row.overlooked += 1,
            Fate::Open => row.open += 1,
        }
        if matches!(status, "failed" | "needs_attention") {
            row.unexplained += usize::from(said("code").is_empty() || said("detail").is_empty());
            let reason = self.reasons.entry((status.to_owned(), said("code").to_owned())).or_default();
            reason.targets += 1;
            reason.live += usize::from(out(&counts) > told);
        }
        if let Some(lateness_ms) = live[0].iter().map(since_ms).min().filter(|_| fate == Fate::Once) {
            let is_undisturbed = attempts == 1 && lateness_ms <= UNDISTURBED_MS;
            let list = if is_undisturbed { &mut self.in_time_ms } else { &mut self.recovered_ms };
            list.push(lateness_ms);
        }
        if fate != Fate::Once || is_early || is_torn {
            let live: Vec<&str> = live.iter().flatten().map(|seen| seen.id.as_str()).collect();
            self.notes.push(format!(
                "{id} on {} ({}) due {at}: {status} ({}), {attempts} attempts, {told} of {} told, live: [{}]{}{}",
                account.id,
                account.platform,
                said("code"),
                counts.len(),
                live.join(", "),
                if is_early { ", EARLY" } else { "" },
                if is_torn { ", TORN" } else { "" },
            ));
        }
    }

    /// How many targets of each platform there are, and how many of them the person is asked about.
    fn left_to_the_person(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut platforms: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((platform, _), row) in &self.rows {
            let (scheduled, attention) = platforms.entry(platform).or_default();
            *scheduled += row.scheduled;
            *attention += row.attention + row.overlooked;
        }
        platforms
    }
}

fn target_of<'a>(post: &'a Value, account: &Account) -> Option<&'a Value> {
    post["targets"].as_array()?.iter().find(|target| target["connectionId"] == account.id.as_str())
}

/// How many parts are live.
fn out(counts: &[usize]) -> usize {
    counts.iter().filter(|count| **count > 0).count()
}

/// What became of a target of which each part is live so many times.
fn fate_of(told: Told<'_>, counts: &[usize]) -> Fate {
    if counts.iter().any(|count| *count > 1) {
        return Fate::Twice;
    }
    let live = out(counts);
    match told.status {
        "publishing" | "retrying" => Fate::Open,
        "published" if live == counts.len() => Fate::Once,
        "needs_attention" if live == told.live => Fate::Attention,
        // Only the part that is in question may be live without being told.
        "needs_attention" if live == told.live + 1 && !told.is_readable => Fate::Attention,
        "needs_attention" if live == told.live + 1 => Fate::Overlooked,
        "failed" if live == told.live => Fate::Failed,
        "published" => Fate::Lost,
        _ if live <= told.live => Fate::Lost,
        _ => Fate::Misjudged,
    }
}

/// Whether a part does not hang below the one before it, or a comment not below its post.
fn is_torn(platform: &str, live: &[Vec<&Seen>]) -> bool {
    let single: Vec<&Seen> = live.iter().map_while(|same| same.first().copied()).collect();
    single.iter().enumerate().any(|(place, part)| {
        let above = match place {
            0 => None,
            _ if platform == "x" => Some(&single[place - 1].id),
            _ => Some(&single[0].id),
        };
        part.reply_to.as_ref() != above
    })
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        writeln!(
            f,
            "{:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>12}{:>13}{:>7}",
            "",
            "scheduled",
            "once",
            "twice",
            "lost",
            "early",
            "torn",
            "misjudged",
            "failed",
            "attention",
            "overlooked",
            "unexplained",
            "open"
        )?;
        for ((platform, kind), row) in &self.rows {
            writeln!(
                f,
                "{:<22}{:>10}{:>7}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>12}{:>13}{:>7}",
                format!("{platform} {kind}"),
                row.scheduled,
                row.once,
                row.twice,
                row.lost,
                row.early,
                row.torn,
                row.misjudged,
                row.failed,
                row.attention,
                row.overlooked,
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

    fn account(platform: &str) -> Account {
        Account {
            id: "con_1".into(),
            platform: platform.into(),
            account_id: "7".into(),
            kind: "person".into(),
            status: "active".into(),
        }
    }

    /// Something on X, accepted so long after the time of its post, that replies to what was accepted before it.
    fn seen(at_ms: i64, reply_to_ms: Option<i64>) -> Seen {
        Seen {
            id: at_ms.to_string(),
            text: String::new(),
            reply_to: reply_to_ms.map(|at_ms| at_ms.to_string()),
            media: Vec::new(),
            accepted_at: at_ms,
            deleted_at: None,
        }
    }

    /// The ledger of one target on X, shown like this and live at these milliseconds after its time.
    fn ledger_of(target: Value, live_at_ms: &[i64]) -> Ledger {
        let seen: Vec<Seen> = live_at_ms.iter().map(|at_ms| seen(*at_ms, None)).collect();
        ledger_of_parts(target, &[seen.iter().collect()])
    }

    fn ledger_of_parts(mut target: Value, live: &[Vec<&Seen>]) -> Ledger {
        target["connectionId"] = json!("con_1");
        let post = json!({ "targets": [target] });
        let mut ledger = Ledger::default();
        ledger.enter("pst_1", &account("x"), Timestamp::UNIX_EPOCH, Some(&post), live, false);
        ledger
    }

    #[test]
    fn nothing_that_is_not_live_and_not_told_goes_unnoticed() {
        let fate = |status, live| fate_of(Told { status, live: 0, is_readable: true }, &[live]);
        assert_eq!(fate("published", 1), Fate::Once);
        assert_eq!(fate("published", 2), Fate::Twice);
        assert_eq!(fate("needs_attention", 2), Fate::Twice);
        assert_eq!(fate("published", 0), Fate::Lost);
        assert_eq!(fate("scheduled", 0), Fate::Lost);
        assert_eq!(fate("not shown", 0), Fate::Lost);
        assert_eq!(fate("failed", 1), Fate::Misjudged);
        assert_eq!(fate("canceled", 1), Fate::Misjudged);
        assert_eq!(fate("failed", 0), Fate::Failed);
        assert_eq!(fate("needs_attention", 0), Fate::Attention);
        assert_eq!(fate("needs_attention", 1), Fate::Overlooked);
        assert_eq!(fate("retrying", 0), Fate::Open);
    }

    #[test]
    fn of_a_thread_that_ended_early_exactly_what_is_told_is_live() {
        let fate = |status, live, counts: &[usize]| fate_of(Told { status, live, is_readable: true }, counts);
        assert_eq!(fate("published", 3, &[1, 1, 1]), Fate::Once);
        assert_eq!(fate("published", 3, &[1, 1, 0]), Fate::Lost);
        assert_eq!(fate("failed", 1, &[1, 0, 0]), Fate::Failed);
        assert_eq!(fate("failed", 1, &[1, 1, 0]), Fate::Misjudged);
        assert_eq!(fate("failed", 1, &[0, 0, 0]), Fate::Lost);
        assert_eq!(fate("needs_attention", 1, &[1, 0, 0]), Fate::Attention);
        assert_eq!(fate("needs_attention", 1, &[1, 1, 0]), Fate::Overlooked);
        assert_eq!(fate("needs_attention", 1, &[1, 1, 1]), Fate::Misjudged);
        assert_eq!(fate("needs_attention", 1, &[0, 0, 0]), Fate::Lost);
        assert_eq!(fate("needs_attention", 2, &[1, 2, 0]), Fate::Twice);
    }

    #[test]
    fn a_comment_that_nobody_can_read_may_be_live_when_its_person_is_asked() {
        let told = Told { status: "needs_attention", live: 1, is_readable: false };
        assert_eq!(fate_of(told, &[1, 1]), Fate::Attention);
    }

    #[test]
    fn a_part_below_another_than_the_one_before_it_is_torn() {
        let (first, second, third) = (seen(1, None), seen(2, Some(1)), seen(3, Some(2)));
        let astray = seen(3, Some(1));
        let told = || json!({ "status": "published" });
        assert!(ledger_of_parts(told(), &[vec![&first], vec![&second], vec![&third]]).is_clean());
        assert!(!ledger_of_parts(told(), &[vec![&first], vec![&second], vec![&astray]]).is_clean());
        assert!(is_torn("x", &[vec![&second]]));
        assert!(!is_torn("facebook", &[vec![&first], vec![&second]]));
    }

    #[test]
    fn a_run_is_clean_when_all_is_out_once_or_visibly_not_and_for_a_reason() {
        let unknown = json!({ "code": "outcome_unknown", "detail": "look there" });
        assert!(ledger_of(json!({ "status": "published" }), &[120]).is_clean());
        assert!(ledger_of(json!({ "status": "needs_attention", "error": unknown }), &[]).is_clean());
        assert!(ledger_of(json!({ "status": "failed", "error": unknown }), &[]).is_clean());
        assert!(!ledger_of(json!({ "status": "failed", "error": unknown }), &[120]).is_clean(), "misjudged");
        let overlooked = ledger_of(json!({ "status": "needs_attention", "error": unknown }), &[120]);
        assert!(!overlooked.is_clean(), "live, and its person is asked");
        assert!(!ledger_of(json!({ "status": "published" }), &[-1]).is_clean(), "early");
        assert!(!ledger_of(json!({ "status": "published" }), &[1, 2]).is_clean(), "twice");
        assert!(!ledger_of(json!({ "status": "retrying" }), &[]).is_clean(), "open");
    }

    #[test]
    fn whoever_is_asked_is_told_why() {
        let is_clean =
            |error: Value| ledger_of(json!({ "status": "needs_attention", "error": error }), &[]).is_clean();
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
