//! `appsecret_proof`: shows that who uses a token also knows the app's secret.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/secure-requests> (read 2026-11)

use std::fmt::Write;

use sha2::{Digest, Sha256};

const BLOCK_BYTES: usize = 64;

/// Lower-case hex of HMAC-SHA256 (RFC 2104) over the token with the app's secret as the key.
pub(crate) fn proof(secret: &str, token: &str) -> String {
    let mut key = [0_u8; BLOCK_BYTES];
    if secret.len() > BLOCK_BYTES {
        key[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret.as_bytes());
    }
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(token).finalize();
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(proof("Jefe", "what do ya want for nothing?"), expected);
    }
}
