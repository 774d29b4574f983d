//! A connection: one account on one platform that a person lets Belfry publish to.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ConnectionId, LeaseToken, OwnerId};
use crate::platform::Platform;
use crate::secret::Secret;
use crate::target::Lease;
use crate::upkeep::{Chore, Upkeep};

/// How long an OAuth state lives.
pub const STATE_LIFETIME: Duration = Duration::from_secs(600);

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A person's own account.
    Person,
    /// A LinkedIn organization.
    Organization,
    /// A Facebook Page.
    Page,
    /// A professional Instagram account.
    Business,
}

/// Whether the platform still accepts our tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// As far as we know it does.
    Active,
    /// It refused them: the person must connect again.
    NeedsReconnect,
}

/// An account as the platform describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The platform's name for it: a number on X and at Meta, a URN on LinkedIn.
    pub id: String,
    /// By whose login it was opened: Facebook's for an Instagram account that belongs to a Page, else its platform's.
    pub login: Platform,
    /// What kind of account.
    pub kind: AccountKind,
    /// The name that people read.
    pub display_name: String,
    /// The name in URLs and mentions, without `@`.
    pub handle: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
}

/// What opens an account. Exists opened only in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Sent with every call.
    pub access: Secret<String>,
    /// Exchanged for a new pair; X accepts each one once.
    pub refresh: Option<Secret<String>>,
}

/// Tokens under the vault's seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// An account that a grant opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// On which platform: Facebook's login opens Pages and the Instagram accounts that belong to them.
    pub platform: Platform,
    /// The account.
    pub account: Account,
    /// Keys of its own, which do not expire, as a Page has them; the grant's when there are none.
    pub own_tokens: Option<Tokens>,
}

/// What the platform granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The keys.
    pub tokens: Tokens,
    /// What they allow.
    pub scopes: Vec<String>,
    /// When the access token stops working.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token stops working, used or not, where the platform says so.
    pub refresh_until: Option<Timestamp>,
}

/// One account on one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Whose it is.
    pub owner: OwnerId,
    /// Its name.
    pub id: ConnectionId,
    /// On which platform.
    pub platform: Platform,
    /// The account there.
    pub account: Account,
    /// Whether the platform still accepts our tokens.
    pub status: ConnectionStatus,
    /// What the tokens allow.
    pub scopes: Vec<String>,
    /// The tokens, sealed to this owner and connection.
    pub sealed: Sealed,
    /// Counts every change of the tokens, from 1.
    pub token_version: u32,
    /// When the access token stops working.
    pub expires_at: Option<Timestamp>,
    /// The platform asked us to stay away until then.
    pub closed_until: Option<Timestamp>,
    /// Held while somebody exchanges the refresh token.
    pub refresh_lease: Option<Lease>,
    /// What must be done next so that it goes on working; `None` when nothing must, or only its person can.
    pub upkeep: Option<Upkeep>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Connection {
    /// When the person must have connected again; `None` where tokens are refreshed without them.
    ///
    /// X access tokens live two hours and are refreshed, and so are those of Instagram's own login, which live 60 days;
    /// LinkedIn gives ordinary apps no refresh token, and to others one that ends a year after the consent; a Page's
    /// token has no end.
    pub fn reconnect_by(&self) -> Option<Timestamp> {
        match self.platform {
            Platform::X | Platform::Facebook | Platform::Instagram => None,
            Platform::LinkedIn => match self.upkeep.map(|upkeep| upkeep.chore) {
                Some(Chore::Renew) => None,
                Some(Chore::Warn) | None => self.expires_at,
            },
        }
    }

    /// Whether the access token will have stopped working by `at`.
    pub fn expires_by(&self, at: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| expires <= at)
    }
}

/// An authorization that has begun: kept until the person comes back with a code, used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthState {
    /// 256 random bits, base64url; travels through the browser.
    pub state: String,
    /// Who began.
    pub owner: OwnerId,
    /// On which platform.
    pub platform: Platform,
    /// PKCE code verifier, for platforms that have it.
    pub verifier: Option<Secret<String>>,
    /// After this it is worth nothing.
    pub expires_at: Timestamp,
}

/// New tokens that one refresher brings home under its lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Whose connection.
    pub owner: OwnerId,
    /// Which one.
    pub id: ConnectionId,
    /// The refresher's lease.
    pub lease: LeaseToken,
    /// The new pair.
    pub sealed: Sealed,
    /// When the new access token stops working.
    pub expires_at: Option<Timestamp>,
    /// What must be done next.
    pub upkeep: Option<Upkeep>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_must_connect_linkedin_again_unless_it_is_renewed_without_them() {
        let at = Timestamp::UNIX_EPOCH;
        let mut connection = Connection {
            owner: OwnerId("alice".into()),
            id: ConnectionId("con_1".into()),
            platform: Platform::LinkedIn,
            account: Account {
                id: "urn:li:person:1".into(),
                login: Platform::LinkedIn,
                kind: AccountKind::Person,
                display_name: "Alice".into(),
                handle: None,
                avatar_url: None,
            },
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            sealed: Sealed(Vec::new()),
            token_version: 1,
            expires_at: Some(at),
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: at,
        };
        let by_chore = [(None, Some(at)), (Some(Chore::Warn), Some(at)), (Some(Chore::Renew), None)];
        for (chore, reconnect_by) in by_chore {
            connection.upkeep = chore.map(|chore| Upkeep { at, chore });
            assert_eq!(connection.reconnect_by(), reconnect_by, "{chore:?}");
        }
    }
}
