//! Which platforms the sandbox plays.

use serde::{Deserialize, Serialize};

/// A platform that the sandbox stands in for. Facebook and Instagram will be two more variants: the
/// compiler then names every place that must know them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Platform {
    /// X, formerly Twitter.
    X,
    /// LinkedIn: members and the organizations they administer.
    LinkedIn,
}

impl Platform {
    /// Every platform, in the order people see them.
    pub(crate) const ALL: [Self; 2] = [Self::X, Self::LinkedIn];

    /// The name in control calls and in the first segment of every path.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::LinkedIn => "linkedin",
        }
    }

    /// The name a person knows.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::LinkedIn => "LinkedIn",
        }
    }

    /// The platform of that control name; `None` if it is not played (yet).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }
}
