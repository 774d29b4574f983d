//! `cargo xtask chaos`: many posts at once, disturbed on purpose, and an account of each.
//!
//! `plan` says what is sent when, `killer` ends function processes while it goes out, `ledger` compares what Belfry
//! says with what the platforms have. One seed gives one plan and one row of kills.

mod killer;
mod ledger;
mod plan;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::chaos::ledger::Ledger;
use crate::chaos::plan::Plan;
use crate::cloud::{Answer, Call, Cloud};
use crate::crowd::{self, SCHEDULED_BY_EACH};
use crate::e2e::{Visitor, World};
use crate::formation::STACK;
use crate::http;
use crate::places::Places;
use crate::stack::Stack;
use crate::workers::Workers;

/// A post needs a schedule, which can be deleted, only from here on.
const LEAD_OF_SCHEDULES_S: i64 = 15 * 60;
/// Every target must be final so long after the last one was due.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
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
        sleep(until(plan.first() - KILL_LEAD)).await;
        killed = killer::kill_until(&workers, plan.last() + KILL_LEAD, args.seed).await;
    }
    // A message whose worker was killed comes again after the queue's 60 s: whatever is doubled then must be seen.
    let at_least = if args.kill { Duration::from_secs(75) } else { Duration::from_secs(5) };
    let shown = wait_for_all(&people, &sent, plan.last(), at_least).await?;
    let ledger = Ledger::draw_up(&world, &people, &plan, &sent, &shown).await?;
    println!("{ledger}");
    if args.kill {
        println!("{}", killer::told(&killed));
    }
    if ledger.is_clean() { Ok(()) } else { bail!("Something was lost, doubled, early or misjudged.") }
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

/// The posts as Belfry shows them when nothing moves any more, or patience is over.
async fn wait_for_all(
    people: &[Visitor],
    wanted: &[String],
    last: Timestamp,
    at_least: Duration,
) -> Result<BTreeMap<String, Value>> {
    let (began, deadline) = (Instant::now(), Instant::now() + until(last) + PATIENCE);
    let earliest = began + until(last) + at_least;
    let mut told = began;
    loop {
        let shown = all_posts(people).await;
        let open = match &shown {
            Ok(shown) => wanted.iter().filter(|id| !shown.get(*id).is_some_and(is_final)).count(),
            Err(_) => wanted.len(),
        };
        let now = Instant::now();
        if now >= deadline || (open == 0 && now >= earliest) {
            return shown;
        }
        if now >= told + Duration::from_secs(30) {
            told = now;
            println!("{:4.0} s: {open} of {} posts open", began.elapsed().as_secs_f64(), wanted.len());
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn all_posts(people: &[Visitor]) -> Result<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    for person in people {
        let mut path = "/v1/posts?limit=200".to_owned();
        loop {
            let page = person.get(&path).await?.expect(200)?;
            for post in page["posts"].as_array().context("no list of posts")? {
                all.insert(post["id"].as_str().unwrap_or_default().to_owned(), post.clone());
            }
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("/v1/posts?limit=200&cursor={cursor}");
        }
    }
    Ok(all)
}

fn is_final(post: &Value) -> bool {
    let targets = post["targets"].as_array();
    targets.into_iter().flatten().all(|target| {
        matches!(
            target["status"].as_str(),
            Some("published" | "failed" | "needs_attention" | "skipped" | "canceled")
        )
    })
}

fn until(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default()
}
