//! Codes, grants and tokens. Of every secret only the hash is kept on disk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::oauth::pkce::Challenge;
use crate::oauth::secret;
use crate::platform::Platform;
use crate::secrets::Secrets;

/// An expired token is still known as expired for this long: one day.
const REMEMBERED_MS: i64 = 24 * 3600 * 1000;

/// An authorization code that waits to be exchanged.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Code {
    pub(crate) platform: Platform,
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    /// What was asked for and not allowed.
    #[serde(default)]
    pub(crate) declined: Vec<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires_at_ms: i64,
}

/// What a person once allowed an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Grant {
    pub(crate) id: u64,
    pub(crate) platform: Platform,
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) authorized_at_ms: i64,
    pub(crate) revoked: bool,
    /// What was asked for and not allowed.
    #[serde(default)]
    pub(crate) declined: Vec<String>,
    /// Whether it was revoked because the person changed the password, which Meta tells apart.
    #[serde(default)]
    pub(crate) password_changed: bool,
}

/// What is known of a token; its grant says the rest.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Token {
    pub(crate) grant: u64,
    pub(crate) refresh: bool,
    pub(crate) created_at_ms: i64,
    pub(crate) expires_at_ms: i64,
    pub(crate) revoked: bool,
    /// The Facebook Page that it speaks for.
    #[serde(default)]
    pub(crate) page: Option<String>,
    /// Whether it is one of Meta's long-lived tokens.
    #[serde(default)]
    pub(crate) long: bool,
}

/// Everything people have allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Grants {
    codes: BTreeMap<String, Code>,
    grants: BTreeMap<u64, Grant>,
    tokens: BTreeMap<String, Token>,
    made: u64,
    /// Codes that were shown, and until when that is remembered.
    #[serde(default)]
    used_codes: BTreeMap<String, i64>,
    /// What was given out since the start, by its value.
    #[serde(skip)]
    given_out: Secrets,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenFault {
    Unknown,
    Expired,
    Revoked,
}

/// Which tokens of an account the control interface ends.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    ExpireAccess,
    Revoke,
    ExpireRefresh,
    /// As `revoke`; Meta says that it was for this reason.
    ChangePassword,
}

/// A token to mint: how many random bytes it has and for how long it lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewToken {
    pub(crate) size_bytes: usize,
    pub(crate) lives_ms: i64,
}

impl Grants {
    /// Keeps a code and returns it.
    pub(crate) fn issue_code(&mut self, code: Code, now_ms: i64) -> String {
        self.codes.retain(|_, known| known.expires_at_ms + REMEMBERED_MS > now_ms);
        self.used_codes.retain(|_, until_ms| *until_ms > now_ms);
        let drawn = secret::draw(48);
        self.given_out.note("authorization code", &drawn);
        self.codes.insert(secret::hash(&drawn), code);
        drawn
    }

    /// The code's request, which is gone afterwards: a code can be shown once, whatever comes of it.
    pub(crate) fn redeem_code(&mut self, platform: Platform, code: &str) -> Option<Code> {
        let key = secret::hash(code);
        self.codes.get(&key).filter(|known| known.platform == platform)?;
        let code = self.codes.remove(&key)?;
        self.used_codes.insert(key, code.expires_at_ms + REMEMBERED_MS);
        Some(code)
    }

    /// Whether that code was shown before.
    pub(crate) fn was_used(&self, code: &str) -> bool {
        self.used_codes.contains_key(&secret::hash(code))
    }

    /// Who approved that code, without using it.
    pub(crate) fn person_of_code(&self, platform: Platform, code: &str) -> Option<&str> {
        let known = self.codes.get(&secret::hash(code)).filter(|known| known.platform == platform)?;
        Some(&known.person)
    }

    /// Records what a code's person allowed.
    pub(crate) fn grant(&mut self, code: &Code, now_ms: i64) -> Grant {
        self.made += 1;
        let grant = Grant {
            id: self.made,
            platform: code.platform,
            client_id: code.client_id.clone(),
            person: code.person.clone(),
            scopes: code.scopes.clone(),
            authorized_at_ms: now_ms,
            revoked: false,
            declined: code.declined.clone(),
            password_changed: false,
        };
        self.grants.insert(grant.id, grant.clone());
        grant
    }

    /// Revokes what the person allowed the app earlier under another set of scopes.
    pub(crate) fn revoke_other_scopes(&mut self, code: &Code) {
        let set = |scopes: &[String]| {
            let mut sorted = scopes.to_vec();
            sorted.sort();
            sorted
        };
        for grant in self.grants.values_mut() {
            let same_pair = grant.platform == code.platform
                && grant.client_id == code.client_id
                && grant.person == code.person;
            if same_pair && set(&grant.scopes) != set(&code.scopes) {
                grant.revoked = true;
            }
        }
    }

    /// A new access token of a grant.
    pub(crate) fn mint_access(&mut self, grant: u64, new: NewToken, now_ms: i64) -> String {
        self.mint(grant, new, false, now_ms)
    }

    /// A new refresh token of a grant.
    pub(crate) fn mint_refresh(&mut self, grant: u64, new: NewToken, now_ms: i64) -> String {
        self.mint(grant, new, true, now_ms)
    }

    /// Keeps a token whose words the platform chose itself.
    pub(crate) fn keep(&mut self, words: &str, token: Token, now_ms: i64) {
        self.given_out.note("token", words);
        self.tokens.retain(|_, token| token.expires_at_ms + REMEMBERED_MS > now_ms);
        self.tokens.insert(secret::hash(words), token);
    }

    /// Every code and token of this run, with what it is.
    pub(crate) fn given_out(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.given_out.iter()
    }

    /// The grant behind an access token.
    ///
    /// # Errors
    /// The token is unknown, or was revoked, or has expired.
    pub(crate) fn access(&self, platform: Platform, token: &str, now_ms: i64) -> Result<&Grant, TokenFault> {
        self.check(platform, token, false, now_ms).map(|(grant, _)| grant)
    }

    /// The grant behind a refresh token, and when the token expires, in Unix milliseconds.
    ///
    /// # Errors
    /// The token is unknown, or was revoked, or has expired.
    pub(crate) fn refresh(
        &self,
        platform: Platform,
        token: &str,
        now_ms: i64,
    ) -> Result<(Grant, i64), TokenFault> {
        let (grant, token) = self.check(platform, token, true, now_ms)?;
        Ok((grant.clone(), token.expires_at_ms))
    }

    /// Forgets a refresh token that was used: it can be used once.
    pub(crate) fn forget(&mut self, token: &str) {
        self.tokens.remove(&secret::hash(token));
    }

    /// The person behind a token of either kind, whatever its state.
    pub(crate) fn person_of_token(&self, platform: Platform, token: &str) -> Option<&str> {
        let (grant, _) = self.known(platform, token)?;
        Some(&grant.person)
    }

    /// What is known of a token of either kind.
    pub(crate) fn known(&self, platform: Platform, token: &str) -> Option<(&Grant, &Token)> {
        let token = self.tokens.get(&secret::hash(token))?;
        let grant = self.grants.get(&token.grant).filter(|grant| grant.platform == platform)?;
        Some((grant, token))
    }

    /// Revokes one token; with a refresh token the whole grant ends. Whether it was known.
    pub(crate) fn revoke_token(&mut self, platform: Platform, token: &str) -> bool {
        let Some((grant, known)) = self.known(platform, token) else { return false };
        let (id, refresh) = (grant.id, known.refresh);
        if refresh {
            if let Some(grant) = self.grants.get_mut(&id) {
                grant.revoked = true;
            }
        } else if let Some(token) = self.tokens.get_mut(&secret::hash(token)) {
            token.revoked = true;
        }
        true
    }

    /// Ends tokens of everything that `people` allowed; returns how many grants were touched.
    pub(crate) fn end(&mut self, platform: Platform, people: &[&str], how: Ended, now_ms: i64) -> usize {
        let mut touched = Vec::new();
        for grant in self.grants.values_mut() {
            let theirs = grant.platform == platform && people.contains(&grant.person.as_str());
            if theirs && !grant.revoked {
                touched.push(grant.id);
                grant.revoked = matches!(how, Ended::Revoke | Ended::ChangePassword);
                grant.password_changed = matches!(how, Ended::ChangePassword);
            }
        }
        let refresh = match how {
            Ended::ExpireAccess => false,
            Ended::ExpireRefresh => true,
            Ended::Revoke | Ended::ChangePassword => return touched.len(),
        };
        for token in self.tokens.values_mut() {
            if token.refresh == refresh && touched.contains(&token.grant) {
                token.expires_at_ms = token.expires_at_ms.min(now_ms);
            }
        }
        touched.len()
    }

    fn mint(&mut self, grant: u64, new: NewToken, refresh: bool, now_ms: i64) -> String {
        self.tokens.retain(|_, token| token.expires_at_ms + REMEMBERED_MS > now_ms);
        let drawn = secret::draw(new.size_bytes);
        self.given_out.note(if refresh { "refresh token" } else { "access token" }, &drawn);
        let token = Token {
            grant,
            refresh,
            created_at_ms: now_ms,
            expires_at_ms: now_ms + new.lives_ms,
            revoked: false,
            page: None,
            long: false,
        };
        self.tokens.insert(secret::hash(&drawn), token);
        drawn
    }

    fn check(
        &self,
        platform: Platform,
        token: &str,
        refresh: bool,
        now_ms: i64,
    ) -> Result<(&Grant, &Token), TokenFault> {
        let (grant, token) = self.known(platform, token).ok_or(TokenFault::Unknown)?;
        if token.refresh != refresh {
            return Err(TokenFault::Unknown);
        }
        if grant.revoked || token.revoked {
            return Err(TokenFault::Revoked);
        }
        if token.expires_at_ms <= now_ms {
            return Err(TokenFault::Expired);
        }
        Ok((grant, token))
    }
}
