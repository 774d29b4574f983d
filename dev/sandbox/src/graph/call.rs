//! One call as the Graph API understands it: a path, and parameters wherever they came.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::gate::{DuplicatesAccepted, Processing};
use crate::graph::problem::Refusal;
use crate::hosts::prefix;
use crate::platform::Platform;

/// The versions that are alive. v27.0 is not out yet, and v22.0 has lost its support for new apps.
/// <https://developers.facebook.com/docs/graph-api/changelog> (read 2026-11)
const ALIVE: std::ops::RangeInclusive<u32> = 23..=26;

/// A call: parameters of query, form, JSON and multipart are the same to the Graph API.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The segments after the version.
    pub(crate) path: Vec<String>,
    /// `v25.0`, if the path has one.
    pub(crate) version: Option<String>,
    /// Where it came in, such as `http://127.0.0.1:7080/facebook`.
    pub(crate) base: String,
    pub(crate) parameters: Vec<(String, String)>,
    /// Files of a multipart body.
    pub(crate) files: Vec<Part>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the same text may come again.
    pub(crate) duplicates: bool,
    /// How what is looked at shall go on.
    pub(crate) processing: Option<Processing>,
}

/// A file of a multipart body.
#[derive(Clone)]
pub(crate) struct Part {
    /// The name of its field.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Bytes,
}

/// The version and the other segments of a path below a prefix.
pub(crate) fn path_of(path: &str) -> (Option<&str>, Vec<&str>) {
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let version = segments.first().copied().filter(|first| number_of(first).is_some());
    if version.is_some() {
        segments.remove(0);
    }
    (version, segments)
}

impl Call {
    /// Reads a call; a body that cannot be read has no parameters.
    pub(crate) fn read(platform: Platform, parts: &Parts, body: &Bytes) -> Self {
        let (version, segments) = path_of(parts.uri.path());
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let kind = text(header::CONTENT_TYPE).unwrap_or_default();
        let mut parameters = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        let mut files = Vec::new();
        if kind.starts_with("application/x-www-form-urlencoded") {
            parameters.extend(pairs(body));
        } else if kind.starts_with("application/json") {
            parameters.extend(members(body));
        } else if let Some(boundary) = boundary(kind) {
            for (name, file, bytes) in multipart(body, boundary) {
                if file {
                    files.push(Part { name, bytes });
                } else {
                    parameters.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
        Self {
            method: parts.method.clone(),
            path: segments.into_iter().map(str::to_owned).collect(),
            version: version.map(str::to_owned),
            base: format!("http://{}{}", text(header::HOST).unwrap_or_default(), prefix(platform)),
            parameters,
            files,
            headers: parts.headers.clone(),
            body: body.clone(),
            duplicates: parts.extensions.get::<DuplicatesAccepted>().is_some(),
            processing: parts.extensions.get::<Processing>().copied(),
        }
    }

    /// The segments of the path, to be matched.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A parameter that is there and not empty.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let mut values = self.parameters.iter().filter(|(key, value)| key == name && !value.is_empty());
        values.next().map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// 100.
    pub(crate) fn must(&self, name: &str) -> Result<&str, Refusal> {
        self.find(name).ok_or_else(|| Refusal::parameter(format!("The parameter {name} is required")))
    }

    /// A parameter that is yes or no.
    ///
    /// # Errors
    /// 100 for anything else.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.find(name) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(Refusal::parameter(format!("param {name} must be a boolean."))),
        }
    }

    /// A list: one JSON array, or `name[0]`, `name[1]`, …, or words with commas between them.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let indexed = format!("{name}[");
        let several: Vec<String> = self
            .parameters
            .iter()
            .filter(|(key, _)| key.starts_with(&indexed))
            .map(|(_, value)| value.clone())
            .collect();
        if !several.is_empty() {
            return several;
        }
        let Some(text) = self.find(name) else { return Vec::new() };
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(elements)) => elements.iter().map(shown).collect(),
            Ok(_) | Err(_) => text.split(',').map(|word| word.trim().to_owned()).collect(),
        }
    }

    /// The token, as a parameter or as `Bearer` or `OAuth` in the header.
    pub(crate) fn token(&self) -> Option<&str> {
        let in_header = || {
            let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = value.split_once(' ')?;
            (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth"))
                .then(|| token.trim())
        };
        self.find("access_token").or_else(in_header).filter(|token| !token.is_empty())
    }

    /// Whether the call's version is one that is alive.
    ///
    /// # Errors
    /// 2500 for a version that is not, or for none where one must be.
    pub(crate) fn check_version(&self, required: bool) -> Result<(), Refusal> {
        let alive = match &self.version {
            Some(version) => number_of(version).is_some_and(|number| ALIVE.contains(&number)),
            None => !required,
        };
        if alive {
            return Ok(());
        }
        let path = self.version.iter().chain(&self.path).cloned().collect::<Vec<_>>().join("/");
        Err(Refusal::query(format!("Unknown path components: /{path}")))
    }

    /// The address of this call with some parameters changed, without the proof.
    pub(crate) fn repeated(&self, changed: &[(&str, &str)]) -> String {
        let kept = self.parameters.iter().filter(|(key, _)| {
            key != "appsecret_proof" && key != "access_token" && changed.iter().all(|(other, _)| other != key)
        });
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.token().map(|token| ("access_token", token)))
            .extend_pairs(kept)
            .extend_pairs(changed)
            .finish();
        let path = self.version.iter().chain(&self.path).cloned().collect::<Vec<_>>().join("/");
        format!("{}/{path}?{query}", self.base)
    }
}

fn number_of(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.strip_suffix(".0")?.parse().ok()
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

/// The members of a JSON object as parameters: what is no word stays JSON.
fn members(body: &[u8]) -> Vec<(String, String)> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), shown(value)))
            .collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    let found = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    (kind.trim() == "multipart/form-data").then(|| found.trim_matches('"'))
}

/// Name, whether it is a file, and bytes of each part.
fn multipart(body: &Bytes, boundary: &str) -> Vec<(String, bool, Bytes)> {
    let opening = format!("--{boundary}");
    let closing = format!("\r\n--{boundary}");
    let mut found = Vec::new();
    let Some(mut at) = position(body, opening.as_bytes()).map(|at| at + opening.len()) else { return found };
    while body[at..].starts_with(b"\r\n") {
        let begin = at + 2;
        let Some(end) = position(&body[begin..], closing.as_bytes()).map(|end| begin + end) else { break };
        let part = &body[begin..end];
        if let Some(split) = position(part, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&part[..split]);
            if let Some(name) = attribute(&head, "name") {
                let file = attribute(&head, "filename").is_some();
                found.push((name, file, body.slice(begin + split + 4..end)));
            }
        }
        at = end + closing.len();
    }
    found
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let found = line.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(found.trim_matches('"').to_owned())
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_only_the_first_segment() {
        assert_eq!(path_of("/v25.0/me/accounts"), (Some("v25.0"), vec!["me", "accounts"]));
        assert_eq!(path_of("/video-upload/v25.0/1"), (None, vec!["video-upload", "v25.0", "1"]));
    }

    #[test]
    fn a_multipart_body_has_fields_and_files() {
        let body = Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nHi\r\n--x\r\n\
              Content-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\
              \r\n\xff\xd8\r\n\xff\r\n--x--\r\n",
        );
        let parts = multipart(&body, "x");
        assert_eq!(parts[0], ("caption".to_owned(), false, Bytes::from_static(b"Hi")));
        assert_eq!(parts[1], ("source".to_owned(), true, Bytes::from_static(b"\xff\xd8\r\n\xff")));
    }
}
