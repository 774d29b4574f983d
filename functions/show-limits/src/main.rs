//! `GET /v1/limits`: shows what is left of each limit.

use std::sync::Arc;

use api::view::LimitsView;
use api::{Call, Problem, Reply};
use domain::limits::{Limit, Rule, Subject};
use domain::ports::RateLimits;
use store::RateLimitStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

struct Neighbours {
    limits: RateLimitStore,
    rules: Vec<Rule>,
}

impl Neighbours {
    fn from_env() -> domain::Result<Self> {
        let rules = Limit::OF_OWNERS.into_iter().map(aws::limits::rule).collect::<domain::Result<_>>()?;
        Ok(Self { limits: RateLimitStore::from_env(&aws::config_from_env()?)?, rules })
    }
}

/// 200 with those that count each person's calls; looking is not counted.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let subject = Subject::Owner(call.owner()?);
    let quotas = near.limits.peek(&subject, &near.rules, call.now()).await?;
    Ok(Reply::ok(&LimitsView::from(&quotas[..])))
}
