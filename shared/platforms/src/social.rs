//! The platforms behind one door.

use std::sync::Arc;

use domain::Result;
use domain::platform::Platform;
use domain::ports::{Authorizer, Meter, Platforms, Publisher};

use crate::facebook::Facebook;
use crate::instagram::Instagram;
use crate::linkedin::LinkedIn;
use crate::settings::Settings;
use crate::wire::Tls;
use crate::x::X;
use domain::ports::ClientSecrets;

/// Every platform that Belfry publishes to.
pub struct SocialPlatforms {
    x: X,
    linkedin: LinkedIn,
    facebook: Facebook,
    instagram: Instagram,
}

/// What a platform's module offers.
pub(crate) trait Network: Send + Sync {
    /// A publisher with connections of its own.
    fn publisher(&self) -> Box<dyn Publisher>;

    /// The platform's OAuth, with connections of its own.
    fn authorizer(&self) -> Box<dyn Authorizer>;

    /// The platform's numbers, with connections of their own.
    fn meter(&self) -> Box<dyn Meter>;
}

impl SocialPlatforms {
    /// The platforms as the environment describes them; see [`Settings::from_env`].
    ///
    /// # Errors
    /// [`domain::Error::Broken`] names the variable that is missing or wrong.
    pub fn from_env(secrets: Arc<dyn ClientSecrets>) -> Result<Self> {
        Ok(Self::new(Settings::from_env()?, secrets))
    }

    /// The platforms as `settings` describe them.
    pub fn new(settings: Settings, secrets: Arc<dyn ClientSecrets>) -> Self {
        let tls = Tls::with_embedded_roots();
        let Settings { redirect_uri, x, linkedin, facebook, instagram } = settings;
        Self {
            x: X::new(x, redirect_uri.clone(), secrets.clone(), tls.clone()),
            linkedin: LinkedIn::new(linkedin, redirect_uri.clone(), secrets.clone(), tls.clone()),
            instagram: Instagram::new(
                instagram,
                facebook.clone(),
                redirect_uri.clone(),
                secrets.clone(),
                tls.clone(),
            ),
            facebook: Facebook::new(facebook, redirect_uri, secrets, tls),
        }
    }

    /// The only match over platforms in this crate.
    fn for_platform(&self, platform: Platform) -> &dyn Network {
        match platform {
            Platform::LinkedIn => &self.linkedin,
            Platform::X => &self.x,
            Platform::Facebook => &self.facebook,
            Platform::Instagram => &self.instagram,
        }
    }
}

impl Platforms for SocialPlatforms {
    fn publisher(&self, platform: Platform) -> Box<dyn Publisher> {
        self.for_platform(platform).publisher()
    }

    fn authorizer(&self, platform: Platform) -> Box<dyn Authorizer> {
        self.for_platform(platform).authorizer()
    }

    fn meter(&self, platform: Platform) -> Box<dyn Meter> {
        self.for_platform(platform).meter()
    }

    /// LinkedIn alone names versions that end within a year; Meta's live for two.
    fn newer_version(&self, platform: Platform) -> Option<String> {
        match platform {
            Platform::LinkedIn => self.linkedin.version(),
            Platform::X | Platform::Facebook | Platform::Instagram => None,
        }
    }
}

impl std::fmt::Debug for SocialPlatforms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SocialPlatforms")
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use domain::secret::Secret;

    use super::*;
    use crate::NoClientSecrets;
    use crate::stage::Stage;

    #[tokio::test]
    async fn without_client_secrets_only_what_needs_them_fails_and_says_so() {
        let stage = Stage::playing([]).await;
        let platforms = SocialPlatforms::new(stage.settings("http"), Arc::new(NoClientSecrets));
        for platform in Platform::ALL {
            let authorizer = platforms.authorizer(platform);
            assert!(authorizer.authorization_url("st_1", None).contains("state=st_1"));
            let error = authorizer.exchange(&Secret::new("c".into()), None).await.unwrap_err();
            assert!(matches!(error, Error::Broken { what: "client secret", .. }), "{error:?}");
        }
        assert_eq!(stage.requests().len(), 0);
    }

    #[tokio::test]
    async fn the_platforms_do_not_print_what_they_know() {
        let platforms = Stage::playing([]).await.platforms(|_| {});
        assert_eq!(format!("{platforms:?}"), "SocialPlatforms");
    }
}
