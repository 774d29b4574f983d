//! The log of every request that arrived at a platform.

use std::collections::VecDeque;

use serde::Serialize;

use crate::faults::{Kind, Operation};
use crate::platform::Platform;

/// More than this are not kept; the oldest go first.
const KEPT: usize = 5_000;

/// One request, without its query, headers and body: no token and no code ever stands here.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// When it arrived, in Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) platform: Platform,
    /// The account it is about, when that could be told.
    pub(crate) account: Option<String>,
    pub(crate) operation: Option<Operation>,
    /// What was answered; `None` when nothing was.
    pub(crate) status: Option<u16>,
    pub(crate) fault: Option<Kind>,
}

/// The latest requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    kept: VecDeque<Entry>,
}

impl Requests {
    /// Adds one, at the moment its fate is known.
    pub(crate) fn push(&mut self, entry: Entry) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(entry);
    }

    /// Those that arrived at `since_ms` or later, by arrival.
    pub(crate) fn since(&self, since_ms: i64) -> Vec<Entry> {
        let mut found: Vec<Entry> = self.kept.iter().filter(|entry| entry.at >= since_ms).cloned().collect();
        found.sort_by_key(|entry| entry.at);
        found
    }
}
