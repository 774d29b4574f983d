//! The development apps, as if they had been registered in each platform's developer portal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::{Host, Url};

use crate::options::Options;
use crate::platform::Platform;

/// One registered app.
pub(crate) struct App {
    pub(crate) client_id: &'static str,
    /// What the app proves itself with, also the key of `appsecret_proof`.
    pub(crate) secret: &'static str,
    /// Every scope that the app's products include.
    pub(crate) scopes: &'static [&'static str],
    /// Whether its grants come with refresh tokens.
    pub(crate) refresh_tokens: bool,
    redirect_uris: Vec<String>,
}

impl App {
    /// The development apps, in the order of `Platform::ALL`.
    pub(crate) fn development(options: &Options) -> [Self; 4] {
        Platform::ALL.map(|platform| match platform {
            Platform::X => Self {
                client_id: "belfry-x",
                secret: "belfry-x-development-secret",
                scopes: &["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"],
                refresh_tokens: true,
                redirect_uris: options.redirect_uris.clone(),
            },
            Platform::LinkedIn => Self {
                client_id: "belfry-linkedin",
                secret: "belfry-linkedin-development-secret",
                scopes: &[
                    "openid",
                    "profile",
                    "email",
                    "w_member_social",
                    "w_organization_social",
                    "r_organization_social",
                    "rw_organization_admin",
                    "r_organization_admin",
                    "r_member_postAnalytics",
                    "r_member_profileAnalytics",
                ],
                refresh_tokens: options.linkedin_partner,
                redirect_uris: options.redirect_uris.clone(),
            },
            Platform::Facebook => Self {
                client_id: "belfry-facebook",
                secret: "belfry-facebook-development-secret",
                scopes: &[
                    "public_profile",
                    "email",
                    "pages_show_list",
                    "pages_read_engagement",
                    "pages_read_user_content",
                    "pages_manage_posts",
                    "pages_manage_engagement",
                    "read_insights",
                    "business_management",
                    "publish_video",
                    "instagram_basic",
                    "instagram_content_publish",
                    "instagram_manage_comments",
                    "instagram_manage_contents",
                    "instagram_manage_insights",
                ],
                refresh_tokens: false,
                redirect_uris: options.redirect_uris.clone(),
            },
            Platform::Instagram => Self {
                client_id: "belfry-instagram",
                secret: "belfry-instagram-development-secret",
                scopes: &[
                    "instagram_business_basic",
                    "instagram_business_content_publish",
                    "instagram_business_manage_comments",
                    "instagram_business_manage_insights",
                ],
                refresh_tokens: false,
                redirect_uris: options.redirect_uris.clone(),
            },
        })
    }

    /// Whether that redirect URI is registered, compared exactly.
    pub(crate) fn redirects_to(&self, uri: &str) -> bool {
        if self.redirect_uris.is_empty() {
            return is_loopback_callback(uri);
        }
        self.redirect_uris.iter().any(|registered| registered == uri)
    }

    /// Whether these are its credentials.
    pub(crate) fn has(&self, client_id: &str, secret: &str) -> bool {
        self.client_id == client_id && self.secret == secret
    }

    /// Whether that `Authorization` header is its Basic authentication.
    pub(crate) fn has_basic(&self, header: &str) -> bool {
        let pair = header
            .strip_prefix("Basic ")
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(pair) = pair else { return false };
        pair.split_once(':').is_some_and(|(client_id, secret)| self.has(client_id, secret))
    }
}

fn is_loopback_callback(uri: &str) -> bool {
    let Ok(parsed) = Url::parse(uri) else { return false };
    parsed.scheme() == "http"
        && parsed.host() == Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST))
        && parsed.path() == "/oauth/callback"
        && parsed.username().is_empty()
        && !uri.contains(['?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_on_loopback_is_registered_by_default() {
        let [app, ..] = App::development(&Options::default());
        assert!(app.redirects_to("http://127.0.0.1:5173/oauth/callback"));
        for wrong in [
            "http://localhost:5173/oauth/callback",
            "http://127.0.0.1:5173/oauth/callback/",
            "http://127.0.0.1:5173/oauth/callback?a=1",
            "http://127.0.0.1.example.com/oauth/callback",
            "https://127.0.0.1/oauth/callback",
        ] {
            assert!(!app.redirects_to(wrong), "{wrong}");
        }
    }

    #[test]
    fn registered_uris_are_compared_exactly() {
        let options =
            Options { redirect_uris: vec!["http://127.0.0.1:1/a".to_owned()], ..Options::default() };
        let [app, ..] = App::development(&options);
        assert!(app.redirects_to("http://127.0.0.1:1/a"));
        assert!(!app.redirects_to("http://127.0.0.1:1/a/"));
        assert!(!app.redirects_to("http://127.0.0.1:1/oauth/callback"));
    }
}
