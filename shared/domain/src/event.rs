//! What Belfry tells the rest of the house, on an event bus of its own.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::{ConnectionId, OwnerId, PostId};
use crate::platform::Platform;

/// One thing that happened. May be told twice; carries names only, never content and never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Event {
    /// A target is live.
    PostPublished {
        /// Whose.
        owner: OwnerId,
        /// Which post.
        post_id: PostId,
        /// On which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
        /// The platform's acceptance minus the wished time, milliseconds.
        lateness_ms: i64,
    },
    /// A target ended as failed, or needs the person's attention.
    PostFailed {
        /// Whose.
        owner: OwnerId,
        /// Which post.
        post_id: PostId,
        /// On which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
        /// The code of the target's error.
        code: String,
    },
    /// A target was too late by its post's late policy, and is not sent.
    PostSkipped {
        /// Whose.
        owner: OwnerId,
        /// Which post.
        post_id: PostId,
        /// On which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
    },
    /// A target was stopped by the person.
    PostCanceled {
        /// Whose.
        owner: OwnerId,
        /// Which post.
        post_id: PostId,
        /// On which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
    },
    /// An account was connected, or connected again.
    ConnectionConnected {
        /// Whose.
        owner: OwnerId,
        /// Which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
    },
    /// The person took an account away from us.
    ConnectionRemoved {
        /// Whose.
        owner: OwnerId,
        /// Which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
    },
    /// The version of a platform's API that this installation names has ended, and another one is used for now.
    PlatformVersionSunset {
        /// Which platform.
        platform: Platform,
        /// The version that is used instead: set it.
        version: String,
    },
    /// A connection ends soon, and only its person can renew it.
    ConnectionExpiring {
        /// Whose.
        owner: OwnerId,
        /// Which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
        /// When it ends.
        expires_at: Timestamp,
        /// Which warning of this end it is: so many days are left at most. One that is told twice says the same twice.
        days_left: u8,
    },
    /// The platform no longer accepts our token: the person must connect again.
    ConnectionNeedsReconnect {
        /// Whose.
        owner: OwnerId,
        /// Which connection.
        connection_id: ConnectionId,
        /// On which platform.
        platform: Platform,
    },
}

impl Event {
    /// The event's `detail-type`, by which rules choose.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::PostPublished { .. } => "post.published",
            Event::PostFailed { .. } => "post.failed",
            Event::PostSkipped { .. } => "post.skipped",
            Event::PostCanceled { .. } => "post.canceled",
            Event::ConnectionRemoved { .. } => "connection.removed",
            Event::ConnectionConnected { .. } => "connection.connected",
            Event::PlatformVersionSunset { .. } => "platform.version_sunset",
            Event::ConnectionExpiring { .. } => "connection.expiring",
            Event::ConnectionNeedsReconnect { .. } => "connection.needs_reconnect",
        }
    }
}
