//! Frees a refusal of what must not be seen again.
//!
//! `wire` has done so for the bytes as they came; but Meta writes JSON with `\/` and `\u0026`, so that a link within it
//! is not the link that was sent.

use domain::secret::Secret;
use serde_json::Value;

use crate::wire::Answer;

/// The answer, its strings without `hidden`. What is no JSON is quoted by nobody, and stays.
pub(super) fn hide(answer: Answer, hidden: &[&Secret<String>]) -> Answer {
    if answer.status.is_success() {
        return answer;
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    clean(&mut body, hidden);
    Answer { body: body.to_string().into_bytes(), ..answer }
}

fn clean(value: &mut Value, hidden: &[&Secret<String>]) {
    match value {
        Value::String(text) => *text = cleaned(text, hidden),
        Value::Array(values) => values.iter_mut().for_each(|value| clean(value, hidden)),
        Value::Object(fields) => fields.values_mut().for_each(|value| clean(value, hidden)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text without the secrets, and without the query of any address: that of a signed one is its signature, and may
/// come back in another spelling than ours.
fn cleaned(text: &str, hidden: &[&Secret<String>]) -> String {
    let mut text = text.to_owned();
    for secret in hidden.iter().filter(|secret| !secret.expose().is_empty()) {
        text = text.replace(secret.expose().as_str(), "***");
    }
    let words = text.split(' ').map(|word| {
        let is_address = word.contains("://") || word.to_ascii_lowercase().contains("%3a%2f%2f");
        let end = word.find('?').or_else(|| word.to_ascii_lowercase().find("%3f"));
        match end.filter(|_| is_address) {
            Some(end) => format!("{}?***", &word[..end]),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_link_is_not_repeated_in_any_spelling() {
        let link = Secret::new("https://files.example/a.jpg?X-Amz-Signature=abc&x=1".to_owned());
        for said in [
            "cannot fetch https://files.example/a.jpg?X-Amz-Signature=abc&x=1 now",
            "cannot fetch (https://files.example/a.jpg?X-Amz-Signature=abc now",
            "cannot fetch https%3A%2F%2Ffiles.example%2Fa.jpg%3FX-Amz-Signature%3Dabc now",
        ] {
            let cleaned = cleaned(said, &[&link]);
            assert!(!cleaned.contains("abc") && cleaned.ends_with(" now"), "{cleaned}");
        }
    }

    #[test]
    fn a_question_is_no_query() {
        assert_eq!(cleaned("why? because", &[]), "why? because");
    }
}
