//! The platform sandbox: one server on loopback that stands in for X and LinkedIn.
//!
//! It is the judge of our publishers, so it is strict, and it shares no code with them.
//! In reading order: what it is told (`options`), whom it plays (`hosts`, `platform`, `people`), what it
//! remembers (`house`, `posts`, `counters`, `keeping`), how it misbehaves on demand (`faults`, `requests`,
//! `gate`), how people let apps in (`oauth`), each platform (`x`, `linkedin`), and what a developer sees
//! (`control`, `window`). Facebook and Instagram will be two more modules beside `x` and `linkedin`.

mod options;

mod hosts;
mod people;
mod platform;

mod counters;
mod house;
mod keeping;
mod posts;

mod faults;
mod gate;
mod requests;

mod oauth;

mod linkedin;
mod x;

mod control;
mod html;
mod window;

mod server;

pub use options::{Clock, Lifetimes, Options};
pub use server::{Error, serve, serve_until};
