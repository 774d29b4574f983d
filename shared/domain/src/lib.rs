//! The product, in plain values: posts, targets, connections, times. No AWS, no HTTP, no clock.
//!
//! Values first (`id`, `secret`, `platform`, `post`, `target`, `connection`, `media`, `task`, `event`, `metric`, `problem`),
//! then the rules over them (`text`, `threading`, `rules`, `exhibiting`, `input`, `content`, `composition`, `backoff`,
//! `limits`, `upkeep`), what is counted (`analytics`), then what the outside must offer (`ports`), then the use cases, one module
//! for each verb.

pub mod connection;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
pub mod media;
pub mod metric;
pub mod platform;
pub mod post;
pub mod problem;
pub mod secret;
pub mod target;
pub mod task;

pub mod backoff;
pub mod composition;
pub mod content;
pub mod exhibiting;
pub mod input;
pub mod limits;
pub mod rules;
pub mod text;
pub mod threading;
pub mod upkeep;

pub mod analytics;

pub mod ports;

pub mod access;
pub mod attaching;
pub mod burying;
pub mod canceling;
pub mod collecting;
mod concluding;
pub mod connecting;
pub mod counting;
pub mod delivering;
pub mod disconnecting;
pub mod drafting;
pub mod editing;
pub mod gates;
pub mod keeping;
pub mod preparing;
pub mod previewing;
pub mod publishing;
pub mod reading;
pub mod retrying;
pub mod scheduling;
pub mod settling;
pub mod summarizing;
pub mod uploading;
pub mod waking;
pub mod watching;

pub use error::{Error, FieldError, Result};
