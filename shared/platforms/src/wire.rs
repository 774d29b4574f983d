//! One HTTP request, sent once, and the knowledge of whether it left.

use std::sync::Arc;
use std::time::Duration;

use domain::secret::Secret;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Beyond this nothing of an answer is read, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// How long name, TCP and TLS may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The TLS configuration that all connections share: ring, and the roots that are compiled in.
#[derive(Clone)]
pub(crate) struct Tls(ClientConfig);

/// A pool of connections that nobody else uses; its clones share it.
#[derive(Clone)]
pub(crate) struct Wire(Client);

/// What the platform answered.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, as far as it came and no longer than was asked for.
    pub(crate) body: Vec<u8>,
    /// When it came.
    pub(crate) at: Timestamp,
}

/// Why there is no answer, in the words of whoever noticed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No connection came about: not one byte of the request has left.
    NotSent(String),
    /// The request may have arrived.
    NoAnswer(String),
}

impl Tls {
    /// Embedded roots, because loading native ones costs a third of a cold start; HTTP/1.1 only, where one connection
    /// carries one request at a time and no protocol offers to repeat it.
    pub(crate) fn with_embedded_roots() -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(config)
    }
}

impl Wire {
    /// A pool without any connection yet.
    ///
    /// No redirects, no proxy, no retries. (One step remains that cannot be turned off: when a pooled connection
    /// turns out to be closed before the first byte of a request was written, another one is opened for it.)
    pub(crate) fn new(tls: &Tls) -> Self {
        let client = Client::builder()
            .tls_backend_preconfigured(tls.0.clone())
            .http1_only()
            .user_agent(concat!("Belfry/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .expect("the TLS configuration is of the version that the client takes");
        Self(client)
    }

    /// A request that reads.
    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.0.get(url)
    }

    /// A request that changes something.
    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.0.post(url)
    }

    /// A request that puts something in a place.
    pub(crate) fn put(&self, url: Url) -> RequestBuilder {
        self.0.put(url)
    }

    /// A request that takes something away.
    pub(crate) fn delete(&self, url: Url) -> RequestBuilder {
        self.0.delete(url)
    }

    /// Opens a connection to this host and leaves it in the pool. Asks for nothing and carries no token.
    pub(crate) async fn warm(&self, url: Url) {
        // The outcome means nothing: the request that follows finds out.
        drop(self.0.head(url).timeout(CONNECT_TIMEOUT).send().await);
    }

    /// Sends `request` once; `within` bounds the whole of it, and if it ends while a connection is still being opened
    /// the request counts as one that may have left: give more than [`CONNECT_TIMEOUT`]. An answer that refuses is freed of what must not be
    /// seen again: each of `secrets` that it repeats becomes `***`.
    pub(crate) async fn send(
        &self,
        request: RequestBuilder,
        within: Duration,
        secrets: &[&Secret<String>],
    ) -> Result<Answer, Silence> {
        self.send_for(request, within, secrets, MAX_ANSWER_BYTES).await
    }

    /// [`Wire::send`], for an answer of which at most so many bytes are read.
    pub(crate) async fn send_for(
        &self,
        request: RequestBuilder,
        within: Duration,
        secrets: &[&Secret<String>],
        most_bytes: usize,
    ) -> Result<Answer, Silence> {
        let mut response = request.timeout(within).send().await.map_err(silence)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = read(&mut response, most_bytes).await;
        if !status.is_success() {
            body = without(body, secrets);
        }
        Ok(Answer { status, headers, body, at: Timestamp::now() })
    }
}

impl Answer {
    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON of this shape.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// The body as far as it can be had. The status is known by then, and a body that ends early is one that cannot be
/// read, which its reader finds out.
async fn read(response: &mut Response, most_bytes: usize) -> Vec<u8> {
    let announced = response.content_length().and_then(|bytes| usize::try_from(bytes).ok());
    let mut body = Vec::with_capacity(announced.unwrap_or_default().min(most_bytes));
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = most_bytes - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            break;
        }
        body.extend_from_slice(&chunk);
    }
    body
}

fn without(body: Vec<u8>, secrets: &[&Secret<String>]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.expose().is_empty()) {
        text = text.replace(secret.expose().as_str(), "***");
    }
    text.into_bytes()
}

/// A request that could not be built, or found no connection, has not left; of every other failure we cannot know.
fn silence(error: reqwest::Error) -> Silence {
    let stayed = error.is_builder() || error.is_connect();
    let late = error.is_timeout();
    let mut cause: &dyn std::error::Error = &error.without_url();
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let words = if late { "no answer in time".to_owned() } else { cause.to_string() };
    if stayed { Silence::NotSent(words) } else { Silence::NoAnswer(words) }
}
