//! For tests: the recorded answers in `tests/fixtures`, each with what it must be read as.

use std::collections::BTreeMap;

use domain::ports::{Failure, FailureClass};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The present of every recording.
pub(crate) const NOW: &str = "2026-11-23T12:00:00Z";

/// One answer of a platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    /// The file's name without its ending.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    body: Value,
    /// As the answer to a create.
    pub(crate) reads_as: Option<ReadsAs>,
    /// As the answer to a refresh.
    pub(crate) refresh_reads_as: Option<ReadsAs>,
    /// As the answer to an exchange: `refused`, `broken` or `unavailable`.
    pub(crate) exchange_reads_as: Option<String>,
}

/// What an answer means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadsAs {
    pub(crate) class: String,
    pub(crate) code: String,
    pub(crate) until: Option<Timestamp>,
}

impl Recorded {
    /// Every recording in this folder, by name.
    pub(crate) fn all(folder: &str) -> Vec<Self> {
        let folder = format!("{}/tests/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut paths: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        assert!(!paths.is_empty(), "{folder} is empty");
        let read = |path: &std::path::PathBuf| {
            let text = std::fs::read_to_string(path).unwrap();
            let recorded: Self =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Self { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..recorded }
        };
        paths.iter().map(read).collect()
    }

    /// The body's text: a string stands for itself, anything else for its JSON.
    pub(crate) fn body(&self) -> String {
        self.body.as_str().map_or_else(|| self.body.to_string(), str::to_owned)
    }

    /// The headers as the client gives them.
    pub(crate) fn header_map(&self) -> reqwest::header::HeaderMap {
        let pairs = self.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }
}

/// What a refusal of a create means when the same answer refuses a read; see [`crate::refusal::of_read`].
pub(crate) fn as_read(wanted: &ReadsAs) -> ReadsAs {
    let (class, code) = match wanted.class.as_str() {
        "ambiguous" => ("retry_soon", "try_again"),
        "content" | "duplicate" => ("operator", "request_refused"),
        class => (class, wanted.code.as_str()),
    };
    ReadsAs { class: class.into(), code: code.into(), until: wanted.until }
}

/// The name of a class in the recordings.
pub(crate) fn class_name(failure: &Failure) -> &'static str {
    match failure.class {
        FailureClass::RetrySoon => "retry_soon",
        FailureClass::RetryAt(_) => "retry_at",
        FailureClass::Reconnect => "reconnect",
        FailureClass::Content => "content",
        FailureClass::Duplicate => "duplicate",
        FailureClass::NotPermitted => "not_permitted",
        FailureClass::Ambiguous => "ambiguous",
        FailureClass::Unprepared => "unprepared",
        FailureClass::Operator => "operator",
    }
}

/// Checks that `failure` is what the recording must be read as, and that its detail can be shown to a person.
pub(crate) fn check(name: &str, failure: &Failure, wanted: &ReadsAs) {
    assert_eq!(
        (class_name(failure), failure.code),
        (wanted.class.as_str(), wanted.code.as_str()),
        "{name}: {failure:?}"
    );
    assert!((10..=500).contains(&failure.detail.chars().count()), "{name}: {failure:?}");
    assert!(!failure.detail.contains('\n') && !failure.detail.contains("<html>"), "{name}: {failure:?}");
}

/// [`check`], and the time from which the platform listens again, at [`NOW`].
pub(crate) fn check_exactly(name: &str, failure: &Failure, wanted: &ReadsAs) {
    check(name, failure, wanted);
    let until = if let FailureClass::RetryAt(until) = failure.class { Some(until) } else { None };
    assert_eq!(until, wanted.until, "{name}");
}
