//! `GET /v1/health`, `GET /v1/openapi.json`, and whatever is no route.

mod neighbours;

use std::sync::Arc;

use api::{Call, Problem, Reply};
use domain::limits::Subject;
use neighbours::Neighbours;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Fatal> {
    api::serve(async { Neighbours::from_env() }, handle).await
}

/// The interface, as OpenAPI 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

/// 200 for the two documents, 429 beyond the limit `public`; 404 for any other path.
async fn handle(near: Arc<Neighbours>, call: Call) -> Result<Reply, Problem> {
    let reply = match call.route().as_str() {
        "GET /v1/health" => Reply::ok(&serde_json::json!({"status": "ok"})),
        "GET /v1/openapi.json" => Reply::document(DOCUMENT),
        _ => return Err(Problem::no_such_route()),
    };
    let subject = Subject::Address(call.source_address());
    api::limited(&near.meter(), &subject, call.now(), async { Ok(reply) }).await
}
