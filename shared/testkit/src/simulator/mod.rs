//! The whole pipeline in one thread, under a virtual clock, while everything fails that can.
//!
//! One seed is one run, exactly: `world` holds time, chance and what is to happen next; `ports` are the memory ports
//! with distance and faults; `platform` is a platform that misbehaves in the documented ways; `people` schedule, edit,
//! cancel, retry and disconnect; `run` feeds the workers; `verdict` checks afterwards that every promise was kept.

mod people;
mod platform;
mod ports;
mod run;
mod verdict;
mod world;

pub use run::simulate;
pub use verdict::Report;
pub use world::Faults;
