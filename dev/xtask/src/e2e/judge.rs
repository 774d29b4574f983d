//! The sandbox's lever: what really happened on the platforms, and how they shall misbehave.

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
    /// In Unix milliseconds.
    pub(crate) accepted_at: i64,
}

/// One request as the sandbox noted it.
#[derive(Debug, Deserialize)]
struct Noted {
    account: Option<String>,
    operation: Option<String>,
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

    /// How many requests to create something on this account arrived since then.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub(crate) async fn creates_on(&self, account: &Account, since_ms: i64) -> Result<usize> {
        let url = format!("{}/_control/requests?since={since_ms}", self.stack().sandbox_url);
        let sent = self.client().get(url).send().await.context("the sandbox is away")?;
        let noted: Vec<Noted> = sent.json().await.context("the sandbox shows no requests")?;
        let counts = |noted: &&Noted| {
            noted.operation.as_deref() == Some("create")
                && noted.account.as_deref() == Some(&account.account_id)
        };
        Ok(noted.iter().filter(counts).count())
    }

    /// Makes the next create on this account, and on no other, suffer; `more` adds to kind or count.
    ///
    /// # Errors
    /// When the sandbox does not take the fault.
    pub(crate) async fn spoil_create(&self, account: &Account, kind: &str, more: &Value) -> Result<()> {
        let mut fault = json!({
            "platform": account.platform, "account": account.account_id, "operation": "create", "kind": kind,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            fault[name] = value.clone();
        }
        let url = format!("{}/_control/faults", self.stack().sandbox_url);
        let sent = self.client().post(url).json(&fault).send().await.context("the sandbox is away")?;
        ensure!(sent.status() == 201, "the sandbox does not take the fault {fault}");
        Ok(())
    }
}
