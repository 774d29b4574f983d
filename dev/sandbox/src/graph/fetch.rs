//! Fetches media as Meta does, but from the allowed origins on loopback only.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::options::Options;

/// A media host that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much may come, and how much of it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Nothing is read beyond this.
    pub(crate) limit_bytes: usize,
    /// So many of the first bytes are kept.
    pub(crate) kept_bytes: usize,
}

/// What was fetched.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// The path of its address; the query, which may be a signature, is never kept.
    pub(crate) path: String,
    /// More than the limit means that the rest was not read.
    pub(crate) size_bytes: usize,
    /// The first bytes.
    pub(crate) head: Vec<u8>,
    /// The hash of what was read.
    pub(crate) hash: String,
}

/// It could not be fetched: a wrong address, another origin, no answer, no 200, or an answer that broke off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotFetched;

/// Fetches `address`; redirects are not followed.
///
/// # Errors
/// The address is none of an allowed origin, or its host does not answer 200.
pub(crate) async fn fetch(options: &Options, address: &str, wanted: Wanted) -> Result<Fetched, NotFetched> {
    let url = allowed(options, address).ok_or(NotFetched)?;
    let fetching = tokio::time::timeout(PATIENCE, read(&url, wanted));
    fetching.await.ok().flatten().ok_or(NotFetched)
}

impl Fetched {
    /// The same for bytes that were sent rather than fetched.
    pub(crate) fn sent(bytes: &[u8]) -> Self {
        Self {
            path: String::new(),
            size_bytes: bytes.len(),
            head: bytes.to_vec(),
            hash: hex(&Sha256::digest(bytes)),
        }
    }
}

fn allowed(options: &Options, address: &str) -> Option<Url> {
    let url = Url::parse(address).ok().filter(|url| url.scheme() == "http" && address.is_ascii())?;
    let loopback = match url.host()? {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(name) => name == "localhost",
    };
    let origin = url.origin().ascii_serialization();
    let known = options.media_origins.iter().any(|known| known.trim_end_matches('/') == origin);
    (loopback && known && url.username().is_empty()).then_some(url)
}

async fn read(url: &Url, wanted: Wanted) -> Option<Fetched> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let talking = async {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = Request::get(path)
            .header("host", &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header("user-agent", "facebookexternalua")
            .body(Empty::<Bytes>::new())
            .ok()?;
        let mut response = sender.send_request(request).await.ok()?;
        if response.status() != hyper::StatusCode::OK {
            return None;
        }
        let (mut size_bytes, mut head, mut hash) = (0, Vec::new(), Sha256::new());
        while let Some(frame) = response.body_mut().frame().await {
            let Ok(data) = frame.ok()?.into_data() else { continue };
            size_bytes += data.len();
            let room = wanted.kept_bytes.saturating_sub(head.len()).min(data.len());
            head.extend_from_slice(&data[..room]);
            hash.update(&data);
            if size_bytes > wanted.limit_bytes {
                break;
            }
        }
        Some(Fetched { path: url.path().to_owned(), size_bytes, head, hash: hex(&hash.finalize()) })
    };
    let mut connection = std::pin::pin!(connection);
    let mut talking = std::pin::pin!(talking);
    tokio::select! {
        // The answer may have come whole before the connection ended, so that it is asked once more.
        _ = &mut connection => talking.await,
        fetched = &mut talking => fetched,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_origins_on_loopback_are_asked() {
        let origins = ["http://127.0.0.1:4566", "http://example.com"].map(str::to_owned).to_vec();
        let options = Options { media_origins: origins, ..Options::default() };
        assert!(allowed(&options, "http://127.0.0.1:4566/media/a.jpg?X-Amz-Signature=1").is_some());
        for wrong in [
            "http://127.0.0.1:4567/a.jpg",
            "http://localhost:4566/a.jpg",
            "http://example.com/a.jpg",
            "https://127.0.0.1:4566/a.jpg",
            "http://me@127.0.0.1:4566/a.jpg",
            "http://127.0.0.1:4566/ä.jpg",
            "a.jpg",
        ] {
            assert!(allowed(&options, wrong).is_none(), "{wrong}");
        }
    }
}
