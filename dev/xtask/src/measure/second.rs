//! `cargo xtask measure second`: how late posts are that are all due in the same second, and one alone.

use std::time::Duration;

use anyhow::{Result, bail};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::caller::Caller;
use crate::cloud::Cloud;
use crate::crowd::{self, Order, SCHEDULED_BY_EACH};
use crate::e2e::{Account, Visitor, World};
use crate::http;
use crate::measure::{burst, lateness, until};
use crate::places::Places;
use crate::sample::Sample;
use crate::stack::Stack;
use crate::workers::Workers;

/// After the second all must be out so soon.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often one post is sent alone.
const ALONE: usize = 5;
/// What one post alone, with its time set, may be late.
const PUNCTUAL_MS: i64 = 250;
/// Whoever publishes now is told so soon, or not at all.
const SOON: Duration = Duration::from_secs(20);

/// What `measure second` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many posts are due in one second, each with one target, on X and LinkedIn by turns.
    #[arg(long, default_value_t = 200)]
    posts: usize,
}

/// Fails when anything came before its second, or one post alone was late.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    let world = World::new(http::client()?, stack.clone());
    let workers = Workers::of(&places, &stack)?;
    let alone = alone(&world).await?;

    let people = crowd::connected(&world, args.posts.div_ceil(SCHEDULED_BY_EACH)).await?;
    let at = crowd::ahead_of(args.posts, 0);
    let orders = orders(&people, args.posts, at);
    crowd::schedule_all(&orders).await?;
    sleep(until(at)).await;
    let late = Sample::of(lateness(&world, &orders, PATIENCE).await?);
    let functions = workers.running().iter().filter(|worker| worker.function == "deliver-post").count();
    let (root, cloud) = (Caller::root(world.client(), &stack), Cloud::at(&places, &stack.aws_endpoint));
    let without = burst::measure(&root, &cloud, args.posts, functions.max(1)).await?;

    println!("\n{} posts due at {at}: {late}", args.posts);
    println!("the same calls by {functions} clients, as many as functions ran, without Belfry: {without}");
    let of_belfry = |hundredths| {
        let (late, without) = (late.percentile(hundredths), without.percentile(hundredths));
        late.zip(without).map_or(0, |(late, without)| late - without)
    };
    println!("without the emulator's share (estimate): p50 {} ms, p99 {} ms", of_belfry(50), of_belfry(99));
    let early = late.count_below(0) + alone.count_below(0);
    println!("{early} before their time");
    match alone.percentile(100) {
        _ if early > 0 => bail!("Something came before its time."),
        Some(max) if max >= PUNCTUAL_MS => {
            bail!("One post alone was {max} ms late, not under {PUNCTUAL_MS} ms.")
        }
        _ => Ok(()),
    }
}

/// All at `at`, by turns on X and as the LinkedIn member.
fn orders(people: &[Visitor], posts: usize, at: Timestamp) -> Vec<Order> {
    let order = |number: usize| {
        let by = people[number % people.len()].clone();
        // By rounds of all people, so that everybody writes to both.
        let on = if (number / people.len()).is_multiple_of(2) { by.x() } else { by.member() };
        Order { on: vec![on.clone()], text: format!("Post {number} of one second"), by, at }
    };
    (0..posts).map(order).collect()
}

/// One post alone, five times with its time set and five times at once. Answers how late the former were.
async fn alone(world: &World) -> Result<Sample> {
    let person = Visitor::connected(world).await?;
    let mut scheduled = Vec::new();
    for number in 0..ALONE {
        let (at, text) = (crowd::ahead_of(1, 0), format!("Alone, at its second: {number}"));
        let order = Order { by: person.clone(), text, on: vec![turn(&person, number).clone()], at };
        let orders = [order];
        crowd::schedule_all(&orders).await?;
        sleep(until(at)).await;
        scheduled.extend(lateness(world, &orders, SOON).await?);
    }
    println!("one post alone, from its second to its acceptance: {scheduled:?} ms");
    let mut at_once = Vec::new();
    for number in 0..ALONE {
        at_once.push(publish_now(world, &person, number).await?);
    }
    // The message is sent between the two, so it could be received from some moment between them.
    println!("one post published now, from the request's begin and from its answer: {at_once:?} ms");
    Ok(Sample::of(scheduled))
}

/// How long after the request, and how long after its answer, the platform had the post.
async fn publish_now(world: &World, person: &Visitor, number: usize) -> Result<(i64, i64)> {
    let (on, text) = (turn(person, number), format!("Alone, at once: {number}"));
    let asked = Timestamp::now();
    person.publish(&text, on).await?;
    let answered = Timestamp::now();
    let order = Order { by: person.clone(), text, on: vec![on.clone()], at: asked };
    let since_asked = lateness(world, &[order], SOON).await?[0];
    Ok((since_asked, since_asked - (answered.as_millisecond() - asked.as_millisecond())))
}

fn turn(person: &Visitor, number: usize) -> &Account {
    if number.is_multiple_of(2) { person.x() } else { person.member() }
}
