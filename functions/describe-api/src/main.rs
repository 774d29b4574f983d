//! `GET /v1/health`, `GET /v1/openapi.json`, and whatever is no route.

use std::sync::Arc;

use api::{Call, Problem, Reply};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Ok(()) }, handle).await
}

/// The interface, as OpenAPI 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

/// 200 for the two documents; 404 for any other path.
async fn handle(_: Arc<()>, call: Call) -> Result<Reply, Problem> {
    match call.route().as_str() {
        "GET /v1/health" => Ok(Reply::ok(&serde_json::json!({"status": "ok"}))),
        "GET /v1/openapi.json" => Ok(Reply::document(DOCUMENT)),
        _ => Err(Problem::no_such_route()),
    }
}
