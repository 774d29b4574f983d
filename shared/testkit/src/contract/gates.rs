//! The contract of gates.

use domain::platform::Platform;
use domain::ports::Gates;

use super::at;

/// A platform that nobody closed is open.
pub async fn a_gate_is_open_until_somebody_closes_it(gates: &dyn Gates) {
    assert_eq!(gates.closed_until(Platform::X, at(0)).await.unwrap(), None);
    gates.close(Platform::X, at(900)).await.unwrap();
    assert_eq!(gates.closed_until(Platform::X, at(0)).await.unwrap(), Some(at(900)));
}

/// From its time on it is open, and can be closed again.
pub async fn a_gate_opens_by_itself_when_its_time_has_come(gates: &dyn Gates) {
    gates.close(Platform::X, at(900)).await.unwrap();
    assert_eq!(gates.closed_until(Platform::X, at(899)).await.unwrap(), Some(at(900)));
    assert_eq!(gates.closed_until(Platform::X, at(900)).await.unwrap(), None);
    gates.close(Platform::X, at(1_800)).await.unwrap();
    assert_eq!(gates.closed_until(Platform::X, at(900)).await.unwrap(), Some(at(1_800)));
}

/// A shorter closing does not open what a longer one holds.
pub async fn of_two_closings_the_longer_one_counts(gates: &dyn Gates) {
    gates.close(Platform::X, at(900)).await.unwrap();
    gates.close(Platform::X, at(300)).await.unwrap();
    assert_eq!(gates.closed_until(Platform::X, at(0)).await.unwrap(), Some(at(900)));
}

/// Each platform has a gate of its own.
pub async fn a_closed_platform_closes_no_other(gates: &dyn Gates) {
    gates.close(Platform::X, at(900)).await.unwrap();
    assert_eq!(gates.closed_until(Platform::LinkedIn, at(0)).await.unwrap(), None);
}
