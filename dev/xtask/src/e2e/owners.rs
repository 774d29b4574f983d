//! Two people, and nothing between them.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::e2e::patience::ahead;
use crate::e2e::visitor::{Visitor, World, scheduled};

pub(crate) async fn nobody_sees_or_stops_a_post_of_somebody_else(world: World) -> Result<()> {
    let (owner, other) = (Visitor::connected(&world).await?, Visitor::connected(&world).await?);
    let mine = owner.schedule("mine", &[owner.x()], ahead(7200)).await?;
    let theirs = other.schedule("theirs", &[other.x()], ahead(7200)).await?;
    let path = format!("/v1/posts/{}", id(&mine)?);
    other.get(&path).await?.expect_problem(404, "not_found")?;
    other.delete(&path).await?.expect_problem(404, "not_found")?;
    ensure!(owner.look_at(id(&mine)?).await?["status"] == "scheduled", "somebody else stopped it");
    for (person, post) in [(&owner, &mine), (&other, &theirs)] {
        let listed = person.get("/v1/posts").await?.expect(200)?;
        let ids: Vec<&Value> =
            listed["posts"].as_array().into_iter().flatten().map(|post| &post["id"]).collect();
        ensure!(ids == [&post["id"]], "{} sees {ids:?}", person.name);
        person.delete(&format!("/v1/posts/{}", id(post)?)).await?.expect(204)?;
    }
    Ok(())
}

pub(crate) async fn nobody_posts_through_a_connection_of_somebody_else(world: World) -> Result<()> {
    let (owner, other) = (Visitor::connected(&world).await?, Visitor::connected(&world).await?);
    let wanted = [("/targets/0/connectionId", "unknown_connection")];
    let body = scheduled("as somebody else", &[owner.x()], ahead(60));
    other.post("/v1/posts/schedule", &body).await?.expect_mistakes(&wanted)?;
    let body = serde_json::json!({ "text": "as somebody else", "targets": body["targets"] });
    other.post("/v1/posts/publish", &body).await?.expect_mistakes(&wanted)?;
    other.has_no_posts().await?;
    ensure!(world.seen_on(owner.x()).await?.is_empty(), "it was published");
    Ok(())
}

pub(crate) async fn a_cursor_opens_only_the_list_that_gave_it(world: World) -> Result<()> {
    let (owner, other) = (Visitor::connected(&world).await?, Visitor::unconnected(&world).await?);
    let mut posts = Vec::new();
    for seconds in [7200, 7260] {
        let text = format!("behind a cursor {seconds}");
        posts.push(owner.schedule(&text, &[owner.x()], ahead(seconds)).await?);
    }
    let page = owner.get("/v1/posts?limit=1").await?.expect(200)?;
    let cursor = page["nextCursor"].as_str().context("no cursor")?;
    owner.get(&format!("/v1/posts?cursor={cursor}")).await?.expect(200)?;
    let foreign = other.get(&format!("/v1/posts?cursor={cursor}")).await?;
    foreign.expect_problem(400, "invalid_cursor").context("the cursor of somebody else")?;
    let middle = cursor.len() / 2;
    let letter = if cursor.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let changed = format!("{}{letter}{}", &cursor[..middle], &cursor[middle + 1..]);
    for forged in [changed.as_str(), "e30", "forged", "%25%25", ""] {
        let refused = owner.get(&format!("/v1/posts?cursor={forged}")).await?;
        refused.expect_problem(400, "invalid_cursor").with_context(|| format!("the cursor `{forged}`"))?;
    }
    for post in &posts {
        owner.delete(&format!("/v1/posts/{}", id(post)?)).await?.expect(204)?;
    }
    Ok(())
}

fn id(post: &Value) -> Result<&str> {
    post["id"].as_str().context("a post without an id")
}
