//! `GET /v1/posts`: lists posts by time.

use std::sync::Arc;

use api::view::PageView;
use api::{Call, Problem, Reply};
use domain::platform::Platform;
use domain::post::PostStatus;
use domain::reading::{self, ListAsk};
use store::PostStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { PostStore::from_env(&aws::config_from_env()?) }, handle).await
}

/// 200 with one page, by `publishAt`; 400 for a cursor that this list did not give to this owner.
async fn handle(posts: Arc<PostStore>, call: Call) -> Result<Reply, Problem> {
    let owner = call.owner()?;
    let mut query = call.query();
    let instant = "an instant such as 2026-12-01T08:00:00Z";
    let ask = ListAsk {
        from: query.take("from", instant, |value| value.parse().ok()),
        to: query.take("to", instant, |value| value.parse().ok()),
        status: query.take("status", "the status of a post", PostStatus::from_name),
        platform: query.take("platform", "a platform", Platform::from_name),
        cursor: query.take("cursor", "a cursor", |value| Some(value.to_owned())),
        limit: query.take("limit", "a number from 1 to 200", limit),
    };
    query.finish()?;
    let page = reading::list(&*posts, &owner, ask).await?;
    Ok(Reply::ok(&PageView::from(&page)))
}

fn limit(value: &str) -> Option<u32> {
    value.parse().ok().filter(|limit| (1..=reading::MAX_LIMIT).contains(limit))
}
