//! The sandbox from outside, over real HTTP: what production code and its tests rely on.

// clippy.toml allows it in test functions; what they share is outside of them.
#![allow(clippy::unwrap_used)]

mod client;

mod control;
mod faults;
mod keeping;
mod linkedin_oauth;
mod linkedin_posts;
mod linkedin_statistics;
mod x_oauth;
mod x_posts;
