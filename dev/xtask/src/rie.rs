//! Each function's binary under AWS's own Runtime Interface Emulator, on its `events/` file.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::Instant;

use crate::build::bootstrap;
use crate::cloud::{Call, Cloud};
use crate::http;
use crate::places::Places;
use crate::stack::Stack;
use crate::tools::TOOLS;

const ANSWER: Duration = Duration::from_secs(30);

/// Runs one function on `events/<function>.json` with the environment its deployed twin has.
///
/// # Errors
/// When the binary does not start, or answers with an error or a shape that its caller could not read.
pub(crate) async fn run(places: &Places, stack: &Stack, function: &str) -> Result<()> {
    let path = places.root().join("events").join(format!("{function}.json"));
    let event: Value =
        serde_json::from_slice(&fs::read(&path).with_context(|| format!("no {}", path.display()))?)?;
    let name = stack.functions.get(function).with_context(|| format!("{function} is not deployed"))?;
    let environment = environment(&Cloud::at(places, &stack.aws_endpoint), name).await?;
    let (invoke, runtime) = two_ports()?;
    let mut child = Command::new(emulator(places)?)
        .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{invoke}")])
        .args(["--runtime-api-address", &format!("127.0.0.1:{runtime}")])
        .arg(bootstrap(places, function))
        .env_clear()
        .envs(environment)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_ENDPOINT_URL", &stack.aws_endpoint)
        .env("AWS_REGION", &stack.region)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_LAMBDA_FUNCTION_NAME", name)
        .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "30")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the Runtime Interface Emulator")?;
    let answer = invoke_once(&http::client()?, invoke, &event).await;
    let _ = child.kill().await;
    well_formed(&event, &answer?)
}

/// What CloudFormation gave the deployed function.
async fn environment(cloud: &Cloud, name: &str) -> Result<Vec<(String, String)>> {
    let call = Call::new("lambda", "get_function_configuration", json!({ "FunctionName": name }));
    let configuration = cloud.ask_one(call).await?;
    let variables = configuration["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    Ok(variables
        .into_iter()
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect())
}

async fn invoke_once(client: &Client, port: u16, event: &Value) -> Result<Value> {
    let url = format!("http://127.0.0.1:{port}/2015-03-31/functions/function/invocations");
    let deadline = Instant::now() + ANSWER;
    loop {
        match client.post(&url).json(event).send().await {
            Ok(response) => {
                let body = response.text().await.context("the answer breaks off")?;
                return serde_json::from_str(&body).with_context(|| format!("the answer is no JSON: {body}"));
            }
            // It does not listen yet.
            Err(error) if error.is_connect() && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            Err(error) => return Err(error).context("no answer"),
        }
    }
}

/// Whether the caller of this kind of function could read the answer.
fn well_formed(event: &Value, answer: &Value) -> Result<()> {
    ensure!(answer.get("errorType").is_none(), "unhandled error: {answer}");
    if event.get("Records").is_some() {
        let failures = &answer["batchItemFailures"];
        ensure!(failures.is_array(), "a queue's function answers batchItemFailures, not {answer}");
    } else if event.get("routeKey").is_some() {
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        ensure!((200..500).contains(&status), "API Gateway was answered with {answer}");
    }
    Ok(())
}

/// It comes inside the `aws-sam-cli` package.
fn emulator(places: &Places) -> Result<PathBuf> {
    let wanted = if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" };
    let library = TOOLS.program(places, "../lib");
    let found = fs::read_dir(&library)
        .with_context(|| format!("cannot read {}", library.display()))?
        .flatten()
        .map(|python| python.path().join("site-packages/samcli/local/rapid").join(wanted))
        .find(|path| path.exists());
    let Some(path) = found else { bail!("aws-sam-cli brought no {wanted}") };
    make_executable(&path)?;
    Ok(path)
}

/// The package brings it without the right to be run.
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_mode(permissions.mode() | 0o755);
    fs::set_permissions(path, permissions)
        .with_context(|| format!("cannot make {} executable", path.display()))
}

fn two_ports() -> Result<(u16, u16)> {
    let (one, two) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), two.local_addr()?.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_caller_gets_what_it_can_read() {
        let (queue, route, clock) = (json!({ "Records": [] }), json!({ "routeKey": "GET /" }), json!({}));
        assert!(well_formed(&queue, &json!({ "batchItemFailures": [] })).is_ok());
        assert!(well_formed(&queue, &json!({})).is_err());
        assert!(well_formed(&route, &json!({ "statusCode": 404 })).is_ok());
        assert!(well_formed(&route, &json!({ "statusCode": 500 })).is_err());
        assert!(well_formed(&clock, &Value::Null).is_ok());
        assert!(well_formed(&clock, &json!({ "errorType": "Unhandled" })).is_err());
    }
}
