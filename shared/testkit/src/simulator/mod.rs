//! The whole pipeline in one thread, under a virtual clock, while everything fails that can.
//!
//! One seed is one run, exactly: `world` holds time, chance, processes and what is to happen next; `faults` says what
//! goes wrong; `ports` are the memory ports with distance; `platform` is a platform that misbehaves in the documented
//! ways; `people` schedule, edit, cancel, retry and disconnect; `run` feeds the workers; `verdict` checks afterwards
//! that every promise was kept. `faulty` holds mistakes that must not go unseen.

mod faults;
mod faulty;
mod people;
mod platform;
mod ports;
mod run;
mod verdict;
mod world;

pub use faults::Faults;
pub use faulty::Bug;
pub use run::{Setting, simulate};
pub use verdict::Report;
