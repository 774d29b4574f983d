//! About the interface itself.

use api::view::LimitsView;
use domain::limits::Limit;
use serde_json::json;

use crate::operation::{Operation, operation};

pub(crate) fn operations() -> Vec<Operation> {
    vec![health(), describe(), show_limits()]
}

fn health() -> Operation {
    let status = json!({
        "type": "object",
        "required": ["status"],
        "properties": { "status": { "type": "string", "const": "ok" } },
    });
    operation("service", "health", "GET /v1/health", "Whether the API is alive")
        .public()
        .limited(Limit::Public)
        .answers_json(200, "It is.", status)
}

fn describe() -> Operation {
    let document = json!({ "type": "object", "required": ["openapi", "info", "paths"] });
    operation("service", "describe", "GET /v1/openapi.json", "This document")
        .public()
        .limited(Limit::Public)
        .answers_json(200, "OpenAPI 3.1.", document)
}

fn show_limits() -> Operation {
    operation("service", "show-limits", "GET /v1/limits", "What is left of each limit")
        .says("Asking costs nothing.")
        .answers::<LimitsView>(200, "The limits of the caller.")
}
