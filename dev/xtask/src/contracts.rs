//! `cargo xtask contracts`: the contract suites of the ports whose neighbours only the emulator stands in for.

use anyhow::{Context, Result};
use serde_json::json;

use crate::build;
use crate::cloud::{Call, Cloud, REGION};
use crate::places::Places;
use crate::stack::Stack;
use crate::tools::run as run_to_end;

/// On the stack that is up.
pub(crate) async fn on_running() -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    run(&places, &stack).await
}

/// Each test makes queues, buckets, keys of its own, so that nobody is disturbed; all of it stays until a `reset`.
///
/// # Errors
/// When a case fails, which has told why on the terminal.
pub(crate) async fn run(places: &Places, stack: &Stack) -> Result<()> {
    let role = role_of_schedules(&Cloud::at(places, &stack.aws_endpoint)).await?;
    let mut cargo = build::tests(places).await;
    cargo.args(["--test", "emulator"]);
    cargo.env("BELFRY_TEST_AWS", &stack.aws_endpoint).env("BELFRY_TEST_ROLE", role);
    run_to_end(&mut cargo).await
}

/// A role under which schedules may ring in the queues of the tests, and in no others.
async fn role_of_schedules(cloud: &Cloud) -> Result<String> {
    let name = format!("contract-{:016x}", fastrand::u64(..));
    let may = |statement| json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let trust = may(json!({
        "Effect": "Allow",
        "Principal": { "Service": "scheduler.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }));
    let send = may(json!({
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": format!("arn:aws:sqs:{REGION}:*:contract-*"),
    }));
    let role = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust });
    let made = cloud.ask_one(Call::new("iam", "create_role", role)).await?;
    let policy = json!({ "RoleName": name, "PolicyName": "send", "PolicyDocument": send });
    cloud.ask_one(Call::new("iam", "put_role_policy", policy)).await?;
    made["Role"]["Arn"].as_str().map(str::to_owned).context("the role has no name")
}
