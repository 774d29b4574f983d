//! Facebook: posts of Pages, their pictures, films and reels, by the Pages API, with a token of the Page.
//!
//! Source of every rule in this module: <https://developers.facebook.com/docs/pages-api/posts> and its neighbours (read
//! 2026-11).

mod accounts;
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
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Authorizer, ClientSecrets, Failure, Look, Meter, Publisher, Readiness, Receipt};
use domain::secret::Secret;
use domain::target::{MediaPlacement, Published};
use domain::text::Part;
use jiff::Timestamp;

use crate::graph::{Call, Graph};
use crate::settings::FacebookSettings;
use crate::social::Network;
use crate::wire::{Tls, Wire};

const PLATFORM: Platform = Platform::Facebook;

/// Facebook, and who we are there.
pub(crate) struct Facebook {
    settings: FacebookSettings,
    redirect_uri: String,
    secrets: Arc<dyn ClientSecrets>,
    tls: Tls,
}

struct FacebookPublisher {
    graph: Graph,
}

/// As what a post is shown, which decides by which edge it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Words, a link, pictures: `feed`.
    Feed,
    /// A film in the feed: `videos`.
    Film,
    /// A reel: `video_reels`.
    Reel,
}

impl Facebook {
    pub(crate) fn new(
        settings: FacebookSettings,
        redirect_uri: String,
        secrets: Arc<dyn ClientSecrets>,
        tls: Tls,
    ) -> Self {
        Self { settings, redirect_uri, secrets, tls }
    }

    fn graph(&self) -> Graph {
        let FacebookSettings { graph, version, .. } = self.settings.clone();
        let wire = Arc::new(Wire::new(&self.tls));
        Graph::signed(PLATFORM, graph, version, self.secrets.clone(), wire)
    }
}

impl Network for Facebook {
    fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(FacebookPublisher { graph: self.graph() })
    }

    fn authorizer(&self) -> Box<dyn Authorizer> {
        Box::new(oauth::FacebookAuthorizer {
            settings: self.settings.clone(),
            redirect_uri: self.redirect_uri.clone(),
            secrets: self.secrets.clone(),
            graph: self.graph(),
            wire: Wire::new(&self.tls),
        })
    }

    fn meter(&self) -> Box<dyn Meter> {
        Box::new(meter::FacebookMeter { graph: self.graph() })
    }
}

#[async_trait]
impl Publisher for FacebookPublisher {
    async fn warm(&self) {
        self.graph.warm().await;
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
        upload::make(&self.graph, account, access, part, within).await
    }

    async fn readiness(
        &self,
        _: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Readiness, Failure> {
        upload::readiness(&self.graph, access, part, within).await
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        publish::create(&self.graph, account, access, part, within).await
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        look::find(&self.graph, account, access, look, within).await
    }

    async fn delete(
        &self,
        _: &Account,
        access: &Secret<String>,
        published: &Published,
        within: Duration,
    ) -> Result<(), Failure> {
        let path = format!("/{}", published.remote_id);
        self.graph.delete(Call { access, path: &path, fields: &[], hidden: &[], within }).await
    }
}

impl Shape {
    fn of(part: Part<'_>) -> Self {
        let is_film = part.media.iter().any(|file| file.kind == MediaKind::Mp4);
        match part.options.media_kind.unwrap_or(MediaPlacement::Feed) {
            MediaPlacement::Reels if is_film => Shape::Reel,
            // There are no stories here: asking for one is refused when the post is made.
            MediaPlacement::Feed | MediaPlacement::Stories | MediaPlacement::Reels if is_film => Shape::Film,
            MediaPlacement::Feed | MediaPlacement::Stories | MediaPlacement::Reels => Shape::Feed,
        }
    }

    /// Where people see what has this name. Facebook finds the author itself.
    fn url(self, id: &str) -> String {
        match self {
            Shape::Feed | Shape::Film => format!("https://www.facebook.com/{id}"),
            Shape::Reel => format!("https://www.facebook.com/reel/{id}"),
        }
    }

    fn receipt(self, id: String, at: Timestamp) -> Receipt {
        let url = self.url(&id);
        Receipt { published: Published { remote_id: id, url }, accepted_at: Some(at) }
    }
}
