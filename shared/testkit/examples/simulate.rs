//! Runs the simulator outside the tests: one seed in full, so many seeds, or for as long as you like.
//!
//! ```text
//! cargo run --release --package testkit --example simulate -- seed 7
//! cargo run --release --package testkit --example simulate -- seeds 0 100000
//! cargo run --release --package testkit --example simulate -- minutes 10
//! cargo run --release --package testkit --example simulate -- bugs 2000
//! ```
//!
//! The last puts one mistake after the other into what Belfry stands on, and says which seed shows it.

#![allow(clippy::print_stdout, reason = "a command line tool speaks on the terminal")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use testkit::simulator::{Bug, Report, Setting, simulate};

/// How often it says how far it is.
const PAUSE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = arguments.iter().skip(1).filter_map(|number| number.parse().ok()).collect();
    match (arguments.first().map(String::as_str), &numbers[..]) {
        (Some("seed"), [seed]) => {
            let report = simulate(*seed, &Setting { is_told: true, ..Setting::HARSH });
            println!("{report:#?}");
            if report.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        (Some("seeds"), [from, count]) => many(*from, from.saturating_add(*count), Duration::MAX),
        (Some("minutes"), [minutes]) => many(0, u64::MAX, Duration::from_secs(minutes.saturating_mul(60))),
        (Some("bugs"), [count]) => bugs(*count),
        _ => {
            println!("seed N, seeds FROM COUNT, minutes M, or bugs COUNT");
            ExitCode::FAILURE
        }
    }
}

/// The first of so many seeds that shows each mistake.
fn bugs(count: u64) -> ExitCode {
    let mut outcome = ExitCode::SUCCESS;
    for bug in Bug::ALL {
        let setting = Setting { bug: Some(bug), ..Setting::HARSH };
        let mut runs = (0..count).map(|seed| (seed, simulate(seed, &setting)));
        match runs.find(|(_, report)| !report.broken.is_empty()) {
            Some((seed, report)) => println!("{bug:?}: seed {seed}: {:#?}", report.broken),
            None => {
                println!("{bug:?}: unseen in {count} runs");
                outcome = ExitCode::FAILURE;
            }
        }
    }
    outcome
}

/// Everything that many runs came to.
#[derive(Default)]
struct Sum {
    runs: u64,
    ended: BTreeMap<&'static str, u64>,
    settled: u64,
    denied: u64,
    broken: Vec<(u64, Vec<String>)>,
}

impl Sum {
    fn add(&mut self, seed: u64, report: Report) {
        self.runs += 1;
        for (status, count) in report.ended {
            *self.ended.entry(status).or_default() += u64::from(count);
        }
        self.settled += u64::from(report.settled);
        self.denied += u64::from(report.denied);
        if !report.broken.is_empty() {
            println!("seed {seed}: {:#?}", report.broken);
            self.broken.push((seed, report.broken));
        }
    }
}

/// The seeds from `from` to before `to`, as far as the time goes, on all processors.
fn many(from: u64, to: u64, within: Duration) -> ExitCode {
    let (next, began, sum) = (AtomicU64::new(from), Instant::now(), Mutex::new(Sum::default()));
    let told = Mutex::new(began);
    let work = || {
        while began.elapsed() < within {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= to {
                return;
            }
            let report = simulate(seed, &Setting::HARSH);
            let mut sum = sum.lock().expect("no holder of this lock panics");
            sum.add(seed, report);
            let mut told = told.lock().expect("no holder of this lock panics");
            if told.elapsed() >= PAUSE {
                *told = Instant::now();
                println!("{:4.0} s: {} runs", began.elapsed().as_secs_f64(), sum.runs);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let sum = sum.into_inner().expect("no holder of this lock panics");
    let seconds = began.elapsed().as_secs_f64();
    println!("{} runs from seed {from} in {seconds:.0} s", sum.runs);
    println!("targets: {:?}", sum.ended);
    println!("settled by evidence: {}; made and denied by a platform: {}", sum.settled, sum.denied);
    println!("broken promises: {}", sum.broken.len());
    if sum.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
