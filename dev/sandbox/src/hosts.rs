//! The one table of hosts: which real host each prefix stands for and which setting points at it.

use crate::platform::Platform;

/// One real host and where it is found here.
pub(crate) struct Host {
    /// Whose host it is.
    pub(crate) platform: Platform,
    /// The origin in the world, which production is configured with.
    pub(crate) origin: &'static str,
    /// The first path segment here; the real paths follow below it.
    pub(crate) prefix: &'static str,
    /// The name of the setting in production code that holds the origin.
    pub(crate) setting: &'static str,
}

/// Every host the sandbox stands in for. The README repeats this table, and a test compares the two.
///
/// Instagram accounts that belong to a Page are served by Facebook's hosts, as in the world.
pub(crate) const HOSTS: [Host; 10] = [
    Host {
        platform: Platform::X,
        origin: "https://x.com",
        prefix: prefix(Platform::X),
        setting: "X_AUTHORIZE_URL",
    },
    Host {
        platform: Platform::X,
        origin: "https://api.x.com",
        prefix: prefix(Platform::X),
        setting: "X_API_URL",
    },
    Host {
        platform: Platform::LinkedIn,
        origin: "https://www.linkedin.com",
        prefix: prefix(Platform::LinkedIn),
        setting: "LINKEDIN_OAUTH_URL",
    },
    Host {
        platform: Platform::LinkedIn,
        origin: "https://api.linkedin.com",
        prefix: prefix(Platform::LinkedIn),
        setting: "LINKEDIN_API_URL",
    },
    Host {
        platform: Platform::Facebook,
        origin: "https://www.facebook.com",
        prefix: prefix(Platform::Facebook),
        setting: "FACEBOOK_DIALOG_URL",
    },
    Host {
        platform: Platform::Facebook,
        origin: "https://graph.facebook.com",
        prefix: prefix(Platform::Facebook),
        setting: "FACEBOOK_GRAPH_URL",
    },
    Host {
        platform: Platform::Facebook,
        origin: "https://rupload.facebook.com",
        prefix: prefix(Platform::Facebook),
        setting: "FACEBOOK_RUPLOAD_URL",
    },
    Host {
        platform: Platform::Instagram,
        origin: "https://www.instagram.com",
        prefix: prefix(Platform::Instagram),
        setting: "INSTAGRAM_AUTHORIZE_URL",
    },
    Host {
        platform: Platform::Instagram,
        origin: "https://api.instagram.com",
        prefix: prefix(Platform::Instagram),
        setting: "INSTAGRAM_OAUTH_URL",
    },
    Host {
        platform: Platform::Instagram,
        origin: "https://graph.instagram.com",
        prefix: prefix(Platform::Instagram),
        setting: "INSTAGRAM_GRAPH_URL",
    },
];

/// The prefix below which a platform's real paths are served.
pub(crate) const fn prefix(platform: Platform) -> &'static str {
    match platform {
        Platform::X => "/x",
        Platform::LinkedIn => "/linkedin",
        Platform::Facebook => "/facebook",
        Platform::Instagram => "/instagram",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_the_table_of_hosts() {
        let readme = include_str!("../README.md");
        for host in &HOSTS {
            let row = format!(
                "| {} | `{}` | `{}` | `{}` |",
                host.platform.title(),
                host.origin,
                host.prefix,
                host.setting
            );
            assert!(readme.contains(&row), "the README lacks the row {row}");
        }
    }
}
