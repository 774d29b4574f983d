//! Lists, page by page.

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use serde_json::Value;

use crate::e2e::patience::ahead;
use crate::e2e::visitor::{Visitor, World};

pub(crate) async fn pages_follow_each_other_in_order_of_time(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let first = ahead(7200);
    // Not in the order of their times.
    for minute in [3, 0, 4, 1, 2] {
        let at = first + SignedDuration::from_mins(minute);
        visitor.schedule(&format!("page {minute}"), &[visitor.x()], at).await?;
    }
    let (mut path, mut texts, mut sizes) = ("/v1/posts?limit=2".to_owned(), Vec::new(), Vec::new());
    loop {
        let page = visitor.get(&path).await?.expect(200)?;
        let posts = page["posts"].as_array().cloned().unwrap_or_default();
        sizes.push(posts.len());
        texts.extend(posts.iter().map(text));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        ensure!(sizes.len() < 5, "the pages do not end: {texts:?}");
        path = format!("/v1/posts?limit=2&cursor={cursor}");
    }
    ensure!(sizes == [2, 2, 1], "pages of {sizes:?}");
    ensure!(texts == ["page 0", "page 1", "page 2", "page 3", "page 4"], "in the order {texts:?}");

    let (from, to) = (first + SignedDuration::from_mins(1), first + SignedDuration::from_mins(3));
    let window = visitor.get(&format!("/v1/posts?from={from}&to={to}")).await?.expect(200)?;
    let texts: Vec<String> = window["posts"].as_array().into_iter().flatten().map(text).collect();
    ensure!(texts == ["page 1", "page 2"], "from {from} until before {to} lie {texts:?}");
    for post in visitor.get("/v1/posts").await?.expect(200)?["posts"].as_array().into_iter().flatten() {
        let id = post["id"].as_str().unwrap_or_default();
        visitor.delete(&format!("/v1/posts/{id}")).await?.expect(204)?;
    }
    Ok(())
}

pub(crate) async fn a_limit_out_of_range_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    for limit in ["0", "201", "-1", "many"] {
        let answer = visitor.get(&format!("/v1/posts?limit={limit}")).await?;
        answer.expect_mistakes(&[("limit", "invalid_parameter")])?;
    }
    let answer = visitor.get("/v1/posts?from=yesterday&colour=red").await?;
    answer.expect_mistakes(&[("from", "invalid_parameter"), ("colour", "unknown_parameter")])?;
    visitor.get("/v1/posts?limit=200").await?.expect(200)?;
    Ok(())
}

fn text(post: &Value) -> String {
    post["text"].as_str().unwrap_or_default().to_owned()
}
