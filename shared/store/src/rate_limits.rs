//! Counters of rate limits: one item for each register, one `UpdateItem` for each call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::limits::{Quota, Register, Rule, Subject, Verdict};
use domain::ports::RateLimits;
use domain::{Error, Result};
use jiff::Timestamp;

use crate::change::text;
use crate::failure::failed;
use crate::post_item::Item;
use crate::rate_limit_item::{Write, from_item, is_of, joining, key, subject_key, taking};

/// A caller waits so long for the counter, all repeats included, and no longer.
const PATIENCE: Duration = Duration::from_millis(250);

/// So many refusals are remembered at most.
const MAX_REMEMBERED: usize = 256;

/// The table of rate limits and the client that reaches it.
#[derive(Debug)]
pub struct RateLimitStore {
    client: Client,
    table: String,
    patience: Duration,
    refusals: Mutex<Refusals>,
}

/// Who was refused, and until when nothing else can be said.
///
/// The oldest call of a full register stays its oldest until it has left the window, so that what is remembered is
/// never wrong, and somebody who goes on calling costs no writes.
#[derive(Debug, Default)]
struct Refusals(HashMap<(Subject, Rule), Timestamp>);

/// What became of one attempt.
enum Tried {
    /// The call is in.
    Taken(Register),
    /// It is not: the register as it stands.
    Refused(Register),
}

impl RateLimitStore {
    /// Reads `RATE_LIMITS_TABLE`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("RATE_LIMITS_TABLE")?))
    }

    /// The table of this name.
    pub fn new(config: &aws::SdkConfig, table: impl Into<String>) -> Self {
        Self {
            client: Client::new(config),
            table: table.into(),
            patience: PATIENCE,
            refusals: Mutex::default(),
        }
    }

    /// The same, but waits so long: for tests, which run on busy machines.
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// One conditional write. The client repeats a request whose answer was lost; then the call may count twice,
    /// which errs on the side of the limit.
    async fn attempt(&self, subject: &Subject, rule: Rule, write: Write, within: Duration) -> Result<Tried> {
        let timeouts = TimeoutConfig::builder().operation_timeout(within).build();
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(subject, rule)))
            .update_expression(write.update)
            .condition_expression(write.condition)
            .set_expression_attribute_names(write.names)
            .set_expression_attribute_values(Some(write.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts))
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Tried::Taken(from_item(&answer.attributes.unwrap_or_default(), rule)?)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Tried::Refused(from_item(&refusal.item.clone().unwrap_or_default(), rule)?))
                }
                _ => Err(failed(error)),
            },
        }
    }

    fn refusals(&self) -> std::sync::MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimits for RateLimitStore {
    /// One write, unless a call was taken before that says a later time: then a second one, which counts this call as
    /// made together with that one, so that the times in the register never decrease.
    async fn take(&self, subject: &Subject, rule: Rule, now: Timestamp) -> Result<Verdict> {
        if let Some(until) = self.refusals().until(subject, rule, now) {
            return Ok(Verdict::Refused(Quota { rule, remaining: 0, reset_at: until, now }));
        }
        let begun = Instant::now();
        let mut write = taking(rule, now);
        loop {
            let within = self.patience.saturating_sub(begun.elapsed());
            if within.is_zero() {
                return Err(Error::unavailable("DynamoDB", "too many calls on one counter at once"));
            }
            let register = match self.attempt(subject, rule, write, within).await? {
                Tried::Taken(register) => return Ok(Verdict::Taken(register.quota(now))),
                Tried::Refused(register) => register,
            };
            let quota = register.quota(now);
            match register.newest() {
                Some(newest) if quota.remaining > 0 => write = joining(rule, newest),
                Some(_) | None => {
                    self.refusals().remember(subject, rule, quota);
                    return Ok(Verdict::Refused(quota));
                }
            }
        }
    }

    /// One query: what a person has used is a few small items, read together for the price of one.
    async fn peek(&self, subject: &Subject, rules: &[Rule], now: Timestamp) -> Result<Vec<Quota>> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#subject = :subject")
            .expression_attribute_names("#subject", "subject")
            .expression_attribute_values(":subject", text(&subject_key(subject)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        let items: Vec<Item> = answer.items.unwrap_or_default();
        let quota = |rule: &Rule| match items.iter().find(|item| is_of(item, *rule)) {
            Some(item) => Ok(from_item(item, *rule)?.quota(now)),
            None => Ok(Register::new(*rule, Vec::new()).quota(now)),
        };
        rules.iter().map(quota).collect()
    }
}

impl Refusals {
    fn until(&self, subject: &Subject, rule: Rule, now: Timestamp) -> Option<Timestamp> {
        // No key is made for the many who are not refused.
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(subject.clone(), rule)).copied().filter(|until| now < *until)
    }

    fn remember(&mut self, subject: &Subject, rule: Rule, quota: Quota) {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, until| quota.now < *until);
        }
        if self.0.len() >= MAX_REMEMBERED {
            let soonest = self.0.iter().min_by_key(|(_, until)| **until).map(|(key, _)| key.clone());
            soonest.and_then(|key| self.0.remove(&key));
        }
        self.0.insert((subject.clone(), rule), quota.reset_at);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use domain::id::OwnerId;
    use domain::limits::Limit;
    use jiff::SignedDuration;
    use serde_json::json;
    use testkit::neighbour::{Neighbour, environment};

    use super::*;

    fn rule() -> Rule {
        Rule { limit: Limit::PublishMulti, allowance: domain::limits::Allowance::MIN }
    }

    fn owner(number: i64) -> Subject {
        Subject::Owner(OwnerId(format!("owner-{number}")))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_796_115_600 + seconds).unwrap()
    }

    #[tokio::test]
    async fn whoever_was_refused_costs_no_writes_until_a_call_can_pass() {
        let since_2026 = (at(0).as_millisecond() - 1_767_225_600_000).to_string();
        let item = json!({ "a0": { "N": since_2026 } });
        let refused = json!({ "__type": "ConditionalCheckFailedException", "Item": item });
        let neighbour = Neighbour::answering([(400, refused), (200, json!({ "Attributes": item }))]);
        let config = aws::config_from(neighbour.environment()).unwrap();
        let store = RateLimitStore::new(&config, "limits");
        for second in 1..100 {
            let quota = Quota { rule: rule(), remaining: 0, reset_at: at(3600), now: at(second) };
            let verdict = store.take(&owner(1), rule(), at(second)).await.unwrap();
            assert_eq!(verdict, Verdict::Refused(quota));
        }
        assert_eq!(neighbour.requests().len(), 1);
        assert!(matches!(store.take(&owner(2), rule(), at(1)).await.unwrap(), Verdict::Taken(_)));
        assert!(matches!(store.take(&owner(1), rule(), at(3600)).await.unwrap(), Verdict::Taken(_)));
        assert_eq!(neighbour.requests().len(), 3);
    }

    #[tokio::test]
    async fn a_counter_that_does_not_answer_is_unavailable_within_its_time() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let store = RateLimitStore::new(&aws::config_from(environment(endpoint)).unwrap(), "limits");
        let begun = Instant::now();
        let error = store.take(&owner(1), rule(), at(0)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        let took = begun.elapsed();
        assert!(took >= PATIENCE && took < 4 * PATIENCE, "{took:?}");
    }

    #[tokio::test]
    async fn a_counter_that_throttles_is_unavailable_within_its_time() {
        let throttled = json!({ "__type": "ProvisionedThroughputExceededException", "message": "slow down" });
        let neighbour = Neighbour::answering([(400, throttled)]);
        let store = RateLimitStore::new(&aws::config_from(neighbour.environment()).unwrap(), "limits");
        let begun = Instant::now();
        let error = store.take(&owner(1), rule(), at(0)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(begun.elapsed() < 4 * PATIENCE);
    }

    #[test]
    fn however_many_are_refused_a_bounded_number_is_remembered() {
        let mut refusals = Refusals::default();
        let count = i64::try_from(MAX_REMEMBERED).unwrap() * 2;
        for number in 0..count {
            let reset_at = at(10) + SignedDuration::from_secs(number);
            let quota = Quota { rule: rule(), remaining: 0, reset_at, now: at(0) };
            refusals.remember(&owner(number), rule(), quota);
        }
        assert_eq!(refusals.0.len(), MAX_REMEMBERED);
        assert_eq!(refusals.until(&owner(0), rule(), at(0)), None);
        assert!(refusals.until(&owner(count - 1), rule(), at(0)).is_some());
        let quota = Quota { rule: rule(), remaining: 0, reset_at: at(9_000), now: at(8_000) };
        refusals.remember(&owner(-1), rule(), quota);
        assert_eq!(refusals.0.len(), 1);
    }
}
