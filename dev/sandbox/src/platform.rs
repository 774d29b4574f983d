//! Which platforms the sandbox plays.

use serde::{Deserialize, Serialize};

/// A platform that the sandbox stands in for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Platform {
    /// X, formerly Twitter.
    X,
    /// LinkedIn: members and the organizations they administer.
    LinkedIn,
    /// Facebook Pages.
    Facebook,
    /// Instagram accounts, with a Page behind them or with a login of their own.
    Instagram,
}

impl Platform {
    /// Every platform, in the order people see them.
    pub(crate) const ALL: [Self; 4] = [Self::X, Self::LinkedIn, Self::Facebook, Self::Instagram];

    /// The name in control calls and in the first segment of every path.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::LinkedIn => "linkedin",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
        }
    }

    /// The name a person knows.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::LinkedIn => "LinkedIn",
            Self::Facebook => "Facebook",
            Self::Instagram => "Instagram",
        }
    }

    /// The platform of that control name; `None` if it is not played.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }
}
