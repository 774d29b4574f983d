//! The platforms that Belfry publishes to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, Result};

/// One social platform. A new one is a variant here, a module in `platforms`, and whatever the compiler then names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(description = "One social platform.")]
pub enum Platform {
    /// LinkedIn: members and organizations.
    LinkedIn,
    /// X, once Twitter.
    X,
    /// Facebook Pages.
    Facebook,
    /// Instagram: professional accounts, with or without a Page.
    Instagram,
}

impl Platform {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Platform; 4] = [Platform::LinkedIn, Platform::X, Platform::Facebook, Platform::Instagram];

    /// The name in paths, JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Platform::LinkedIn => "linkedin",
            Platform::X => "x",
            Platform::Facebook => "facebook",
            Platform::Instagram => "instagram",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Platform::LinkedIn => "LinkedIn",
            Platform::X => "X",
            Platform::Facebook => "Facebook",
            Platform::Instagram => "Instagram",
        }
    }

    /// The platforms of a list of names with commas between them; nothing is an empty list.
    ///
    /// # Errors
    /// [`Error::Broken`] for a name that no platform has: the list is configuration.
    pub fn listed(names: &str) -> Result<Vec<Self>> {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let known = |name| Self::from_name(name).ok_or_else(|| Error::broken("list of platforms", name));
        names.map(known).collect()
    }

    /// The platform of this [`Platform::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_platforms_is_read_and_an_unknown_name_is_not() {
        assert_eq!(Platform::listed("").unwrap(), []);
        assert_eq!(Platform::listed("x, linkedin").unwrap(), [Platform::X, Platform::LinkedIn]);
        assert!(Platform::listed("x,myspace").is_err());
    }
}
