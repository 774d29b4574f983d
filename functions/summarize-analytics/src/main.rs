//! `GET /v1/analytics/summary`: sums up how posts did.

mod neighbours;

use std::sync::Arc;

use api::view::analytics::SummaryView;
use api::{Call, Problem, Reply, fresh};
use domain::limits::Subject;
use domain::summarizing::{self, GroupBy, SummaryAsk, read_day};
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// 200 with the sums by day, platform or connection; 304 when the caller has them already; 429 beyond the limit
/// `analytics`.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let owner = call.owner()?;
    let mut query = call.query();
    let day = "a date such as 2026-12-01, or an instant";
    let ask = SummaryAsk {
        from: query.take("from", day, read_day),
        to: query.take("to", day, read_day),
        group_by: query
            .take("groupBy", "`day`, `platform` or `connection`", GroupBy::from_name)
            .unwrap_or_default(),
    };
    query.finish()?;
    api::limited(&near.meter(), &Subject::Owner(owner.clone()), call.now(), async {
        let summary = summarizing::summarize(&near.analytics, &owner, ask, call.now()).await?;
        Ok(fresh(&call, Reply::ok(&SummaryView::from(&summary))))
    })
    .await
}
