//! Instagram: pictures, carousels, reels and stories of professional accounts, by containers, through either of two
//! logins: Facebook's, with the token of the Page that the account belongs to, or Instagram's own.
//!
//! Source of every rule in this module: <https://developers.facebook.com/docs/instagram-platform/content-publishing> and
//! its neighbours (read 2026-11).

mod container;
mod look;
mod meter;
mod oauth;
mod publish;
mod upload;

#[cfg(test)]
mod oauth_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::Account;
use domain::platform::Platform;
use domain::ports::{
    Authorizer, ClientSecrets, Failure, FailureClass, Look, Meter, Publisher, Readiness, Receipt,
};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::Part;

use crate::graph::{Call, Graph};
use crate::refusal::failure;
use crate::settings::{FacebookSettings, InstagramSettings};
use crate::social::Network;
use crate::wire::{Tls, Wire};

const PLATFORM: Platform = Platform::Instagram;

/// Instagram, and who we are there.
pub(crate) struct Instagram {
    settings: InstagramSettings,
    /// For accounts that belong to a Page.
    facebook: FacebookSettings,
    redirect_uri: String,
    secrets: Arc<dyn ClientSecrets>,
    tls: Tls,
}

/// The two APIs through which accounts are reached, the same but for their address.
struct Doors {
    /// For accounts that belong to a Page: `graph.facebook.com`.
    page: Graph,
    /// For accounts of Instagram's own login: `graph.instagram.com`.
    own: Graph,
}

struct InstagramPublisher {
    doors: Doors,
}

impl Instagram {
    pub(crate) fn new(
        settings: InstagramSettings,
        facebook: FacebookSettings,
        redirect_uri: String,
        secrets: Arc<dyn ClientSecrets>,
        tls: Tls,
    ) -> Self {
        Self { settings, facebook, redirect_uri, secrets, tls }
    }

    fn doors(&self) -> Doors {
        let wire = Arc::new(Wire::new(&self.tls));
        let FacebookSettings { graph, version, .. } = self.facebook.clone();
        let page = Graph::signed(PLATFORM, graph, version, self.secrets.clone(), wire.clone());
        let InstagramSettings { graph, version, .. } = self.settings.clone();
        Doors { page, own: Graph::unsigned(PLATFORM, graph, version, wire) }
    }
}

impl Doors {
    fn of(&self, account: &Account) -> &Graph {
        match account.login {
            Platform::Facebook => &self.page,
            Platform::Instagram | Platform::LinkedIn | Platform::X => &self.own,
        }
    }
}

impl Network for Instagram {
    fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(InstagramPublisher { doors: self.doors() })
    }

    fn authorizer(&self) -> Box<dyn Authorizer> {
        Box::new(oauth::InstagramAuthorizer {
            settings: self.settings.clone(),
            redirect_uri: self.redirect_uri.clone(),
            secrets: self.secrets.clone(),
            graph: self.doors().own,
            wire: Wire::new(&self.tls),
        })
    }

    fn meter(&self) -> Box<dyn Meter> {
        Box::new(meter::InstagramMeter { doors: self.doors() })
    }
}

#[async_trait]
impl Publisher for InstagramPublisher {
    /// Both doors: by which of them the account is reached is not known yet.
    async fn warm(&self) {
        futures_util::future::join(self.doors.page.warm(), self.doors.own.warm()).await;
    }

    fn can_read_back(&self, _: &Account, _: Part<'_>) -> bool {
        true
    }

    async fn upload(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Vec<String>, Failure> {
        upload::make(self.doors.of(account), account, access, part, within).await
    }

    async fn readiness(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Readiness, Failure> {
        let Some(container) = part.handles.first() else { return Ok(Readiness::Ready) };
        container::readiness(self.doors.of(account), access, container, within).await
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        publish::create(self.doors.of(account), account, access, part, within).await
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        look::find(self.doors.of(account), account, access, look, within).await
    }

    /// Source: <https://developers.facebook.com/docs/instagram-platform/reference/instagram-media> (read 2026-11), which
    /// knows deletion for Facebook's login alone.
    async fn delete(
        &self,
        account: &Account,
        access: &Secret<String>,
        published: &Published,
        within: Duration,
    ) -> Result<(), Failure> {
        match account.login {
            Platform::Facebook => {
                let path = format!("/{}", published.remote_id);
                self.doors.page.delete(Call { access, path: &path, fields: &[], hidden: &[], within }).await
            }
            Platform::Instagram | Platform::LinkedIn | Platform::X => {
                let advice = "Instagram lets nobody delete for an account that was connected without its Facebook \
                              Page; delete it in the Instagram app";
                Err(failure(PLATFORM, FailureClass::NotPermitted, "cannot_delete", advice, ""))
            }
        }
    }
}
