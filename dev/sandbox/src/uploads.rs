//! Uploads in flight: lengths and running digests, so that a large video passes through without being held.
//!
//! They do not survive a restart: the running digest cannot be written down, and the bytes are not kept.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

/// For how long an upload may take: one day.
pub(crate) const LIFETIME_MS: i64 = 24 * 3600 * 1000;

/// Enough of a video or document to tell what it is.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// Bytes that went by.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) size_bytes: u64,
    /// In lower-case hexadecimal.
    pub(crate) sha256: String,
    /// The first of them; how many was asked beforehand.
    pub(crate) kept: Vec<u8>,
}

/// A length and a digest that grow.
#[derive(Debug, Default)]
struct Running {
    size_bytes: u64,
    hasher: Sha256,
    kept: Vec<u8>,
    keep: usize,
}

/// One upload that has begun, in segments that may come in any order.
#[derive(Debug)]
pub(crate) struct Upload {
    begun_at_ms: i64,
    running: Running,
    next: u32,
    /// Those that came before their turn, with their bytes.
    early: BTreeMap<u32, Bytes>,
    /// The length and digest of every segment that came.
    segments: BTreeMap<u32, (u64, String)>,
    /// What the client promised: the type and the length.
    pub(crate) promised_type: String,
    pub(crate) promised_bytes: u64,
    /// What an upload address must carry.
    pub(crate) secret: String,
    /// What the client must repeat at the end.
    pub(crate) echo: String,
}

/// Every upload in flight, by the id of its medium.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    all: BTreeMap<String, Upload>,
}

impl Arrived {
    /// Whether every byte was kept.
    pub(crate) fn is_whole(&self) -> bool {
        u64::try_from(self.kept.len()) == Ok(self.size_bytes)
    }
}

impl Running {
    fn add(&mut self, bytes: &[u8]) {
        self.size_bytes += u64::try_from(bytes.len()).unwrap_or_default();
        self.hasher.update(bytes);
        let room = self.keep.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
    }

    fn end(self) -> Arrived {
        Arrived { size_bytes: self.size_bytes, sha256: hexadecimal(&self.hasher.finalize()), kept: self.kept }
    }
}

impl Upload {
    /// An upload that begins; of its bytes the first `keep` are kept.
    pub(crate) fn new(now_ms: i64, keep: usize) -> Self {
        Self {
            begun_at_ms: now_ms,
            running: Running { keep, ..Running::default() },
            next: 0,
            early: BTreeMap::new(),
            segments: BTreeMap::new(),
            promised_type: String::new(),
            promised_bytes: 0,
            secret: String::new(),
            echo: String::new(),
        }
    }

    /// Whether its day is over.
    pub(crate) fn is_over(&self, now_ms: i64) -> bool {
        now_ms >= self.begun_at_ms + LIFETIME_MS
    }

    /// Takes a segment and its digest, as [`digest`] tells it: that takes a while, and callers hold a lock here.
    ///
    /// The same again is fine, as after a lost answer; another under the same number is not,
    /// because the digest has gone on.
    pub(crate) fn add(&mut self, number: u32, bytes: Bytes, digest: String) -> Result<(), &'static str> {
        if let Some((_, known)) = self.segments.get(&number) {
            return if *known == digest { Ok(()) } else { Err("this segment was sent with other bytes") };
        }
        let size_bytes = u64::try_from(bytes.len()).unwrap_or_default();
        self.segments.insert(number, (size_bytes, digest));
        self.early.insert(number, bytes);
        while let Some(bytes) = self.early.remove(&self.next) {
            self.running.add(&bytes);
            self.next += 1;
        }
        Ok(())
    }

    /// How many bytes have come in all segments.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.segments.values().map(|(size_bytes, _)| size_bytes).sum()
    }

    /// The digest of every segment in order; `None` while one before the last is missing.
    pub(crate) fn digests(&self) -> Option<Vec<&str>> {
        self.early.is_empty().then(|| self.segments.values().map(|(_, digest)| digest.as_str()).collect())
    }

    /// The bytes that were kept so far.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.running.kept
    }

    /// What came, when nothing is missing any more.
    pub(crate) fn end(self) -> Arrived {
        self.running.end()
    }
}

impl Uploads {
    /// Begins one; those whose day is over go.
    pub(crate) fn begin(&mut self, id: &str, upload: Upload) {
        let now_ms = upload.begun_at_ms;
        self.all.retain(|_, known| !known.is_over(now_ms));
        self.all.insert(id.to_owned(), upload);
    }

    /// The one of that medium, if it still runs.
    pub(crate) fn find(&mut self, id: &str, now_ms: i64) -> Option<&mut Upload> {
        self.all.get_mut(id).filter(|upload| !upload.is_over(now_ms))
    }

    /// Takes it out, to be ended.
    pub(crate) fn take(&mut self, id: &str) -> Option<Upload> {
        self.all.remove(id)
    }

    /// Forgets every upload.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

/// Reads a body to its end, whatever its length, and keeps its first `keep` bytes; `None` if the client left.
///
/// It is always read whole, also when the call will be refused: an answer before the end would be lost on a
/// client that still writes.
pub(crate) async fn receive(mut body: Body, keep: usize) -> Option<Arrived> {
    let mut running = Running { keep, ..Running::default() };
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame.ok()?.into_data() {
            running.add(&bytes);
        }
    }
    Some(running.end())
}

/// Reads a body of at most `most` bytes, without a digest; the inner `None` if it is longer, the outer one if
/// the client left. A longer one is read to its end as well.
pub(crate) async fn receive_whole(mut body: Body, most: usize) -> Option<Option<Bytes>> {
    let mut kept = Some(Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.ok()?.into_data() else { continue };
        kept = kept.filter(|kept| kept.len() + bytes.len() <= most);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&bytes);
        }
    }
    Some(kept.map(Bytes::from))
}

/// The SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(upload: &mut Upload, number: u32, bytes: &'static [u8]) -> Result<(), &'static str> {
        upload.add(number, Bytes::from_static(bytes), digest(bytes))
    }

    #[test]
    fn segments_in_any_order_have_the_digest_of_the_whole() {
        let mut upload = Upload::new(0, 4);
        add(&mut upload, 2, b"c").unwrap();
        add(&mut upload, 1, b"b").unwrap();
        assert_eq!(upload.digests(), None, "the first is missing");
        add(&mut upload, 0, b"a").unwrap();
        assert_eq!((upload.digests().unwrap().len(), upload.size_bytes()), (3, 3));
        let arrived = upload.end();
        assert_eq!(arrived.sha256, hexadecimal(&Sha256::digest(b"abc")));
        assert_eq!(arrived.kept, b"abc");
    }

    #[test]
    fn a_segment_may_come_again_but_not_with_other_bytes() {
        let mut upload = Upload::new(0, 0);
        add(&mut upload, 0, b"a").unwrap();
        assert!(add(&mut upload, 0, b"a").is_ok());
        assert!(add(&mut upload, 0, b"b").is_err());
        assert_eq!(upload.size_bytes(), 1);
    }
}
