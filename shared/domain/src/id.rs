//! Names of things, and the randomness that some of them are made of.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Names one person: the `sub` claim that API Gateway's authorizer has checked. Opaque, at most 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(pub String);

/// Names one post of one owner: `pst_` and 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(pattern = "^pst_[0-9a-f]{32}$", example = "pst_1f0c6a3be2d94f5a8c7b6d5e4f3a2b1c")]
pub struct PostId(pub String);

/// Names one connected account of one owner: `con_` and 32 hexadecimal digits.
///
/// Derived from owner, platform and account, so that connecting the same account again finds the same connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(pattern = "^con_[0-9a-f]{32}$", example = "con_0a1b2c3d4e5f60718293a4b5c6d7e8f9")]
pub struct ConnectionId(pub String);

/// Names one file of one owner: `med_` and 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(pattern = "^med_[0-9a-f]{32}$", example = "med_5e4f3a2b1c1f0c6a3be2d94f5a8c7b6d")]
pub struct MediaId(pub String);

/// The fencing token of a lease: whoever shows it may record the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseToken(pub String);

/// Thirty-two random bytes, drawn once by the caller for one run of one use case.
///
/// Use cases take their randomness as they take their time: as an argument, so that a run can be repeated exactly.
/// Each purpose draws its own independent bytes.
#[derive(Clone, Copy)]
pub struct Entropy([u8; 32]);

impl Entropy {
    /// Wraps what a cryptographic random source (or a simulator's seed) gave.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new post id.
    pub fn post_id(&self) -> PostId {
        PostId(format!("pst_{}", hex(&self.draw("post")[..16])))
    }

    /// A new media id.
    pub fn media_id(&self) -> MediaId {
        MediaId(format!("med_{}", hex(&self.draw("media")[..16])))
    }

    /// A new lease token.
    pub fn lease_token(&self) -> LeaseToken {
        LeaseToken(hex(&self.draw("lease")[..12]))
    }

    /// 32 bytes for a purpose of its own, such as an OAuth state or a PKCE verifier.
    pub fn draw(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.0).chain_update(purpose).finalize().into()
    }

    /// A number in `0.0..1.0`, for backoff.
    pub fn jitter(&self) -> f64 {
        let bytes = self.draw("jitter");
        f64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / (f64::from(u32::MAX) + 1.0)
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(***)")
    }
}

impl ConnectionId {
    /// The id of this account for this owner, the same each time.
    pub fn of(owner: &OwnerId, platform: &str, account_id: &str) -> Self {
        Self(format!("con_{}", derived(&[&owner.0, platform, account_id])))
    }
}

impl std::fmt::Display for PostId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for MediaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// 32 hexadecimal digits that stand for these parts and no others: each part is hashed with its length.
pub(crate) fn derived(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_account_has_the_same_id_and_no_other_account_has_it() {
        let alice = OwnerId("alice".into());
        let one = ConnectionId::of(&alice, "x", "12");
        assert_eq!(one, ConnectionId::of(&alice, "x", "12"));
        assert_ne!(one, ConnectionId::of(&alice, "x1", "2"));
        assert_ne!(one, ConnectionId::of(&OwnerId("bob".into()), "x", "12"));
    }

    #[test]
    fn each_purpose_draws_its_own_bytes_and_jitter_stays_below_one() {
        let entropy = Entropy::new([255; 32]);
        assert_ne!(entropy.draw("state"), entropy.draw("verifier"));
        assert!((0.0..1.0).contains(&entropy.jitter()));
    }
}
