//! The contracts of the vault and of client secrets on the emulator's KMS and parameter store, and what memory does
//! not even try: to hide.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ssm::types::ParameterType;
use domain::connection::Tokens;
use domain::id::{ConnectionId, OwnerId};
use domain::platform::Platform;
use domain::ports::ClientSecrets;
use domain::secret::Secret;
use testkit::contract::client_secrets::Keeper;
use testkit::contract::vault::Place;
use testkit::emulator;
use vault::{AppSecrets, TokenVault};

mod of_the_vault {
    testkit::vault_contract!(crate::vault().await);
}

mod of_client_secrets {
    testkit::client_secrets_contract!(crate::ParameterStore);
}

#[tokio::test]
async fn what_is_sealed_shows_no_token() {
    let tokens = Tokens {
        access: Secret::new("access-token".into()),
        refresh: Some(Secret::new("refresh-token".into())),
    };
    let (owner, id) = (OwnerId("alice".into()), ConnectionId("con_1".into()));
    let sealed = vault().await.here.seal(&owner, &id, &tokens).await.unwrap();
    for part in ["access-token", "refresh-token"] {
        assert!(!sealed.0.windows(part.len()).any(|bytes| bytes == part.as_bytes()), "{part} can be seen");
    }
}

/// One key, and two that use it.
async fn vault() -> Place {
    let config = config();
    let made = aws_sdk_kms::Client::new(&config).create_key().send().await.unwrap();
    let key = made.key_metadata.unwrap().key_id;
    Place { here: Arc::new(TokenVault::new(&config, &key)), there: Arc::new(TokenVault::new(&config, &key)) }
}

/// Keeps secrets as the README says: sealed.
struct ParameterStore;

#[async_trait]
impl Keeper for ParameterStore {
    async fn keep(&self, secrets: &[(Platform, &str)]) -> Arc<dyn ClientSecrets> {
        let (config, app) = (config(), emulator::a_name());
        let name = |platform: Platform| format!("/{app}/{}/client-secret", platform.name());
        let store = aws_sdk_ssm::Client::new(&config);
        for (platform, secret) in secrets {
            let put = store.put_parameter().r#type(ParameterType::SecureString).name(name(*platform));
            put.value(*secret).send().await.unwrap();
        }
        Arc::new(AppSecrets::new(&config, Platform::ALL.map(name)))
    }
}

fn config() -> aws::SdkConfig {
    aws::config_from(emulator::environment()).unwrap()
}
