//! Shapes that many answers of the Graph API have.

use jiff::Timestamp;
use reqwest::Url;
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;

/// Something was made.
#[derive(Deserialize)]
pub(crate) struct Made {
    /// Its name.
    #[serde(deserialize_with = "text_or_number")]
    pub(crate) id: String,
}

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) data: Vec<T>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

/// How many there are of something.
#[derive(Deserialize)]
pub(crate) struct Summarized {
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    total_count: Option<i64>,
}

/// Numbers of one thing.
#[derive(Deserialize)]
pub(crate) struct Insights {
    data: Vec<Insight>,
}

/// The number stands in one of two places, by the metric.
#[derive(Deserialize)]
struct Insight {
    name: String,
    #[serde(default)]
    values: Vec<Value>,
    total_value: Option<Value>,
}

#[derive(Deserialize)]
struct Value {
    value: Option<serde_json::Value>,
}

impl Insights {
    /// The number of this name.
    pub(crate) fn value(&self, name: &str) -> Option<u64> {
        let insight = self.data.iter().find(|insight| insight.name == name)?;
        let value = insight.total_value.as_ref().or(insight.values.first())?;
        value.value.as_ref()?.as_u64()
    }
}

impl<T> Page<T> {
    /// The place of the page after this one, if there is one. Its address is not taken: it carries the token.
    pub(crate) fn next(&self) -> Option<String> {
        let paging = self.paging.as_ref()?;
        paging.next.as_ref()?;
        paging.cursors.as_ref()?.after.clone().filter(|after| !after.is_empty())
    }
}

impl Summarized {
    pub(crate) fn count(&self) -> Option<u64> {
        u64::try_from(self.summary.as_ref()?.total_count?).ok()
    }
}

/// Whether this is the name of something: digits, and underscores between the parts of some.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// An address that can be shown to people.
pub(crate) fn permalink(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (url.scheme() == "https" && url.host_str().is_some()).then(|| text.to_owned())
}

/// What two texts are compared by.
pub(crate) fn canonical(text: &str) -> String {
    text.trim().replace("\r\n", "\n").nfc().collect()
}

/// A time as Meta writes it: `2026-11-23T12:00:00+0000`.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Names are strings; here and there they come as numbers.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Name {
        Text(String),
        Number(u64),
    }
    Ok(match Name::deserialize(deserializer)? {
        Name::Text(text) => text,
        Name::Number(number) => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_the_offset_that_meta_writes() {
        #[derive(Deserialize)]
        struct Dated {
            #[serde(default, deserialize_with = "time")]
            at: Option<Timestamp>,
        }
        let read = |json| serde_json::from_str::<Dated>(json).unwrap().at.map(|at| at.to_string());
        assert_eq!(read(r#"{"at":"2026-11-23T12:00:00+0000"}"#).as_deref(), Some("2026-11-23T12:00:00Z"));
        assert_eq!(read(r#"{"at":"yesterday"}"#), None);
        assert_eq!(read("{}"), None);
    }

    #[test]
    fn the_page_after_the_last_is_not_asked_for() {
        let next = |json| serde_json::from_str::<Page<u8>>(json).unwrap().next();
        let more =
            r#"{"data":[1],"paging":{"cursors":{"after":"QVFI"},"next":"https://graph.facebook.com/x"}}"#;
        assert_eq!(next(more).as_deref(), Some("QVFI"));
        assert_eq!(next(r#"{"data":[1],"paging":{"cursors":{"after":"QVFI"}}}"#), None);
        assert_eq!(next(r#"{"data":[]}"#), None);
    }

    #[test]
    fn a_name_is_digits_as_text_or_as_a_number() {
        let id = |json| serde_json::from_str::<Made>(json).unwrap().id;
        assert_eq!((id(r#"{"id":"1_2"}"#), id(r#"{"id":17}"#)), ("1_2".into(), "17".into()));
        assert!(is_id("1_2") && !is_id("") && !is_id("../me") && !is_id("1?x"));
    }
}
