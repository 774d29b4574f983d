//! Reading a request body so that every mistake is found, not only the first.
//!
//! Request types declare each field as [`Field`] and take what they do not know into [`Unknown`]. Deserialising such
//! a type never fails; checking it collects the mistakes with their JSON pointers.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{Error, FieldError, Result};

/// One field of a request body, right or wrong.
///
/// It has no schema of its own, so that none can be forgotten: its owner says `value_type = T` where the field is
/// `required`, and `value_type = Option<T>` where it may be absent or null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Absent, or null.
    #[default]
    Missing,
    /// As wanted.
    Value(T),
    /// Of another type; says which one was wanted.
    Wrong(String),
}

/// The fields of an object that nobody asked for.
pub type Unknown = BTreeMap<String, Value>;

/// The mistakes found so far, and where in the body we are.
#[derive(Clone, Debug, Default)]
pub struct Mistakes(Vec<FieldError>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(Field::Missing);
        }
        Ok(match T::deserialize(value) {
            Ok(value) => Field::Value(value),
            Err(error) => Field::Wrong(wanted(&error.to_string())),
        })
    }
}

/// What was wanted, in a person's words: the parser's own name our types and repeat the input.
fn wanted(words: &str) -> String {
    let wanted = words.rsplit_once("expected ").map_or("of another type", |(_, wanted)| wanted);
    match wanted {
        "a sequence" => "this must be an array".into(),
        "a map" => "this must be an object".into(),
        "u64" => "this must be a whole number, not below zero".into(),
        it if it.starts_with("struct ") => "this must be an object".into(),
        it => format!("this must be {it}"),
    }
}

impl<T> Field<T> {
    /// The value if it is there and of the right type; a wrong one is noted.
    pub fn optional(self, pointer: &str, mistakes: &mut Mistakes) -> Option<T> {
        match self {
            Field::Missing => None,
            Field::Value(value) => Some(value),
            Field::Wrong(detail) => {
                mistakes.add(pointer, "wrong_type", detail);
                None
            }
        }
    }

    /// The value; its absence is noted too.
    pub fn required(self, pointer: &str, mistakes: &mut Mistakes) -> Option<T> {
        if matches!(self, Field::Missing) {
            mistakes.add(pointer, "required", "this field is required");
        }
        self.optional(pointer, mistakes)
    }
}

impl Mistakes {
    /// Notes a mistake.
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, detail));
    }

    /// Notes every field that nobody asked for.
    pub fn unknown(&mut self, pointer: &str, unknown: &Unknown) {
        for name in unknown.keys() {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            self.add(
                format!("{pointer}/{escaped}"),
                "unknown_field",
                "this field is not known here; remove it",
            );
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Invalid` with all of them, if there are any.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Ask {
        #[serde(default)]
        text: Field<String>,
        #[serde(default)]
        count: Field<u32>,
        #[serde(flatten)]
        unknown: Unknown,
    }

    #[test]
    fn a_wrong_type_is_told_in_plain_words_that_repeat_nothing() {
        let wrong = |json: &str| match serde_json::from_str::<Field<Ask>>(json).unwrap() {
            Field::Wrong(detail) => detail,
            Field::Missing | Field::Value(_) => panic!("{json} is wrong"),
        };
        assert_eq!(wrong("\"hunter2\""), "this must be an object");
        assert_eq!(wrong("5"), "this must be an object");
        let ask: Ask = serde_json::from_str(r#"{"text": 5, "count": -1}"#).unwrap();
        assert_eq!(ask.text, Field::Wrong("this must be a string".into()));
        assert_eq!(ask.count, Field::Wrong("this must be u32".into()));
    }

    #[test]
    fn every_mistake_is_found_at_once() {
        let ask: Ask = serde_json::from_str(r#"{"count": "three", "a/b": 1, "c": 2}"#).unwrap();
        let mut mistakes = Mistakes::default();
        ask.text.required("/text", &mut mistakes);
        ask.count.optional("/count", &mut mistakes);
        mistakes.unknown("", &ask.unknown);
        let Err(Error::Invalid(errors)) = mistakes.into_result() else { panic!("there are mistakes") };
        let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
        let wanted = [
            ("/text", "required"),
            ("/count", "wrong_type"),
            ("/a~1b", "unknown_field"),
            ("/c", "unknown_field"),
        ];
        assert_eq!(found, wanted);
    }
}
