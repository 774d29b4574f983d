//! How often somebody called something in the current window.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Above this many windows the ended ones are swept out.
const SWEPT_ABOVE: usize = 5_000;

/// All windows, by a name such as `x:create:user:…`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counters {
    windows: BTreeMap<String, Window>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Window {
    used: u32,
    ends_at_ms: i64,
}

/// What one call found: whether it is let through, and what is left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Count {
    /// How many calls the window allows.
    pub(crate) limit: u32,
    /// How many are left after this one.
    pub(crate) remaining: u32,
    /// When the window ends, in Unix milliseconds.
    pub(crate) ends_at_ms: i64,
    /// Whether this call is within the limit; a refused call is not counted.
    pub(crate) allowed: bool,
}

impl Counters {
    /// Counts one call against `name`; a window that begins with it ends at `ends_at_ms`.
    pub(crate) fn take(&mut self, name: &str, limit: u32, now_ms: i64, ends_at_ms: i64) -> Count {
        if self.windows.len() > SWEPT_ABOVE {
            self.windows.retain(|_, window| window.ends_at_ms > now_ms);
        }
        let window = self.windows.entry(name.to_owned()).or_insert(Window { used: 0, ends_at_ms });
        if window.ends_at_ms <= now_ms {
            *window = Window { used: 0, ends_at_ms };
        }
        let allowed = window.used < limit;
        if allowed {
            window.used += 1;
        }
        Count { limit, remaining: limit.saturating_sub(window.used), ends_at_ms: window.ends_at_ms, allowed }
    }

    /// Forgets every window.
    pub(crate) fn clear(&mut self) {
        self.windows.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_beyond_the_limit_is_refused_until_the_window_ends() {
        let mut counters = Counters::default();
        assert!(counters.take("a", 1, 0, 100).allowed);
        let refused = counters.take("a", 1, 50, 150);
        assert_eq!(refused, Count { limit: 1, remaining: 0, ends_at_ms: 100, allowed: false });
        assert!(counters.take("a", 1, 100, 200).allowed);
    }
}
