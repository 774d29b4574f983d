//! Metrics as lines of the log: CloudWatch reads them from there, no call and no wait.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use domain::metric::Metric;
use domain::ports::Metrics;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Prints each metric as one line of the Embedded Metric Format, namespace `Belfry`.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
/// (read 2026-11-23).
pub struct Emf {
    out: Mutex<Box<dyn Write + Send>>,
}

impl Emf {
    /// Prints to standard output, which Lambda hands to CloudWatch.
    pub fn stdout() -> Self {
        Self::new(std::io::stdout())
    }

    /// Prints to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { out: Mutex::new(Box::new(out)) }
    }
}

impl Metrics for Emf {
    fn put(&self, metric: Metric) {
        let line = format!("{}\n", line(metric, Timestamp::now()));
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A measurement that cannot be kept is lost.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

impl std::fmt::Debug for Emf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Emf")
    }
}

fn line(metric: Metric, at: Timestamp) -> Value {
    let (name, value, unit, platform) = metric.parts();
    // Each set of dimensions is a metric of its own: of every platform by itself, and of all together.
    let dimensions: &[&[&str]] = if platform.is_some() { &[&["Platform"], &[]] } else { &[&[]] };
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Belfry",
                "Dimensions": dimensions,
                "Metrics": [{"Name": name, "Unit": unit}],
            }],
        },
        name: value,
    });
    if let Some(platform) = platform {
        line["Platform"] = platform.name().into();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::platform::Platform;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_metric_of_a_platform_counts_for_it_and_for_all_together() {
        let line = line(Metric::Lateness { platform: Platform::X, ms: 42 }, Timestamp::UNIX_EPOCH);
        let wanted = json!({
            "_aws": {
                "Timestamp": 0,
                "CloudWatchMetrics": [{
                    "Namespace": "Belfry",
                    "Dimensions": [["Platform"], []],
                    "Metrics": [{"Name": "Lateness", "Unit": "Milliseconds"}],
                }],
            },
            "Lateness": 42.0,
            "Platform": "x",
        });
        assert_eq!(line, wanted);
    }

    #[test]
    fn each_metric_is_one_line() {
        let page = Page::default();
        let metrics = Emf::new(page.clone());
        metrics.put(Metric::Overdue);
        metrics.put(Metric::EventLost);
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["Overdue"], 1.0);
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }
}
