//! About the interface itself; neither route wants a token.

use serde_json::json;

use crate::operation::{Operation, operation};

pub(crate) fn operations() -> Vec<Operation> {
    vec![health(), describe()]
}

fn health() -> Operation {
    let status = json!({
        "type": "object",
        "required": ["status"],
        "properties": { "status": { "type": "string", "const": "ok" } },
    });
    operation("service", "health", "GET /v1/health", "Whether the API is alive")
        .public()
        .answers_json(200, "It is.", status)
}

fn describe() -> Operation {
    let document = json!({ "type": "object", "required": ["openapi", "info", "paths"] });
    operation("service", "describe", "GET /v1/openapi.json", "This document").public().answers_json(
        200,
        "OpenAPI 3.1.",
        document,
    )
}
