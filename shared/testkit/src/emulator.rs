//! The AWS emulator, for the contracts of ports whose neighbour nothing smaller stands in for.

use std::net::TcpStream;

use crate::neighbour;

/// The value of an environment variable of a function whose AWS is the emulator.
///
/// # Panics
/// When nobody told where the emulator is, or nothing answers there: what was not asked is not shown.
pub fn environment() -> impl Fn(&str) -> Option<String> {
    let endpoint = told("BELFRY_TEST_AWS");
    let host = endpoint.trim_start_matches("http://");
    assert!(TcpStream::connect(host).is_ok(), "No emulator answers at BELFRY_TEST_AWS, {endpoint}.");
    neighbour::environment(endpoint)
}

/// What the variable of this name says.
///
/// # Panics
/// When it is not set.
pub fn told(name: &str) -> String {
    let told = std::env::var(name);
    told.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask contracts` sets it and runs these tests.")
    })
}

/// A name that nothing in the emulator bears yet.
pub fn a_name() -> String {
    format!("contract-{:016x}", fastrand::u64(..))
}
