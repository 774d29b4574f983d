//! X: posts by `POST /2/tweets`, OAuth 2.0 with PKCE and single-use refresh tokens.
//!
//! Source of every rule in this module: <https://docs.x.com/x-api> and its `openapi.json` v2.167 (read 2026-08-22).

mod errors;
mod id;
mod look;
mod media;
mod meter;
mod oauth;
mod publish;

#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::Account;
use domain::platform::Platform;
use domain::ports::{Authorizer, Failure, Look, Meter, Publisher, Readiness, Receipt};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::Part;
use jiff::Timestamp;

use crate::settings::{Base, XSettings};
use crate::social::Network;
use crate::wire::{Tls, Wire};
use domain::ports::ClientSecrets;

const PLATFORM: Platform = Platform::X;

/// X, and who we are there.
pub(crate) struct X {
    settings: XSettings,
    redirect_uri: String,
    secrets: Arc<dyn ClientSecrets>,
    tls: Tls,
}

struct XPublisher {
    api: Base,
    wire: Wire,
}

impl X {
    pub(crate) fn new(
        settings: XSettings,
        redirect_uri: String,
        secrets: Arc<dyn ClientSecrets>,
        tls: Tls,
    ) -> Self {
        Self { settings, redirect_uri, secrets, tls }
    }
}

impl Network for X {
    fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(XPublisher { api: self.settings.api.clone(), wire: Wire::new(&self.tls) })
    }

    fn authorizer(&self) -> Box<dyn Authorizer> {
        Box::new(oauth::XAuthorizer {
            settings: self.settings.clone(),
            redirect_uri: self.redirect_uri.clone(),
            secrets: self.secrets.clone(),
            wire: Wire::new(&self.tls),
        })
    }

    fn meter(&self) -> Box<dyn Meter> {
        Box::new(meter::XMeter { api: self.settings.api.clone(), wire: Wire::new(&self.tls) })
    }
}

#[async_trait]
impl Publisher for XPublisher {
    async fn warm(&self) {
        self.wire.warm(self.api.at("/")).await;
    }

    fn can_read_back(&self, _: &Account, _: Part<'_>) -> bool {
        true
    }

    async fn upload(
        &self,
        _: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Vec<String>, Failure> {
        media::upload(self, access, part, within).await
    }

    async fn readiness(
        &self,
        _: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Readiness, Failure> {
        media::readiness(self, access, part, within).await
    }

    async fn delete(
        &self,
        _: &Account,
        access: &Secret<String>,
        published: &Published,
        within: Duration,
    ) -> Result<(), Failure> {
        publish::delete(self, access, published, within).await
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        publish::create(self, account, access, part, within).await
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        look::read_back(self, account, access, look, within).await
    }
}

/// The post of this id. `now` is when we heard of it.
fn receipt(account: &Account, id: &str, now: Timestamp) -> Receipt {
    let url = match &account.handle {
        Some(handle) => format!("https://x.com/{handle}/status/{id}"),
        // X finds the author itself under this path.
        None => format!("https://x.com/i/status/{id}"),
    };
    Receipt { published: Published { remote_id: id.to_owned(), url }, accepted_at: id::made_at(id, now) }
}
