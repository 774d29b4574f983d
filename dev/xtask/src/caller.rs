//! Calls to the emulated AWS without a process for each: for what must be quick.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;

use crate::cloud::REGION;
use crate::signature::Keys;
use crate::stack::Stack;

/// Somebody whom the emulator knows.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    endpoint: String,
    keys: Keys,
}

/// A service as its protocol names it.
#[derive(Clone, Copy)]
pub(crate) struct Service {
    name: &'static str,
    /// Before the operation in `X-Amz-Target`.
    target: &'static str,
    /// Of AWS's JSON.
    version: &'static str,
}

pub(crate) const DYNAMODB: Service =
    Service { name: "dynamodb", target: "DynamoDB_20120810", version: "1.0" };
pub(crate) const EVENTS: Service = Service { name: "events", target: "AWSEvents", version: "1.1" };
pub(crate) const KMS: Service = Service { name: "kms", target: "TrentService", version: "1.1" };
pub(crate) const SQS: Service = Service { name: "sqs", target: "AmazonSQS", version: "1.0" };

impl Caller {
    /// Whoever may do everything.
    pub(crate) fn root(client: &Client, stack: &Stack) -> Self {
        let keys = Keys { id: "test".to_owned(), secret: "test".to_owned() };
        Self { client: client.clone(), endpoint: stack.aws_endpoint.clone(), keys }
    }

    /// Somebody else, at the same place.
    pub(crate) fn with(&self, keys: Keys) -> Self {
        Self { keys, ..self.clone() }
    }

    /// `caller.call(SQS, "ReceiveMessage", &json!({…}))`
    ///
    /// # Errors
    /// When it is refused.
    pub(crate) async fn call(&self, service: Service, operation: &str, arguments: &Value) -> Result<Value> {
        let body = arguments.to_string();
        let host = self.endpoint.trim_start_matches("http://");
        let target = format!("{}.{operation}", service.target);
        let now = Timestamp::now();
        let signed =
            self.keys.sign(now, REGION, service.name, &[("host", host), ("x-amz-target", &target)], &body);
        let request = self.client.post(&self.endpoint).header("x-amz-target", &target);
        let request = signed.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let kind = format!("application/x-amz-json-{}", service.version);
        let sent = request.header("content-type", kind).body(body).send().await;
        let sent = sent.context("the emulator is away")?;
        let (status, text) = (sent.status(), sent.text().await.unwrap_or_default());
        ensure!(status.is_success(), "{operation} was refused ({status}): {text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{operation} answered no JSON: {text}"))
    }
}
