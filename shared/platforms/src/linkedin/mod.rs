//! LinkedIn: posts by the Posts API or by UGC Posts, for members and for organizations.
//!
//! Source of every rule in this module: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api>
//! and its neighbours (`li-lms-2026-08`, read 2026-09).

mod accounts;
mod comment;
mod content;
mod errors;
mod little_text;
mod look;
mod media;
mod meter;
mod oauth;
mod publish;
mod urn;
mod version;

#[cfg(test)]
mod comment_tests;
#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod version_tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind};
use domain::platform::Platform;
use domain::ports::{Authorizer, Failure, Look, Meter, Publisher, Readiness, Receipt};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::{Part, Role};
use reqwest::RequestBuilder;

use crate::linkedin::version::Version;
use crate::settings::LinkedInSettings;
use crate::social::Network;
use crate::wire::{Answer, Silence, Tls, Wire};
use domain::ports::ClientSecrets;

const PLATFORM: Platform = Platform::LinkedIn;

/// LinkedIn, and who we are there.
pub(crate) struct LinkedIn {
    settings: LinkedInSettings,
    redirect_uri: String,
    secrets: Arc<dyn ClientSecrets>,
    tls: Tls,
    version: Arc<Version>,
}

/// Connections to LinkedIn, with everything that a request must say.
struct Line {
    settings: LinkedInSettings,
    wire: Wire,
    version: Arc<Version>,
}

struct LinkedInPublisher {
    line: Line,
}

impl LinkedIn {
    pub(crate) fn new(
        settings: LinkedInSettings,
        redirect_uri: String,
        secrets: Arc<dyn ClientSecrets>,
        tls: Tls,
    ) -> Self {
        let version = Arc::new(Version::new(&settings.version));
        Self { settings, redirect_uri, secrets, tls, version }
    }

    /// The version of the API that is in use instead of the one that is set.
    pub(crate) fn version(&self) -> Option<String> {
        self.version.instead()
    }

    fn line(&self) -> Line {
        Line { settings: self.settings.clone(), wire: Wire::new(&self.tls), version: self.version.clone() }
    }
}

impl Network for LinkedIn {
    fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(LinkedInPublisher { line: self.line() })
    }

    fn authorizer(&self) -> Box<dyn Authorizer> {
        Box::new(oauth::LinkedInAuthorizer {
            line: self.line(),
            redirect_uri: self.redirect_uri.clone(),
            secrets: self.secrets.clone(),
        })
    }

    fn meter(&self) -> Box<dyn Meter> {
        Box::new(meter::LinkedInMeter { line: self.line() })
    }
}

impl Line {
    /// Sends a request below `/rest`: with a version, and in a later one when that has ended.
    async fn ask(
        &self,
        request: RequestBuilder,
        access: &Secret<String>,
        within: Duration,
    ) -> Result<Answer, Silence> {
        self.version.send(&self.wire, &restli(request, access), within, access).await
    }

    /// Sends a request below `/v2` that speaks Rest.li.
    async fn ask_unversioned(
        &self,
        request: RequestBuilder,
        access: &Secret<String>,
        within: Duration,
    ) -> Result<Answer, Silence> {
        self.wire.send(restli(request, access), within, &[access]).await
    }
}

#[async_trait]
impl Publisher for LinkedInPublisher {
    async fn warm(&self) {
        self.line.wire.warm(self.line.settings.api.at("/")).await;
    }

    fn can_read_back(&self, account: &Account, _: Part<'_>) -> bool {
        account.kind == AccountKind::Organization
    }

    async fn upload(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Vec<String>, Failure> {
        media::upload(&self.line, account, access, part, within).await
    }

    async fn readiness(
        &self,
        _: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Readiness, Failure> {
        media::readiness(&self.line, access, part, within).await
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        match part.role {
            Role::Post => publish::create(&self.line, account, access, part, within).await,
            Role::Comment => comment::create(&self.line, account, access, part, within).await,
        }
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        match look.part.role {
            Role::Post => look::find(&self.line, account, access, look, within).await,
            Role::Comment => comment::look(&self.line, account, access, look, within).await,
        }
    }

    async fn delete(
        &self,
        account: &Account,
        access: &Secret<String>,
        published: &Published,
        within: Duration,
    ) -> Result<(), Failure> {
        match urn::whole(&published.remote_id) {
            Some(post) => publish::delete(&self.line, access, post, within).await,
            None => comment::delete(&self.line, account, access, published, within).await,
        }
    }
}

/// The headers of every call that speaks Rest.li.
fn restli(request: RequestBuilder, access: &Secret<String>) -> RequestBuilder {
    request.bearer_auth(access.expose()).header("X-Restli-Protocol-Version", "2.0.0")
}
