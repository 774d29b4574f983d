//! RSA keys that sign tokens, kept on disk so that tokens outlive a restart.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::sha2::{Digest, Sha256};
use rsa::traits::PublicKeyParts;
use rsa::{Generate, PrivateKey};
use serde_json::{Value, json};

/// A signing key with the id under which its public half is published.
pub(crate) struct SigningKey {
    key: PrivateKey,
    id: String,
}

impl SigningKey {
    /// Reads the key at `path`; makes it first, readable by its owner alone, if there is none.
    ///
    /// # Errors
    /// When the file cannot be written, or holds something other than a key.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if path.exists() {
            let pem = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let key = PrivateKey::from_pkcs8_pem(&pem).with_context(|| {
                format!("{} holds no signing key: delete it for a new one", path.display())
            })?;
            return Ok(Self::new(key));
        }
        let key = PrivateKey::try_generate().context("cannot make a signing key")?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).context("cannot write down the signing key")?;
        write_privately(path, pem.as_bytes())?;
        Ok(Self::new(key))
    }

    fn new(key: PrivateKey) -> Self {
        let thumbprint = Sha256::digest(modulus(&key));
        Self { id: URL_SAFE_NO_PAD.encode(&thumbprint[..12]), key }
    }

    /// The public half as RFC 7517 wants it.
    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus(&self.key)),
            "e": URL_SAFE_NO_PAD.encode(self.key.e().to_be_bytes_trimmed_vartime()),
        })
    }

    /// A JWT over `claims`, signed with RS256.
    ///
    /// # Errors
    /// When the key cannot sign, which a key made here always can.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.key.pkcs1v15_sign::<Sha256>(signed.as_bytes()).context("cannot sign a token")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Big endian without leading zeros.
fn modulus(key: &PrivateKey) -> Box<[u8]> {
    key.n().as_ref().to_be_bytes_trimmed_vartime()
}

/// Writes beside the file first, so that an interrupted start leaves no half a key.
fn write_privately(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = || format!("cannot write {}", path.display());
    let beside = path.with_extension("tmp");
    let _ = fs::remove_file(&beside);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).with_context(name)?;
    file.write_all(bytes).with_context(name)?;
    file.sync_all().with_context(name)?;
    fs::rename(&beside, path).with_context(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        let first = SigningKey::open(&path).expect("a new key");
        let second = SigningKey::open(&path).expect("the same key");
        assert_eq!(first.jwk(), second.jwk());
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        fs::write(&path, "nonsense").expect("written");
        let complaint = SigningKey::open(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(complaint.contains("key.pem"), "{complaint}");
    }
}
