//! The neighbours that carry messages: SQS out and in, one-time schedules, the event bus; and the frame of every
//! worker.

mod bus;
mod failure;
mod schedules;
mod serve;
mod sqs;

pub use bus::EventBus;
pub use lambda_runtime::Error as Fatal;
pub use schedules::{EventBridgeSchedules, RingsAt};
pub use serve::{Delivery, Tick, serve, serve_raw, serve_tick};
pub use sqs::SqsQueues;
