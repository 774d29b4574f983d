//! Proof key for code exchange (RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the app committed to when it asked for a code.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Challenge {
    /// The hash of the verifier.
    S256(String),
    /// The verifier itself.
    Plain(String),
}

impl Challenge {
    /// The challenge of an authorization request; a sentence if it cannot be one.
    pub(crate) fn parse(value: &str, method: Option<&str>) -> Result<Self, &'static str> {
        if !is_verifier(value) {
            return Err("code_challenge must be 43 to 128 unreserved characters");
        }
        match method {
            Some("S256") if value.len() != 43 => Err("an S256 code_challenge has 43 characters"),
            Some("S256") => Ok(Self::S256(value.to_owned())),
            Some("plain") => Ok(Self::Plain(value.to_owned())),
            Some(_) | None => Err("code_challenge_method must be S256 or plain"),
        }
    }

    /// Whether `verifier` is the one.
    pub(crate) fn accepts(&self, verifier: &str) -> bool {
        is_verifier(verifier)
            && match self {
                Self::S256(hash) => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *hash,
                Self::Plain(plain) => verifier == plain,
            }
    }
}

fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The pair of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_pair_of_the_rfc_is_accepted() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.accepts(VERIFIER));
        assert!(!challenge.accepts(CHALLENGE));
    }

    #[test]
    fn a_challenge_without_a_method_is_refused() {
        assert!(Challenge::parse(CHALLENGE, None).is_err());
        assert!(Challenge::parse("short", Some("plain")).is_err());
    }
}
