//! Measured values and what is said of them.

use std::fmt;

/// Milliseconds, in order.
pub(crate) struct Sample(Vec<i64>);

impl Sample {
    /// All values that were measured, in any order.
    pub(crate) fn of(values_ms: impl IntoIterator<Item = i64>) -> Self {
        let mut sorted: Vec<i64> = values_ms.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// The least value that so many hundredths of all do not exceed: one that occurred.
    pub(crate) fn percentile(&self, hundredths: usize) -> Option<i64> {
        let rank = (self.0.len() * hundredths).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied()
    }

    /// How many values are less than this.
    pub(crate) fn count_below(&self, limit_ms: i64) -> usize {
        self.0.partition_point(|value_ms| *value_ms < limit_ms)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(p50), Some(p99), Some(max)) = (self.percentile(50), self.percentile(99), self.0.last())
        else {
            return f.write_str("none");
        };
        write!(f, "{} targets, p50 {p50} ms, p99 {p99} ms, max {max} ms", self.0.len())
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let text = |values: &[i64]| Sample::of(values.iter().rev().copied()).to_string();
        let values: Vec<i64> = (1..=100).collect();
        assert_eq!(text(&values), "100 targets, p50 50 ms, p99 99 ms, max 100 ms");
        assert_eq!(text(&[7]), "1 targets, p50 7 ms, p99 7 ms, max 7 ms");
        assert_eq!(text(&[]), "none");
    }

    #[test]
    fn a_median_is_not_moved_by_one_wild_value() {
        assert_eq!(median([1.0, 900.0, 1.2, 0.9, 1.1]), Some(1.1));
        assert_eq!(median([1.0, 2.0]), Some(1.5));
        assert_eq!(median([]), None);
    }
}
