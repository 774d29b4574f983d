//! For those who have no client secrets.

use async_trait::async_trait;
use domain::platform::Platform;
use domain::ports::ClientSecrets;
use domain::secret::Secret;
use domain::{Error, Result};

/// For functions that exchange no codes and refresh no tokens: asking is a mistake, and says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoClientSecrets;

#[async_trait]
impl ClientSecrets for NoClientSecrets {
    async fn client_secret(&self, platform: Platform) -> Result<Secret<String>> {
        let why = format!("this function was built without the client secret of {}", platform.title());
        Err(Error::broken("client secret", why))
    }
}
