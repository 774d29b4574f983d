//! LinkedIn: posts by the Posts API or by UGC Posts, for members and for organizations.
//!
//! Source of every rule in this module: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api>
//! and its neighbours (`li-lms-2026-08`, read 2026-09).

mod accounts;
mod errors;
mod little_text;
mod look;
mod meter;
mod oauth;
mod publish;
mod urn;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind};
use domain::platform::Platform;
use domain::ports::{Authorizer, Failure, Look, Meter, Publisher, Receipt};
use domain::secret::Secret;
use domain::text::Part;
use reqwest::RequestBuilder;

use crate::settings::LinkedInSettings;
use crate::social::Network;
use crate::wire::{Tls, Wire};
use domain::ports::ClientSecrets;

const PLATFORM: Platform = Platform::LinkedIn;

/// LinkedIn, and who we are there.
pub(crate) struct LinkedIn {
    settings: LinkedInSettings,
    redirect_uri: String,
    secrets: Arc<dyn ClientSecrets>,
    tls: Tls,
}

struct LinkedInPublisher {
    settings: LinkedInSettings,
    wire: Wire,
}

impl LinkedIn {
    pub(crate) fn new(
        settings: LinkedInSettings,
        redirect_uri: String,
        secrets: Arc<dyn ClientSecrets>,
        tls: Tls,
    ) -> Self {
        Self { settings, redirect_uri, secrets, tls }
    }
}

impl Network for LinkedIn {
    fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(LinkedInPublisher { settings: self.settings.clone(), wire: Wire::new(&self.tls) })
    }

    fn authorizer(&self) -> Box<dyn Authorizer> {
        Box::new(oauth::LinkedInAuthorizer {
            settings: self.settings.clone(),
            redirect_uri: self.redirect_uri.clone(),
            secrets: self.secrets.clone(),
            wire: Wire::new(&self.tls),
        })
    }

    fn meter(&self) -> Box<dyn Meter> {
        Box::new(meter::LinkedInMeter { settings: self.settings.clone(), wire: Wire::new(&self.tls) })
    }
}

#[async_trait]
impl Publisher for LinkedInPublisher {
    async fn warm(&self) {
        self.wire.warm(self.settings.api.at("/")).await;
    }

    fn can_read_back(&self, account: &Account) -> bool {
        account.kind == AccountKind::Organization
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        let answer = publish::send(self, account, access, part, within).await?;
        publish::receipt_of(&answer).ok_or_else(|| errors::of(&answer))
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        look::find(self, account, access, look, within).await
    }
}

/// The headers of every call below `/rest`.
fn versioned(
    request: RequestBuilder,
    settings: &LinkedInSettings,
    access: &Secret<String>,
) -> RequestBuilder {
    restli(request, access).header("LinkedIn-Version", &settings.version)
}

/// The headers of the calls below `/v2` that speak Rest.li.
fn restli(request: RequestBuilder, access: &Secret<String>) -> RequestBuilder {
    request.bearer_auth(access.expose()).header("X-Restli-Protocol-Version", "2.0.0")
}
