//! The whole pipeline in one thread, under a virtual clock, while everything fails that can.
//!
//! One seed is one run, exactly: `world` holds time, chance and what is to happen next; `ports` are the memory ports
//! with distance and faults; `platform` is a platform that misbehaves in the documented ways; `run` lets people
//! schedule and cancel, feeds the workers, and checks afterwards that every promise was kept.

mod platform;
mod ports;
mod run;
mod world;

pub use run::{Report, simulate};
pub use world::Faults;
