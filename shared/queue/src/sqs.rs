//! SQS out: two standard queues.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use domain::ports::{MAX_QUEUE_DELAY, Queues};
use domain::task::{DeliverTask, PrepareTask};
use domain::{Error, Result};
use serde::Serialize;

use crate::failure::failed;

/// The queues that this function may send to.
#[derive(Clone, Debug)]
pub struct SqsQueues {
    client: Client,
    prepare_url: Option<String>,
    publish_url: Option<String>,
}

impl SqsQueues {
    /// Reads `PREPARE_QUEUE_URL` and `PUBLISH_QUEUE_URL`. A function is given only those that it may send to; sending
    /// to the other is `Broken`.
    pub fn from_env(config: &aws::SdkConfig) -> Self {
        Self::new(config, aws::optional("PREPARE_QUEUE_URL"), aws::optional("PUBLISH_QUEUE_URL"))
    }

    /// The queues behind these URLs.
    pub fn new(config: &aws::SdkConfig, prepare_url: Option<String>, publish_url: Option<String>) -> Self {
        Self { client: Client::new(config), prepare_url, publish_url }
    }

    /// A group makes the queue fair: the backlog of one does not hold up the others. It orders nothing.
    async fn send(&self, url: &str, task: &impl Serialize, group: &str, delay: Duration) -> Result<()> {
        let body = serde_json::to_string(task).map_err(|error| Error::broken("task", error))?;
        let seconds = delay.min(MAX_QUEUE_DELAY).as_secs();
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_group_id(group_id(group))
            .delay_seconds(i32::try_from(seconds).expect("a quarter of an hour has few seconds"))
            .send()
            .await
            .map_err(|error| failed("SQS", error))?;
        Ok(())
    }
}

#[async_trait]
impl Queues for SqsQueues {
    async fn prepare(&self, task: &PrepareTask, delay: Duration) -> Result<()> {
        let url = given(self.prepare_url.as_deref(), "PREPARE_QUEUE_URL")?;
        self.send(url, task, &task.owner.0, delay).await
    }

    async fn deliver(&self, task: &DeliverTask, delay: Duration) -> Result<()> {
        let url = given(self.publish_url.as_deref(), "PUBLISH_QUEUE_URL")?;
        self.send(url, task, &task.connection.0, delay).await
    }
}

fn given<'a>(url: Option<&'a str>, name: &str) -> Result<&'a str> {
    url.ok_or_else(|| {
        Error::broken("configuration", format!("the environment variable `{name}` is missing or empty"))
    })
}

/// SQS takes up to 128 visible ASCII characters; an owner may hold others. Two that share a group share their turn.
fn group_id(name: &str) -> String {
    name.chars().take(128).map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use domain::id::{ConnectionId, OwnerId, PostId};
    use serde_json::json;
    use testkit::neighbour::{Neighbour, Request};

    use super::*;

    fn sent() -> (u16, serde_json::Value) {
        (200, json!({"MessageId": "m"}))
    }

    fn queues(neighbour: &Neighbour, prepare_url: Option<&str>, publish_url: Option<&str>) -> SqsQueues {
        let config = aws::config_from(neighbour.environment()).unwrap();
        SqsQueues::new(&config, prepare_url.map(str::to_owned), publish_url.map(str::to_owned))
    }

    fn prepare_task(owner: &str) -> PrepareTask {
        PrepareTask {
            owner: OwnerId(owner.into()),
            post: PostId("pst_1".into()),
            revision: 2,
            connection: None,
        }
    }

    fn deliver_task() -> DeliverTask {
        DeliverTask {
            owner: OwnerId("alice".into()),
            post: PostId("pst_1".into()),
            connection: ConnectionId("con_1".into()),
            revision: 2,
            attempt: 3,
        }
    }

    fn body(request: &Request) -> serde_json::Value {
        serde_json::from_str(request.body["MessageBody"].as_str().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_delivery_waits_in_the_publish_queue_in_the_group_of_its_connection() {
        let neighbour = Neighbour::answering([sent()]);
        let queues = queues(&neighbour, None, Some("http://sqs/publish"));
        queues.deliver(&deliver_task(), Duration::from_millis(719_999)).await.unwrap();
        let requests = neighbour.requests();
        assert_eq!(requests[0].target, "AmazonSQS.SendMessage");
        assert_eq!(requests[0].body["QueueUrl"], "http://sqs/publish");
        assert_eq!(requests[0].body["MessageGroupId"], "con_1");
        assert_eq!(requests[0].body["DelaySeconds"], 719);
        let wanted =
            json!({"owner": "alice", "post": "pst_1", "connection": "con_1", "revision": 2, "attempt": 3});
        assert_eq!(body(&requests[0]), wanted);
    }

    #[tokio::test]
    async fn a_preparation_is_in_the_group_of_its_owner_and_never_delayed_beyond_what_sqs_takes() {
        let neighbour = Neighbour::answering([sent()]);
        let queues = queues(&neighbour, Some("http://sqs/prepare"), None);
        queues.prepare(&prepare_task("alice"), Duration::from_secs(3_600)).await.unwrap();
        let requests = neighbour.requests();
        assert_eq!(requests[0].body["QueueUrl"], "http://sqs/prepare");
        assert_eq!(requests[0].body["MessageGroupId"], "alice");
        assert_eq!(requests[0].body["DelaySeconds"], 900);
        assert_eq!(body(&requests[0]), json!({"owner": "alice", "post": "pst_1", "revision": 2}));
    }

    #[tokio::test]
    async fn any_owner_makes_a_group_that_sqs_takes() {
        assert_eq!(group_id("google|Zoë 1"), "google|Zo__1");
        assert_eq!(group_id(&"ö".repeat(200)), "_".repeat(128));
    }

    #[tokio::test]
    async fn a_queue_that_a_function_was_not_given_is_named() {
        let neighbour = Neighbour::answering([sent()]);
        let queues = queues(&neighbour, None, None);
        let prepare = queues.prepare(&prepare_task("alice"), Duration::ZERO).await.unwrap_err();
        let deliver = queues.deliver(&deliver_task(), Duration::ZERO).await.unwrap_err();
        for (error, name) in [(prepare, "PREPARE_QUEUE_URL"), (deliver, "PUBLISH_QUEUE_URL")] {
            assert!(matches!(error, Error::Broken { .. }), "{error:?}");
            assert!(error.source().unwrap().to_string().contains(name));
        }
        assert_eq!(neighbour.requests(), []);
    }
}
