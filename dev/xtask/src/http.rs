//! One HTTP client for everything here: short timeouts, no redirects followed by themselves.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::redirect::Policy;

/// A client for servers on this machine.
///
/// # Errors
/// When TLS cannot be set up, which nothing here uses.
pub(crate) fn client() -> Result<reqwest::Client> {
    // The workspace's reqwest brings no TLS provider of its own; a second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(35))
        .build()
        .context("cannot make an HTTP client")
}

/// Whether `url` answers with success now.
pub(crate) async fn answers(client: &reqwest::Client, url: &str) -> bool {
    let asked = client.get(url).timeout(Duration::from_secs(2)).send().await;
    asked.is_ok_and(|response| response.status().is_success())
}
