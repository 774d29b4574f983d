//! What Belfry counts.

use crate::platform::Platform;

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// The platform's acceptance minus the wished time, milliseconds.
    Lateness {
        /// Where.
        platform: Platform,
        /// Milliseconds, never negative unless a clock is wrong.
        ms: i64,
    },
    /// A schedule or message could not be made; the watch finds the post.
    WakeFailed,
    /// The watch found a schedule missing before its time.
    WakeMissing,
    /// The watch sent an overdue target on its way again.
    Overdue,
    /// An unknown outcome was settled by evidence.
    AmbiguousSettled {
        /// Where.
        platform: Platform,
    },
    /// An unknown outcome was left to the person.
    NeedsAttention {
        /// Where.
        platform: Platform,
    },
    /// A platform, or one account on it, asked us to stay away for a while.
    GateClosed {
        /// Where.
        platform: Platform,
    },
    /// A request went out under another version of the platform's API than this installation names, which has ended.
    VersionSunset {
        /// Where.
        platform: Platform,
    },
    /// An event could not be put on the bus.
    EventLost,
    /// The counter of a rate limit could not be reached; the call was let through.
    RateLimitUnavailable,
    /// Tokens could not be renewed ahead of time; it is tried again.
    KeepFailed {
        /// Where.
        platform: Platform,
    },
    /// How people took to posts could not be collected.
    CollectFailed {
        /// From where.
        platform: Platform,
    },
}

impl Metric {
    /// Name, value, unit and platform as CloudWatch knows them.
    pub fn parts(&self) -> (&'static str, f64, &'static str, Option<Platform>) {
        match *self {
            Metric::Lateness { platform, ms } => ("Lateness", ms as f64, "Milliseconds", Some(platform)),
            Metric::WakeFailed => ("WakeFailed", 1.0, "Count", None),
            Metric::WakeMissing => ("WakeMissing", 1.0, "Count", None),
            Metric::Overdue => ("Overdue", 1.0, "Count", None),
            Metric::AmbiguousSettled { platform } => ("AmbiguousSettled", 1.0, "Count", Some(platform)),
            Metric::NeedsAttention { platform } => ("NeedsAttention", 1.0, "Count", Some(platform)),
            Metric::GateClosed { platform } => ("GateClosed", 1.0, "Count", Some(platform)),
            Metric::VersionSunset { platform } => ("VersionSunset", 1.0, "Count", Some(platform)),
            Metric::EventLost => ("EventLost", 1.0, "Count", None),
            Metric::RateLimitUnavailable => ("RateLimitUnavailable", 1.0, "Count", None),
            Metric::KeepFailed { platform } => ("KeepFailed", 1.0, "Count", Some(platform)),
            Metric::CollectFailed { platform } => ("CollectFailed", 1.0, "Count", Some(platform)),
        }
    }
}
