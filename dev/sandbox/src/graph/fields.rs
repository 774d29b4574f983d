//! `fields`: which parts of an object a call wants to see.

use serde_json::{Map, Value};

use crate::graph::call::Call;
use crate::graph::problem::{Outcome, Refusal};

/// The wanted fields, some with fields of their own: `id,instagram_business_account{id,username}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fields(Vec<(String, Option<Fields>)>);

impl Fields {
    /// The fields a call asks for, or these.
    pub(crate) fn of(call: &Call, default: &str) -> Self {
        Self::parse(call.find("fields").unwrap_or(default))
    }

    /// Reads a list; what stands in parentheses, such as `.summary(true)`, is no field.
    fn parse(text: &str) -> Self {
        let fields = split(text).into_iter().map(|field| {
            let (name, inner) = match field.split_once('{') {
                Some((name, rest)) => (name, Some(Self::parse(rest.strip_suffix('}').unwrap_or(rest)))),
                None => (field, None),
            };
            let name = name.split(['.', '(']).next().unwrap_or_default().trim();
            (name.to_owned(), inner)
        });
        Self(fields.filter(|(name, _)| !name.is_empty()).collect())
    }

    /// Whether that field is wanted.
    pub(crate) fn want(&self, wanted: &str) -> bool {
        self.0.iter().any(|(name, _)| name == wanted)
    }

    /// The wanted part of an object in which every field stands, those without a value as null.
    ///
    /// # Errors
    /// 100 for a field that the object does not have.
    pub(crate) fn pick(&self, whole: &Value, node: &str) -> Outcome {
        let mut picked = Map::new();
        for (name, inner) in &self.0 {
            let Some(value) = whole.get(name) else {
                return Err(Refusal::parameter(format!(
                    "Tried accessing nonexisting field ({name}) on node type ({node})"
                )));
            };
            let value = match inner {
                Some(inner) if value.is_object() && value.get("data").is_none() => inner.pick(value, node)?,
                Some(_) | None => value.clone(),
            };
            if !value.is_null() {
                picked.insert(name.clone(), value);
            }
        }
        // The id is always there.
        if let Some(id) = whole.get("id") {
            picked.insert("id".to_owned(), id.clone());
        }
        Ok(Value::Object(picked))
    }
}

/// Splits at commas outside of braces and parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0_u32, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[begin..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_nest_and_leave_out_what_has_no_value() {
        let fields =
            Fields::parse("name,ig{id,username},picture.type(large){url},likes.summary(true).limit(0),no");
        let whole = json!({
            "id": "1", "name": "A", "ig": {"id": "2", "username": "a", "name": "B"},
            "picture": {"data": {"url": "u"}}, "likes": {"summary": {"total_count": 3}}, "no": null,
        });
        assert_eq!(
            fields.pick(&whole, "Page").unwrap(),
            json!({
                "id": "1", "name": "A", "ig": {"id": "2", "username": "a"},
                "picture": {"data": {"url": "u"}}, "likes": {"summary": {"total_count": 3}},
            })
        );
        assert!(Fields::parse("nam").pick(&whole, "Page").is_err());
    }
}
