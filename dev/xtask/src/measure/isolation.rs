//! `cargo xtask measure isolation`: whether other people's posts are later when some accounts are in trouble.
//!
//! Undisturbed and disturbed runs come in pairs, one after the other, because a machine that does other things too is
//! not the same after ten minutes. Both send the same posts; in a disturbed run X answers one account after half a
//! minute and another one with 429 only, and LinkedIn does not answer an organization at all. What those leave open
//! is looked at two minutes later and touches a later run as a handful of reads.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::json;
use tokio::time::sleep;

use crate::crowd::{self, Order, SCHEDULED_BY_EACH};
use crate::e2e::{Account, Visitor, World};
use crate::http;
use crate::measure::{lateness, until};
use crate::places::Places;
use crate::sample::{Sample, median};
use crate::stack::Stack;

/// The posts of one run are due within so long.
const SPREAD_MS: u64 = 30_000;
/// After the last is due the others' must all be out so soon.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the slow account takes to answer, and for how long the other one is refused.
const SLOW_MS: u32 = 30_000;
const REFUSED_S: u32 = 900;
/// What the others may lose by it: the one or the other.
const MOST_TIMES: f64 = 1.2;
const MOST_MORE_MS: f64 = 250.0;

/// What `measure isolation` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many posts of other people each run has.
    #[arg(long, default_value_t = 40)]
    posts: usize,
    /// How many posts each account in trouble has.
    #[arg(long, default_value_t = 5)]
    troubled: usize,
    /// How many pairs of runs.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// The same seed gives the same moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The others' lateness at p99 in one undisturbed and one disturbed run.
#[derive(Clone, Copy, Debug)]
struct Pair {
    undisturbed_ms: i64,
    disturbed_ms: i64,
}

/// Fails when the others lose more than is promised.
pub(crate) async fn run(args: Args) -> Result<()> {
    let stack = Stack::read(Places::of_up().stack_json())?;
    let world = World::new(http::client()?, stack);
    let enough = (args.posts * args.pairs * 2).div_ceil(SCHEDULED_BY_EACH).max(1);
    let others = crowd::connected(&world, enough).await?;
    let mut pairs = Vec::new();
    for number in 1..=args.pairs {
        let undisturbed = one_run(&world, &args, &others, number, false).await?;
        let disturbed = one_run(&world, &args, &others, number, true).await?;
        let p99 = |sample: &Sample| sample.percentile(99).context("nobody else posted");
        let pair = Pair { undisturbed_ms: p99(&undisturbed)?, disturbed_ms: p99(&disturbed)? };
        println!("pair {number}: undisturbed {undisturbed}; disturbed {disturbed}");
        println!("        p99 {:.2} times, {:+} ms", pair.times(), pair.more_ms());
        pairs.push(pair);
    }
    let (times, more_ms) = medians(&pairs).context("there were no pairs")?;
    println!("median of the others' p99: {times:.2} times, {more_ms:+.0} ms");
    if is_kept(times, more_ms) {
        return Ok(());
    }
    bail!("Others wait: more than {MOST_TIMES} times and more than {MOST_MORE_MS} ms.")
}

/// How late the others' posts were.
async fn one_run(
    world: &World,
    args: &Args,
    others: &[Visitor],
    number: usize,
    is_disturbed: bool,
) -> Result<Sample> {
    let mut troubled = crowd::connected(world, 2).await?;
    let (Some(refused), Some(slow)) = (troubled.pop(), troubled.pop()) else { bail!("two were asked for") };
    let accounts = [slow.x(), slow.organization(), refused.x()];
    if is_disturbed {
        disturb(world, accounts, args.troubled).await?;
    }
    // Both runs of a pair have the same moments.
    let mut random = Rng::with_seed(args.seed ^ number as u64);
    let begin = crowd::ahead_of(args.posts + accounts.len() * args.troubled, 0);
    let mut order = |by: &Visitor, on: &Account, which: usize| {
        let offset_ms = i64::try_from(random.u64(0..SPREAD_MS)).unwrap_or_default();
        let text = format!("Post {which} of pair {number}, disturbed: {is_disturbed}");
        Order {
            by: by.clone(),
            text,
            on: vec![on.clone()],
            at: begin + SignedDuration::from_millis(offset_ms),
        }
    };
    let mut orders = Vec::new();
    for which in 0..args.posts {
        let by = &others[which % others.len()];
        orders.push(order(by, if which.is_multiple_of(2) { by.x() } else { by.member() }, which));
    }
    let of_others = orders.len();
    for which in of_others..of_others + args.troubled {
        for (by, on) in [&slow, &slow, &refused].into_iter().zip(accounts) {
            orders.push(order(by, on, which));
        }
    }
    crowd::schedule_all(&orders).await?;
    sleep(until(begin + SignedDuration::from_millis(SPREAD_MS as i64))).await;
    let late = lateness(world, &orders[..of_others], PATIENCE).await?;
    // Whoever waits for an answer still occupies a function; the next run must not meet it.
    if is_disturbed {
        sleep(Duration::from_millis(SLOW_MS.into())).await;
    }
    Ok(Sample::of(late))
}

/// So many posts of each of these accounts suffer.
async fn disturb(world: &World, [slow, mute, refused]: [&Account; 3], count: usize) -> Result<()> {
    world.spoil_create(slow, "delay", &json!({ "delayMs": SLOW_MS, "count": count })).await?;
    world.spoil_create(mute, "hang_before", &json!({ "count": count })).await?;
    let refusal = json!({ "retryAfterSeconds": REFUSED_S, "count": count });
    world.spoil_create(refused, "rate_limit", &refusal).await
}

impl Pair {
    fn times(self) -> f64 {
        self.disturbed_ms as f64 / self.undisturbed_ms.max(1) as f64
    }

    fn more_ms(self) -> i64 {
        self.disturbed_ms - self.undisturbed_ms
    }
}

/// The medians of the ratio and of the difference.
fn medians(pairs: &[Pair]) -> Option<(f64, f64)> {
    let times = median(pairs.iter().map(|pair| pair.times()))?;
    let more_ms = median(pairs.iter().map(|pair| pair.more_ms() as f64))?;
    Some((times, more_ms))
}

/// Nobody waits for anybody else.
fn is_kept(times: f64, more_ms: f64) -> bool {
    times <= MOST_TIMES || more_ms <= MOST_MORE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(undisturbed_ms: i64, disturbed_ms: i64) -> Pair {
        Pair { undisturbed_ms, disturbed_ms }
    }

    #[test]
    fn one_bad_pair_of_five_decides_nothing() {
        let pairs = [pair(100, 110), pair(100, 90), pair(80, 4_000), pair(200, 220), pair(50, 60)];
        let (times, more_ms) = medians(&pairs).expect("there are pairs");
        assert!((times - 1.1).abs() < 1e-9, "{times}");
        assert!((more_ms - 10.0).abs() < 1e-9, "{more_ms}");
        assert!(is_kept(times, more_ms));
    }

    #[test]
    fn others_may_lose_a_fifth_or_a_quarter_of_a_second() {
        assert!(is_kept(3.0, 250.0), "a little of nearly nothing");
        assert!(is_kept(1.2, 900.0), "a fifth of much");
        assert!(!is_kept(1.3, 251.0));
    }
}
