//! The frame of every worker: what wakes it, how long it has, and what is answered.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{Error, Result};
use futures_util::FutureExt;
use futures_util::future::{Either, Ready, join_all, ready};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::{Instrument, Span, error, field, info, info_span};

use crate::Fatal;

/// Before Lambda stops us, so long is kept back to answer for the messages that are done.
const TIME_TO_ANSWER: Duration = Duration::from_millis(500);

/// What is known about a message besides its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The queue's name for it.
    pub message_id: String,
    /// How often it has been received, this time included.
    pub receives: u32,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Lambda stops this invocation then; half a second before, the handler is dropped and the message fails.
    pub deadline: Timestamp,
}

/// One ring of a rule that rings every minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// For which minute, by the rule; it may come late and it may come twice.
    pub time: Timestamp,
    /// Lambda stops this invocation then.
    pub deadline: Timestamp,
}

/// What EventBridge sends; the rest of it says nothing.
#[derive(Deserialize)]
struct Rung {
    time: Timestamp,
}

/// Runs a worker over a queue of JSON messages for as long as Lambda keeps this process.
///
/// The messages of a batch are handled at once, each for itself: one that fails, panics, cannot be read or is not done
/// in time goes back to the queue, and by `maxReceiveCount` to the dead letters; the others are done.
///
/// # Errors
/// Only when the worker cannot start.
pub async fn serve<S, M, H, Done>(setup: impl Future<Output = Result<S>>, handle: H) -> Result<(), Fatal>
where
    M: DeserializeOwned + Display,
    H: Fn(Arc<S>, M, Delivery) -> Done,
    Done: Future<Output = Result<()>>,
{
    serve_raw(setup, reading(handle)).await
}

/// Runs a worker over a queue of messages of any content, such as dead letters; otherwise like [`serve`].
///
/// # Errors
/// Only when the worker cannot start.
pub async fn serve_raw<S, H, Done>(setup: impl Future<Output = Result<S>>, handle: H) -> Result<(), Fatal>
where
    H: Fn(Arc<S>, String, Delivery) -> Done,
    Done: Future<Output = Result<()>>,
{
    lambda_runtime::tracing::init_default_subscriber();
    let state = Arc::new(setup.await?);
    run(service_fn(|event: LambdaEvent<SqsEvent>| {
        let deadline = millisecond(event.context.deadline);
        let (state, handle) = (&state, &handle);
        async move { Ok::<_, Fatal>(batch(state, event.payload, deadline, handle).await) }
    }))
    .await
}

/// Runs a worker that a rule wakes every minute.
///
/// # Errors
/// Only when the worker cannot start. What a run returns is logged, and Lambda tries again.
pub async fn serve_tick<S, H, Done>(setup: impl Future<Output = Result<S>>, handle: H) -> Result<(), Fatal>
where
    H: Fn(Arc<S>, Tick) -> Done,
    Done: Future<Output = Result<()>>,
{
    lambda_runtime::tracing::init_default_subscriber();
    let state = Arc::new(setup.await?);
    run(service_fn(|event: LambdaEvent<Rung>| {
        let tick = Tick { time: event.payload.time, deadline: millisecond(event.context.deadline) };
        let done = handle(Arc::clone(&state), tick);
        async move {
            let began = Instant::now();
            // The runtime logs what is returned.
            in_time(tick.deadline, done).await?;
            info!(tick.time = %tick.time, took_ms = took_ms(began), "minute {} is done", tick.time);
            Ok::<_, Fatal>(())
        }
    }))
    .await
}

/// Turns a handler of messages into one of bodies.
fn reading<S, M, H, Done>(handle: H) -> impl Fn(Arc<S>, String, Delivery) -> Either<Done, Ready<Result<()>>>
where
    M: DeserializeOwned + Display,
    H: Fn(Arc<S>, M, Delivery) -> Done,
    Done: Future<Output = Result<()>>,
{
    move |state, body, delivery| match serde_json::from_str::<M>(&body) {
        Ok(message) => {
            Span::current().record("task", field::display(&message));
            Either::Left(handle(state, message, delivery))
        }
        Err(error) => Either::Right(ready(Err(Error::broken("message", error)))),
    }
}

/// Handles all messages at once and answers with those that failed.
async fn batch<S, H, Done>(
    state: &Arc<S>,
    event: SqsEvent,
    deadline: Timestamp,
    handle: &H,
) -> SqsBatchResponse
where
    H: Fn(Arc<S>, String, Delivery) -> Done,
    Done: Future<Output = Result<()>>,
{
    let failures =
        join_all(event.records.into_iter().map(|message| one(state, message, deadline, handle))).await;
    let mut answer = SqsBatchResponse::default();
    answer.batch_item_failures = failures.into_iter().flatten().collect();
    answer
}

/// Handles one message; its failure stops here and is logged here.
async fn one<S, H, Done>(
    state: &Arc<S>,
    message: SqsMessage,
    deadline: Timestamp,
    handle: &H,
) -> Option<BatchItemFailure>
where
    H: Fn(Arc<S>, String, Delivery) -> Done,
    Done: Future<Output = Result<()>>,
{
    let began = Instant::now();
    let delivery = delivery(&message, deadline);
    let (id, receives) = (delivery.message_id.clone(), delivery.receives);
    let span = info_span!("message", message.id = %id, receives, task = field::Empty);
    let body = message.body.unwrap_or_default();
    let done = async { handle(Arc::clone(state), body, delivery).await };
    async {
        let outcome = in_time(deadline, AssertUnwindSafe(done).catch_unwind().map(flatten)).await;
        let took_ms = took_ms(began);
        let Err(failure) = outcome else {
            info!(took_ms, "handled message `{id}`");
            return None;
        };
        error!(took_ms, error = %chain(&failure), "message `{id}` failed");
        let mut item = BatchItemFailure::default();
        item.item_identifier = id;
        Some(item)
    }
    .instrument(span)
    .await
}

/// A panic is a failure like another: it must not take the other messages with it. The panic hook has logged it.
fn flatten(outcome: std::thread::Result<Result<()>>) -> Result<()> {
    outcome.unwrap_or_else(|_| Err(Error::broken("worker", "it panicked")))
}

/// What `done` yields, unless the time to answer comes first.
async fn in_time(deadline: Timestamp, done: impl Future<Output = Result<()>>) -> Result<()> {
    let left = Duration::try_from(deadline.duration_since(Timestamp::now())).unwrap_or_default();
    let outcome = tokio::time::timeout(left.saturating_sub(TIME_TO_ANSWER), done).await;
    outcome.unwrap_or_else(|_| Err(Error::unavailable("worker", "it was not done before the deadline")))
}

fn delivery(message: &SqsMessage, deadline: Timestamp) -> Delivery {
    let attribute = |name: &str| message.attributes.get(name);
    let sent_at =
        attribute("SentTimestamp").and_then(|ms| Timestamp::from_millisecond(ms.parse().ok()?).ok());
    Delivery {
        message_id: message.message_id.clone().unwrap_or_default(),
        receives: attribute("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1),
        sent_at,
        deadline,
    }
}

fn millisecond(epoch: u64) -> Timestamp {
    let ms = i64::try_from(epoch).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

fn took_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The error and its causes in one line.
fn chain(error: &Error) -> impl Display {
    let mut text = match error {
        Error::Unavailable { neighbour, .. } => format!("{neighbour}: {error}"),
        Error::Broken { what, .. } => format!("{what}: {error}"),
        Error::NotFound(_)
        | Error::Invalid(_)
        | Error::InvalidCursor
        | Error::InvalidState
        | Error::ConnectionRefused { .. }
        | Error::ConsentDenied(_)
        | Error::MissingScopes { .. }
        | Error::NoAccounts(_)
        | Error::AlreadyStarted
        | Error::RevisionMismatch
        | Error::NothingToRetry
        | Error::MayDuplicate
        | Error::IdempotencyKeyReused
        | Error::NothingToCancel
        | Error::RateLimited(_)
        | Error::MediaInUse => error.to_string(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::task::DeliverTask;
    use serde_json::{Value, json};
    use tokio::sync::Barrier;

    use super::*;

    fn event(bodies: &[&str]) -> SqsEvent {
        let records: Vec<Value> = bodies
            .iter()
            .enumerate()
            .map(|(number, body)| {
                json!({
                    "messageId": format!("m{number}"),
                    "body": body,
                    "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1796115600123"},
                })
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn in_a_minute() -> Timestamp {
        Timestamp::now() + Duration::from_secs(60)
    }

    async fn failures<H, Done>(bodies: &[&str], deadline: Timestamp, handle: H) -> Vec<String>
    where
        H: Fn(Arc<()>, String, Delivery) -> Done,
        Done: Future<Output = Result<()>>,
    {
        let answer = batch(&Arc::new(()), event(bodies), deadline, &handle).await;
        let answer = serde_json::to_value(answer).unwrap();
        let items = answer["batchItemFailures"].as_array().unwrap();
        items.iter().map(|item| item["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn each_message_fails_or_is_done_for_itself() {
        let failed =
            failures(&["done", "fails", "panics", "panics later", "done"], in_a_minute(), |_, body, _| {
                assert_ne!(body, "panics");
                async move {
                    match body.as_str() {
                        "fails" => Err(Error::unavailable("X", "busy")),
                        "panics later" => panic!("at once"),
                        _ => Ok(()),
                    }
                }
            });
        assert_eq!(failed.await, ["m1", "m2", "m3"]);
    }

    #[tokio::test]
    async fn messages_are_handled_at_once() {
        let barrier = &Barrier::new(3);
        let failed = failures(&["a", "b", "c"], in_a_minute(), |_, _, _| async move {
            barrier.wait().await;
            Ok(())
        });
        assert_eq!(failed.await, [""; 0]);
    }

    #[tokio::test]
    async fn a_message_that_is_not_done_in_time_fails_and_the_others_are_done() {
        let soon = Timestamp::now() + TIME_TO_ANSWER + Duration::from_millis(20);
        let failed = failures(&["done", "hangs"], soon, |_, body, _| async move {
            if body == "hangs" {
                std::future::pending::<()>().await;
            }
            Ok(())
        });
        assert_eq!(failed.await, ["m1"]);
        assert!(Timestamp::now() < soon, "there is time to answer");
    }

    #[tokio::test]
    async fn a_handler_knows_what_is_known_about_its_message() {
        let seen = &Mutex::new(None);
        let deadline = in_a_minute();
        let failed = failures(&["a"], deadline, |_, body, delivery| async move {
            *seen.lock().unwrap() = Some((body, delivery));
            Ok(())
        });
        assert_eq!(failed.await, [""; 0]);
        let wanted = Delivery {
            message_id: "m0".into(),
            receives: 3,
            sent_at: Some(Timestamp::from_millisecond(1_796_115_600_123).unwrap()),
            deadline,
        };
        assert_eq!(seen.lock().unwrap().take(), Some(("a".to_owned(), wanted)));
    }

    #[tokio::test]
    async fn a_message_that_cannot_be_read_fails_and_is_not_handled() {
        let seen = &Mutex::new(Vec::new());
        let good = r#"{"owner":"o","post":"p","connection":"c","revision":1,"attempt":1}"#;
        let handle = reading(|_, task: DeliverTask, _| async move {
            seen.lock().unwrap().push(task.owner.0);
            Ok(())
        });
        let failed = failures(&["{", good, "{}", ""], in_a_minute(), handle).await;
        assert_eq!(failed, ["m0", "m2", "m3"]);
        assert_eq!(*seen.lock().unwrap(), ["o"]);
    }

    #[test]
    fn a_rule_says_for_which_minute_it_rings() {
        let event =
            json!({"version": "0", "source": "aws.events", "time": "2026-12-01T09:00:00Z", "detail": {}});
        let rung: Rung = serde_json::from_value(event).unwrap();
        assert_eq!(rung.time, "2026-12-01T09:00:00Z".parse().unwrap());
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error = Error::broken("message", "no owner");
        assert_eq!(chain(&error).to_string(), "message: something went wrong on our side: no owner");
    }
}
