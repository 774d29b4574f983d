//! `POST /v1/connections/{platform}/authorize`: begins to connect an account.

use std::sync::Arc;

use api::view::BegunView;
use api::{Call, Problem, Reply};
use domain::connecting;
use platforms::{NoClientSecrets, SocialPlatforms};
use store::OAuthStateStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

struct Neighbours {
    states: OAuthStateStore,
    platforms: SocialPlatforms,
}

impl Neighbours {
    fn from_env() -> domain::Result<Self> {
        Ok(Self {
            states: OAuthStateStore::from_env(&aws::config_from_env()?)?,
            platforms: SocialPlatforms::from_env(Arc::new(NoClientSecrets))?,
        })
    }
}

/// 201 with the platform's consent page and how long the way back is open.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let (owner, platform) = (call.owner()?, call.platform()?);
    let begun =
        connecting::start(&near.states, &near.platforms, &owner, platform, call.now(), aws::entropy())
            .await?;
    Ok(Reply::created(&BegunView::from(&begun)))
}
