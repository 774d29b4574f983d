//! What tests stand on: the ports in memory, the suites that hold them and the real neighbours to the same behaviour,
//! and the simulator that runs the whole pipeline under a virtual clock while everything fails that can.

pub mod contract;
pub mod emulator;
pub mod media;
pub mod memory;
pub mod memory_analytics;
pub mod neighbour;
pub mod simulator;
