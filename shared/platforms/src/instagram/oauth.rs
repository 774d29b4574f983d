//! Instagram's own login, for accounts without a Page.
//!
//! Source: <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>
//! (read 2026-11).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind, Grant, Opened, Tokens};
use domain::ports::{Authorizer, ClientSecrets, Failure, FailureClass};
use domain::secret::Secret;
use domain::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::grant::{self, TOKEN_TIMEOUT};
use crate::graph::{Call, Graph, app_refused, classify, is_id, text_or_number};
use crate::instagram::PLATFORM;
use crate::refusal::{failure, into_error, of_read, silent_read, unreadable};
use crate::settings::InstagramSettings;
use crate::wire::{Answer, Wire};

/// All that Belfry ever does, asked for at once: asking later would send everybody through consent again.
const SCOPES: &str = "instagram_business_basic,instagram_business_content_publish,\
                      instagram_business_manage_comments,instagram_business_manage_insights";

/// How long one read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct InstagramAuthorizer {
    pub(super) settings: InstagramSettings,
    pub(super) redirect_uri: String,
    pub(super) secrets: Arc<dyn ClientSecrets>,
    pub(super) graph: Graph,
    pub(super) wire: Wire,
}

/// The token of an hour. No `Debug`.
#[derive(Deserialize)]
struct Short {
    access_token: String,
    permissions: Option<Value>,
}

#[derive(Deserialize)]
struct Wrapped<T> {
    data: Vec<T>,
}

/// Whom the token is of. `user_id` is the name that the other calls take; `id` is another one.
#[derive(Deserialize)]
struct Me {
    #[serde(deserialize_with = "text_or_number")]
    user_id: String,
    username: String,
    name: Option<String>,
    profile_picture_url: Option<String>,
}

#[async_trait]
impl Authorizer for InstagramAuthorizer {
    fn uses_pkce(&self) -> bool {
        false
    }

    fn needed_scopes(&self) -> Vec<String> {
        ["instagram_business_basic", "instagram_business_content_publish"].map(str::to_owned).into()
    }

    fn authorization_url(&self, state: &str, _: Option<&str>) -> String {
        let query = [
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", SCOPES),
            ("state", state),
        ];
        self.settings.authorize.with_query("/oauth/authorize", &query).into()
    }

    /// The code for a token of an hour, that one for a token of 60 days, which is also what it is renewed by.
    async fn exchange(&self, code: &Secret<String>, _: Option<&Secret<String>>) -> Result<Grant> {
        let app_secret = self.secrets.client_secret(PLATFORM).await?;
        // The redirect ends in a fragment that some hand on as if it were the code's.
        let code = Secret::new(code.expose().trim_end_matches("#_").to_owned());
        let form = [
            ("client_id", self.settings.client_id.as_str()),
            ("client_secret", app_secret.expose()),
            ("grant_type", "authorization_code"),
            ("redirect_uri", &self.redirect_uri),
            ("code", code.expose()),
        ];
        let request = self.wire.post(self.settings.oauth.at("/oauth/access_token")).form(&form);
        let answer = self.wire.send(request, TOKEN_TIMEOUT, &[&code, &app_secret]).await;
        let answer = answer.map_err(|silence| into_error(PLATFORM, silent_read(PLATFORM, silence)))?;
        if !answer.status.is_success() {
            return Err(refused_code(&answer));
        }
        let short: Short =
            plain_or_wrapped(&answer).ok_or_else(|| into_error(PLATFORM, unreadable(PLATFORM)))?;
        let scopes = scopes(short.permissions.as_ref());
        let short = Secret::new(short.access_token);
        let query = [
            ("grant_type", "ig_exchange_token"),
            ("client_secret", app_secret.expose().as_str()),
            ("access_token", short.expose()),
        ];
        let answer = self.token("/access_token", &query, &[&short, &app_secret]).await;
        let answer = answer.map_err(|failure| into_error(PLATFORM, failure))?;
        if !answer.status.is_success() {
            return Err(refused_code(&answer));
        }
        let long = lasting(&answer).ok_or_else(|| into_error(PLATFORM, unreadable(PLATFORM)))?;
        Ok(Grant { scopes, ..long })
    }

    async fn accounts(&self, grant: &Grant) -> Result<Vec<Opened>> {
        let fields = [("fields", "user_id,username,name,account_type,profile_picture_url")];
        let access = &grant.tokens.access;
        let call = Call { access, path: "/me", fields: &fields, hidden: &[], within: READ_TIMEOUT };
        let answer = self.graph.get(call).await.map_err(|failure| into_error(PLATFORM, failure))?;
        let me = plain_or_wrapped::<Me>(&answer).filter(|me| is_id(&me.user_id) && !me.username.is_empty());
        let Some(me) = me else {
            return Err(Error::unavailable(PLATFORM.name(), "Instagram answered /me without an account"));
        };
        let name = me.name.filter(|name| !name.is_empty());
        let account = Account {
            id: me.user_id,
            login: PLATFORM,
            kind: AccountKind::Business,
            display_name: name.unwrap_or_else(|| me.username.clone()),
            handle: Some(me.username),
            avatar_url: me.profile_picture_url,
        };
        Ok(vec![Opened { platform: PLATFORM, account, own_tokens: None }])
    }

    /// The token renews itself when it is a day old and has not expired. A refusal is taken for the end of it only when
    /// Instagram says that it is: one that is too young is refused too, and still good.
    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        let query = [("grant_type", "ig_refresh_token"), ("access_token", refresh.expose().as_str())];
        let answer = self.token("/refresh_access_token", &query, &[refresh]).await?;
        if answer.status.is_success() {
            return lasting(&answer).ok_or_else(|| unreadable(PLATFORM));
        }
        let refused = classify(PLATFORM, &answer);
        Err(match refused.class {
            FailureClass::Reconnect | FailureClass::RetryAt(_) | FailureClass::Operator => refused,
            FailureClass::Ambiguous => of_read(PLATFORM, refused),
            FailureClass::RetrySoon
            | FailureClass::Content
            | FailureClass::Duplicate
            | FailureClass::NotPermitted
            | FailureClass::Unprepared => {
                let advice = "Instagram did not renew our access just now; it is tried again";
                failure(PLATFORM, FailureClass::RetrySoon, "try_again", advice, "")
            }
        })
    }

    /// Nothing can be told: Instagram's login documents no way to withdraw a consent; the person does so in the app.
    async fn revoke(&self, _: &Tokens) -> Result<(), Failure> {
        Ok(())
    }
}

impl InstagramAuthorizer {
    /// Asks a token endpoint, which are documented for GET alone and stand outside the versions.
    async fn token(
        &self,
        path: &str,
        query: &[(&str, &str)],
        hidden: &[&Secret<String>],
    ) -> Result<Answer, Failure> {
        let request = self.wire.get(self.settings.graph.with_query(path, query));
        let answer = self.wire.send(request, TOKEN_TIMEOUT, hidden).await;
        answer.map_err(|silence| silent_read(PLATFORM, silence))
    }
}

/// A token that lasts, which is also what it is renewed by.
fn lasting(answer: &Answer) -> Option<Grant> {
    let grant = grant::read(answer)?;
    let refresh = Some(grant.tokens.access.clone());
    Some(Grant { tokens: Tokens { refresh, ..grant.tokens }, ..grant })
}

/// Both shapes are documented.
fn plain_or_wrapped<T: serde::de::DeserializeOwned>(answer: &Answer) -> Option<T> {
    answer.json().or_else(|| answer.json::<Wrapped<T>>()?.data.into_iter().next())
}

/// A list, or names with commas between them.
fn scopes(permissions: Option<&Value>) -> Vec<String> {
    let names: Vec<&str> = match permissions {
        Some(Value::String(names)) => names.split(',').collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    names.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What passes passes; our app's own mistakes are ours to mend where Instagram tells them apart; anything else says no
/// to the code. The host of codes has a shape of its own, whose code is the status.
fn refused_code(answer: &Answer) -> Error {
    #[derive(Default, Deserialize)]
    struct Refused {
        #[serde(default)]
        error_message: String,
    }
    let status = answer.status.as_u16();
    let refused = classify(PLATFORM, answer);
    if app_refused(answer) {
        return Error::broken("OAuth client", refused.detail);
    }
    match refused.class {
        FailureClass::Ambiguous | FailureClass::RetrySoon | FailureClass::RetryAt(_) => Error::unavailable(
            PLATFORM.name(),
            format!("Instagram answered {status} to an authorization code"),
        ),
        FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator => {
            let said = answer.json::<Refused>().unwrap_or_default().error_message;
            let advice = "the sign-in was not accepted; begin connecting again";
            let detail = failure(PLATFORM, FailureClass::Reconnect, "code_refused", advice, &said).detail;
            Error::ConnectionRefused { platform: PLATFORM.title(), detail }
        }
    }
}
