//! How posts did.

use api::view::analytics::{MetricsView, SummaryView};
use domain::Error;
use domain::id::PostId;
use domain::limits::Limit;
use serde_json::{Value, json};

use crate::operation::{Operation, invalid, operation};

const TAG: &str = "analytics";

pub(crate) fn operations() -> Vec<Operation> {
    vec![summarize_analytics(), get_metrics()]
}

fn summarize_analytics() -> Operation {
    let day = json!({ "type": "string", "example": "2026-12-01" });
    let group_by = json!({ "type": "string", "enum": ["day", "platform", "connection"], "default": "day" });
    operation(TAG, "summarize-analytics", "GET /v1/analytics/summary", "Counts, lateness and engagement over some days")
        .says(
            "A target counts on the UTC day of its post's time. A percentile is the upper bound of the bucket that it \
             falls into.",
        )
        .limited(Limit::Analytics)
        .in_query("from", "The first day: a date, or an instant for its UTC day; 30 days by default.", day.clone())
        .in_query("to", "The last day; today by default. At most 366 days.", day)
        .in_query("groupBy", "What the sums are told apart by.", group_by)
        .answers::<SummaryView<'_>>(200, "The sums.")
        .kept_privately()
        .refuses([invalid("from", "invalid_parameter", "this must be a date such as 2026-12-01, or an instant")])
}

fn get_metrics() -> Operation {
    operation(TAG, "get-metrics", "GET /v1/posts/{id}/metrics", "How people took to one post")
        .says("Every target that has ended; null is what was not collected, or what the platform does not tell.")
        .limited(Limit::Analytics)
        .in_path::<PostId>("id")
        .answers::<MetricsView<'_>>(200, "Target by target.")
        .kept_privately()
        .refuses([Error::NotFound("post").into()])
}

impl Operation {
    /// The caller may keep the answer, and ask whether it is still the same.
    fn kept_privately(self) -> Self {
        let text = json!({ "type": "string" });
        let keep: Value = json!({ "type": "string", "const": "private, max-age=60" });
        self.in_header("If-None-Match", "The `ETag` of the answer that the caller has.", text.clone())
            .with_header(200, "ETag", "Stands for this answer.", text.clone())
            .with_header(200, "Cache-Control", "Who may keep it, and how long.", keep.clone())
            .answers_nothing(304, "The caller has it already.")
            .with_header(304, "ETag", "Stands for that answer.", text)
    }
}
