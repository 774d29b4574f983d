//! `cargo xtask`: the one tool that a person who works on Belfry needs to know.

#![expect(clippy::print_stdout, reason = "a command line tool speaks on the terminal")]

mod browse;
mod build;
mod caller;
mod chaos;
mod check;
mod children;
mod cloud;
mod contracts;
mod crowd;
mod deploy;
mod down;
mod e2e;
mod fill;
mod formation;
mod http;
mod local;
mod logs;
mod measure;
mod needs;
mod openapi;
mod page;
mod people;
mod places;
mod ports;
mod rie;
mod sample;
mod schema;
mod simulate;
mod stack;
mod test;
mod token;
mod tools;
mod up;
mod web;
mod workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Runs, tests, checks and deploys Belfry.",
    disable_version_flag = true
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and run it here: emulated AWS, issuer, sandbox and web page, until Ctrl-C.
    Up(up::Args),
    /// Stop what `up` started; what was stored stays.
    Down,
    /// Stop what `up` started and forget everything it stored.
    Reset,
    /// Print a token of a person who has connections to X and LinkedIn.
    Token(token::Args),
    /// Print what the functions logged.
    Logs(logs::Args),
    /// Run every test: Rust, the emulator's mends, the contracts, each function binary, the deployed template.
    Test(test::Args),
    /// Walk the whole way as a stranger would, on the running stack.
    E2e(e2e::Args),
    /// Click through the web page in a browser, on the running stack.
    Browse(browse::Args),
    /// Fill a person's next month with posts, to see how the page bears them.
    Fill(fill::Args),
    /// Hold queues, schedules, events, vault, secrets and files to their contracts, on the running stack's emulator.
    Contracts,
    /// Send many posts through the running stack, disturb it, and count what became of each.
    Chaos(chaos::Args),
    /// Run the pipeline under a virtual clock while everything fails that can.
    Simulate(simulate::Args),
    /// Measure how punctual the running stack is; never a part of `test`.
    #[command(subcommand)]
    Measure(measure::What),
    /// Ask the running stack all that its OpenAPI document allows, and hold each answer against it.
    Schema(schema::Args),
    /// Write the OpenAPI document that the types say.
    Openapi,
    /// Check format, lints and template.
    Check,
    /// Build for AWS and deploy; arguments go to `sam deploy`.
    Deploy(deploy::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Up(args) => up::run(args).await,
        Command::Down => down::run().await,
        Command::Reset => down::reset().await,
        Command::Token(args) => token::run(args).await,
        Command::Logs(args) => logs::run(args).await,
        Command::Test(args) => test::run(args).await,
        Command::E2e(args) => test::on_running(args).await,
        Command::Browse(args) => browse::run(args).await,
        Command::Fill(args) => fill::run(args).await,
        Command::Contracts => contracts::on_running().await,
        Command::Chaos(args) => chaos::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Measure(what) => measure::run(what).await,
        Command::Schema(args) => schema::on_running(args).await,
        Command::Openapi => openapi::run().await,
        Command::Check => check::run().await,
        Command::Deploy(args) => deploy::run(args).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // For people: the sentence and its causes, never a backtrace.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
