//! `cargo xtask measure film`: what a large film costs on its way from S3 to X and to LinkedIn, in time and in memory.
//!
//! The film is made while it is sent, so that nobody here holds it either. Its seconds are those of this machine, where
//! the emulator reads, signs and sends every byte; its memory is that of the functions, which is the same on AWS.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream;
use reqwest::Body;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::e2e::{Visitor, World, film_before, uploaded_film};
use crate::http;
use crate::measure::GLANCE;
use crate::places::Places;
use crate::stack::Stack;
use crate::workers::{Worker, Workers};

/// Nothing that prepares or delivers may need more: so much a function is given at the least.
const MOST_KB: u64 = 128 * 1024;
/// Then it has failed.
const PATIENCE: Duration = Duration::from_secs(600);
/// The film is made in pieces of so many bytes.
const PIECE: usize = 1 << 20;
/// The functions that the film can go through.
const CARRIERS: [&str; 2] = ["prepare-post", "deliver-post"];

/// What `measure film` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How large the film is, in millions of bytes.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=500))]
    megabytes: u32,
}

/// Fails when the film does not arrive, or a function that carried it held too much.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    let world = World::new(http::client()?, stack.clone());
    let workers = Workers::of(&places, &stack)?;
    let person = Visitor::connected(&world).await?;
    let head = film_before(0).len();
    let size_bytes = args.megabytes as usize * 1_000_000;
    let film = uploaded_film(&world, &person, size_bytes, film(size_bytes - head)).await?;
    workers.running().iter().for_each(Worker::forget_peak);

    let body = json!({
        "text": "A long film",
        "media": [{ "mediaId": film }],
        "targets": [{ "connectionId": person.x().id }, { "connectionId": person.member().id }],
    });
    let began = Instant::now();
    let post = person.post("/v1/posts/publish-multi", &body).await?.expect(202)?;
    let id = post["id"].as_str().context("a post without an id")?;
    let mut peaks_kb = BTreeMap::new();
    let arrived = until_out(&person, id, &workers, &mut peaks_kb).await;
    let took = began.elapsed();
    for (worker, peak_kb) in &peaks_kb {
        println!("{} (process {}) held at most {:.1} MB", worker.function, worker.pid, megabytes(*peak_kb));
    }
    arrived?;
    for account in [person.x(), person.member()] {
        let kept = world.media_on(account).await?;
        let arrived = kept.first().and_then(|it| it["sizeBytes"].as_u64());
        ensure!(arrived == Some(size_bytes as u64), "on {} arrived {kept:?}", account.platform);
    }
    println!("{} MB from S3 to X and LinkedIn: {:.1} s", args.megabytes, took.as_secs_f64());
    match peaks_kb.values().max() {
        None => bail!("No function was seen that carried it."),
        Some(peak_kb) if *peak_kb >= MOST_KB => {
            bail!("One held {:.1} MB, not under {:.0} MB.", megabytes(*peak_kb), megabytes(MOST_KB))
        }
        Some(_) => Ok(()),
    }
}

/// So many bytes of a film and its beginning, made when they are asked for.
fn film(rest_bytes: usize) -> Body {
    let head = film_before(u32::try_from(rest_bytes).unwrap_or(u32::MAX));
    let pieces = (0..rest_bytes).step_by(PIECE).map(move |begin| vec![7; PIECE.min(rest_bytes - begin)]);
    Body::wrap_stream(stream::iter(std::iter::once(head).chain(pieces).map(Ok::<_, Infallible>)))
}

/// Waits until the post is out, and writes down the most that each process held which may carry it.
async fn until_out(
    person: &Visitor,
    id: &str,
    workers: &Workers,
    peaks_kb: &mut BTreeMap<Worker, u64>,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let post = person.look_at(id).await?;
        for worker in workers.running() {
            if let Some(peak_kb) = worker.peak_kb().filter(|_| CARRIERS.contains(&worker.function.as_str())) {
                peaks_kb.insert(worker, peak_kb);
            }
        }
        match post["status"].as_str() {
            Some("published") => return Ok(()),
            Some("scheduled" | "publishing") if Instant::now() < deadline => sleep(GLANCE).await,
            Some(_) | None => bail!("the film is not out: {}", reasons(&post)),
        }
    }
}

fn reasons(post: &Value) -> String {
    let targets = post["targets"].as_array().into_iter().flatten();
    targets.map(|target| format!("{} {}", target["status"], target["error"])).collect::<Vec<_>>().join(", ")
}

fn megabytes(kb: u64) -> f64 {
    kb as f64 / 1024.0
}
