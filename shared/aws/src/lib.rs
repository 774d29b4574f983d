//! What the crates that talk to AWS share: the configuration that Lambda's environment gives, the translation of
//! SDK failures, metrics, allowances, the clock and randomness. No client and no rule lives here.

mod clock;
mod config;
mod emf;
mod entropy;
mod failure;
pub mod limits;

pub use aws_types::SdkConfig;
pub use clock::SystemClock;
pub use config::{config_from, config_from_env, optional, required};
pub use emf::Emf;
pub use entropy::entropy;
pub use failure::failure;
