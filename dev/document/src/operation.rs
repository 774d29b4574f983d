//! The words in which an operation is written down.

use std::collections::BTreeMap;
use std::time::Duration;

use api::Problem;
use domain::limits::{Limit, Quota, Rule};
use domain::{Error, FieldError};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::gateway;

const JSON: &str = "application/json";
pub(crate) const PROBLEM: &str = "application/problem+json";

/// One method of one path.
#[must_use]
pub struct Operation {
    method: &'static str,
    path: &'static str,
    about: Map<String, Value>,
    parameters: Vec<Value>,
    answers: BTreeMap<u16, Answer>,
    refusals: BTreeMap<u16, Vec<Problem>>,
    limit: Option<Limit>,
    schemas: Vec<(String, RefOr<Schema>)>,
    asked: Vec<String>,
}

/// What one status means.
#[derive(Default)]
struct Answer {
    description: String,
    headers: Map<String, Value>,
    content: Map<String, Value>,
}

/// An operation that wants a token; `id` is the name of its function, `route` as in `template.yaml`.
///
/// # Panics
/// When `route` is not a method and a path.
pub fn operation(tag: &str, id: &str, route: &'static str, summary: &str) -> Operation {
    let (method, path) = route.split_once(' ').expect("a route is a method and a path");
    let method = match method {
        "GET" => "get",
        "POST" => "post",
        "PATCH" => "patch",
        "DELETE" => "delete",
        other => panic!("{other} is no method of ours"),
    };
    let mut about = Map::new();
    for (name, value) in [("operationId", id), ("summary", summary)] {
        about.insert(name.into(), json!(value));
    }
    about.insert("tags".into(), json!([tag]));
    let mut operation = Operation {
        method,
        path,
        about,
        parameters: Vec::new(),
        answers: BTreeMap::new(),
        refusals: BTreeMap::new(),
        limit: None,
        schemas: Vec::new(),
        asked: Vec::new(),
    };
    operation.refer::<Problem>();
    let broken = Error::broken("an item", "unreadable");
    let away = Error::unavailable("a neighbour", "away");
    operation.refuses([broken.into(), away.into(), Problem::unauthenticated()])
}

impl Operation {
    /// What the summary leaves out.
    pub fn says(mut self, description: &str) -> Self {
        self.about.insert("description".into(), json!(description));
        self
    }

    /// Needs no token.
    pub fn public(mut self) -> Self {
        self.about.insert("security".into(), json!([]));
        self.refusals.remove(&401);
        self
    }

    /// A `{name}` of the path.
    pub fn in_path<T: ToSchema>(mut self, name: &str) -> Self {
        let schema = self.refer::<T>();
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        self
    }

    /// A parameter of the query that may be left out. What is not declared is refused, so the others are told.
    pub fn in_query(mut self, name: &str, description: &str, schema: Value) -> Self {
        let parameter = json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema });
        self.parameters.push(parameter);
        self
    }

    /// A header of the request that may be left out.
    pub fn in_header(mut self, name: &str, description: &str, schema: Value) -> Self {
        let parameter = json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema });
        self.parameters.push(parameter);
        self
    }

    /// A body of this type, and the ways in which a body is refused.
    pub fn takes<T: ToSchema>(mut self) -> Self {
        let before = self.schemas.len();
        let schema = self.refer::<T>();
        self.asked.extend(self.schemas[before..].iter().map(|(name, _)| name.clone()));
        let body = json!({ "required": true, "content": { JSON: { "schema": schema } } });
        self.about.insert("requestBody".into(), body);
        self.refuses(Problem::of_a_body()).refuses([invalid("/text", "required", "this field is required")])
    }

    /// A body of this type that must also fit `rule`: types that several operations share say only what all need.
    pub fn takes_with<T: ToSchema>(mut self, rule: Value) -> Self {
        self = self.takes::<T>();
        let schema = &mut self.about["requestBody"]["content"][JSON]["schema"];
        *schema = json!({ "allOf": [schema.take(), rule] });
        self
    }

    /// This status with a JSON body of this type.
    pub fn answers<T: ToSchema>(mut self, status: u16, description: &str) -> Self {
        let schema = self.refer::<T>();
        self.answers_json(status, description, schema)
    }

    /// This status with a JSON body of this schema.
    pub fn answers_json(mut self, status: u16, description: &str, schema: Value) -> Self {
        let mut content = Map::new();
        content.insert(JSON.into(), json!({ "schema": schema }));
        self.answers.insert(status, Answer { description: description.into(), content, headers: Map::new() });
        self
    }

    /// This status without a body.
    pub fn answers_nothing(mut self, status: u16, description: &str) -> Self {
        self.answers.insert(status, Answer { description: description.into(), ..Answer::default() });
        self
    }

    /// The answer of this status always carries this header.
    ///
    /// # Panics
    /// When there is no such answer yet.
    pub fn with_header(mut self, status: u16, name: &str, description: &str, schema: Value) -> Self {
        let answer = self.answers.get_mut(&status).expect("an answer is told before its headers");
        answer.headers.insert(name.into(), header(description, schema, true));
        self
    }

    /// The answer of this status says where the thing is that was made.
    pub fn located(self, status: u16) -> Self {
        let schema = json!({ "type": "string", "format": "uri-reference" });
        self.with_header(status, "Location", "Where it is.", schema)
    }

    /// Does nothing twice under the same `Idempotency-Key`.
    pub fn idempotent(self) -> Self {
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$" });
        let description = "The same key with the same body answers the first result again and does nothing more; \
            with another body it is refused.";
        self.in_header("Idempotency-Key", description, schema).refuses([Error::IdempotencyKeyReused.into()])
    }

    /// The answer of this status says which revision of the post it is.
    pub fn tagged(self, status: u16) -> Self {
        let etag = json!({ "type": "string", "pattern": "^\"[1-9][0-9]*\"$", "example": "\"1\"" });
        self.with_header(status, "ETag", "Its revision.", etag)
    }

    /// Refuses by these problems, whose statuses and codes are those of the table in `api`.
    pub fn refuses(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        for problem in problems {
            let known = self.refusals.entry(problem.status()).or_default();
            if known.iter().all(|other| other.code() != problem.code()) {
                known.push(problem);
            }
        }
        self
    }

    /// Counts against this limit: every answer of ours from the charge on tells what is left of it.
    pub fn limited(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        let rule = Rule { limit, allowance: limit.default_allowance() };
        let now = Timestamp::from_second(1_796_112_000).expect("a time");
        let quota = Quota { rule, remaining: 0, reset_at: now + Duration::from_secs(42), now };
        self.refuses([Error::RateLimited(quota).into()])
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Every schema that it refers to.
    pub(crate) fn schemas(&self) -> &[(String, RefOr<Schema>)] {
        &self.schemas
    }

    /// Those that a caller sends.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str)
    }

    pub(crate) fn into_json(mut self) -> Value {
        let mut own = gateway::ANYWHERE.to_vec();
        own.extend(self.refusals.contains_key(&401).then_some(gateway::WITHOUT_A_TOKEN));
        own.extend(self.about.contains_key("requestBody").then_some(gateway::TOO_LARGE));
        for (status, problems) in std::mem::take(&mut self.refusals) {
            let answer = self.answers.entry(status).or_default();
            let codes: Vec<&str> = problems.iter().map(Problem::code).collect();
            answer.description = format!("Refused: `{}`.", codes.join("`, `"));
            answer.content.insert(PROBLEM.into(), refusal(status, &codes, problems));
            if matches!(status, 429 | 503) {
                answer.headers.insert("Retry-After".into(), retry_after());
            }
        }
        for (status, description) in own {
            let answer = self.answers.entry(status).or_default();
            answer.description =
                format!("{description} API Gateway may answer this by itself. {}", answer.description);
            answer.description.truncate(answer.description.trim_end().len());
            answer
                .content
                .insert(JSON.into(), json!({ "schema": { "$ref": "#/components/schemas/Message" } }));
        }
        if let Some(limit) = self.limit {
            let told = format!("Counts against the limit `{}`.", limit.name());
            let description = self.about.entry("description").or_insert(json!(""));
            *description = json!(format!("{} {told}", description.as_str().unwrap_or_default()).trim_start());
            // Who has no token is not counted.
            for (_, answer) in self.answers.iter_mut().filter(|(status, _)| **status != 401) {
                answer.headers.extend(limit_headers());
            }
        }
        let responses: BTreeMap<String, Value> = self
            .answers
            .into_iter()
            .map(|(status, answer)| (status.to_string(), answer.into_json()))
            .collect();
        self.about.insert("responses".into(), json!(responses));
        if !self.parameters.is_empty() {
            self.about.insert("parameters".into(), json!(self.parameters));
        }
        Value::Object(self.about)
    }

    /// A reference to the schema of this type, which the document then holds.
    fn refer<T: ToSchema>(&mut self) -> Value {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }
}

impl Answer {
    fn into_json(self) -> Value {
        let mut answer = Map::new();
        answer.insert("description".into(), json!(self.description));
        for (name, members) in [("headers", self.headers), ("content", self.content)] {
            if !members.is_empty() {
                answer.insert(name.into(), Value::Object(members));
            }
        }
        Value::Object(answer)
    }
}

/// The problem of a request that breaks this rule.
pub fn invalid(pointer: &str, code: &'static str, detail: &str) -> Problem {
    Error::Invalid(vec![FieldError::new(pointer, code, detail)]).into()
}

/// Problems of this status and these codes and no others, with what is really answered as examples.
fn refusal(status: u16, codes: &[&str], problems: Vec<Problem>) -> Value {
    let examples: BTreeMap<&str, Value> =
        problems.into_iter().map(|problem| (problem.code(), json!({ "value": example(problem) }))).collect();
    json!({
        "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "status": { "const": status }, "code": { "enum": codes } } },
            ],
        },
        "examples": examples,
    })
}

fn example(problem: Problem) -> Value {
    serde_json::from_str(problem.into_reply().body()).expect("a problem is JSON")
}

fn header(description: &str, schema: Value, required: bool) -> Value {
    json!({ "description": description, "required": required, "schema": schema })
}

/// Not required: what API Gateway answers by itself of this status has none.
fn retry_after() -> Value {
    let schema = json!({ "type": "integer", "minimum": 0 });
    header("Come back after so many seconds.", schema, false)
}

/// What is left of a limit, in the two ways in which clients ask for it. Not there when the call was not counted:
/// refused before the charge, a repetition under its key, or let through because the counter was away.
///
/// Source: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> (read 2026-11-24).
fn limit_headers() -> [(String, Value); 5] {
    let number = json!({ "type": "integer", "minimum": 0 });
    let text = json!({ "type": "string" });
    [
        ("X-RateLimit-Limit", "How many are allowed in the window.", &number),
        ("X-RateLimit-Remaining", "How many are left.", &number),
        ("X-RateLimit-Reset", "When the window ends, in Unix seconds.", &number),
        ("RateLimit-Policy", "The same, as the IETF draft says it.", &text),
        ("RateLimit", "The same, as the IETF draft says it.", &text),
    ]
    .map(|(name, description, schema)| (name.into(), header(description, schema.clone(), false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Operation {
        operation("posts", "make-thing", "POST /v1/things", "Make a thing")
    }

    #[test]
    fn a_refusal_is_told_by_the_status_and_code_of_the_table() {
        let told =
            example().refuses([Error::NothingToCancel.into(), Error::NothingToCancel.into()]).into_json();
        let refusal = &told["responses"]["409"]["content"][PROBLEM];
        assert_eq!(refusal["schema"]["allOf"][1]["properties"]["code"]["enum"], json!(["nothing_to_cancel"]));
        assert_eq!(refusal["examples"]["nothing_to_cancel"]["value"]["status"], 409);
    }

    #[test]
    fn an_operation_of_its_own_owner_may_answer_401_in_both_shapes_and_a_public_one_never() {
        let owned = example().into_json();
        let shapes = owned["responses"]["401"]["content"].as_object().unwrap();
        assert_eq!(shapes.keys().collect::<Vec<_>>(), [JSON, PROBLEM]);
        let public = example().public().into_json();
        assert_eq!((&public["responses"]["401"], &public["security"]), (&Value::Null, &json!([])));
    }

    #[test]
    fn what_is_left_of_a_limit_may_be_told_by_every_answer_and_a_call_beyond_it_is_refused() {
        let told = example().answers_nothing(204, "Made.").limited(Limit::Schedule).into_json();
        for status in ["204", "429", "503"] {
            let header = &told["responses"][status]["headers"]["X-RateLimit-Remaining"];
            assert_eq!(header["required"], false, "{status}");
        }
    }

    #[test]
    fn what_is_made_once_and_somewhere_is_told_by_headers() {
        let told = example().idempotent().answers_nothing(201, "Made.").located(201).into_json();
        assert_eq!(told["parameters"][0]["name"], "Idempotency-Key");
        assert_eq!(told["responses"]["201"]["headers"]["Location"]["required"], true);
    }
}
