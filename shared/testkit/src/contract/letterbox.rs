//! Where what a port sends can be seen to land.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// Whatever comes at once has come after so long.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// A queue, and somebody who empties it.
#[async_trait]
pub trait Letterbox: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Takes out the next message that can be seen, and waits for it until then; `None` when none came.
    async fn next(&self, until: Timestamp) -> Option<String>;

    /// How many messages it holds, also those that cannot be seen yet.
    async fn holds(&self) -> usize;
}
