//! Calls to the emulated AWS without a process for each: for what must be quick.

use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Client;
use serde_json::Value;

use crate::cloud::REGION;
use crate::stack::Stack;

/// Somebody whom the emulator knows.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    endpoint: String,
    keys: Credentials,
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
        let keys = Credentials::new("test", "test", None, None, "the emulator's root");
        Self { client: client.clone(), endpoint: stack.aws_endpoint.clone(), keys }
    }

    /// Somebody else, at the same place.
    pub(crate) fn with(&self, keys: Credentials) -> Self {
        Self { keys, ..self.clone() }
    }

    /// `caller.call(SQS, "ReceiveMessage", &json!({…}))`
    ///
    /// # Errors
    /// When it is refused.
    pub(crate) async fn call(&self, service: Service, operation: &str, arguments: &Value) -> Result<Value> {
        let body = arguments.to_string();
        let target = format!("{}.{operation}", service.target);
        let kind = format!("application/x-amz-json-{}", service.version);
        let headers = [("content-type", kind.as_str()), ("x-amz-target", target.as_str())];
        let request = self.client.post(&self.endpoint);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let signed = SignableRequest::new(
            "POST",
            &self.endpoint,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let identity = self.keys.clone().into();
        let how = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service.name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?;
        let (signature, _) = sign(signed, &how.into())?.into_parts();
        let request = signature.headers().fold(request, |request, (name, value)| request.header(name, value));
        let sent = request.body(body).send().await;
        let sent = sent.context("the emulator is away")?;
        let (status, text) = (sent.status(), sent.text().await.unwrap_or_default());
        ensure!(status.is_success(), "{operation} was refused ({status}): {text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{operation} answered no JSON: {text}"))
    }
}
