//! Facebook's login: consent, and tokens that last.
//!
//! Source: <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>,
//! <https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived> (read 2026-11).

use std::sync::Arc;

use async_trait::async_trait;
use domain::connection::{Grant, Opened, Tokens};
use domain::ports::{Authorizer, ClientSecrets, Failure, FailureClass};
use domain::secret::Secret;
use domain::{Error, Result};
use serde::Deserialize;

use crate::facebook::{PLATFORM, accounts};
use crate::grant::{self, TOKEN_TIMEOUT};
use crate::graph::{Call, Graph, Page, app_refused, classify};
use crate::refusal::{failure, into_error, silent_read, unreadable};
use crate::settings::FacebookSettings;
use crate::wire::{Answer, Wire};

pub(super) struct FacebookAuthorizer {
    pub(super) settings: FacebookSettings,
    pub(super) redirect_uri: String,
    pub(super) secrets: Arc<dyn ClientSecrets>,
    pub(super) graph: Graph,
    pub(super) wire: Wire,
}

#[derive(Deserialize)]
struct Permission {
    permission: String,
    status: String,
}

#[async_trait]
impl Authorizer for FacebookAuthorizer {
    fn uses_pkce(&self) -> bool {
        false
    }

    fn needed_scopes(&self) -> Vec<String> {
        ["pages_show_list", "pages_manage_posts", "pages_read_engagement"].map(str::to_owned).into()
    }

    fn authorization_url(&self, state: &str, _: Option<&str>) -> String {
        let scopes = self.settings.scopes.join(",");
        let query = [
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", state),
            ("response_type", "code"),
            ("scope", scopes.as_str()),
        ];
        let path = format!("/{}/dialog/oauth", self.settings.version);
        self.settings.dialog.with_query(&path, &query).into()
    }

    /// The code for a token of hours, that one for a token of two months, because a Page's token lasts only when it is
    /// had with such a one. The person may have granted a part of what was asked for.
    async fn exchange(&self, code: &Secret<String>, _: Option<&Secret<String>>) -> Result<Grant> {
        let app_secret = self.secrets.client_secret(PLATFORM).await?;
        let app = [("client_id", self.settings.client_id.as_str()), ("client_secret", app_secret.expose())];
        let with_code = [app[0], app[1], ("redirect_uri", &self.redirect_uri), ("code", code.expose())];
        let short = self.token(&with_code, &[code, &app_secret]).await?.tokens.access;
        let with_token =
            [app[0], app[1], ("grant_type", "fb_exchange_token"), ("fb_exchange_token", short.expose())];
        let long = self.token(&with_token, &[&short, &app_secret]).await?;
        let scopes =
            self.granted(&long.tokens.access).await.map_err(|failure| into_error(PLATFORM, failure))?;
        Ok(Grant { tokens: Tokens { refresh: None, ..long.tokens }, scopes, ..long })
    }

    async fn accounts(&self, grant: &Grant) -> Result<Vec<Opened>> {
        accounts::all(&self.graph, grant).await.map_err(|failure| into_error(PLATFORM, failure))
    }

    /// A Page's token has no end and no successor; what has become of it only the person can mend.
    async fn refresh(&self, _: &Secret<String>) -> Result<Grant, Failure> {
        let advice = "Facebook no longer accepts our access; connect the account again";
        Err(failure(PLATFORM, FailureClass::Reconnect, "needs_reconnect", advice, ""))
    }

    /// Nothing can be told: consent is withdrawn by `DELETE /{user}/permissions` with the person's own token, which is
    /// not kept, and it would close every other Page of theirs too.
    async fn revoke(&self, _: &Tokens) -> Result<(), Failure> {
        Ok(())
    }
}

impl FacebookAuthorizer {
    /// Asks the token endpoint, which is documented for GET alone.
    async fn token(&self, query: &[(&str, &str)], hidden: &[&Secret<String>]) -> Result<Grant> {
        let path = format!("/{}/oauth/access_token", self.settings.version);
        let request = self.wire.get(self.settings.graph.with_query(&path, query));
        let answer = self.wire.send(request, TOKEN_TIMEOUT, hidden).await;
        let answer = answer.map_err(|silence| into_error(PLATFORM, silent_read(PLATFORM, silence)))?;
        if answer.status.is_success() {
            return grant::read(&answer).ok_or_else(|| into_error(PLATFORM, unreadable(PLATFORM)));
        }
        Err(refused_code(&answer))
    }

    async fn granted(&self, access: &Secret<String>) -> Result<Vec<String>, Failure> {
        let fields = [("limit", "100")];
        let call =
            Call { access, path: "/me/permissions", fields: &fields, hidden: &[], within: TOKEN_TIMEOUT };
        let page: Page<Permission> = self.graph.read(call).await?;
        let granted = page.data.into_iter().filter(|it| it.status == "granted").map(|it| it.permission);
        Ok(granted.collect())
    }
}

/// Our app's own mistakes are ours to mend; what will pass passes; anything else says no to the code.
fn refused_code(answer: &Answer) -> Error {
    let refused = classify(PLATFORM, answer);
    if app_refused(answer) {
        return Error::broken("OAuth client", refused.detail);
    }
    match refused.class {
        FailureClass::Ambiguous | FailureClass::RetrySoon | FailureClass::RetryAt(_) => {
            let status = answer.status.as_u16();
            Error::unavailable(
                PLATFORM.name(),
                format!("Facebook answered {status} to an authorization code"),
            )
        }
        FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator => {
            let detail = refused.detail.split_once(" (Facebook said: ").map_or("", |(_, said)| said);
            let advice = "the sign-in was not accepted; begin connecting again";
            let said = detail.strip_suffix(')').unwrap_or(detail);
            let detail = failure(PLATFORM, FailureClass::Reconnect, "code_refused", advice, said).detail;
            Error::ConnectionRefused { platform: PLATFORM.title(), detail }
        }
    }
}
