//! `cargo xtask logs [function]`: what the functions wrote to CloudWatch Logs.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cloud::{Call, Cloud};
use crate::places::Places;
use crate::stack::Stack;

/// The most events that one answer holds.
const FULL_PAGE: usize = 10_000;

/// What `logs` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One function, by its folder's name; without it, all.
    function: Option<String>,
    /// Go on with what is logged from now.
    #[arg(long, short)]
    follow: bool,
}

/// A line appears when its invocation ends.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    let stack = Stack::read(places.stack_json())?;
    let cloud = Cloud::at(&places, &stack.aws_endpoint);
    let functions = wanted(&stack, args.function.as_deref())?;
    let mut shown = BTreeSet::new();
    let mut since = 0;
    loop {
        let mut lines = lines(&cloud, &functions, since).await?;
        // Stable: what one invocation said in the same millisecond stays in its order.
        lines.sort_by_key(|line| line.at);
        for line in lines {
            since = since.max(line.at);
            if shown.insert((line.at, line.id.clone())) {
                println!("{} {:<18} {}", clock(line.at), line.function, line.text);
            }
        }
        if !args.follow {
            return Ok(());
        }
        sleep(Duration::from_secs(1)).await;
    }
}

struct Line {
    at: i64,
    id: String,
    function: String,
    text: String,
}

/// Folder and physical name of the functions asked for.
fn wanted(stack: &Stack, name: Option<&str>) -> Result<Vec<(String, String)>> {
    let all = stack.functions.iter().map(|(folder, id)| (folder.clone(), id.clone()));
    let Some(name) = name else {
        return Ok(all.collect());
    };
    let found: Vec<_> = all.filter(|(folder, _)| folder == name).collect();
    if found.is_empty() {
        let known = stack.functions.keys().cloned().collect::<Vec<_>>().join(", ");
        bail!("There is no function `{name}`; there are {known}.");
    }
    Ok(found)
}

/// The lines of these functions since a moment, from the log groups their configuration names.
async fn lines(cloud: &Cloud, functions: &[(String, String)], since_ms: i64) -> Result<Vec<Line>> {
    let configurations = cloud.ask_one(Call::new("lambda", "list_functions", json!({}))).await?;
    let groups: BTreeSet<String> = functions.iter().map(|(_, id)| group_of(&configurations, id)).collect();
    let mut found = Vec::new();
    for group in groups {
        // A function that never ran has no log group.
        for event in events(cloud, &group, since_ms).await?.unwrap_or_default() {
            let stream = event["logStreamName"].as_str().unwrap_or_default();
            let writer = functions.iter().find(|(_, id)| wrote(id, &group, stream));
            found.extend(writer.map(|(folder, _)| line(folder, &event)));
        }
    }
    Ok(found)
}

/// Everything that stands in any log group, whoever wrote it; what shares a full page's last moment comes twice.
///
/// # Errors
/// When the emulator does not answer.
pub(crate) async fn everything(cloud: &Cloud) -> Result<Vec<String>> {
    let groups = cloud.ask_one(Call::new("logs", "describe_log_groups", json!({}))).await?;
    let mut found = Vec::new();
    for group in groups["logGroups"].as_array().context("log groups are a list")? {
        let name = group["logGroupName"].as_str().context("a log group without a name")?;
        let events = events(cloud, name, 0).await?.context("a log group that is not there")?;
        found.extend(events.iter().filter_map(|event| event["message"].as_str().map(str::to_owned)));
    }
    Ok(found)
}

/// The events of a group since a moment; `None` when there is no such group.
async fn events(cloud: &Cloud, group: &str, mut since_ms: i64) -> Result<Option<Vec<Value>>> {
    let mut found = Vec::new();
    loop {
        let arguments = json!({ "logGroupName": group, "startTime": since_ms });
        let Ok(mut page) = cloud.ask_one(Call::new("logs", "filter_log_events", arguments)).await else {
            return Ok(None);
        };
        let Value::Array(events) = page["events"].take() else { bail!("log events are no list") };
        // The emulator ends a full page without a token for the next: go on from its last moment.
        let last = events.last().and_then(|event| event["timestamp"].as_i64());
        let next = last.filter(|last| events.len() >= FULL_PAGE && *last > since_ms);
        found.extend(events);
        match next {
            Some(next) => since_ms = next,
            None => return Ok(Some(found)),
        }
    }
}

/// The log group of a function: the one it is configured with, else its own.
fn group_of(configurations: &Value, id: &str) -> String {
    let functions = configurations["Functions"].as_array().into_iter().flatten();
    let configured = functions
        .filter(|function| function["FunctionName"] == id)
        .find_map(|function| function["LoggingConfig"]["LogGroup"].as_str());
    configured.map_or_else(|| own_group(id), str::to_owned)
}

fn own_group(id: &str) -> String {
    format!("/aws/lambda/{id}")
}

/// A shared group's streams carry the function's name before the version: `2026/11/23/name[$LATEST]4f…`.
fn wrote(id: &str, group: &str, stream: &str) -> bool {
    group == own_group(id) || stream.contains(&format!("/{id}["))
}

fn line(folder: &str, event: &Value) -> Line {
    let text = |name: &str| event[name].as_str().unwrap_or_default().trim_end().to_owned();
    Line {
        at: event["timestamp"].as_i64().unwrap_or_default(),
        id: format!("{} {} {}", text("eventId"), text("logStreamName"), text("message")),
        function: folder.to_owned(),
        text: text("message"),
    }
}

/// The time of day in UTC; the day is today's in nearly every case.
fn clock(at_ms: i64) -> String {
    let of_day = at_ms.rem_euclid(86_400_000);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_group_is_read_by_the_names_in_its_streams() {
        let configurations = json!({ "Functions": [
            { "FunctionName": "belfry-ListPosts", "LoggingConfig": { "LogGroup": "/belfry" } },
            { "FunctionName": "belfry-GetPost" },
        ] });
        assert_eq!(group_of(&configurations, "belfry-ListPosts"), "/belfry");
        assert_eq!(group_of(&configurations, "belfry-GetPost"), "/aws/lambda/belfry-GetPost");
        assert!(wrote("belfry-ListPosts", "/belfry", "2026/11/23/belfry-ListPosts[$LATEST]4f"));
        assert!(!wrote("belfry-ListPosts", "/belfry", "2026/11/23/belfry-ListPostsToo[$LATEST]4f"));
        assert!(wrote("belfry-GetPost", "/aws/lambda/belfry-GetPost", "2026/11/23/[$LATEST]4f"));
    }

    #[test]
    fn a_line_tells_the_time_of_day() {
        assert_eq!(clock(1_796_112_000_123), "08:00:00.123Z");
    }
}
