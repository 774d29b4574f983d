//! Connecting an account: OAuth's authorization code flow, begun by one person and ended by the same.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::connection::{Connection, ConnectionStatus, Grant, OAuthState, Opened, STATE_LIFETIME};
use crate::event::Event;
use crate::id::{ConnectionId, Entropy, OwnerId};
use crate::input::{Field, Mistakes, Unknown};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::ports::{Connections, Events, Metrics, OAuthStates, Platforms, Vault};
use crate::secret::Secret;
use crate::{Error, Result, upkeep};

/// What the person's browser brings back from the platform.
#[derive(Deserialize, ToSchema)]
pub struct CompleteAsk {
    /// As the redirect brought it; left out when it brought an `error`.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048)]
    code: Field<String>,
    /// As the redirect brought it, when the person did not consent.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048, example = "access_denied")]
    error: Field<String>,
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 2048)]
    state: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Where to send the person, and until when that is worth something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The platform's consent page.
    pub authorization_url: String,
    /// After this the state is worth nothing.
    pub expires_at: Timestamp,
}

/// What finishing touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Gives the state back, once.
    pub states: &'a dyn OAuthStates,
    /// Keeps the connections.
    pub connections: &'a dyn Connections,
    /// Seals the tokens.
    pub vault: &'a dyn Vault,
    /// Exchanges the code.
    pub platforms: &'a dyn Platforms,
    /// Hears of each connection.
    pub events: &'a dyn Events,
    /// Counts lost events.
    pub metrics: &'a dyn Metrics,
}

/// Begins to connect an account.
///
/// # Errors
/// `Unavailable` when the state could not be kept.
pub async fn start(
    states: &dyn OAuthStates,
    platforms: &dyn Platforms,
    owner: &OwnerId,
    platform: Platform,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Begun> {
    let authorizer = platforms.authorizer(platform);
    let verifier = authorizer.uses_pkce().then(|| URL_SAFE_NO_PAD.encode(entropy.draw("verifier")));
    // RFC 7636, 4.2: S256 is the only method that does not send the verifier itself through the browser.
    let challenge = verifier.as_ref().map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    let state = OAuthState {
        state: URL_SAFE_NO_PAD.encode(entropy.draw("state")),
        owner: owner.clone(),
        platform,
        verifier: verifier.map(Secret::new),
        expires_at: now + STATE_LIFETIME,
    };
    states.begin(&state).await?;
    let authorization_url = authorizer.authorization_url(&state.state, challenge.as_deref());
    Ok(Begun { authorization_url, expires_at: state.expires_at })
}

/// Takes the state out, exchanges the code and keeps a connection for each account that the grant opens.
///
/// # Errors
/// `Invalid` for a body that breaks rules; `InvalidState` when the state is not this owner's and platform's, is used
/// or expired; `ConnectionRefused` when the platform does not accept the code.
pub async fn finish(
    ports: &Ports<'_>,
    owner: &OwnerId,
    platform: Platform,
    ask: Field<CompleteAsk>,
    now: Timestamp,
) -> Result<Vec<Connection>> {
    let (outcome, state) = read(ask)?;
    let begun = ports.states.consume(&state, owner, platform, now).await?.ok_or(Error::InvalidState)?;
    let Consent::Given(code) = outcome else { return Err(Error::ConsentDenied(platform.title())) };
    let authorizer = ports.platforms.authorizer(platform);
    let grant = authorizer.exchange(&code, begun.verifier.as_ref()).await?;
    let is_missing = |scope: &String| !grant.scopes.is_empty() && !grant.scopes.contains(scope);
    let missing: Vec<String> = authorizer.needed_scopes().into_iter().filter(is_missing).collect();
    if !missing.is_empty() {
        return Err(Error::MissingScopes { platform: platform.title(), scopes: missing });
    }
    let opened = authorizer.accounts(&grant).await?;
    if opened.is_empty() {
        return Err(Error::NoAccounts(platform.title()));
    }
    let mut connected = Vec::new();
    for opened in opened {
        let connection = connect(ports, owner, opened, &grant, now).await?;
        let event = Event::ConnectionConnected {
            owner: owner.clone(),
            connection_id: connection.id.clone(),
            platform: connection.platform,
        };
        if ports.events.emit(&event).await.is_err() {
            ports.metrics.put(Metric::EventLost);
        }
        connected.push(connection);
    }
    Ok(connected)
}

async fn connect(
    ports: &Ports<'_>,
    owner: &OwnerId,
    opened: Opened,
    grant: &Grant,
    now: Timestamp,
) -> Result<Connection> {
    let Opened { platform, account, own_tokens } = opened;
    let id = ConnectionId::of(owner, platform.name(), &account.id);
    let grant = match own_tokens {
        Some(tokens) => Grant { tokens, expires_at: None, refresh_until: None, ..grant.clone() },
        None => grant.clone(),
    };
    let sealed = ports.vault.seal(owner, &id, &grant.tokens).await?;
    let upkeep = upkeep::after(account.login, &grant, now);
    let connection = Connection {
        owner: owner.clone(),
        id,
        platform,
        account,
        status: ConnectionStatus::Active,
        scopes: grant.scopes,
        sealed,
        token_version: 1,
        expires_at: grant.expires_at,
        closed_until: None,
        refresh_lease: None,
        upkeep,
        created_at: now,
    };
    ports.connections.connect(&connection).await
}

/// What the redirect brought.
enum Consent {
    Given(Secret<String>),
    Denied,
}

fn read(ask: Field<CompleteAsk>) -> Result<(Consent, String)> {
    let mut mistakes = Mistakes::default();
    let short = |pointer, value: String, mistakes: &mut Mistakes| {
        if value.is_empty() || value.len() > 2_048 {
            let detail = "1 to 2,048 characters, as the platform's redirect gave them";
            mistakes.add(pointer, "invalid_value", detail);
        }
        value
    };
    let (consent, state) = match ask.required("", &mut mistakes) {
        None => (Consent::Denied, String::new()),
        Some(ask) => {
            mistakes.unknown("", &ask.unknown);
            let state = ask.state.required("/state", &mut mistakes).unwrap_or_default();
            let state = short("/state", state, &mut mistakes);
            let consent = match ask.error.optional("/error", &mut mistakes) {
                Some(error) => {
                    short("/error", error, &mut mistakes);
                    Consent::Denied
                }
                None => {
                    let code = ask.code.required("/code", &mut mistakes).unwrap_or_default();
                    Consent::Given(Secret::new(short("/code", code, &mut mistakes)))
                }
            };
            (consent, state)
        }
    };
    mistakes.into_result()?;
    Ok((consent, state))
}
