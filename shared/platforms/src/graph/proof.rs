//! The proof that whoever shows a token also knows the app's secret.

use domain::secret::Secret;
use ring::hmac;

/// `appsecret_proof`: HMAC-SHA256 of the token under the app's secret, as lower-case hex.
///
/// Source: <https://developers.facebook.com/docs/graph-api/guides/secure-requests> (read 2026-11).
pub(crate) fn app_secret_proof(app_secret: &Secret<String>, access: &Secret<String>) -> Secret<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, app_secret.expose().as_bytes());
    let tag = hmac::sign(&key, access.expose().as_bytes());
    Secret::new(tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second case of RFC 4231.
    #[test]
    fn the_proof_is_that_of_the_standard() {
        let (secret, access) =
            (Secret::new("Jefe".to_owned()), Secret::new("what do ya want for nothing?".to_owned()));
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(app_secret_proof(&secret, &access).expose(), wanted);
    }
}
