//! The contract of client secrets.

use std::error::Error as _;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Error;
use domain::platform::Platform;
use domain::ports::ClientSecrets;

/// Whoever puts secrets where the port finds them.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// The port over a store of these secrets alone.
    async fn keep(&self, secrets: &[(Platform, &str)]) -> Arc<dyn ClientSecrets>;
}

/// As often as one asks.
pub async fn a_secret_is_found_as_it_is_kept(keeper: &dyn Keeper) {
    let kept = [(Platform::X, "hunter2 =+/\"🔔\""), (Platform::LinkedIn, "hunter3")];
    let secrets = keeper.keep(&kept).await;
    for (platform, secret) in [kept, kept].concat() {
        assert_eq!(secrets.client_secret(platform).await.unwrap().expose(), secret);
    }
}

/// And says so, for asking again would not help.
pub async fn a_secret_that_is_not_there_is_an_error_that_names_none(keeper: &dyn Keeper) {
    let secrets = keeper.keep(&[(Platform::X, "hunter2")]).await;
    assert_eq!(secrets.client_secret(Platform::X).await.unwrap().expose(), "hunter2");
    let error = secrets.client_secret(Platform::LinkedIn).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    let told = format!("{error} {error:?} {:?}", error.source());
    assert!(!told.contains("hunter"), "{told}");
}
