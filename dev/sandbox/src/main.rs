//! Runs the platform sandbox.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use sandbox::{Error, Options, Processing};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Stands in for X, LinkedIn, Facebook and Instagram on this machine.
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
    /// An origin that media may be fetched from; may be given again.
    #[arg(long, default_value = "http://127.0.0.1:4566")]
    media_origin: Vec<String>,
    /// For how long the same text is refused as a duplicate.
    #[arg(long, default_value_t = 24 * 3600)]
    duplicate_window_seconds: u64,
    /// How much an Instagram account may publish in 24 hours.
    #[arg(long, default_value_t = 100)]
    instagram_publish_quota: u32,
    /// For how long Facebook and Instagram process a video or a container.
    #[arg(long, default_value_t = 200)]
    processing_milliseconds: u64,
    /// How many looks find a video, GIF or document still processing.
    #[arg(long, default_value_t = 1)]
    processing_looks: u32,
    /// How long a video, GIF or document is processed at least.
    #[arg(long, default_value_t = 0)]
    processing_millis: u64,
    /// How many looks or attempts to attach it find a LinkedIn image still waiting.
    #[arg(long, default_value_t = 0)]
    linkedin_image_looks: u32,
    /// For how long nobody can comment on a new LinkedIn post.
    #[arg(long, default_value_t = 0)]
    linkedin_activity_millis: u64,
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
        media_origins: arguments.media_origin,
        duplicate_window: Duration::from_secs(arguments.duplicate_window_seconds),
        instagram_publish_quota: arguments.instagram_publish_quota,
        graph_processing: Duration::from_millis(arguments.processing_milliseconds),
        processing: Processing {
            looks: arguments.processing_looks,
            time: Duration::from_millis(arguments.processing_millis),
        },
        linkedin_image_processing: Processing { looks: arguments.linkedin_image_looks, time: Duration::ZERO },
        linkedin_activity_after: Duration::from_millis(arguments.linkedin_activity_millis),
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
