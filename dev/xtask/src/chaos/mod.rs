//! `cargo xtask chaos`: many posts at once, disturbed on purpose, and an account of each.
//!
//! `plan` says what is sent when; `killer` ends function processes while it goes out, `thief` takes messages out of
//! the queues, `trouble` makes the platforms misbehave; `waiting` lasts until nothing moves; `ledger` compares what
//! Belfry says with what the platforms have. Everything is drawn from one seed.

mod killer;
mod ledger;
mod plan;
mod thief;
mod trouble;
mod waiting;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::caller::Caller;
use crate::chaos::ledger::Ledger;
use crate::chaos::plan::{Planned, Wave};
use crate::chaos::trouble::Wanted;
use crate::cloud::{Answer, Call, Cloud};
use crate::crowd::{self, SCHEDULED_BY_EACH};
use crate::e2e::{Visitor, World, ahead, answer, uploaded};
use crate::formation::STACK;
use crate::http;
use crate::places::Places;
use crate::stack::Stack;
use crate::workers::Workers;

/// Posts are spread over so many seconds, and over more when more than this would be due each second: the emulator
/// answers so slowly then that functions run out of time, and nothing else is seen any more.
const LEAST_OVER_S: usize = 60;
const SENT_A_SECOND: usize = 2;
/// Pictures are uploaded while the rest is still being scheduled, so that both take the emulator longer.
const SLOWED_BY_PICTURES: usize = 2;
/// So often scheduling is tried again when the emulator has too much to do for an answer.
const TRIES: usize = 4;
/// A post needs a schedule, which can be deleted, only from here on.
const LEAD_OF_SCHEDULES_S: i64 = 15 * 60;
/// With `--everything` one post in so many is so far ahead that it has one.
const FAR_ONE_IN: usize = 10;
/// With `--everything` the platforms answer so late: between request and answer there must be time to be killed in.
const SLOW_MS: u32 = 400;
/// Of so many targets one message is deleted, from each queue.
const DELETED_ONE_IN: usize = 20;

/// What `chaos` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many posts, each to X and to one of LinkedIn's members and organizations, Pages and Instagram accounts.
    #[arg(long, default_value_t = 100)]
    posts: usize,
    /// Over how many seconds they are spread: a minute, or as many as the emulator keeps up with.
    #[arg(long, value_name = "SECONDS")]
    over: Option<usize>,
    /// How many seconds ahead the first is due, so that all are scheduled by then: as many as a quiet machine needs.
    #[arg(long, value_name = "SECONDS")]
    lead: Option<i64>,
    /// How many people send them; more when the limit on scheduling asks for more.
    #[arg(long, default_value_t = 2)]
    people: usize,
    /// All of what follows; one post in ten is then due in a quarter of an hour, the others soon.
    #[arg(long)]
    everything: bool,
    /// Kill function processes while the posts go out.
    #[arg(long)]
    kill: bool,
    /// Every fault that the sandbox knows of: one target in eight suffers one.
    #[arg(long)]
    faults: bool,
    /// X has no credits left and LinkedIn's version has ended, for two calls each: for everybody.
    #[arg(long)]
    gates: bool,
    /// Delete messages from the prepare and publish queues behind Belfry's back, one for twenty targets from each.
    #[arg(long)]
    delete_messages: bool,
    /// Delete every schedule behind Belfry's back; the posts are then due in a quarter of an hour.
    #[arg(long)]
    delete_schedules: bool,
    /// The platforms take each post at once and answer this much later: what is killed meanwhile is out, and nobody
    /// was told.
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    slow: u32,
    /// The same seed gives the same times, texts, targets and disturbances.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Sends, disturbs, waits, and prints the ledger.
pub(crate) async fn run(args: Args) -> Result<()> {
    let args = args.whole();
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    let world = World::new(http::client()?, stack.clone());
    let wanted = args.people.max(args.posts.div_ceil(SCHEDULED_BY_EACH)).max(1);
    let introduced = crowd::in_turns((0..wanted).map(|_| introduce(world.clone()))).await?;
    let (people, pictures): (Vec<Visitor>, Vec<String>) = introduced.into_iter().unzip();
    let began = Timestamp::now();
    let waves = args.waves();
    let end = waves.iter().map(|wave| wave.last).max().unwrap_or(began);
    let plan = plan::draw(args.seed, &waves, people.len());
    let troubles = trouble::draw(args.seed, &plan, args.wanted());
    println!("{} posts by {} people, seed {}, {}", plan.len(), people.len(), args.seed, told(&waves));

    let thief = args.delete_messages.then(|| {
        let most = (2 * args.posts).div_ceil(DELETED_ONE_IN);
        let root = Caller::root(world.client(), &stack);
        tokio::spawn(thief::steal_until(root, stack.clone(), end, most, args.random("thief")))
    });
    let trouble = trouble::bring_about(world.clone(), people.clone(), plan.clone(), troubles);
    let trouble = tokio::spawn(trouble);
    let killer = match args.kill {
        true => {
            let workers = Workers::of(&places, &stack)?;
            let waves = from_the_first_upload(waves, began);
            Some(tokio::spawn(killer::kill_during(workers, waves, args.random("killer"))))
        }
        false => None,
    };
    let orders = plan.iter().map(|planned| {
        let body = planned.body(planned.on(&people), &pictures[planned.person]);
        schedule(people[planned.person].clone(), body)
    });
    let ids = crowd::in_turns(orders).await?;
    println!("all taken in {} s", Timestamp::now().duration_since(began).as_secs());
    if args.delete_schedules {
        let deleted = delete_schedules(&Cloud::at(&places, &stack.aws_endpoint), &plan, &ids).await?;
        println!("{deleted} schedules deleted");
    }
    let killed = finished(killer).await?;
    let stolen = finished(thief).await?.transpose()?;
    trouble.await.context("it panicked")??;

    let shown = waiting::until_final(&people, end).await?;
    let ledger = Ledger::draw_up(&world, &people, &plan, &ids, &shown).await?;
    println!("{ledger}");
    println!("faults suffered: {}", counted(&world.suffered_since(began.as_millisecond()).await?));
    if let Some(killed) = killed {
        println!("killed: {}", counted(&tally(&killed)));
    }
    if let Some(stolen) = stolen {
        println!("messages deleted: {}", counted(&stolen));
    }
    if ledger.is_clean() {
        Ok(())
    } else {
        bail!(
            "Something was lost, doubled, early, torn, misjudged, overlooked, without a reason or still open."
        )
    }
}

impl Args {
    /// With everything that `--everything` stands for.
    fn whole(self) -> Self {
        if !self.everything {
            return self;
        }
        let slow = if self.slow == 0 { SLOW_MS } else { self.slow };
        Self {
            kill: true,
            faults: true,
            gates: true,
            delete_messages: true,
            delete_schedules: true,
            slow,
            ..self
        }
    }

    fn waves(&self) -> Vec<Wave> {
        let far = match (self.everything, self.delete_schedules) {
            (true, _) => self.posts.div_ceil(FAR_ONE_IN),
            (false, true) => self.posts,
            (false, false) => 0,
        };
        let over_s = self.over.unwrap_or((self.posts / SENT_A_SECOND).max(LEAST_OVER_S));
        let wave = |posts, is_far| {
            let more_s = if is_far { LEAD_OF_SCHEDULES_S } else { 0 };
            let first = match self.lead {
                Some(lead_s) => ahead(lead_s + more_s),
                None => crowd::ahead_of(SLOWED_BY_PICTURES * self.posts, more_s),
            };
            Wave { first, last: first + Duration::from_secs(over_s as u64), posts, is_far }
        };
        let waves = [wave(self.posts - far, false), wave(far, true)];
        waves.into_iter().filter(|wave| wave.posts > 0).collect()
    }

    fn wanted(&self) -> Wanted {
        Wanted { faults: self.faults, gates: self.gates, slow_ms: self.slow }
    }

    /// Each disturbance has chances of its own, so that one does not change another.
    fn random(&self, whose: &str) -> Rng {
        let salt = whose.bytes().fold(0_u64, |salt, byte| salt << 8 | u64::from(byte));
        Rng::with_seed(self.seed ^ salt)
    }
}

/// Somebody nobody has seen before, connected to all four platforms, and the picture of theirs.
async fn introduce(world: World) -> Result<(Visitor, String)> {
    let visitor = Visitor::connected_by(&world, &["x", "linkedin", "facebook"]).await?;
    let picture = uploaded(&world, &visitor).await?;
    Ok((visitor, picture))
}

/// The id of the post that this makes, also when one has to ask again for it.
async fn schedule(person: Visitor, body: Value) -> Result<String> {
    let key = format!("{:032x}", fastrand::u128(..));
    let ask =
        || person.request(Method::POST, "/v1/posts/schedule").header("idempotency-key", &key).json(&body);
    let mut tries = 1;
    loop {
        let answer = answer(ask()).await?;
        if answer.status() < 500 || tries == TRIES {
            let post = answer.expect(201)?;
            return Ok(post["id"].as_str().context("a post without an id")?.to_owned());
        }
        tries += 1;
    }
}

/// The waves, the near one from the moment on at which its first picture may be uploaded.
fn from_the_first_upload(waves: Vec<Wave>, began: Timestamp) -> Vec<Wave> {
    let widened = |wave: Wave| Wave { first: if wave.is_far { wave.first } else { began }, ..wave };
    waves.into_iter().map(widened).collect()
}

/// What a task that may not have been begun came to.
async fn finished<T>(task: Option<JoinHandle<T>>) -> Result<Option<T>> {
    match task {
        Some(task) => Ok(Some(task.await.context("a disturbance panicked")?)),
        None => Ok(None),
    }
}

/// Deletes what should wake Belfry; only the minute's watch can find these posts now.
async fn delete_schedules(cloud: &Cloud, plan: &[Planned], ids: &[String]) -> Result<usize> {
    let far = plan.iter().zip(ids).filter(|(planned, _)| planned.has_schedule);
    let calls: Vec<Call> = far
        .map(|(_, id)| {
            let arguments = json!({ "GroupName": format!("{STACK}-posts"), "Name": format!("{id}-1") });
            Call::new("scheduler", "delete_schedule", arguments)
        })
        .collect();
    let wanted = calls.len();
    let answers = cloud.ask(calls).await?;
    let deleted = answers.iter().filter(|answer| matches!(answer, Answer::Ok { .. })).count();
    if deleted < wanted {
        bail!("{} of {wanted} posts had no schedule", wanted - deleted);
    }
    Ok(deleted)
}

fn told(waves: &[Wave]) -> String {
    let wave = |wave: &Wave| format!("{} from {} to {}", wave.posts, wave.first, wave.last);
    waves.iter().map(wave).collect::<Vec<_>>().join(", ")
}

fn tally(names: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.as_str()).or_default() += 1;
    }
    counts
}

/// `12: 7 deliver-post, 5 prepare-post`.
fn counted(counts: &BTreeMap<impl AsRef<str>, usize>) -> String {
    let each: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {}", name.as_ref())).collect();
    format!("{}: {}", counts.values().sum::<usize>(), each.join(", "))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &str) -> Args {
        Line::parse_from(std::iter::once("chaos").chain(line.split_whitespace())).args.whole()
    }

    #[test]
    fn everything_is_two_waves_of_which_the_far_one_has_schedules() {
        let posts =
            |line| args(line).waves().iter().map(|wave| (wave.posts, wave.is_far)).collect::<Vec<_>>();
        assert_eq!(posts("--posts 100"), [(100, false)]);
        assert_eq!(posts("--posts 100 --delete-schedules"), [(100, true)]);
        assert_eq!(posts("--posts 105 --everything"), [(94, false), (11, true)]);
    }

    #[test]
    fn many_posts_take_longer_unless_told_otherwise() {
        let over_s = |wave: &Wave| wave.last.duration_since(wave.first).as_secs();
        let over = |line| args(line).waves().iter().map(over_s).collect::<Vec<_>>();
        assert_eq!(over("--posts 100"), [60]);
        assert_eq!(over("--posts 1000"), [500]);
        assert_eq!(over("--posts 1000 --over 90"), [90]);
    }

    #[test]
    fn everything_turns_all_on() {
        let all = args("--everything");
        assert!(all.kill && all.faults && all.gates && all.delete_messages && all.delete_schedules);
        assert_eq!((all.slow, args("--everything --slow 900").slow), (SLOW_MS, 900));
    }

    #[test]
    fn counts_are_told_with_their_sum() {
        let names = ["a", "b", "a"].map(str::to_owned);
        assert_eq!(counted(&tally(&names)), "3: 2 a, 1 b");
    }
}
