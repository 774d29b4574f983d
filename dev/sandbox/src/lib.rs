//! The platform sandbox: one server on loopback that stands in for X, LinkedIn, Facebook and Instagram.
//!
//! It is the judge of our publishers, so it is strict, and it shares no code with them.
//! In reading order: what it is told (`options`), whom it plays (`hosts`, `platform`, `people`, `pages`), what it
//! remembers (`house`, `posts`, `media`, `counters`, `keeping`), what it takes in (`uploads`, `sniff`), how it
//! misbehaves on demand (`faults`, `requests`, `secrets`, `gate`), how people let apps in (`oauth`), each platform
//! (`x`, `linkedin`, and `facebook` and `instagram` over `graph`, the API they share), and what a developer sees
//! (`control`, `window`).

mod options;

mod hosts;
mod pages;
mod people;
mod platform;

mod counters;
mod house;
mod keeping;
mod media;
mod posts;

mod sniff;
mod uploads;

mod faults;
mod gate;
mod requests;
mod secrets;

mod oauth;

mod facebook;
mod graph;
mod instagram;
mod linkedin;
mod x;

mod control;
mod html;
mod window;

mod server;

pub use options::{Clock, Lifetimes, Options, Processing};
pub use server::{Error, serve, serve_until};
