//! The stranger: a person with a token and a script, nothing else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::e2e::patience::until;
use crate::people;
use crate::stack::Stack;

/// The running stack and a way to ask it.
#[derive(Clone)]
pub(crate) struct World(Arc<(Client, Stack)>);

/// One person, new to everything.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The stack this person uses.
    pub(crate) world: World,
    /// The name at the issuer and at the sandbox.
    pub(crate) name: String,
    token: String,
    accounts: Vec<Account>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Belfry's id of it.
    pub(crate) id: String,
    /// `x` or `linkedin`.
    pub(crate) platform: String,
    /// The platform's id of it.
    pub(crate) account_id: String,
    /// `person` or `organization`.
    pub(crate) kind: String,
    /// `active` or `needs_reconnect`.
    pub(crate) status: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What was asked, for complaints.
    asked: String,
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl World {
    pub(crate) fn new(client: Client, stack: Stack) -> Self {
        Self(Arc::new((client, stack)))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.0
    }

    pub(crate) fn stack(&self) -> &Stack {
        &self.0.1
    }

    /// A request to the API, still without a token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client().request(method, format!("{}{path}", self.stack().api_url))
    }
}

impl Visitor {
    /// Somebody nobody has seen before, who has a token and no connections.
    ///
    /// # Errors
    /// When the issuer gives no token.
    pub(crate) async fn unconnected(world: &World) -> Result<Self> {
        let name = format!("e2e-{:016x}", fastrand::u64(..));
        let token = people::token(world.client(), world.stack(), &name).await?;
        Ok(Self { world: world.clone(), name, token, accounts: Vec::new() })
    }

    /// Somebody nobody has seen before, connected to X and, as a member and for an organization, to LinkedIn.
    ///
    /// # Errors
    /// When a step of the walk is refused.
    pub(crate) async fn connected(world: &World) -> Result<Self> {
        Self::connected_by(world, &["x", "linkedin"]).await
    }

    /// Somebody nobody has seen before, connected by these logins.
    ///
    /// # Errors
    /// When a step of the walk is refused.
    pub(crate) async fn connected_by(world: &World, logins: &[&str]) -> Result<Self> {
        let mut visitor = Self::unconnected(world).await?;
        people::introduce(world.client(), world.stack(), &visitor.name, logins).await?;
        visitor.accounts = visitor.connections().await?;
        Ok(visitor)
    }

    /// This person, connected by every login; known from before or not.
    ///
    /// # Errors
    /// When a step of the walk is refused.
    pub(crate) async fn named(world: &World, name: &str) -> Result<Self> {
        let token = people::introduce(world.client(), world.stack(), name, &people::LOGINS).await?;
        let mut visitor = Self { world: world.clone(), name: name.to_owned(), token, accounts: Vec::new() };
        visitor.accounts = visitor.connections().await?;
        Ok(visitor)
    }

    /// The same person on another stack, or on the same one after a restart.
    ///
    /// # Errors
    /// When the issuer gives no token.
    pub(crate) async fn moved_to(&self, world: &World) -> Result<Self> {
        let token = people::token(world.client(), world.stack(), &self.name).await?;
        Ok(Self { world: world.clone(), token, ..self.clone() })
    }

    /// What `GET /v1/connections` lists.
    ///
    /// # Errors
    /// When it does not answer with a list.
    pub(crate) async fn connections(&self) -> Result<Vec<Account>> {
        let mut listed = self.get("/v1/connections").await?.expect(200)?;
        serde_json::from_value(listed["connections"].take()).context("connections have another shape")
    }

    pub(crate) fn x(&self) -> &Account {
        self.account("x", "person")
    }

    pub(crate) fn member(&self) -> &Account {
        self.account("linkedin", "person")
    }

    pub(crate) fn organization(&self) -> &Account {
        self.account("linkedin", "organization")
    }

    pub(crate) fn page(&self) -> &Account {
        self.account("facebook", "page")
    }

    pub(crate) fn business(&self) -> &Account {
        self.account("instagram", "business")
    }

    fn account(&self, platform: &str, kind: &str) -> &Account {
        let found = self.accounts.iter().find(|account| account.platform == platform && account.kind == kind);
        found.expect("whoever is connected has an account of each kind")
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// A request with this person's token, to be changed further.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).bearer_auth(&self.token)
    }

    /// Schedules one text for these accounts and answers the post.
    ///
    /// # Errors
    /// When it is not taken.
    pub(crate) async fn schedule(&self, text: &str, on: &[&Account], at: Timestamp) -> Result<Value> {
        self.post("/v1/posts/schedule", &scheduled(text, on, at)).await?.expect(201)
    }

    /// Publishes a text on one account now and answers the post.
    ///
    /// # Errors
    /// When it is not taken.
    pub(crate) async fn publish(&self, text: &str, on: &Account) -> Result<Value> {
        let body = json!({ "text": text, "targets": targets(&[on]) });
        self.post("/v1/posts/publish", &body).await?.expect(202)
    }

    /// One post as it is now.
    ///
    /// # Errors
    /// When it is not shown.
    pub(crate) async fn look_at(&self, id: &str) -> Result<Value> {
        self.get(&format!("/v1/posts/{id}")).await?.expect(200)
    }

    /// Waits until the post as a whole has this status.
    ///
    /// # Errors
    /// When it has another one to the end.
    pub(crate) async fn until_status(&self, id: &str, status: &str, patience: Duration) -> Result<Value> {
        let what = format!("the post {id} is {status}");
        until(&what, patience, async || {
            let post = self.look_at(id).await?;
            Ok(if post["status"] == status { Ok(post) } else { Err(post.to_string()) })
        })
        .await
    }

    /// Fails unless this person has no posts at all.
    ///
    /// # Errors
    /// When there is one, or no list.
    pub(crate) async fn has_no_posts(&self) -> Result<()> {
        let listed = self.get("/v1/posts").await?.expect(200)?;
        ensure!(listed == json!({ "posts": [], "nextCursor": null }), "something was stored: {listed}");
        Ok(())
    }
}

impl Answer {
    /// The body, if the status is this one.
    ///
    /// # Errors
    /// When it is another status, or the body is no JSON.
    pub(crate) fn expect(self, status: u16) -> Result<Value> {
        let Self { asked, status: got, text, .. } = self;
        ensure!(got == status, "{asked} answered {got}, not {status}: {text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{asked} answered no JSON: {text}"))
    }

    /// The problem, if it is a whole one of this status and code.
    ///
    /// # Errors
    /// When it is anything else.
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Result<Value> {
        let kind = self.header("content-type").unwrap_or_default().to_owned();
        let asked = self.asked.clone();
        let problem = self.expect(status)?;
        ensure!(kind == "application/problem+json", "{asked} answered a refusal as {kind}: {problem}");
        ensure!(problem["code"] == code, "{asked} answered another code than {code}: {problem}");
        ensure!(problem["status"] == status, "{asked}: the body tells another status: {problem}");
        for name in ["type", "title", "detail"] {
            ensure!(is_said(&problem[name]), "{asked} answered no {name}: {problem}");
        }
        Ok(problem)
    }

    /// Whether these, and only these, mistakes are listed, each with its pointer, its code and words.
    ///
    /// # Errors
    /// When it is anything else.
    pub(crate) fn expect_mistakes(self, wanted: &[(&str, &str)]) -> Result<()> {
        let asked = self.asked.clone();
        let problem = self.expect_problem(422, "invalid_request")?;
        let Some(errors) = problem["errors"].as_array() else { bail!("{asked} lists nothing: {problem}") };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> =
            errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        let mut wanted: Vec<_> =
            wanted.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect();
        found.sort();
        wanted.sort();
        ensure!(found == wanted, "{asked} lists {found:?}, not {wanted:?}");
        ensure!(errors.iter().all(|error| is_said(&error["detail"])), "{asked} gives no reasons: {problem}");
        Ok(())
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Sends, and reads the whole answer.
///
/// # Errors
/// When there is none.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await.context("no answer")?;
    let (status, path) = (response.status().as_u16(), response.url().path().to_owned());
    let asked = path.split_once("/v1").map_or(path.clone(), |(_, route)| format!("/v1{route}"));
    let headers = response.headers().clone();
    let text = response.text().await.with_context(|| format!("{asked}: the answer breaks off"))?;
    Ok(Answer { asked, status, headers, text })
}

/// The body that schedules one text.
pub(crate) fn scheduled(text: &str, on: &[&Account], at: Timestamp) -> Value {
    json!({ "text": text, "targets": targets(on), "publishAt": at.to_string() })
}

/// A request with a body of any kind.
pub(crate) fn with_body(
    request: RequestBuilder,
    kind: Option<&str>,
    body: impl Into<Vec<u8>>,
) -> RequestBuilder {
    let request = request.body(body.into());
    match kind {
        Some(kind) => request.header(CONTENT_TYPE, kind),
        None => request,
    }
}

fn targets(on: &[&Account]) -> Vec<Value> {
    on.iter().map(|account| json!({ "connectionId": account.id })).collect()
}

fn is_said(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}
