//! The sandbox's lever: what really happened on the platforms, and how they shall misbehave.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::e2e::visitor::{Account, World};

/// One post as the sandbox has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seen {
    /// The platform's id of it.
    pub(crate) id: String,
    /// What a reader sees.
    pub(crate) text: String,
    /// What it answers.
    pub(crate) reply_to: Option<String>,
    /// What it shows.
    pub(crate) media: Vec<String>,
    /// In Unix milliseconds.
    pub(crate) accepted_at: i64,
    /// The same, when it was taken down.
    pub(crate) deleted_at: Option<i64>,
}

/// One request as the sandbox noted it.
#[derive(Debug, Deserialize)]
struct Noted {
    account: Option<String>,
    operation: Option<String>,
    fault: Option<String>,
}

impl World {
    /// What was published on this account, newest first.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn seen_on(&self, account: &Account) -> Result<Vec<Seen>> {
        let url = format!("{}/_control/posts", self.stack().sandbox_url);
        let query = [("platform", &account.platform), ("account", &account.account_id)];
        let sent = self.client().get(url).query(&query).send().await.context("the sandbox is away")?;
        sent.json().await.context("the sandbox shows no posts")
    }

    /// The files that arrived on this account, as the sandbox knows them.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn media_on(&self, account: &Account) -> Result<Vec<Value>> {
        let url = format!("{}/_control/media", self.stack().sandbox_url);
        let query = [("platform", &account.platform), ("account", &account.account_id)];
        let sent = self.client().get(url).query(&query).send().await.context("the sandbox is away")?;
        sent.json().await.context("the sandbox shows no media")
    }

    /// How many requests to create something on this account arrived since then.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn creates_on(&self, account: &Account, since_ms: i64) -> Result<usize> {
        self.calls_on(account, "create", since_ms).await
    }

    /// The same of any operation.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn calls_on(&self, account: &Account, operation: &str, since_ms: i64) -> Result<usize> {
        let noted = self.noted_since(since_ms).await?;
        let counts = |noted: &&Noted| {
            noted.operation.as_deref() == Some(operation)
                && noted.account.as_deref() == Some(&account.account_id)
        };
        Ok(noted.iter().filter(counts).count())
    }

    /// Makes the next create on this account, and on no other, suffer; `more` adds to kind or count.
    ///
    /// # Errors
    /// When the sandbox does not take the fault.
    pub(crate) async fn spoil_create(&self, account: &Account, kind: &str, more: &Value) -> Result<()> {
        self.spoil(account, "create", kind, more).await
    }

    /// The same of any operation.
    ///
    /// # Errors
    /// When the sandbox does not take the fault.
    pub(crate) async fn spoil(
        &self,
        account: &Account,
        operation: &str,
        kind: &str,
        more: &Value,
    ) -> Result<()> {
        let mut more = more.clone();
        more["account"] = json!(account.account_id);
        self.spoil_all(&account.platform, operation, kind, &more).await
    }

    /// The same of the platform's next call, whose account ever it is.
    ///
    /// # Errors
    /// When the sandbox does not take the fault.
    pub(crate) async fn spoil_all(
        &self,
        platform: &str,
        operation: &str,
        kind: &str,
        more: &Value,
    ) -> Result<()> {
        let mut fault = json!({ "platform": platform, "operation": operation, "kind": kind });
        for (name, value) in more.as_object().into_iter().flatten() {
            fault[name] = value.clone();
        }
        self.pull("faults", &fault, 201).await
    }

    /// Lets the access tokens of this account end now; what refreshes them stays good.
    ///
    /// # Errors
    /// When the sandbox does not know the account.
    pub(crate) async fn expire_access(&self, account: &Account) -> Result<()> {
        self.end_grant(account, "expire_access").await
    }

    /// Ends what the owner of this account allowed, as `revoke` or another action of the lever.
    ///
    /// # Errors
    /// When the sandbox does not know the account.
    pub(crate) async fn end_grant(&self, account: &Account, action: &str) -> Result<()> {
        let ended = json!({ "platform": account.platform, "account": account.account_id, "action": action });
        self.pull("grants", &ended, 200).await
    }

    /// How many of the latest 5,000 calls since then suffered what, as `create drop_after`.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn suffered_since(&self, since_ms: i64) -> Result<BTreeMap<String, usize>> {
        let mut suffered = BTreeMap::new();
        for noted in self.noted_since(since_ms).await? {
            if let (Some(operation), Some(fault)) = (noted.operation, noted.fault) {
                *suffered.entry(format!("{operation} {fault}")).or_default() += 1;
            }
        }
        Ok(suffered)
    }

    async fn noted_since(&self, since_ms: i64) -> Result<Vec<Noted>> {
        let url = format!("{}/_control/requests?since={since_ms}", self.stack().sandbox_url);
        let sent = self.client().get(url).send().await.context("the sandbox is away")?;
        sent.json().await.context("the sandbox shows no requests")
    }

    async fn pull(&self, lever: &str, body: &Value, wanted: u16) -> Result<()> {
        let url = format!("{}/_control/{lever}", self.stack().sandbox_url);
        let sent = self.client().post(url).json(body).send().await.context("the sandbox is away")?;
        ensure!(sent.status() == wanted, "the sandbox does not take {body} as one of its {lever}");
        Ok(())
    }
}
