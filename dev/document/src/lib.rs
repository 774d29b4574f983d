//! The interface in OpenAPI 3.1, made from the types that read the requests and write the answers.
//!
//! One module for each group of routes, one function for each operation; `operation` holds the words they are
//! written in, `gateway` what API Gateway answers by itself. The schemas come from the types (`utoipa`), statuses and
//! codes of refusals from the one table in `api`, so neither can say anything else here.
//!
//! It is a room of its own so that no function carries it: `functions/describe-api` serves the file that
//! `cargo xtask openapi` writes, and a test here fails while that file is another one.

mod analytics;
mod connections;
mod gateway;
mod media;
pub mod operation;
mod posts;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::operation::Operation;

/// Every operation; a new one is a function in one of the modules.
fn operations() -> Vec<Operation> {
    [
        connections::operations(),
        posts::operations(),
        media::operations(),
        analytics::operations(),
        service::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The whole document.
pub fn document() -> Value {
    let mut paths: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for operation in operations() {
        for (name, schema) in operation.schemas() {
            schemas.insert(name.clone(), json!(schema));
        }
        asked.extend(operation.asked().map(str::to_owned));
        paths.entry(operation.path()).or_default().insert(operation.method(), operation.into_json());
    }
    for name in asked {
        close(schemas.get_mut(&name));
    }
    schemas.insert("Message".into(), gateway::message());
    let refusals = share_refusals(paths.values_mut().flat_map(BTreeMap::values_mut).collect());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Belfry",
            "version": "1.0.0",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Publishes posts to LinkedIn and X at the second you chose. Instants are RFC 3339 in UTC. \
                Unknown fields are refused, and a refusal lists every broken rule at once. \
                What belongs to somebody else answers 404.",
        },
        "servers": [{ "url": "/", "description": "The host that serves this document." }],
        "security": [{ "jwt": [] }],
        "tags": [
            { "name": "posts", "description": "Writing, looking, canceling." },
            { "name": "connections", "description": "Accounts that Belfry may publish to." },
            { "name": "media", "description": "Files that go out with posts." },
            { "name": "analytics", "description": "How posts did." },
            { "name": "service", "description": "About the interface itself." },
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "jwt": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the issuer that Belfry was deployed with; `sub` is the owner.",
                },
            },
            "responses": refusals,
            "schemas": schemas,
        },
    })
}

/// A request says only what is asked for: `Unknown` takes the rest, to refuse it.
fn close(schema: Option<&mut Value>) {
    if let Some(schema) = schema.filter(|schema| schema["type"] == "object") {
        schema["additionalProperties"] = json!(false);
    }
}

/// Says a refusal once for all operations that refuse in the same words, by a name of its status and codes.
fn share_refusals(operations: Vec<&mut Value>) -> BTreeMap<String, Value> {
    let mut shared: BTreeMap<String, Value> = BTreeMap::new();
    for operation in operations {
        for (status, answer) in operation["responses"].as_object_mut().expect("responses are an object") {
            if status.as_str() < "400" {
                continue;
            }
            let limited = answer["headers"].get("RateLimit").map(|_| "limited");
            let name: Vec<&str> =
                [status.as_str()].into_iter().chain(codes_in(answer)).chain(limited).collect();
            let name = name.join("-");
            if shared.entry(name.clone()).or_insert_with(|| answer.clone()) == answer {
                *answer = json!({ "$ref": format!("#/components/responses/{name}") });
            }
        }
    }
    shared
}

fn codes_in(answer: &Value) -> Vec<&str> {
    let examples = answer["content"][operation::PROBLEM]["examples"].as_object();
    examples.into_iter().flat_map(|examples| examples.keys().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/describe-api/src/openapi.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_committed_document_is_what_the_types_say() {
        assert!(
            committed() == document(),
            "openapi.json is out of date: write it with `cargo xtask openapi`"
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    members.values().for_each(|member| references(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        let mut wanted = BTreeSet::new();
        for kind in ["schemas", "responses"] {
            let components = document["components"][kind].as_object().unwrap();
            wanted.extend(components.keys().map(|name| format!("#/components/{kind}/{name}")));
        }
        assert_eq!(found, wanted, "what is referred to, and what there is");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let names: Vec<String> =
            operations().into_iter().map(|it| it.into_json()["operationId"].to_string()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }

    #[test]
    fn what_is_asked_for_may_carry_nothing_else() {
        let schemas = &document()["components"]["schemas"];
        for operation in operations() {
            for name in operation.asked() {
                // Ids and enums are texts; anything else must be an object, which `close` could close.
                let schema = &schemas[name];
                // An alternative is a text, or one of the others by its name.
                let is_named = |either: &Value| either["type"] == "string" || either["$ref"].is_string();
                let alternatives = schema["oneOf"].as_array().is_some_and(|all| all.iter().all(is_named));
                let closed =
                    schema["type"] == "string" || schema["additionalProperties"] == false || alternatives;
                assert!(closed, "{name} lets through what nobody asked for: {schema}");
            }
        }
        assert_eq!(schemas["Post"]["additionalProperties"], Value::Null, "an answer may grow");
    }
}
