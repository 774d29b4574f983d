//! What the issuer knows: its keys, its client, and the codes it gave out.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::key::SigningKey;
use crate::person::Person;

/// How long a code from the consent page can be exchanged.
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(60);
/// How long a token lasts that was not asked to last otherwise.
pub(crate) const TOKEN_LIFE_S: i64 = 3600;

/// The issuer, shared by every request.
#[derive(Clone)]
pub(crate) struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    client_id: String,
    key: SigningKey,
    foreign_key_path: PathBuf,
    foreign_key: Mutex<Option<Arc<SigningKey>>>,
    grants: Mutex<HashMap<String, Grant>>,
    refresh_tokens: Mutex<HashMap<String, Person>>,
    given_out: Mutex<Vec<(&'static str, String)>>,
}

/// What a code stands for until it is exchanged, once.
pub(crate) struct Grant {
    /// Who approved.
    pub(crate) person: Person,
    /// Where the code was sent; the exchange must name it again.
    pub(crate) redirect_uri: String,
    /// `BASE64URL(SHA256(verifier))`.
    pub(crate) code_challenge: String,
    /// Echoed in the id token.
    pub(crate) nonce: Option<String>,
    /// When it was given.
    pub(crate) given: Instant,
}

/// What may differ from an ordinary token, for tests.
#[derive(Default)]
pub(crate) struct Unusual {
    pub(crate) expires_in_s: Option<i64>,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) foreign_key: bool,
}

impl Issuer {
    /// Opens the issuer on its state folder.
    ///
    /// # Errors
    /// When the folder or the key in it cannot be read or made.
    pub(crate) fn open(state: &Path, url: String, client_id: String) -> Result<Self> {
        fs::create_dir_all(state).with_context(|| format!("cannot make {}", state.display()))?;
        Ok(Self(Arc::new(Inner {
            url,
            client_id,
            key: SigningKey::open(&state.join("signing-key.pem"))?,
            foreign_key_path: state.join("foreign-key.pem"),
            foreign_key: Mutex::default(),
            grants: Mutex::default(),
            refresh_tokens: Mutex::default(),
            given_out: Mutex::default(),
        })))
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The published keys; the foreign one is none of them.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.0.key.jwk()] })
    }

    /// Remembers a grant and answers its code.
    pub(crate) fn keep(&self, grant: Grant) -> Result<String> {
        let code = random_text()?;
        let mut grants = held(&self.0.grants);
        grants.retain(|_, grant| grant.given.elapsed() < CODE_LIFE);
        grants.insert(code.clone(), grant);
        Ok(self.given("authorization code", code))
    }

    /// Takes the grant of a code: a second exchange finds nothing, right or wrong.
    pub(crate) fn take(&self, code: &str) -> Option<Grant> {
        held(&self.0.grants).remove(code).filter(|grant| grant.given.elapsed() < CODE_LIFE)
    }

    /// A refresh token of this person, good until it is used or the issuer ends.
    pub(crate) fn keep_refresh(&self, person: &Person) -> Result<String> {
        let token = random_text()?;
        held(&self.0.refresh_tokens).insert(token.clone(), person.clone());
        Ok(self.given("refresh token", token))
    }

    /// Whose refresh token it is; it is used up by asking.
    pub(crate) fn take_refresh(&self, token: &str) -> Option<Person> {
        held(&self.0.refresh_tokens).remove(token)
    }

    /// An access token shaped like Cognito's, with `aud` beside `client_id`.
    pub(crate) fn access_token(&self, person: &Person, now_s: i64, unusual: &Unusual) -> Result<String> {
        let audience = unusual.audience.as_deref().unwrap_or(self.client_id());
        let claims = json!({
            "iss": unusual.issuer.as_deref().unwrap_or(self.url()),
            "sub": person.subject(),
            "aud": audience,
            "client_id": audience,
            "token_use": "access",
            "scope": "openid",
            "username": person.to_string(),
            "iat": now_s,
            "exp": now_s + unusual.expires_in_s.unwrap_or(TOKEN_LIFE_S),
            "jti": random_text()?,
        });
        let token = if unusual.foreign_key {
            self.foreign_key()?.sign(&claims)?
        } else {
            self.0.key.sign(&claims)?
        };
        Ok(self.given("access token", token))
    }

    /// The id token that goes with it, for the browser alone.
    pub(crate) fn id_token(&self, person: &Person, nonce: Option<&str>, now_s: i64) -> Result<String> {
        let token = self.0.key.sign(&json!({
            "iss": self.url(),
            "sub": person.subject(),
            "aud": self.client_id(),
            "token_use": "id",
            "name": person.to_string(),
            "nonce": nonce,
            "iat": now_s,
            "exp": now_s + TOKEN_LIFE_S,
        }))?;
        Ok(self.given("id token", token))
    }

    /// Every code and token since the start, with what it is; in memory alone.
    pub(crate) fn given_out(&self) -> Vec<(&'static str, String)> {
        held(&self.0.given_out).clone()
    }

    /// Writes down what is given out, and gives it.
    fn given(&self, kind: &'static str, value: String) -> String {
        held(&self.0.given_out).push((kind, value.clone()));
        value
    }

    /// Made when first asked for: most runs never need it.
    fn foreign_key(&self) -> Result<Arc<SigningKey>> {
        let mut held = held(&self.0.foreign_key);
        if let Some(key) = held.as_ref() {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SigningKey::open(&self.0.foreign_key_path)?);
        *held = Some(Arc::clone(&key));
        Ok(key)
    }
}

/// 256 random bits as text.
fn random_text() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Nothing here is left half changed by a panic, so a poisoned lock is as good as new.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
