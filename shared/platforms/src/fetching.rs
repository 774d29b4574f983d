//! Reads a file from its link piece by piece, on its way to a platform: a film passes through here and is never here as
//! a whole.
//!
//! The link is a permission to whoever has it, so no failure names it. Redirects are not followed.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::platform::Platform;
use domain::ports::{Failure, FailureClass, Source};
use domain::secret::Secret;
use futures_util::{StreamExt, stream};
use reqwest::header::RANGE;
use reqwest::{Body, RequestBuilder, StatusCode, Url};

use crate::refusal::silent_read;
use crate::wire::{Answer, Silence, Wire};

/// As much of a file is in memory at a time.
pub(crate) const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// A file that is being sent to a platform, and until when that may take.
#[derive(Clone)]
pub(crate) struct Reader {
    platform: Platform,
    wire: Wire,
    link: Url,
    size_bytes: u64,
    until: Instant,
}

/// What kept the rest of a file from coming while its beginning was on its way already.
type Broken = Arc<Mutex<Option<Failure>>>;

impl Reader {
    /// A reader of this file, for a platform, until then.
    ///
    /// # Errors
    /// `Unprepared` when its link is none.
    pub(crate) fn new(
        platform: Platform,
        wire: &Wire,
        source: &Source,
        until: Instant,
    ) -> Result<Self, Failure> {
        let link = Url::parse(source.link.expose()).map_err(|_| gone("its link is none"))?;
        Ok(Self { platform, wire: wire.clone(), link, size_bytes: source.size_bytes, until })
    }

    /// How large the file is.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// How long everything may still take.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// These bytes of the file, at most [`PIECE_BYTES`] of them.
    ///
    /// # Errors
    /// `Unprepared` when the link has expired, or the file is gone or of another size than it was; `RetrySoon` when it
    /// could not be read just now.
    pub(crate) async fn piece(&self, bytes: Range<u64>) -> Result<Vec<u8>, Failure> {
        let wanted = bytes.end - bytes.start;
        let range = format!("bytes={}-{}", bytes.start, bytes.end.saturating_sub(1));
        let request = self.wire.get(self.link.clone()).header(RANGE, range);
        // One more than wanted, so that a longer one is noticed.
        let most = usize::try_from(wanted).unwrap_or(usize::MAX - 1) + 1;
        let answer = self.wire.send_for(request, self.left(), &[], most).await;
        let answer = answer.map_err(|silence| match silence {
            Silence::NotSent(why) | Silence::NoAnswer(why) => not_read(&why),
        })?;
        let whole = match answer.status.as_u16() {
            200 | 206 => total(&answer),
            // Object stores answer 400 or 403 when a signature or the token behind it has expired.
            400 | 401 | 403 | 404 | 410 => return Err(gone("its link has expired, or it was removed")),
            416 => return Err(gone("it is shorter than it was")),
            status => return Err(not_read(&format!("the answer was {status}"))),
        };
        if whole.is_some_and(|whole| whole != self.size_bytes) {
            return Err(gone("it is of another size than it was"));
        }
        if answer.status == StatusCode::OK && bytes != (0..self.size_bytes) {
            return Err(not_read("the store gives no parts of files"));
        }
        let came = answer.body.len() as u64;
        if came == wanted {
            return Ok(answer.body);
        }
        Err(match whole {
            _ if came > wanted => gone("it is longer than it was"),
            // It said how long it is, and that was right.
            Some(_) => not_read("it broke off"),
            None => gone("it is shorter than it was"),
        })
    }

    /// Sends the request that `build` makes of a body with these bytes of the file and its length. What is longer than
    /// a piece is read while it is sent.
    ///
    /// # Errors
    /// As [`Reader::piece`], or `RetrySoon` when the platform did not answer.
    pub(crate) async fn send(
        &self,
        bytes: Range<u64>,
        build: impl FnOnce(Body, u64) -> RequestBuilder,
        secrets: &[&Secret<String>],
    ) -> Result<Answer, Failure> {
        let broken = Broken::default();
        let length = bytes.end - bytes.start;
        let body = self.body(bytes, &broken).await?;
        let answer = self.wire.send(build(body, length), self.left(), secrets).await;
        if let Some(failure) = broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(failure);
        }
        answer.map_err(|silence| silent_read(self.platform, silence))
    }

    /// The first piece is read before anything is sent: of a file that is gone the platform never hears.
    async fn body(&self, bytes: Range<u64>, broken: &Broken) -> Result<Body, Failure> {
        let end = bytes.end;
        let second = end.min(bytes.start + PIECE_BYTES);
        let first = self.piece(bytes.start..second).await?;
        if second == end {
            return Ok(Body::from(first));
        }
        let (reader, broken) = (self.clone(), broken.clone());
        let rest = stream::unfold(second, move |from| {
            let (reader, broken) = (reader.clone(), broken.clone());
            async move {
                if from >= end {
                    return None;
                }
                let to = end.min(from + PIECE_BYTES);
                match reader.piece(from..to).await {
                    Ok(piece) => Some((Ok(piece), to)),
                    Err(failure) => {
                        *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                        Some((Err(std::io::Error::other("the file could not be read to its end")), end))
                    }
                }
            }
        });
        Ok(Body::wrap_stream(stream::once(std::future::ready(Ok(first))).chain(rest)))
    }
}

/// How large the whole file is, if the answer says so.
fn total(answer: &Answer) -> Option<u64> {
    match answer.status.as_u16() {
        206 => answer.header("content-range")?.rsplit_once('/')?.1.trim().parse().ok(),
        _ => answer.header("content-length")?.trim().parse().ok(),
    }
}

fn gone(why: &str) -> Failure {
    let detail = format!("the file cannot be read any more ({why}); it is fetched anew");
    Failure { class: FailureClass::Unprepared, code: "file_gone", detail }
}

fn not_read(why: &str) -> Failure {
    let detail = format!("the file could not be read just now ({why}); it is tried again");
    Failure { class: FailureClass::RetrySoon, code: "file_not_read", detail }
}

#[cfg(test)]
mod tests {
    use domain::media::MediaKind;

    use super::*;
    use crate::stage::{Act, Stage, answer, bytes_of};
    use crate::wire::Tls;

    const SIZE: u64 = 10;

    async fn read(act: Act, bytes: Range<u64>) -> (Stage, Result<Vec<u8>, Failure>) {
        let stage = Stage::playing([act]).await;
        let wire = Wire::new(&Tls::with_embedded_roots());
        let until = Instant::now() + Duration::from_secs(2);
        let source = stage.source(MediaKind::Mp4, SIZE);
        let outcome = Reader::new(Platform::X, &wire, &source, until).unwrap().piece(bytes).await;
        (stage, outcome)
    }

    fn say(status: u16, headers: &[(&str, &str)], body: &str) -> Act {
        Act::Say(answer(status, headers, body))
    }

    #[tokio::test]
    async fn a_piece_is_asked_for_by_its_range() {
        let (stage, outcome) = read(Act::File(SIZE), 3..7).await;
        assert_eq!(outcome.unwrap(), bytes_of(3, 6).into_bytes());
        let wanted = "GET /files/film?X-Amz-Signature=s3cret-signature HTTP/1.1\naccept: */*\nrange: bytes=3-6\n\
                      user-agent: Belfry/0.1.0\n\n";
        assert_eq!(stage.request(), wanted);
    }

    #[tokio::test]
    async fn a_store_without_ranges_may_give_the_whole_and_nothing_else() {
        assert_eq!(read(say(200, &[], "0123456789"), 0..SIZE).await.1.unwrap(), b"0123456789");
        let failure = read(say(200, &[], "0123456789"), 0..5).await.1.unwrap_err();
        assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "file_not_read"));
    }

    #[tokio::test]
    async fn a_link_that_has_expired_and_a_file_of_another_size_must_be_made_again() {
        let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired s3cret</Message></Error>";
        let unmeasured =
            |body: &str| Act::SayAndClose(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}"));
        let acts = [
            say(403, &[], expired),
            say(400, &[], expired),
            say(404, &[], ""),
            say(416, &[], ""),
            say(200, &[], "012345678"),
            say(200, &[], "01234567890"),
            say(206, &[("content-range", "bytes 0-9/11")], "0123456789"),
            unmeasured("012345678"),
            unmeasured("01234567890123"),
        ];
        for act in acts {
            let failure = read(act.clone(), 0..SIZE).await.1.unwrap_err();
            assert_eq!((failure.class, failure.code), (FailureClass::Unprepared, "file_gone"), "{act:?}");
            assert!(!failure.detail.contains("s3cret"), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_just_now_is_tried_again() {
        let cut = "HTTP/1.1 206 Part\r\ncontent-range: bytes 0-9/10\r\ncontent-length: 10\r\n\r\n0123";
        let moved = say(302, &[("location", "/elsewhere")], "");
        for act in [Act::Drop, say(503, &[], ""), moved, Act::SayAndClose(cut.into())] {
            let (stage, outcome) = read(act.clone(), 0..SIZE).await;
            let failure = outcome.unwrap_err();
            assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "file_not_read"), "{act:?}");
            assert!(!failure.detail.contains("s3cret"), "{failure:?}");
            assert_eq!(stage.requests().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_while_it_is_sent_fails_as_the_file_and_not_as_the_platform() {
        let size = 2 * PIECE_BYTES;
        // The upload itself is never read to its end, so that it takes no act.
        let stage = Stage::playing([Act::File(size), say(403, &[], "")]).await;
        let wire = Wire::new(&Tls::with_embedded_roots());
        let until = Instant::now() + Duration::from_secs(5);
        let reader = Reader::new(Platform::X, &wire, &stage.source(MediaKind::Mp4, size), until).unwrap();
        let target = Url::parse(&stage.url("/upload")).unwrap();
        let build = |body, length| wire.put(target).header("content-length", length).body(body);
        let failure = reader.send(0..size, build, &[]).await.err().unwrap();
        assert_eq!((failure.class, failure.code), (FailureClass::Unprepared, "file_gone"));
    }

    #[tokio::test]
    async fn of_a_file_that_is_gone_the_platform_never_hears() {
        let stage = Stage::playing([say(404, &[], "")]).await;
        let wire = Wire::new(&Tls::with_embedded_roots());
        let until = Instant::now() + Duration::from_secs(2);
        let reader = Reader::new(Platform::X, &wire, &stage.source(MediaKind::Mp4, SIZE), until).unwrap();
        let target = Url::parse(&stage.url("/upload")).unwrap();
        let failure = reader.send(0..SIZE, |body, _| wire.put(target).body(body), &[]).await.err().unwrap();
        assert_eq!(failure.class, FailureClass::Unprepared);
        assert!(stage.request().starts_with("GET /files/film?"));
    }
}
