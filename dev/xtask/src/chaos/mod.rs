//! `cargo xtask chaos`: many posts at once, disturbed on purpose, and an account of each.
//!
//! `plan` says what is sent when, `killer` ends function processes while it goes out, `waiting` lasts until nothing
//! moves, `ledger` compares what Belfry says with what the platforms have. One seed gives one plan and one row of
//! kills.

mod killer;
mod ledger;
mod plan;
mod waiting;

use std::time::Duration;

use anyhow::{Result, bail};
use jiff::SignedDuration;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::chaos::ledger::Ledger;
use crate::chaos::plan::Plan;
use crate::cloud::{Answer, Call, Cloud};
use crate::crowd::{self, SCHEDULED_BY_EACH};
use crate::e2e::{Visitor, World, past};
use crate::formation::STACK;
use crate::http;
use crate::places::Places;
use crate::stack::Stack;
use crate::workers::Workers;

/// A post needs a schedule, which can be deleted, only from here on.
const LEAD_OF_SCHEDULES_S: i64 = 15 * 60;
/// Killing begins this long before the first post is due, while its worker already waits, and ends so long after the
/// last.
const KILL_LEAD: SignedDuration = SignedDuration::from_secs(2);

/// What `chaos` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many posts, each to X and to LinkedIn.
    #[arg(long, default_value_t = 100)]
    posts: usize,
    /// Over how many seconds they are spread.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    over: u32,
    /// How many people send them; more when the limit on scheduling asks for more.
    #[arg(long, default_value_t = 2)]
    people: usize,
    /// Kill function processes while the posts go out.
    #[arg(long)]
    kill: bool,
    /// The platforms take each post at once and answer this much later: what is killed meanwhile is out, and nobody
    /// was told.
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    slow: u32,
    /// Delete every schedule behind Belfry's back; the posts are then due in a quarter of an hour.
    #[arg(long)]
    delete_schedules: bool,
    /// The same seed gives the same times, texts, targets and moments of killing.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Sends, disturbs, waits, and prints the ledger.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    let world = World::new(http::client()?, stack.clone());
    let people = args.people.max(args.posts.div_ceil(SCHEDULED_BY_EACH)).max(1);
    let people = crowd::connected(&world, people).await?;
    let first = crowd::ahead_of(args.posts, if args.delete_schedules { LEAD_OF_SCHEDULES_S } else { 0 });
    let plan = Plan::draw(args.seed, first, args.posts, args.over, people.len());
    println!(
        "{} posts by {} people over {} s from {first}, seed {}",
        args.posts,
        people.len(),
        args.over,
        args.seed
    );
    if args.slow > 0 {
        slow_down(&world, &people, args.posts, args.slow).await?;
    }
    let began = Instant::now();
    let orders: Vec<_> = plan.posts.iter().map(|planned| planned.order(&people)).collect();
    let sent = crowd::schedule_all(&orders).await?;
    println!("all taken in {:.1} s", began.elapsed().as_secs_f64());
    if args.delete_schedules {
        let deleted = delete_schedules(&Cloud::at(&places, &stack.aws_endpoint), &sent).await?;
        println!("{deleted} schedules deleted");
    }
    let mut killed = Vec::new();
    if args.kill {
        let workers = Workers::of(&places, &stack)?;
        sleep(past(plan.first() - KILL_LEAD, Duration::ZERO)).await;
        killed = killer::kill_until(&workers, plan.last() + KILL_LEAD, args.seed).await;
    }
    let shown = waiting::until_final(&people, plan.last()).await?;
    let ledger = Ledger::draw_up(&world, &people, &plan.posts, &sent, &shown).await?;
    println!("{ledger}");
    if args.kill {
        println!("{}", killer::told(&killed));
    }
    if ledger.is_clean() {
        Ok(())
    } else {
        bail!("Something was lost, doubled, early, misjudged, without a reason or still open.")
    }
}

/// As often as there are posts, so that nothing of it stays.
async fn slow_down(world: &World, people: &[Visitor], posts: usize, delay_ms: u32) -> Result<()> {
    for person in people {
        for account in [person.x(), person.member(), person.organization()] {
            world.spoil_create(account, "delay", &json!({ "delayMs": delay_ms, "count": posts })).await?;
        }
    }
    Ok(())
}

/// Deletes what should wake Belfry; only the minute's watch can find these posts now.
async fn delete_schedules(cloud: &Cloud, posts: &[String]) -> Result<usize> {
    let calls = posts.iter().map(|post| {
        let name = format!("{post}-1");
        Call::new(
            "scheduler",
            "delete_schedule",
            json!({ "GroupName": format!("{STACK}-posts"), "Name": name }),
        )
    });
    let answers = cloud.ask(calls.collect()).await?;
    let deleted = answers.iter().filter(|answer| matches!(answer, Answer::Ok { .. })).count();
    if deleted < posts.len() {
        bail!("{} of {} posts had no schedule", posts.len() - deleted, posts.len());
    }
    Ok(deleted)
}
