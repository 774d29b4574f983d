//! OAuth 2.0 with PKCE, and who the person is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind, Grant, Opened, Tokens};
use domain::ports::{Authorizer, Failure};
use domain::secret::Secret;
use domain::{Error, Result};
use serde::Deserialize;

use crate::grant::{self, Refusal, TOKEN_TIMEOUT};
use crate::refusal::{into_error, of_read, silent_read, unreadable};
use crate::settings::XSettings;
use crate::wire::{Answer, Silence, Wire};
use crate::x::id::is_id;
use crate::x::{PLATFORM, errors};
use domain::ports::ClientSecrets;

/// Without `offline.access` there is no refresh token; `media.write` is asked for now, because asking later would
/// send everybody through consent again.
const SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";

/// How long one read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct XAuthorizer {
    pub(super) settings: XSettings,
    pub(super) redirect_uri: String,
    pub(super) secrets: Arc<dyn ClientSecrets>,
    pub(super) wire: Wire,
}

#[derive(Deserialize)]
struct Me {
    data: User,
}

#[derive(Deserialize)]
struct User {
    id: String,
    name: String,
    username: String,
    profile_image_url: Option<String>,
}

#[async_trait]
impl Authorizer for XAuthorizer {
    fn uses_pkce(&self) -> bool {
        true
    }

    fn authorization_url(&self, state: &str, challenge: Option<&str>) -> String {
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", SCOPES),
            ("state", state),
        ];
        if let Some(challenge) = challenge {
            query.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
        }
        self.settings.authorize.with_query("/i/oauth2/authorize", &query).into()
    }

    async fn exchange(&self, code: &Secret<String>, verifier: Option<&Secret<String>>) -> Result<Grant> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose().as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
        ];
        let mut hidden = vec![code, &client_secret];
        if let Some(verifier) = verifier {
            form.push(("code_verifier", verifier.expose()));
            hidden.push(verifier);
        }
        let answer = self.ask(&form, &client_secret, &hidden).await;
        let answer = answer.map_err(|silence| into_error(PLATFORM, silent_read(PLATFORM, silence)))?;
        if answer.status.is_success() {
            return grant::read(&answer).ok_or_else(|| into_error(PLATFORM, unreadable(PLATFORM)));
        }
        Err(grant::refused_code(PLATFORM, &answer))
    }

    fn needed_scopes(&self) -> Vec<String> {
        ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"].map(str::to_owned).into()
    }

    async fn accounts(&self, grant: &Grant) -> Result<Vec<Opened>> {
        let access = &grant.tokens.access;
        let query = [("user.fields", "username,name,profile_image_url")];
        let request =
            self.wire.get(self.settings.api.with_query("/2/users/me", &query)).bearer_auth(access.expose());
        let answer = self.wire.send(request, READ_TIMEOUT, &[access]).await;
        let answer = answer.map_err(|silence| into_error(PLATFORM, silent_read(PLATFORM, silence)))?;
        if !answer.status.is_success() {
            let refused = errors::classify(answer.status, &answer.headers, &answer.body, answer.at);
            return Err(into_error(PLATFORM, of_read(PLATFORM, refused)));
        }
        let me = answer.json::<Me>().filter(|me| is_id(&me.data.id) && !me.data.username.is_empty());
        let Some(Me { data: user }) = me else {
            return Err(Error::unavailable(PLATFORM.name(), "X answered /2/users/me without an account"));
        };
        let account = Account {
            id: user.id,
            login: PLATFORM,
            kind: AccountKind::Person,
            display_name: user.name,
            handle: Some(user.username),
            avatar_url: user.profile_image_url,
        };
        Ok(vec![Opened { platform: PLATFORM, account, own_tokens: None }])
    }

    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose().as_str())];
        let answer = self.ask(&form, &client_secret, &[refresh, &client_secret]).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        if answer.status.is_success() {
            return grant::read(&answer).ok_or_else(|| unreadable(PLATFORM));
        }
        Err(grant::refused_refresh(PLATFORM, &answer, is_dead, |answer| {
            errors::classify(answer.status, &answer.headers, &answer.body, answer.at)
        }))
    }

    /// Source: <https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token> (read 2026-08-22). The
    /// refresh token goes first: the access token alone would come back.
    async fn revoke(&self, tokens: &Tokens) -> Result<(), Failure> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        for token in tokens.refresh.iter().chain([&tokens.access]) {
            let request = self
                .wire
                .post(self.settings.api.at("/2/oauth2/revoke"))
                .basic_auth(&self.settings.client_id, Some(client_secret.expose()))
                .form(&[("token", token.expose())]);
            let answer = self.wire.send(request, TOKEN_TIMEOUT, &[token, &client_secret]).await;
            let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
            if !answer.status.is_success() {
                let refused = errors::classify(answer.status, &answer.headers, &answer.body, answer.at);
                return Err(of_read(PLATFORM, refused));
            }
        }
        Ok(())
    }
}

impl XAuthorizer {
    async fn ask(
        &self,
        form: &[(&str, &str)],
        client_secret: &Secret<String>,
        hidden: &[&Secret<String>],
    ) -> Result<Answer, Silence> {
        let request = self
            .wire
            .post(self.settings.api.at("/2/oauth2/token"))
            .basic_auth(&self.settings.client_id, Some(client_secret.expose()))
            .form(form);
        self.wire.send(request, TOKEN_TIMEOUT, hidden).await
    }
}

/// A refresh token that was used, revoked or has expired. Both literals have been seen.
fn is_dead(refusal: &Refusal) -> bool {
    refusal.error == "invalid_grant"
        || (refusal.error == "invalid_request"
            && refusal.error_description.to_lowercase().contains("token was invalid"))
}
