//! Meta's tokens: short and long ones of users, and those of Pages, which have no expiry.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::house::World;
use crate::oauth::{Token, draw};
use crate::platform::Platform;

/// When a token without an expiry expires.
pub(crate) const NEVER_MS: i64 = i64::MAX / 4;

/// How long a user's token lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    /// Until when, in Unix milliseconds.
    pub(crate) expires_at_ms: i64,
    /// Whether it is a long-lived one.
    pub(crate) long: bool,
}

/// A new token of a user.
pub(crate) fn mint(
    world: &mut World,
    platform: Platform,
    grant: u64,
    lifetime: Lifetime,
    now_ms: i64,
) -> String {
    let prefix = match platform {
        Platform::Instagram => "IGAA",
        Platform::Facebook | Platform::X | Platform::LinkedIn => "EAAB",
    };
    let words = format!("{prefix}{}", draw(120));
    let token = Token {
        grant,
        refresh: false,
        created_at_ms: now_ms,
        expires_at_ms: lifetime.expires_at_ms,
        revoked: false,
        page: None,
        long: lifetime.long,
    };
    world.grants.keep(&words, token, now_ms);
    words
}

/// The token of a Page that a user's token brings: always the same, and without an expiry if the user's is a
/// long-lived one.
///
/// <https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived> (read 2026-11)
pub(crate) fn page_token(world: &mut World, user_token: &str, page: &str, now_ms: i64) -> String {
    let words = format!(
        "EAAP{}{}",
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("page:{page}:{user_token}"))),
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("of:{page}:{user_token}")))
    );
    let known = world.grants.known(Platform::Facebook, user_token).map(|(_, token)| token.clone());
    if let Some(user) = known.filter(|_| world.grants.known(Platform::Facebook, &words).is_none()) {
        let expires_at_ms = if user.long { NEVER_MS } else { user.expires_at_ms };
        let token = Token { page: Some(page.to_owned()), created_at_ms: now_ms, expires_at_ms, ..user };
        world.grants.keep(&words, token, now_ms);
    }
    words
}
