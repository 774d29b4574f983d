//! Who is let in.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::e2e::visitor::{Visitor, World, answer};

pub(crate) async fn a_call_without_a_good_token_is_refused(world: World) -> Result<()> {
    let name = Visitor::unconnected(&world).await?.name;
    let bad = [
        ("expired", json!({ "person": name, "expiresIn": -60 })),
        ("signed by a foreign key", json!({ "person": name, "foreignKey": true })),
        ("for another audience", json!({ "person": name, "audience": "somebody-else" })),
        ("of another issuer", json!({ "person": name, "issuer": "http://127.0.0.1:9" })),
    ];
    let routes =
        [(Method::GET, "/v1/posts"), (Method::POST, "/v1/posts/schedule"), (Method::GET, "/v1/connections")];
    for (method, path) in routes {
        let missing = answer(world.request(method.clone(), path)).await?;
        missing.expect(401).context("without a token")?;
        for (kind, wish) in &bad {
            let token = minted(&world, wish).await?;
            let refused = answer(world.request(method.clone(), path).bearer_auth(token)).await?;
            refused.expect(401).with_context(|| format!("with a token {kind}"))?;
        }
        let garbage = answer(world.request(method, path).bearer_auth("not.a.token")).await?;
        garbage.expect(401).context("with what is no token")?;
    }
    Ok(())
}

pub(crate) async fn health_and_document_need_no_token(world: World) -> Result<()> {
    let health = answer(world.request(Method::GET, "/v1/health")).await?.expect(200)?;
    ensure!(health == json!({ "status": "ok" }), "health says {health}");
    let document = answer(world.request(Method::GET, "/v1/openapi.json")).await?.expect(200)?;
    let version = document["openapi"].as_str().unwrap_or_default();
    ensure!(version.starts_with("3.1"), "the document is OpenAPI {version}");
    for path in [
        "/v1/posts",
        "/v1/posts/{id}",
        "/v1/posts/schedule",
        "/v1/posts/publish",
        "/v1/connections",
        "/v1/connections/{platform}/authorize",
        "/v1/connections/{platform}/complete",
        "/v1/health",
        "/v1/openapi.json",
    ] {
        ensure!(document["paths"][path].is_object(), "the document does not know {path}");
    }
    Ok(())
}

pub(crate) async fn an_unknown_path_is_a_problem(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    for path in ["/v1/nothing", "/v1/posts/schedule/more", "/", "/v2/posts"] {
        answer(world.request(Method::GET, path)).await?.expect_problem(404, "not_found")?;
        visitor.get(path).await?.expect_problem(404, "not_found")?;
    }
    visitor.get("/v1/posts/pst_nothing").await?.expect_problem(404, "not_found")?;
    visitor.delete("/v1/posts/pst_nothing").await?.expect_problem(404, "not_found")?;
    visitor.post("/v1/connections/myspace/authorize", &json!({})).await?.expect_problem(404, "not_found")?;
    Ok(())
}

/// A token as the issuer mints it on demand.
async fn minted(world: &World, wish: &Value) -> Result<String> {
    let url = format!("{}/_control/token", world.stack().issuer);
    let made = answer(world.client().post(url).json(wish)).await?.expect(200)?;
    Ok(made["accessToken"].as_str().context("the issuer gave no token")?.to_owned())
}
