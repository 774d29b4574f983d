//! The emulated AWS: its process, and calls to it.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::places::Places;
use crate::ports::Ports;
use crate::tools::{CLOUD, TOOLS};

/// The one region of the local cloud.
pub(crate) const REGION: &str = "eu-central-1";

/// Where the emulator runs and how it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    places: Places,
    endpoint: String,
    port: u16,
}

/// One AWS call by boto3's names.
pub(crate) struct Call {
    service: &'static str,
    call: &'static str,
    arguments: Value,
}

impl Call {
    /// `Call::new("ssm", "put_parameter", json!({…}))`.
    pub(crate) fn new(service: &'static str, call: &'static str, arguments: Value) -> Self {
        Self { service, call, arguments }
    }
}

/// What a call came to.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// The result.
    Ok {
        /// As boto3 gives it.
        ok: Value,
    },
    /// AWS's error code and sentence.
    Refused {
        /// `ResourceNotFoundException` and its kind.
        error: String,
        /// For people.
        text: String,
    },
}

impl Answer {
    /// The result, or the refusal as an error.
    ///
    /// # Errors
    /// When the call was refused.
    pub(crate) fn value(self) -> Result<Value> {
        match self {
            Self::Ok { ok } => Ok(ok),
            Self::Refused { text, .. } => Err(anyhow!("{text}")),
        }
    }
}

impl Cloud {
    pub(crate) fn new(places: &Places, ports: &Ports) -> Self {
        Self { places: places.clone(), endpoint: ports.aws_url(), port: ports.aws_port }
    }

    /// One that runs already, by its address.
    pub(crate) fn at(places: &Places, endpoint: &str) -> Self {
        Self { places: places.clone(), endpoint: endpoint.to_owned(), port: 0 }
    }

    /// The emulator, ready to be started. Nothing of the caller's environment reaches it or the functions,
    /// which inherit all of it: a developer's own AWS credentials least of all.
    ///
    /// # Errors
    /// When its folders cannot be made.
    pub(crate) fn command(&self) -> Result<Command> {
        let state = self.places.state();
        let temporary = state.join("tmp");
        // Unpacked binaries of fifty megabytes each, which nobody else would ever clear away.
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).with_context(|| format!("cannot make {}", temporary.display()))?;
        let mut command = Command::new(CLOUD.program(&self.places, "python"));
        command
            .arg(self.places.root().join("dev/cloud/launcher.py"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", state)
            .env("TMPDIR", &temporary)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", self.port.to_string())
            .env("MINISTACK_REGION", REGION)
            .env("PERSIST_STATE", "1")
            .env("STATE_DIR", state.join("aws"))
            .env("S3_PERSIST", "1")
            .env("S3_DATA_DIR", state.join("s3"))
            .env("LAMBDA_EXECUTOR", "local")
            // The template's `LogFormat: JSON` does not reach the functions here; on AWS it sets this.
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .current_dir(&temporary);
        if let Some(record) = self.places.record() {
            command.env("RECORD_TO", record);
        }
        Ok(command)
    }

    /// What answers once it is ready.
    pub(crate) fn health_url(&self) -> String {
        format!("{}/_ministack/health", self.endpoint)
    }

    /// Makes calls, up to four at once, in one process; the answers are in the order of the calls.
    ///
    /// # Errors
    /// When the asking itself fails; a refused call is an answer.
    pub(crate) async fn ask(&self, calls: Vec<Call>) -> Result<Vec<Answer>> {
        let calls: Vec<Value> = calls
            .into_iter()
            .map(|call| json!({ "service": call.service, "call": call.call, "arguments": call.arguments }))
            .collect();
        let question = json!({ "endpoint": self.endpoint, "region": REGION, "calls": calls }).to_string();
        let mut child = Command::new(CLOUD.program(&self.places, "python"))
            .arg(self.places.root().join("dev/cloud/ask.py"))
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start dev/cloud/ask.py")?;
        let mut stdin = child.stdin.take().context("ask.py takes no questions")?;
        stdin.write_all(question.as_bytes()).await.context("ask.py takes no questions")?;
        drop(stdin);
        let output = child.wait_with_output().await.context("ask.py does not answer")?;
        if !output.status.success() {
            bail!("dev/cloud/ask.py failed ({})", output.status);
        }
        serde_json::from_slice(&output.stdout).context("dev/cloud/ask.py answers no JSON")
    }

    /// Makes one call.
    ///
    /// # Errors
    /// When it is refused.
    pub(crate) async fn ask_one(&self, call: Call) -> Result<Value> {
        self.ask(vec![call]).await?.pop().context("ask.py gave no answer")?.value()
    }

    /// The AWS command line against this emulator.
    pub(crate) fn aws(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(TOOLS.program(&self.places, "aws"));
        command
            .args(arguments)
            .current_dir(self.places.root())
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_PAGER", "")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// The folders this cloud lies in.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }
}
