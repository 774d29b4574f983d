//! Connections that nobody uses: renewed, or their people told. Nobody waits for weeks: a row is dated back instead.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cloud::{Call, Cloud};
use crate::e2e::patience::until;
use crate::e2e::visitor::{Account, Visitor, World};
use crate::formation::STACK;
use crate::places::Places;

/// How long an event may take from the bus to whoever listens.
const HEARD: Duration = Duration::from_secs(15);

pub(crate) async fn an_idle_connection_is_renewed_once_when_its_time_has_come(world: World) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &["x"]).await?;
    let (row, began) = (Row::of(&visitor, visitor.x())?, Timestamp::now());
    let planned = row.keep_at().await?.context("a new connection to X is not to be kept")?;
    ensure!(planned > began + SignedDuration::from_hours(59 * 24), "it is to be kept at {planned}");
    row.date_back(&[]).await?;
    ring(&world).await?;
    let refreshes = world.calls_on(visitor.x(), "refresh", began.as_millisecond()).await?;
    ensure!(refreshes == 1, "X was asked {refreshes} times for new tokens");
    ensure!(row.keep_at().await? >= Some(planned), "it is to be kept again too soon");
    let post = visitor.publish("still here", visitor.x()).await?;
    let id = post["id"].as_str().context("a post has an id")?.to_owned();
    until("it is published with the new token", Duration::from_secs(60), async || {
        let post = visitor.get(&format!("/v1/posts/{id}")).await?.expect(200)?;
        Ok(if post["status"] == "published" { Ok(()) } else { Err(post.to_string()) })
    })
    .await
}

pub(crate) async fn an_idle_connection_that_the_platform_ended_calls_for_its_person(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &["x"]).await?;
    let row = Row::of(&visitor, visitor.x())?;
    let ear = Ear::for_events(&world, "connection.needs_reconnect").await?;
    world.end_grant(visitor.x(), "revoke").await?;
    row.date_back(&[]).await?;
    ring(&world).await?;
    ear.hears_once(visitor.x()).await?;
    let shown = visitor.connections().await?;
    ensure!(shown[0].status == "needs_reconnect", "it is {}", shown[0].status);
    ensure!(row.keep_at().await?.is_none(), "it is still to be kept");
    ear.leave().await
}

pub(crate) async fn a_member_of_linkedin_is_warned_once_before_their_connection_ends(
    world: World,
) -> Result<()> {
    let visitor = Visitor::connected_by(&world, &["linkedin"]).await?;
    let member = visitor.member();
    let row = Row::of(&visitor, member)?;
    let ear = Ear::for_events(&world, "connection.expiring").await?;
    let ends = Timestamp::now() + SignedDuration::from_hours(13 * 24);
    row.date_back(&[("expiresAt", ends.as_millisecond())]).await?;
    ring(&world).await?;
    let heard = ear.hears_once(member).await?;
    ensure!(heard["daysLeft"] == 14, "it says {heard}");
    let said: Timestamp = heard["expiresAt"].as_str().context("it has no end")?.parse()?;
    ensure!(said.as_millisecond() == ends.as_millisecond(), "it says {heard}");
    let next = row.keep_at().await?.context("it is not to be kept any more")?;
    let wanted = ends - SignedDuration::from_hours(7 * 24);
    ensure!(next.as_millisecond() == wanted.as_millisecond(), "the next warning is at {next}");
    ear.leave().await
}

/// Rings the rule of `keep-tokens` twice at once, as it may, and once more.
async fn ring(world: &World) -> Result<()> {
    let function = world.stack().functions.get("keep-tokens").context("it is not deployed")?;
    let event = json!({ "time": Timestamp::now().to_string() });
    for times in [2, 1] {
        let invoke = || json!({ "FunctionName": function, "Payload": event.to_string() });
        let calls = (0..times).map(|_| Call::new("lambda", "invoke", invoke())).collect();
        for answer in cloud(world).ask(calls).await? {
            let answer = answer.value()?;
            ensure!(answer["FunctionError"].is_null(), "keep-tokens answered {answer}");
        }
    }
    Ok(())
}

/// A connection as it lies in its table.
struct Row {
    cloud: Cloud,
    key: Value,
}

impl Row {
    fn of(visitor: &Visitor, account: &Account) -> Result<Self> {
        let table = visitor.world.stack().tables.get("Connections").context("there is no such table")?;
        let owner = format!("person-{}", visitor.name);
        let key = json!({ "owner": { "S": owner }, "connectionId": { "S": account.id } });
        Ok(Self { cloud: cloud(&visitor.world), key: json!({ "TableName": table, "Key": key }) })
    }

    /// When it is to be kept.
    async fn keep_at(&self) -> Result<Option<Timestamp>> {
        let found = self.cloud.ask_one(Call::new("dynamodb", "get_item", self.key.clone())).await?;
        ensure!(found["Item"].is_object(), "there is no such row");
        Ok(found["Item"]["keepAt"]["S"].as_str().map(str::parse).transpose()?)
    }

    /// Makes it as old as one that is to be kept now, with these other times.
    async fn date_back(&self, times: &[(&str, i64)]) -> Result<()> {
        let keep_at = format!("{:.3}", Timestamp::now() - SignedDuration::from_mins(1));
        let mut update = self.key.clone();
        update["UpdateExpression"] = json!("SET keepAt = :keepAt");
        update["ExpressionAttributeValues"] = json!({ ":keepAt": { "S": keep_at } });
        for (name, ms) in times {
            let expression =
                format!("{}, {name} = :{name}", update["UpdateExpression"].as_str().unwrap_or(""));
            update["UpdateExpression"] = expression.into();
            update["ExpressionAttributeValues"][format!(":{name}")] = json!({ "N": ms.to_string() });
        }
        self.cloud.ask_one(Call::new("dynamodb", "update_item", update)).await.map(drop)
    }
}

/// A queue of a scenario's own that hears one kind of event.
struct Ear {
    cloud: Cloud,
    rule: String,
    queue: String,
}

impl Ear {
    async fn for_events(world: &World, kind: &str) -> Result<Self> {
        let (cloud, rule) = (cloud(world), format!("e2e-{:016x}", fastrand::u64(..)));
        let pattern = json!({ "source": ["belfry"], "detail-type": [kind] }).to_string();
        let put = json!({ "Name": rule, "EventBusName": bus(), "EventPattern": pattern });
        let put = cloud.ask_one(Call::new("events", "put_rule", put)).await?;
        let made = cloud.ask_one(Call::new("sqs", "create_queue", json!({ "QueueName": rule }))).await?;
        let queue = made["QueueUrl"].as_str().context("the queue has no address")?.to_owned();
        let wanted = json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] });
        let arn = cloud.ask_one(Call::new("sqs", "get_queue_attributes", wanted)).await?;
        let arn = arn["Attributes"]["QueueArn"].clone();
        let admitted = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": put["RuleArn"] } },
        }});
        let policy = json!({ "QueueUrl": queue, "Attributes": { "Policy": admitted.to_string() } });
        cloud.ask_one(Call::new("sqs", "set_queue_attributes", policy)).await?;
        let target = json!({
            "Rule": rule, "EventBusName": bus(), "Targets": [{ "Id": "heard", "Arn": arn }],
        });
        cloud.ask_one(Call::new("events", "put_targets", target)).await?;
        Ok(Self { cloud, rule, queue })
    }

    /// The detail of the one event of this connection; others are of somebody else.
    async fn hears_once(&self, account: &Account) -> Result<Value> {
        let mut heard = Vec::new();
        until("the event is heard", HEARD, async || {
            heard.extend(self.new_ones(account).await?);
            Ok(if heard.is_empty() { Err("nothing".to_owned()) } else { Ok(()) })
        })
        .await?;
        // What would be told twice was told at the same time.
        heard.extend(self.new_ones(account).await?);
        ensure!(heard.len() == 1, "it was told more than once: {heard:?}");
        Ok(heard.remove(0))
    }

    /// What was heard of this connection since the last asking, waiting for it for a second.
    async fn new_ones(&self, account: &Account) -> Result<Vec<Value>> {
        let ask = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
        let received = self.cloud.ask_one(Call::new("sqs", "receive_message", ask)).await?;
        let mut heard = Vec::new();
        for message in received["Messages"].as_array().into_iter().flatten() {
            let event: Value = serde_json::from_str(message["Body"].as_str().unwrap_or_default())?;
            if event["detail"]["connectionId"] == account.id.as_str() {
                heard.push(event["detail"].clone());
            }
        }
        Ok(heard)
    }

    async fn leave(self) -> Result<()> {
        let targets = json!({ "Rule": self.rule, "EventBusName": bus(), "Ids": ["heard"] });
        self.cloud.ask_one(Call::new("events", "remove_targets", targets)).await?;
        let rule = json!({ "Name": self.rule, "EventBusName": bus() });
        self.cloud.ask_one(Call::new("events", "delete_rule", rule)).await?;
        let queue = json!({ "QueueUrl": self.queue });
        self.cloud.ask_one(Call::new("sqs", "delete_queue", queue)).await.map(drop)
    }
}

/// The template names it so.
fn bus() -> String {
    format!("{STACK}-bus")
}

fn cloud(world: &World) -> Cloud {
    Cloud::at(&Places::of_up(), &world.stack().aws_endpoint)
}
