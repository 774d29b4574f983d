//! The front door: API Gateway's HTTP on one side, use cases on the other.
//!
//! A function calls [`serve`] once and writes one handler. What every endpoint does the same way (log, span, panics,
//! errors as `application/problem+json`) happens here, once; `problem` is the one table from error to status, `view`
//! the one place that knows the JSON of an answer.

mod call;
mod fresh;
mod limited;
mod problem;
mod reply;
mod serve;
pub mod view;

pub use call::{Call, Query};
pub use fresh::fresh;
pub use lambda_http::Error as Fatal;
pub use limited::limited;
pub use problem::Problem;
pub use reply::Reply;
pub use serve::serve;
