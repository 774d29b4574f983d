//! Connecting an account: OAuth's authorization code flow, begun by one person and ended by the same.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::connection::{Account, Connection, ConnectionStatus, Grant, OAuthState, STATE_LIFETIME};
use crate::event::Event;
use crate::id::{ConnectionId, Entropy, OwnerId};
use crate::input::{Field, Mistakes, Unknown};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::ports::{Connections, Events, Metrics, OAuthStates, Platforms, Vault};
use crate::secret::Secret;
use crate::{Error, Result};

/// What the person's browser brings back from the platform.
#[derive(Deserialize, ToSchema)]
pub struct CompleteAsk {
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 2048)]
    code: Field<String>,
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
    let (code, state) = read(ask)?;
    let begun = ports.states.consume(&state, owner, platform, now).await?.ok_or(Error::InvalidState)?;
    let authorizer = ports.platforms.authorizer(platform);
    let grant = authorizer.exchange(&code, begun.verifier.as_ref()).await?;
    let accounts = authorizer.accounts(&grant.tokens.access).await?;
    let mut connected = Vec::new();
    for account in accounts {
        let connection = connect(ports, owner, platform, account, &grant, now).await?;
        let event = Event::ConnectionConnected {
            owner: owner.clone(),
            connection_id: connection.id.clone(),
            platform,
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
    platform: Platform,
    account: Account,
    grant: &Grant,
    now: Timestamp,
) -> Result<Connection> {
    let id = ConnectionId::of(owner, platform.name(), &account.id);
    let sealed = ports.vault.seal(owner, &id, &grant.tokens).await?;
    let connection = Connection {
        owner: owner.clone(),
        id,
        platform,
        account,
        status: ConnectionStatus::Active,
        scopes: grant.scopes.clone(),
        sealed,
        token_version: 1,
        expires_at: grant.expires_at,
        closed_until: None,
        refresh_lease: None,
        created_at: now,
    };
    ports.connections.connect(&connection).await
}

fn read(ask: Field<CompleteAsk>) -> Result<(Secret<String>, String)> {
    let mut mistakes = Mistakes::default();
    let read = |pointer, field: Field<String>, mistakes: &mut Mistakes| {
        let value = field.required(pointer, mistakes).unwrap_or_default();
        if value.is_empty() || value.len() > 2_048 {
            mistakes.add(
                pointer,
                "invalid_value",
                "1 to 2,048 characters, as the platform's redirect gave them",
            );
        }
        value
    };
    let (code, state) = match ask.required("", &mut mistakes) {
        None => Default::default(),
        Some(ask) => {
            mistakes.unknown("", &ask.unknown);
            (read("/code", ask.code, &mut mistakes), read("/state", ask.state, &mut mistakes))
        }
    };
    mistakes.into_result()?;
    Ok((Secret::new(code), state))
}
