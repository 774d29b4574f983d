//! Runs the platform sandbox.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use sandbox::{Error, Options};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Stands in for X and LinkedIn on this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
    /// The file that holds grants and posts between two runs.
    #[arg(long, default_value = "target/local/sandbox.json")]
    state: PathBuf,
    /// A registered redirect URI; may be given again. Default: any `http://127.0.0.1:*/oauth/callback`.
    #[arg(long)]
    redirect_uri: Vec<String>,
    /// The only origin that media may be fetched from.
    #[arg(long, default_value = "http://127.0.0.1:4566")]
    media_origin: String,
    /// For how long the same text is refused as a duplicate.
    #[arg(long, default_value_t = 24 * 3600)]
    duplicate_window_seconds: u64,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let colored = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_ansi(colored).with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            tracing::error!(cause, "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    if !arguments.listen.ip().is_loopback() {
        return Err(Error::NotLoopback);
    }
    let options = Options {
        state: Some(arguments.state),
        redirect_uris: arguments.redirect_uri,
        media_origin: Some(arguments.media_origin),
        duplicate_window: Duration::from_secs(arguments.duplicate_window_seconds),
        ..Options::default()
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tracing::info!("the window is at http://{}/", listener.local_addr()?);
    sandbox::serve_until(listener, options, async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
    .await
}
