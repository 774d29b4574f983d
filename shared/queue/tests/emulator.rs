//! The contracts of queues, schedules and events on the emulator's SQS, Scheduler and EventBridge.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use queue::{EventBridgeSchedules, EventBus, RingsAt, SqsQueues};
use serde_json::json;
use testkit::contract::letterbox::Letterbox;
use testkit::contract::{events, queues, schedules};
use testkit::emulator;

mod of_queues {
    testkit::queues_contract!(crate::queues().await);
}

mod of_schedules {
    testkit::schedules_contract!(crate::schedules().await);
}

mod of_events {
    testkit::events_contract!(crate::events().await);
}

/// A queue of the test's own.
struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

async fn queues() -> queues::Place {
    let config = config();
    let (prepare, deliver) = (Queue::make(&config).await, Queue::make(&config).await);
    let queues = SqsQueues::new(&config, Some(prepare.url.clone()), Some(deliver.url.clone()));
    queues::Place { queues: Arc::new(queues), prepare: Arc::new(prepare), deliver: Arc::new(deliver) }
}

async fn schedules() -> schedules::Place {
    let config = config();
    let prepare = Queue::make(&config).await;
    let group = emulator::a_name();
    aws_sdk_scheduler::Client::new(&config).create_schedule_group().name(&group).send().await.unwrap();
    let rings_at = RingsAt {
        queue_arn: prepare.arn().await,
        role_arn: emulator::told("BELFRY_TEST_ROLE"),
        dead_letters_arn: None,
    };
    let schedules = EventBridgeSchedules::new(&config, group, Some(rings_at));
    schedules::Place { schedules: Arc::new(schedules), prepare: Arc::new(prepare) }
}

/// A bus, and a rule that takes everything on it to a queue.
async fn events() -> events::Place {
    let config = config();
    let (admin, bus) = (aws_sdk_eventbridge::Client::new(&config), emulator::a_name());
    admin.create_event_bus().name(&bus).send().await.unwrap();
    let everything = json!({ "source": [{ "prefix": "" }] }).to_string();
    let rule = admin.put_rule().name("everything").event_bus_name(&bus).event_pattern(everything);
    let rule_arn = rule.send().await.unwrap().rule_arn.unwrap();
    let heard = Queue::make(&config).await;
    heard.admit(&rule_arn).await;
    let target = Target::builder().id("heard").arn(heard.arn().await).build().unwrap();
    let put = admin.put_targets().rule("everything").event_bus_name(&bus).targets(target);
    assert_eq!(put.send().await.unwrap().failed_entry_count, 0);
    events::Place { events: Arc::new(EventBus::new(&config, bus)), heard: Arc::new(heard) }
}

fn config() -> aws::SdkConfig {
    aws::config_from(emulator::environment()).unwrap()
}

impl Queue {
    async fn make(config: &aws::SdkConfig) -> Self {
        let client = aws_sdk_sqs::Client::new(config);
        let made = client.create_queue().queue_name(emulator::a_name()).send().await.unwrap();
        Self { client, url: made.queue_url.unwrap() }
    }

    async fn arn(&self) -> String {
        self.attribute(QueueAttributeName::QueueArn).await
    }

    async fn attribute(&self, name: QueueAttributeName) -> String {
        let asked = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        asked.send().await.unwrap().attributes.unwrap().remove(&name).unwrap()
    }

    /// Lets EventBridge send what this rule takes.
    async fn admit(&self, rule_arn: &str) {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": { "Service": "events.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": self.arn().await,
                "Condition": { "ArnEquals": { "aws:SourceArn": rule_arn } },
            },
        });
        let set = self.client.set_queue_attributes().queue_url(&self.url);
        set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await.unwrap();
    }
}

#[async_trait]
impl Letterbox for Queue {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn next(&self, until: Timestamp) -> Option<String> {
        loop {
            // The queue itself waits, for less than the client's patience.
            let wait_s = i32::from(self.now() < until);
            let asked = self.client.receive_message().queue_url(&self.url).wait_time_seconds(wait_s);
            if let Some(message) = asked.send().await.unwrap().messages.unwrap_or_default().pop() {
                let handle = message.receipt_handle.unwrap();
                let delete = self.client.delete_message().queue_url(&self.url).receipt_handle(handle);
                delete.send().await.unwrap();
                return message.body;
            }
            if self.now() >= until {
                return None;
            }
        }
    }

    async fn holds(&self) -> usize {
        let mut sum = 0;
        for part in [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ] {
            sum += self.attribute(part).await.parse::<usize>().unwrap();
        }
        sum
    }
}
