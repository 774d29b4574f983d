//! OAuth 2.0 without PKCE; refresh tokens only for approved partners.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Result;
use domain::connection::{Grant, Opened, Tokens};
use domain::ports::{Authorizer, Failure};
use domain::secret::Secret;

use crate::grant::{self, Refusal, TOKEN_TIMEOUT};
use crate::linkedin::{Line, PLATFORM, accounts, errors};
use crate::refusal::{into_error, of_read, silent_read, unreadable};
use crate::wire::{Answer, Silence};
use domain::ports::ClientSecrets;

pub(super) struct LinkedInAuthorizer {
    pub(super) line: Line,
    pub(super) redirect_uri: String,
    pub(super) secrets: Arc<dyn ClientSecrets>,
}

#[async_trait]
impl Authorizer for LinkedInAuthorizer {
    fn uses_pkce(&self) -> bool {
        false
    }

    fn authorization_url(&self, state: &str, _challenge: Option<&str>) -> String {
        let query = [
            ("response_type", "code"),
            ("client_id", self.line.settings.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", state),
            ("scope", &self.line.settings.scopes.join(" ")),
        ];
        self.line.settings.oauth.with_query("/oauth/v2/authorization", &query).into()
    }

    async fn exchange(&self, code: &Secret<String>, _verifier: Option<&Secret<String>>) -> Result<Grant> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose().as_str()),
            ("client_id", self.line.settings.client_id.as_str()),
            ("client_secret", client_secret.expose().as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
        ];
        let answer = self.ask(&form, &[code, &client_secret]).await;
        let answer = answer.map_err(|silence| into_error(PLATFORM, silent_read(PLATFORM, silence)))?;
        if answer.status.is_success() {
            return grant::read(&answer).ok_or_else(|| into_error(PLATFORM, unreadable(PLATFORM)));
        }
        Err(grant::refused_code(PLATFORM, &answer))
    }

    /// Consent is given to all scopes or to none.
    fn needed_scopes(&self) -> Vec<String> {
        vec!["w_member_social".into()]
    }

    async fn accounts(&self, grant: &Grant) -> Result<Vec<Opened>> {
        let found = accounts::all(&self.line, &grant.tokens.access).await;
        let found = found.map_err(|failure| into_error(PLATFORM, failure))?;
        let opened = |account| Opened { platform: PLATFORM, account, own_tokens: None };
        Ok(found.into_iter().map(opened).collect())
    }

    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose().as_str()),
            ("client_id", self.line.settings.client_id.as_str()),
            ("client_secret", client_secret.expose().as_str()),
        ];
        let answer = self.ask(&form, &[refresh, &client_secret]).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        if answer.status.is_success() {
            let mut grant = grant::read(&answer).ok_or_else(|| unreadable(PLATFORM))?;
            // LinkedIn's refresh token stays the same for its year, whether or not the answer repeats it.
            grant.tokens.refresh.get_or_insert_with(|| refresh.clone());
            return Ok(grant);
        }
        Err(grant::refused_refresh(PLATFORM, &answer, is_dead, errors::of))
    }

    /// LinkedIn publishes no page on this call; libraries send it so. When it is refused, the consent stays until it
    /// expires or the member takes it back in their settings; our copy of the tokens is erased in any case.
    async fn revoke(&self, tokens: &Tokens) -> Result<(), Failure> {
        let client_secret = self.secrets.client_secret(PLATFORM).await?;
        let form = [
            ("client_id", self.line.settings.client_id.as_str()),
            ("client_secret", client_secret.expose().as_str()),
            ("token", tokens.access.expose().as_str()),
        ];
        let request = self.line.wire.post(self.line.settings.oauth.at("/oauth/v2/revoke")).form(&form);
        let answer = self.line.wire.send(request, TOKEN_TIMEOUT, &[&tokens.access, &client_secret]).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        if answer.status.is_success() { Ok(()) } else { Err(of_read(PLATFORM, errors::of(&answer))) }
    }
}

impl LinkedInAuthorizer {
    async fn ask(&self, form: &[(&str, &str)], hidden: &[&Secret<String>]) -> Result<Answer, Silence> {
        let request = self.line.wire.post(self.line.settings.oauth.at("/oauth/v2/accessToken")).form(form);
        self.line.wire.send(request, TOKEN_TIMEOUT, hidden).await
    }
}

/// A refresh token that was revoked or has expired.
fn is_dead(refusal: &Refusal) -> bool {
    let said = refusal.error_description.to_lowercase();
    refusal.error == "invalid_grant"
        || (refusal.error == "invalid_request" && said.contains("invalid, expired or revoked"))
}
