//! Every secret that was said here, by its value, so that a run of tests can look for it where it must not stand.
//!
//! In memory alone: what is on disk are hashes. What this sandbox gives out is written down where it is made; what
//! others make is heard at the gate.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Bytes;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use url::{Url, form_urlencoded};

/// What others make, by the names under which it comes.
const NAMES: [(&str, &str); 3] = [
    ("code_verifier", "PKCE verifier"),
    ("appsecret_proof", "proof of the app's secret"),
    ("ut", "upload address"),
];
/// What lets in whoever has an address with it.
const SIGNED: [&str; 2] = ["X-Amz-Signature", "X-Amz-Security-Token"];
/// What is shorter than this is no secret of anybody's, but something that a test made up.
const SHORTEST: usize = 16;

/// What each is, by its value.
#[derive(Clone, Default)]
pub(crate) struct Secrets(BTreeMap<String, &'static str>);

impl Secrets {
    /// Writes one down.
    pub(crate) fn note(&mut self, kind: &'static str, value: &str) {
        if value.len() >= SHORTEST {
            self.0.insert(value.to_owned(), kind);
        }
    }

    /// Writes down what a call brings that this sandbox did not give out.
    pub(crate) fn hear(&mut self, parts: &Parts, body: &Bytes) {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(pair) = header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Basic ")) {
            self.note("client id and secret", pair);
        }
        if let Some(address) = header("file_url") {
            self.hear_address(address);
        }
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(body)) {
            if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) {
                self.note(kind, &value);
            } else {
                self.hear_address(&value);
            }
        }
    }

    /// All of them, with what each is.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(value, kind)| (*kind, value.as_str()))
    }

    fn hear_address(&mut self, text: &str) {
        let Some(address) = Url::parse(text).ok().filter(Url::has_host) else { return };
        for (name, value) in address.query_pairs() {
            if SIGNED.contains(&&*name) {
                self.note("presigned query", &value);
            }
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn what_others_make_is_heard_by_its_name() {
        let (parts, ()) = Request::post("/x?appsecret_proof=proof-proof-proof&limit=9999999999999999")
            .header("authorization", "Basic aWQ6c2VjcmV0LXNlY3JldA==")
            .body(())
            .unwrap()
            .into_parts();
        let body = "code_verifier=verifier-verifier&ut=short\
                    &image_url=http%3A%2F%2F127.0.0.1%2Fa%3FX-Amz-Signature%3Dsignature-signature%26b%3Dbbbbbbbbbbbbbbbbbb";
        let mut secrets = Secrets::default();
        secrets.hear(&parts, &Bytes::from(body));
        let heard: Vec<&str> = secrets.iter().map(|(_, value)| value).collect();
        assert_eq!(
            heard,
            ["aWQ6c2VjcmV0LXNlY3JldA==", "proof-proof-proof", "signature-signature", "verifier-verifier"]
        );
    }
}
