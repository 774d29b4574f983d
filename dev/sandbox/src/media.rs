//! What was uploaded: the id, size and digest of every medium, never its bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::options::{Processing, millis};
use crate::platform::Platform;

/// More than this are not kept; the oldest go first.
const KEPT: usize = 20_000;

/// What a medium is to its platform.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Image,
    Gif,
    Video,
    Document,
}

/// How far a medium has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stage {
    /// Its bytes have not arrived, or not all of them.
    Waiting,
    /// It becomes ready after so many looks, and not before that instant in Unix milliseconds.
    #[serde(rename_all = "camelCase")]
    Processing { looks_left: u32, until_ms: i64 },
    /// It may be attached.
    Ready,
    /// It never will be.
    Failed,
}

/// One medium.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Medium {
    /// Where.
    pub(crate) platform: Platform,
    /// Whose: the X user id or the LinkedIn URN of the owner.
    pub(crate) account: String,
    /// The platform's id of it.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// What its first bytes say it is; empty until they arrived.
    pub(crate) content_type: String,
    /// How many bytes arrived.
    pub(crate) size_bytes: u64,
    /// The SHA-256 of all bytes in lower-case hexadecimal, once they arrived.
    pub(crate) sha256: Option<String>,
    /// What it says to those who cannot see it.
    pub(crate) alt_text: Option<String>,
    /// How long it plays, in milliseconds, where its first bytes tell.
    pub(crate) plays_ms: Option<u64>,
    /// When it was registered, in Unix milliseconds.
    pub(crate) begun_at_ms: i64,
    /// How far it has come.
    pub(crate) stage: Stage,
}

/// Every medium, oldest first.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Media {
    all: Vec<Arc<Medium>>,
}

impl Kind {
    /// The word in control calls.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Gif => "gif",
            Self::Video => "video",
            Self::Document => "document",
        }
    }
}

impl Stage {
    /// The beginning of processing.
    pub(crate) fn processing(how: Processing, now_ms: i64) -> Self {
        Self::Processing { looks_left: how.looks, until_ms: now_ms + millis(how.time) }
    }

    /// The word in control calls.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Processing { .. } => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl Medium {
    /// A medium that waits for its bytes.
    pub(crate) fn registered(platform: Platform, account: &str, id: String, kind: Kind, now_ms: i64) -> Self {
        Self {
            platform,
            account: account.to_owned(),
            id,
            kind,
            content_type: String::new(),
            size_bytes: 0,
            sha256: None,
            alt_text: None,
            plays_ms: None,
            begun_at_ms: now_ms,
            stage: Stage::Waiting,
        }
    }

    /// Where it stands. Looking counts: processing ends after some looks, and not before its time.
    pub(crate) fn look(&mut self, now_ms: i64) -> Stage {
        match self.stage {
            Stage::Processing { looks_left: 0, until_ms } if until_ms <= now_ms => self.stage = Stage::Ready,
            Stage::Processing { looks_left, until_ms } => {
                self.stage = Stage::Processing { looks_left: looks_left.saturating_sub(1), until_ms };
            }
            Stage::Waiting | Stage::Ready | Stage::Failed => {}
        }
        self.stage
    }

    /// Whether it could be attached at this moment; asking does not count.
    pub(crate) fn is_ready(&self, now_ms: i64) -> bool {
        match self.stage {
            Stage::Processing { looks_left, until_ms } => looks_left == 0 && until_ms <= now_ms,
            Stage::Ready => true,
            Stage::Waiting | Stage::Failed => false,
        }
    }
}

impl Media {
    /// Registers a medium.
    pub(crate) fn push(&mut self, medium: Medium) {
        if self.all.len() >= KEPT {
            self.all.drain(..KEPT / 10);
        }
        self.all.push(Arc::new(medium));
    }

    /// Every medium, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Medium> {
        self.all.iter().rev().map(AsRef::as_ref)
    }

    /// The medium of that id.
    pub(crate) fn find(&self, platform: Platform, id: &str) -> Option<&Medium> {
        self.newest_first().find(|medium| medium.platform == platform && medium.id == id)
    }

    /// The medium of that id, to be changed.
    pub(crate) fn find_mut(&mut self, platform: Platform, id: &str) -> Option<&mut Medium> {
        let found = self.all.iter_mut().rev().find(|medium| medium.platform == platform && medium.id == id);
        found.map(Arc::make_mut)
    }

    /// Forgets every medium.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn processing_takes_its_looks_and_its_time() {
        let mut medium = Medium::registered(Platform::X, "1", "2".to_owned(), Kind::Video, 0);
        assert_eq!(medium.look(0), Stage::Waiting);
        medium.stage = Stage::processing(Processing { looks: 1, time: Duration::from_millis(10) }, 0);
        assert!(!medium.is_ready(20), "nobody looked");
        assert_eq!(medium.look(5).as_str(), "processing");
        assert_eq!(medium.look(9).as_str(), "processing", "too early");
        assert_eq!(medium.look(10), Stage::Ready);
    }
}
