//! Tokens under the seal of a KMS key, each bound to its owner and connection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use domain::connection::{Sealed, Tokens};
use domain::id::{ConnectionId, OwnerId};
use domain::ports::Vault;
use domain::secret::Secret;
use domain::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::failed;

/// The most that KMS seals in one call.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/cryptographic-details/encrypt-operation.html> (read 2026-11-23).
const MAX_PLAINTEXT_BYTES: usize = 4_096;

/// So many opened tokens are remembered; a full memory is emptied.
const MAX_OPENED: usize = 256;

/// The key that seals tokens, and the tokens that this process has opened.
#[derive(Debug)]
pub struct TokenVault {
    client: Client,
    key_id: String,
    opened: Mutex<HashMap<Fingerprint, Tokens>>,
}

/// SHA-256 of owner, connection and sealed bytes.
///
/// Never the connection's id alone: new tokens have other sealed bytes, so that what was replaced is never found
/// again, and sealed bytes that were moved to another connection are opened by KMS, which refuses.
type Fingerprint = [u8; 32];

/// What is sealed, as JSON. A new shape gets a new number.
#[derive(Serialize, Deserialize)]
struct Plaintext {
    /// The shape: 1.
    v: u8,
    /// The access token.
    a: String,
    /// The refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r: Option<String>,
}

impl TokenVault {
    /// Reads `VAULT_KEY_ID`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("VAULT_KEY_ID")?))
    }

    /// The key of this id or ARN.
    pub fn new(config: &aws::SdkConfig, key_id: impl Into<String>) -> Self {
        Self { client: Client::new(config), key_id: key_id.into(), opened: Mutex::default() }
    }

    fn remember(&self, fingerprint: Fingerprint, tokens: &Tokens) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MAX_OPENED {
            opened.clear();
        }
        opened.insert(fingerprint, tokens.clone());
    }

    fn remembered(&self, fingerprint: &Fingerprint) -> Option<Tokens> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(fingerprint).cloned()
    }
}

#[async_trait]
impl Vault for TokenVault {
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> Result<Sealed> {
        let answer = self
            .client
            .encrypt()
            .key_id(&self.key_id)
            .plaintext(Blob::new(write(tokens)?))
            .set_encryption_context(Some(context(owner, id)))
            .send()
            .await
            .map_err(|error| failed("KMS", error))?;
        let sealed =
            answer.ciphertext_blob.ok_or_else(|| Error::broken("KMS", "sealed nothing"))?.into_inner();
        self.remember(fingerprint(owner, id, &sealed), tokens);
        Ok(Sealed(sealed))
    }

    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> Result<Tokens> {
        let fingerprint = fingerprint(owner, id, &sealed.0);
        if let Some(tokens) = self.remembered(&fingerprint) {
            return Ok(tokens);
        }
        let answer = self
            .client
            .decrypt()
            .key_id(&self.key_id)
            .ciphertext_blob(Blob::new(sealed.0.clone()))
            .set_encryption_context(Some(context(owner, id)))
            .send()
            .await
            .map_err(|error| failed("KMS", error))?;
        let plaintext = answer.plaintext.ok_or_else(|| Error::broken("KMS", "opened nothing"))?;
        let tokens = read(plaintext.as_ref())?;
        self.remember(fingerprint, &tokens);
        Ok(tokens)
    }
}

/// KMS refuses to open what was sealed under another context, and writes the context into its log: names only.
fn context(owner: &OwnerId, id: &ConnectionId) -> HashMap<String, String> {
    HashMap::from([("owner".into(), owner.0.clone()), ("connection".into(), id.0.clone())])
}

fn fingerprint(owner: &OwnerId, id: &ConnectionId, sealed: &[u8]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [owner.0.as_bytes(), id.0.as_bytes(), sealed] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn write(tokens: &Tokens) -> Result<Vec<u8>> {
    let plaintext = Plaintext {
        v: 1,
        a: tokens.access.expose().clone(),
        r: tokens.refresh.as_ref().map(|refresh| refresh.expose().clone()),
    };
    let bytes = serde_json::to_vec(&plaintext).map_err(|error| Error::broken("tokens", error))?;
    if bytes.len() > MAX_PLAINTEXT_BYTES {
        let size = bytes.len();
        return Err(Error::broken(
            "tokens",
            format!("they have {size} bytes, and KMS seals at most {MAX_PLAINTEXT_BYTES}"),
        ));
    }
    Ok(bytes)
}

fn read(bytes: &[u8]) -> Result<Tokens> {
    // What serde says about a wrong value may quote it, so that only the place is passed on.
    let plaintext: Plaintext = serde_json::from_slice(bytes)
        .map_err(|error| Error::broken("opened tokens", format!("not ours, at column {}", error.column())))?;
    if plaintext.v != 1 {
        return Err(Error::broken("opened tokens", format!("of the unknown shape {}", plaintext.v)));
    }
    Ok(Tokens { access: Secret::new(plaintext.a), refresh: plaintext.r.map(Secret::new) })
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use serde_json::{Value, json};
    use testkit::neighbour::Neighbour;

    use super::*;

    /// `{"v":1,"a":"access","r":"refresh"}` in base64.
    const PLAINTEXT_BASE64: &str = "eyJ2IjoxLCJhIjoiYWNjZXNzIiwiciI6InJlZnJlc2gifQ==";

    fn vault(neighbour: &Neighbour) -> TokenVault {
        TokenVault::new(&aws::config_from(neighbour.environment()).unwrap(), "key-1")
    }

    fn alice() -> (OwnerId, ConnectionId) {
        (OwnerId("alice".into()), ConnectionId("con_1".into()))
    }

    fn tokens() -> Tokens {
        Tokens { access: Secret::new("access".into()), refresh: Some(Secret::new("refresh".into())) }
    }

    fn opened() -> (u16, Value) {
        (200, json!({"Plaintext": PLAINTEXT_BASE64, "KeyId": "key-1"}))
    }

    #[tokio::test]
    async fn tokens_are_sealed_to_their_owner_and_connection() {
        let neighbour = Neighbour::answering([(200, json!({"CiphertextBlob": "AQID"}))]);
        let (owner, id) = alice();
        let sealed = vault(&neighbour).seal(&owner, &id, &tokens()).await.unwrap();
        assert_eq!(sealed, Sealed(vec![1, 2, 3]));
        let requests = neighbour.requests();
        assert_eq!(requests[0].target, "TrentService.Encrypt");
        let wanted = json!({
            "KeyId": "key-1",
            "Plaintext": PLAINTEXT_BASE64,
            "EncryptionContext": {"owner": "alice", "connection": "con_1"},
        });
        assert_eq!(requests[0].body, wanted);
    }

    #[tokio::test]
    async fn sealed_tokens_are_opened_by_kms_once() {
        let neighbour = Neighbour::answering([opened()]);
        let (vault, (owner, id)) = (vault(&neighbour), alice());
        for _ in 0..2 {
            assert_eq!(vault.open(&owner, &id, &Sealed(vec![1, 2, 3])).await.unwrap(), tokens());
        }
        let requests = neighbour.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].target, "TrentService.Decrypt");
        let wanted = json!({
            "KeyId": "key-1",
            "CiphertextBlob": "AQID",
            "EncryptionContext": {"owner": "alice", "connection": "con_1"},
        });
        assert_eq!(requests[0].body, wanted);
    }

    #[tokio::test]
    async fn what_was_opened_for_one_is_not_handed_to_another() {
        let refused = (400, json!({"__type": "InvalidCiphertextException"}));
        let neighbour = Neighbour::answering([opened(), refused]);
        let (vault, (owner, id)) = (vault(&neighbour), alice());
        let sealed = Sealed(vec![1, 2, 3]);
        vault.open(&owner, &id, &sealed).await.unwrap();
        let others = [(OwnerId("bob".into()), id.clone()), (owner.clone(), ConnectionId("con_2".into()))];
        for (owner, id) in others {
            let error = vault.open(&owner, &id, &sealed).await.unwrap_err();
            assert!(matches!(error, Error::Broken { .. }), "{error:?}");
        }
        assert!(vault.open(&owner, &id, &Sealed(vec![1, 2, 4])).await.is_err());
    }

    #[tokio::test]
    async fn what_was_just_sealed_need_not_be_opened() {
        let neighbour = Neighbour::answering([(200, json!({"CiphertextBlob": "AQID"}))]);
        let (vault, (owner, id)) = (vault(&neighbour), alice());
        let sealed = vault.seal(&owner, &id, &tokens()).await.unwrap();
        assert_eq!(vault.open(&owner, &id, &sealed).await.unwrap(), tokens());
        assert_eq!(neighbour.requests().len(), 1);
    }

    #[tokio::test]
    async fn tokens_that_kms_could_not_seal_are_refused_before_they_are_sent() {
        let neighbour = Neighbour::answering([(200, json!({"CiphertextBlob": "AQID"}))]);
        let (vault, (owner, id)) = (vault(&neighbour), alice());
        let of_size = |size: usize| {
            let overhead = r#"{"v":1,"a":""}"#.len();
            Tokens { access: Secret::new("x".repeat(size - overhead)), refresh: None }
        };
        assert!(vault.seal(&owner, &id, &of_size(4_096)).await.is_ok());
        let error = vault.seal(&owner, &id, &of_size(4_097)).await.unwrap_err();
        let source = error.source().unwrap().to_string();
        assert_eq!(source, "they have 4097 bytes, and KMS seals at most 4096");
        assert_eq!(neighbour.requests().len(), 1);
    }

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let vault = vault(&Neighbour::answering([opened()]));
        for number in 0..1_000_u32 {
            let (owner, id) = alice();
            vault.remember(fingerprint(&owner, &id, &number.to_be_bytes()), &tokens());
        }
        assert!(vault.opened.lock().unwrap().len() <= MAX_OPENED);
    }

    #[tokio::test]
    async fn nothing_prints_a_token() {
        let neighbour = Neighbour::answering([opened()]);
        let (vault, (owner, id)) = (vault(&neighbour), alice());
        let tokens = vault.open(&owner, &id, &Sealed(vec![1, 2, 3])).await.unwrap();
        let printed = format!("{vault:?} {tokens:?}");
        assert!(!printed.contains("access\"") && !printed.contains("refresh\""), "{printed}");
        let spoilt = read(br#"{"v":"hunter2","a":1}"#).unwrap_err();
        assert!(!format!("{spoilt:?}").contains("hunter2"));
        assert!(read(br#"{"v":2,"a":"x"}"#).is_err());
    }
}
