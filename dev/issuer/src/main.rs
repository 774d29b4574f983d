//! The local issuer: signs people in by their name alone, for `cargo xtask up` and the tests.
//!
//! OpenID Connect with Authorization Code and PKCE, so that the web app and API Gateway's JWT authorizer work
//! here as with any issuer. It answers on loopback only, because it gives out tokens for the asking.

mod authorize;
mod control;
mod issuer;
mod key;
mod person;
mod server;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::issuer::Issuer;

#[derive(Parser)]
#[command(about = "A small OpenID Connect issuer for development: pick a person, get a token.")]
struct Args {
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:7081")]
    listen: SocketAddr,
    /// The folder that keeps the signing key.
    #[arg(long)]
    state: PathBuf,
    /// The one client that may sign people in, and the audience of its tokens.
    #[arg(long, default_value = "belfry-web")]
    client_id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(
        args.listen.ip().is_loopback(),
        "--listen {}: the issuer gives tokens to anybody, so it listens on loopback only",
        args.listen
    );
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let url = format!("http://{}", listener.local_addr()?);
    let issuer = Issuer::open(&args.state, url, args.client_id)?;
    axum::serve(listener, server::routes(issuer)).await.context("the issuer stopped")
}
