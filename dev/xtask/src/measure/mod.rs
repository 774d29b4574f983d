//! `cargo xtask measure`: how punctual the running stack is, and whether anybody waits for anybody else.
//!
//! `second` measures one moment that many share, `isolation` other people's punctuality beside accounts in trouble,
//! `film` what a large file costs in time and memory. The first two count what the sandbox accepted, not what Belfry says. They are measurements of this machine and of whatever
//! else runs on it, so they are no part of `cargo xtask test`.

mod burst;
mod film;
mod isolation;
mod scratch;
mod second;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::crowd::Order;
use crate::e2e::{Account, World, past};
use crate::places::Places;
use crate::stack::Stack;
use crate::{needs, page};

/// From one look at the sandbox to the next; it is no part of what is measured.
const GLANCE: Duration = Duration::from_millis(500);

/// What is measured.
#[derive(Subcommand)]
pub(crate) enum What {
    /// How late posts are that many people want in the very same second, and one post alone.
    Second(second::Args),
    /// How much later other people's posts are when one account answers in half a minute and one not at all.
    Isolation(isolation::Args),
    /// How long a large film takes from S3 to X and LinkedIn, and how much memory the functions need for it.
    Film(film::Args),
    /// How soon a month of a thousand posts can be used in a browser, against an empty one.
    Page,
}

/// Measures and tells.
pub(crate) async fn run(what: What) -> Result<()> {
    match what {
        What::Second(args) => second::run(args).await,
        What::Isolation(args) => isolation::run(args).await,
        What::Film(args) => film::run(args).await,
        What::Page => of_page().await,
    }
}

async fn of_page() -> Result<()> {
    let places = Places::of_up();
    needs::ensure_present(&[needs::node, needs::browser])?;
    page::measure(&places, &Stack::read(places.stack_json())?).await
}

/// When each post was accepted where it goes first, in milliseconds after it was due, in the order of the orders.
///
/// # Errors
/// When one is not there when `patience` is over, or there twice.
async fn lateness(world: &World, orders: &[Order], patience: Duration) -> Result<Vec<i64>> {
    let deadline = Instant::now() + patience;
    loop {
        let found = accepted(world, orders).await?;
        let missing = found.iter().filter(|moments| moments.is_empty()).count();
        if let Some(twice) = found.iter().position(|moments| moments.len() > 1) {
            bail!("{:?} is out {} times", orders[twice].text, found[twice].len());
        }
        if missing == 0 {
            let moments = found.into_iter().flatten().zip(orders);
            return Ok(moments.map(|(at_ms, order)| at_ms - order.at.as_millisecond()).collect());
        }
        if Instant::now() >= deadline {
            bail!("{missing} of {} posts are not out after {} s", orders.len(), patience.as_secs());
        }
        sleep(GLANCE).await;
    }
}

/// For each order the moments at which its text was accepted, in Unix milliseconds.
async fn accepted(world: &World, orders: &[Order]) -> Result<Vec<Vec<i64>>> {
    let accounts: BTreeMap<&str, &Account> =
        orders.iter().map(|order| (order.on[0].id.as_str(), &order.on[0])).collect();
    let mut seen = BTreeMap::new();
    for (id, account) in accounts {
        seen.insert(id, world.seen_on(account).await?);
    }
    let moments = |order: &Order| {
        let same = seen[order.on[0].id.as_str()].iter().filter(|seen| seen.text == order.text);
        same.map(|seen| seen.accepted_at).collect()
    };
    Ok(orders.iter().map(moments).collect())
}

/// How long until `at`.
fn until(at: Timestamp) -> Duration {
    past(at, Duration::ZERO)
}
