//! EventBridge Scheduler: alarm clocks that ring once, up to a minute late, and vanish.

use async_trait::async_trait;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use domain::ports::Schedules;
use domain::task::{PrepareTask, Wake};
use domain::{Error, Result};

use crate::failure::failed;

/// The group of our schedules, and where they ring.
#[derive(Clone, Debug)]
pub struct EventBridgeSchedules {
    client: Client,
    group: String,
    rings_at: Option<RingsAt>,
}

/// Where a schedule rings, and as whom.
#[derive(Clone, Debug, Default)]
pub struct RingsAt {
    /// The prepare queue.
    pub queue_arn: String,
    /// The role that may send to it.
    pub role_arn: String,
    /// The queue for what could not be delivered.
    pub dead_letters_arn: Option<String>,
}

impl EventBridgeSchedules {
    /// Reads `SCHEDULE_GROUP`. A function that makes schedules is also given `PREPARE_QUEUE_ARN`,
    /// `SCHEDULER_ROLE_ARN` and perhaps `SCHEDULE_DEAD_LETTERS_ARN`; without them making one is `Broken`.
    ///
    /// # Errors
    /// `Broken` when `SCHEDULE_GROUP` is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        let arns = aws::optional("PREPARE_QUEUE_ARN").zip(aws::optional("SCHEDULER_ROLE_ARN"));
        let rings_at = arns.map(|(queue_arn, role_arn)| RingsAt {
            queue_arn,
            role_arn,
            dead_letters_arn: aws::optional("SCHEDULE_DEAD_LETTERS_ARN"),
        });
        Ok(Self::new(config, aws::required("SCHEDULE_GROUP")?, rings_at))
    }

    /// The group of this name.
    pub fn new(config: &aws::SdkConfig, group: impl Into<String>, rings_at: Option<RingsAt>) -> Self {
        Self { client: Client::new(config), group: group.into(), rings_at }
    }

    fn target(&self, task: &PrepareTask) -> Result<Target> {
        let Some(rings_at) = &self.rings_at else {
            let text =
                "making a schedule needs `PREPARE_QUEUE_ARN` and `SCHEDULER_ROLE_ARN` in the environment";
            return Err(Error::broken("configuration", text));
        };
        let input = serde_json::to_string(task).map_err(|error| Error::broken("task", error))?;
        let dead_letters = rings_at.dead_letters_arn.as_ref();
        Target::builder()
            .arn(&rings_at.queue_arn)
            .role_arn(&rings_at.role_arn)
            .input(input)
            .set_dead_letter_config(dead_letters.map(|arn| DeadLetterConfig::builder().arn(arn).build()))
            .build()
            .map_err(incomplete)
    }
}

#[async_trait]
impl Schedules for EventBridgeSchedules {
    async fn create(&self, wake: &Wake) -> Result<()> {
        let at_once =
            FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().map_err(incomplete)?;
        let created = self
            .client
            .create_schedule()
            .name(&wake.name)
            .group_name(&self.group)
            .client_token(client_token(&wake.name))
            .schedule_expression(wake.at.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string())
            .schedule_expression_timezone("UTC")
            .flexible_time_window(at_once)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(self.target(&wake.task)?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conflict_exception() => Ok(()),
                _ => Err(failed("Scheduler", error)),
            },
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        match self.client.delete_schedule().name(name).group_name(&self.group).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_resource_not_found_exception() => Ok(()),
                _ => Err(failed("Scheduler", error)),
            },
        }
    }

    async fn exists(&self, name: &str) -> Result<bool> {
        match self.client.get_schedule().name(name).group_name(&self.group).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_resource_not_found_exception() => Ok(false),
                _ => Err(failed("Scheduler", error)),
            },
        }
    }
}

/// A name is a token but for its dots.
fn client_token(name: &str) -> String {
    name.replace('.', "_")
}

fn incomplete(error: BuildError) -> Error {
    Error::broken("schedule", error)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use domain::id::{OwnerId, PostId};
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use testkit::neighbour::Neighbour;

    use super::*;

    fn schedules(neighbour: &Neighbour, rings_at: Option<RingsAt>) -> EventBridgeSchedules {
        EventBridgeSchedules::new(&aws::config_from(neighbour.environment()).unwrap(), "belfry", rings_at)
    }

    fn rings_at() -> Option<RingsAt> {
        Some(RingsAt {
            queue_arn: "arn:prepare".into(),
            role_arn: "arn:role".into(),
            dead_letters_arn: Some("arn:dead".into()),
        })
    }

    fn wake() -> Wake {
        let at: Timestamp = "2026-12-01T08:48:00.999Z".parse().unwrap();
        Wake::for_post(&OwnerId("alice".into()), &PostId("pst_1".into()), 2, at)
    }

    fn made() -> (u16, Value) {
        (200, json!({"ScheduleArn": "arn:schedule"}))
    }

    fn missing() -> (u16, Value) {
        (404, json!({"__type": "ResourceNotFoundException", "Message": "none"}))
    }

    #[tokio::test]
    async fn a_schedule_rings_once_in_the_prepare_queue_and_vanishes() {
        let neighbour = Neighbour::answering([made()]);
        schedules(&neighbour, rings_at()).create(&wake()).await.unwrap();
        let requests = neighbour.requests();
        assert_eq!(requests[0].line, "POST /schedules/pst_1-2");
        let mut body = requests[0].body.clone();
        let input: Value = serde_json::from_str(body["Target"]["Input"].as_str().unwrap()).unwrap();
        assert_eq!(input, json!({"owner": "alice", "post": "pst_1", "revision": 2}));
        body["Target"].as_object_mut().unwrap().remove("Input");
        let wanted = json!({
            "GroupName": "belfry",
            "ClientToken": "pst_1-2",
            "ScheduleExpression": "at(2026-12-01T08:48:00)",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": "arn:prepare", "RoleArn": "arn:role", "DeadLetterConfig": {"Arn": "arn:dead"}},
        });
        assert_eq!(body, wanted);
    }

    #[tokio::test]
    async fn a_schedule_that_is_there_already_is_made() {
        let conflict = (409, json!({"__type": "ConflictException", "Message": "there is one"}));
        let neighbour = Neighbour::answering([conflict]);
        schedules(&neighbour, rings_at()).create(&wake()).await.unwrap();
    }

    #[tokio::test]
    async fn a_schedule_that_is_not_there_is_deleted() {
        let neighbour = Neighbour::answering([(200, json!({})), missing()]);
        let schedules = schedules(&neighbour, None);
        schedules.delete("pst_1-2").await.unwrap();
        schedules.delete("pst_1-2").await.unwrap();
        let line = &neighbour.requests()[0].line;
        assert!(
            line.starts_with("DELETE /schedules/pst_1-2?") && line.contains("groupName=belfry"),
            "{line}"
        );
    }

    #[tokio::test]
    async fn a_schedule_exists_until_it_is_not_found() {
        let neighbour = Neighbour::answering([(200, json!({"Name": "pst_1-2"})), missing()]);
        let schedules = schedules(&neighbour, None);
        assert!(schedules.exists("pst_1-2").await.unwrap());
        assert!(!schedules.exists("pst_1-2").await.unwrap());
    }

    #[tokio::test]
    async fn what_else_goes_wrong_is_an_error() {
        let busy = (500, json!({"__type": "InternalServerException", "Message": "busy"}));
        let neighbour = Neighbour::answering([busy]);
        let schedules = schedules(&neighbour, rings_at());
        assert!(matches!(schedules.create(&wake()).await, Err(Error::Unavailable { .. })));
        assert!(matches!(schedules.delete("n").await, Err(Error::Unavailable { .. })));
        assert!(matches!(schedules.exists("n").await, Err(Error::Unavailable { .. })));
        let group_is_missing = Neighbour::answering([missing()]);
        let error = self::schedules(&group_is_missing, rings_at()).create(&wake()).await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_function_that_was_not_told_where_makes_no_schedule() {
        let neighbour = Neighbour::answering([made()]);
        let error = schedules(&neighbour, None).create(&wake()).await.unwrap_err();
        assert!(error.source().unwrap().to_string().contains("SCHEDULER_ROLE_ARN"));
        assert_eq!(neighbour.requests(), []);
    }

    #[test]
    fn a_token_has_no_dots() {
        assert_eq!(client_token("a.b-c_d"), "a_b-c_d");
    }
}
