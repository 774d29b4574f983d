//! The platforms that Belfry publishes to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One social platform. A new one is a variant here, a module in `platforms`, and whatever the compiler then names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(description = "One social platform.")]
pub enum Platform {
    /// LinkedIn: members and organizations.
    LinkedIn,
    /// X, once Twitter.
    X,
}

impl Platform {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Platform; 2] = [Platform::LinkedIn, Platform::X];

    /// The name in paths, JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Platform::LinkedIn => "linkedin",
            Platform::X => "x",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Platform::LinkedIn => "LinkedIn",
            Platform::X => "X",
        }
    }

    /// The platform of this [`Platform::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }
}
