//! Randomness of the machine.

use domain::id::Entropy;

/// Fresh random bytes for one run of one use case, from the kernel.
pub fn entropy() -> Entropy {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("a running kernel has seeded its random source");
    Entropy::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        assert_ne!(entropy().draw("a"), entropy().draw("a"));
    }
}
