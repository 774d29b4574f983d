//! Where the platforms are and who we are to them.

use domain::{Error, Result};
use reqwest::Url;

/// The scopes asked of LinkedIn unless `LINKEDIN_SCOPES` says otherwise.
///
/// The full set at once: asking for another set later invalidates every earlier token of that member. An app without
/// the Community Management API must leave the organization scopes out, because LinkedIn refuses scopes that an app
/// does not have.
const LINKEDIN_SCOPES: &str =
    "openid profile w_member_social w_organization_social r_organization_social rw_organization_admin";

/// The scopes asked of Facebook unless `FACEBOOK_SCOPES` says otherwise: Pages, and the Instagram accounts of Pages.
const FACEBOOK_SCOPES: &str = "pages_show_list pages_read_engagement pages_manage_posts pages_manage_engagement \
     read_insights business_management instagram_basic instagram_content_publish instagram_manage_comments \
     instagram_manage_insights";

/// Everything that this crate must be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where both platforms send the person after consent; exactly as registered there.
    pub redirect_uri: String,
    /// X.
    pub x: XSettings,
    /// LinkedIn.
    pub linkedin: LinkedInSettings,
    /// Facebook: Pages, and the Instagram accounts that belong to them.
    pub facebook: FacebookSettings,
    /// Instagram's own login.
    pub instagram: InstagramSettings,
}

/// Our app on X.
#[derive(Clone, Debug)]
pub struct XSettings {
    /// Where people give consent.
    pub authorize: Base,
    /// Where calls go.
    pub api: Base,
    /// The app's OAuth 2.0 client id.
    pub client_id: String,
}

/// Our app on LinkedIn.
#[derive(Clone, Debug)]
pub struct LinkedInSettings {
    /// Where people give consent and tokens are issued.
    pub oauth: Base,
    /// Where calls go.
    pub api: Base,
    /// The app's client id.
    pub client_id: String,
    /// The `LinkedIn-Version` header, `YYYYMM`.
    pub version: String,
    /// Which API creates posts.
    pub posts_api: PostsApi,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
}

/// Our app at Meta, for Facebook's login.
#[derive(Clone, Debug)]
pub struct FacebookSettings {
    /// Where people give consent.
    pub dialog: Base,
    /// Where calls go.
    pub graph: Base,
    /// The app's id.
    pub client_id: String,
    /// The version of the Graph API, such as `v25.0`.
    pub version: String,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
}

/// Our app at Meta, for Instagram's own login.
#[derive(Clone, Debug)]
pub struct InstagramSettings {
    /// Where people give consent.
    pub authorize: Base,
    /// Where codes are exchanged.
    pub oauth: Base,
    /// Where calls go.
    pub graph: Base,
    /// The app's id.
    pub client_id: String,
    /// The version of the Graph API, such as `v25.0`.
    pub version: String,
}

/// LinkedIn's two ways to create a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostsApi {
    /// `POST /rest/posts`, versioned, with little text.
    Posts,
    /// `POST /v2/ugcPosts`, which Share on LinkedIn still documents.
    Ugc,
}

/// The root of a platform's URLs: https, or http on a loopback host, with or without a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(Url);

impl Settings {
    /// Reads `X_AUTHORIZE_URL`, `X_API_URL`, `X_CLIENT_ID`, `LINKEDIN_OAUTH_URL`, `LINKEDIN_API_URL`,
    /// `LINKEDIN_CLIENT_ID`, `LINKEDIN_VERSION`, `LINKEDIN_POSTS_API`, `LINKEDIN_SCOPES`, `FACEBOOK_DIALOG_URL`,
    /// `FACEBOOK_GRAPH_URL`, `FACEBOOK_CLIENT_ID`, `FACEBOOK_SCOPES`, `INSTAGRAM_AUTHORIZE_URL`, `INSTAGRAM_OAUTH_URL`,
    /// `INSTAGRAM_GRAPH_URL`, `INSTAGRAM_CLIENT_ID`, `GRAPH_VERSION` and `REDIRECT_URI`.
    ///
    /// # Errors
    /// [`Error::Broken`] when a client id or the redirect URI is missing, or a value cannot be what it must be.
    pub fn from_env() -> Result<Self> {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let required =
            |name: &'static str| variable(name).ok_or_else(|| Error::broken(name, "it is missing or empty"));
        let base = |name: &'static str, default: &str| {
            Base::parse(name, variable(name).as_deref().unwrap_or(default))
        };
        let redirect_uri = required("REDIRECT_URI")?;
        Base::parse("REDIRECT_URI", &redirect_uri)?;
        let version = variable("LINKEDIN_VERSION").unwrap_or_else(|| "202608".into());
        if version.len() != 6 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::broken("LINKEDIN_VERSION", "it must be a year and a month, such as 202608"));
        }
        let posts_api = match variable("LINKEDIN_POSTS_API").as_deref() {
            None | Some("posts") => PostsApi::Posts,
            Some("ugc") => PostsApi::Ugc,
            Some(_) => return Err(Error::broken("LINKEDIN_POSTS_API", "it must be posts or ugc")),
        };
        let graph_version = variable("GRAPH_VERSION").unwrap_or_else(|| "v25.0".into());
        if !is_graph_version(&graph_version) {
            return Err(Error::broken("GRAPH_VERSION", "it must be a version such as v25.0"));
        }
        let scopes = |name: &str, default: &str| {
            let scopes = variable(name).unwrap_or_else(|| default.into());
            scopes.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        Ok(Self {
            redirect_uri,
            x: XSettings {
                authorize: base("X_AUTHORIZE_URL", "https://x.com")?,
                api: base("X_API_URL", "https://api.x.com")?,
                client_id: required("X_CLIENT_ID")?,
            },
            linkedin: LinkedInSettings {
                oauth: base("LINKEDIN_OAUTH_URL", "https://www.linkedin.com")?,
                api: base("LINKEDIN_API_URL", "https://api.linkedin.com")?,
                client_id: required("LINKEDIN_CLIENT_ID")?,
                version,
                posts_api,
                scopes: scopes("LINKEDIN_SCOPES", LINKEDIN_SCOPES),
            },
            facebook: FacebookSettings {
                dialog: base("FACEBOOK_DIALOG_URL", "https://www.facebook.com")?,
                graph: base("FACEBOOK_GRAPH_URL", "https://graph.facebook.com")?,
                client_id: required("FACEBOOK_CLIENT_ID")?,
                version: graph_version.clone(),
                scopes: scopes("FACEBOOK_SCOPES", FACEBOOK_SCOPES),
            },
            instagram: InstagramSettings {
                authorize: base("INSTAGRAM_AUTHORIZE_URL", "https://www.instagram.com")?,
                oauth: base("INSTAGRAM_OAUTH_URL", "https://api.instagram.com")?,
                graph: base("INSTAGRAM_GRAPH_URL", "https://graph.instagram.com")?,
                client_id: required("INSTAGRAM_CLIENT_ID")?,
                version: graph_version,
            },
        })
    }
}

/// `v`, digits, a dot, digits.
fn is_graph_version(version: &str) -> bool {
    let numbers = version.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

impl Base {
    /// Reads a base URL; `name` says in an error which one it was.
    ///
    /// # Errors
    /// [`Error::Broken`] when it is no URL, or would send tokens in clear over a network.
    pub fn parse(name: &'static str, text: &str) -> Result<Self> {
        let url = Url::parse(text.trim()).map_err(|error| Error::broken(name, error))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let loopback = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        match url.scheme() {
            "https" if !host.is_empty() => {}
            "http" if loopback => {}
            _ => return Err(Error::broken(name, "it must be an https URL, or http on a loopback host")),
        }
        let more = url.query().is_some() || url.fragment().is_some();
        if more || !url.username().is_empty() || url.password().is_some() {
            return Err(Error::broken(name, "it must have no user, query or fragment"));
        }
        Ok(Self(url))
    }

    /// The URL of `path`, which begins with `/`, below this base.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The URL of `path` with a query whose spaces are `%20`, which every reader takes.
    pub(crate) fn with_query(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.at(path);
        url.query_pairs_mut().extend_pairs(query);
        // A plus that was meant is written as %2B by the line above, so each one left is a space.
        let spaced = url.query().unwrap_or_default().replace('+', "%20");
        url.set_query(Some(&spaced));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &[(&str, &str)]) -> Result<Settings> {
        let least = [
            ("REDIRECT_URI", "https://app.example/oauth/callback"),
            ("X_CLIENT_ID", "x1"),
            ("LINKEDIN_CLIENT_ID", "l1"),
            ("FACEBOOK_CLIENT_ID", "f1"),
            ("INSTAGRAM_CLIENT_ID", "i1"),
        ];
        Settings::read(|name| {
            let found = more.iter().chain(&least).find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_not_said_has_the_platforms_own_addresses() {
        let settings = settings(&[]).unwrap();
        assert_eq!(
            settings.x.authorize.at("/i/oauth2/authorize").as_str(),
            "https://x.com/i/oauth2/authorize"
        );
        assert_eq!(settings.x.api.at("/2/tweets").as_str(), "https://api.x.com/2/tweets");
        assert_eq!(settings.linkedin.oauth.at("/oauth/v2").as_str(), "https://www.linkedin.com/oauth/v2");
        assert_eq!(settings.linkedin.api.at("/rest/posts").as_str(), "https://api.linkedin.com/rest/posts");
        assert_eq!(settings.linkedin.version, "202608");
        assert_eq!(settings.linkedin.posts_api, PostsApi::Posts);
        assert_eq!(settings.linkedin.scopes.len(), 6);
    }

    #[test]
    fn a_path_prefix_is_kept_with_and_without_a_slash_at_its_end() {
        for prefix in ["http://127.0.0.1:7080/x", "http://127.0.0.1:7080/x/"] {
            let base = Base::parse("X_API_URL", prefix).unwrap();
            assert_eq!(base.at("/2/tweets").as_str(), "http://127.0.0.1:7080/x/2/tweets");
            let url = base.with_query("/2/a", &[("scope", "a b"), ("plus", "+")]);
            assert_eq!(url.as_str(), "http://127.0.0.1:7080/x/2/a?scope=a%20b&plus=%2B");
        }
    }

    #[test]
    fn tokens_never_travel_in_clear_over_a_network() {
        for good in ["https://api.x.com", "http://localhost:1/x", "http://[::1]:1", "http://127.9.9.9"] {
            assert!(Base::parse("X_API_URL", good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.x.com",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "api.x.com",
            "https://user:password@api.x.com",
            "https://api.x.com?a=b",
        ] {
            assert!(
                matches!(Base::parse("X_API_URL", bad), Err(Error::Broken { what: "X_API_URL", .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_setting_that_cannot_work_is_named() {
        for (name, value) in [
            ("REDIRECT_URI", ""),
            ("REDIRECT_URI", "http://app.example/callback"),
            ("X_CLIENT_ID", " "),
            ("LINKEDIN_CLIENT_ID", ""),
            ("LINKEDIN_VERSION", "2026-08"),
            ("LINKEDIN_POSTS_API", "shares"),
            ("LINKEDIN_API_URL", "http://api.linkedin.com"),
            ("FACEBOOK_CLIENT_ID", ""),
            ("INSTAGRAM_CLIENT_ID", ""),
            ("GRAPH_VERSION", "25"),
        ] {
            let Err(Error::Broken { what, .. }) = settings(&[(name, value)]) else {
                panic!("{name}={value}")
            };
            assert_eq!(what, name);
        }
    }
}
