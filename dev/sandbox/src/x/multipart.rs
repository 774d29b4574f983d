//! `multipart/form-data`, as RFC 7578 writes it, read from a body that is whole.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use crate::x::problem::Problem;

/// The parts of a form.
pub(crate) struct Form(Vec<Part>);

/// One part.
pub(crate) struct Part {
    name: String,
    /// What the client calls it, without parameters; empty if it says nothing.
    pub(crate) content_type: String,
    pub(crate) data: Bytes,
}

impl Form {
    /// Reads a form whose parts may only have `known` names, each once.
    ///
    /// # Errors
    /// 400 for another content type, for what breaks off, and for unknown or repeated parts.
    pub(crate) fn parse(headers: &HeaderMap, body: &Bytes, known: &[&str]) -> Result<Self, Problem> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        let boundary = boundary(content_type).ok_or_else(|| {
            let message = "Content-Type must be multipart/form-data with a boundary";
            Problem::invalid("content-type", content_type, message)
        })?;
        let broken = || Problem::invalid("body", "", "The multipart body is malformed");
        let parts = parts(body, boundary).ok_or_else(broken)?;
        for (index, part) in parts.iter().enumerate() {
            let repeated = parts[..index].iter().any(|earlier| earlier.name == part.name);
            if repeated || !known.contains(&part.name.as_str()) {
                let message = format!("The part [{}] is unknown or given more than once", part.name);
                return Err(Problem::invalid(&part.name, "", &message));
            }
        }
        Ok(Self(parts))
    }

    /// A part that must be there.
    ///
    /// # Errors
    /// 400 if it is not.
    pub(crate) fn part(&self, name: &str) -> Result<&Part, Problem> {
        let found = self.0.iter().find(|part| part.name == name);
        found.ok_or_else(|| Problem::invalid(name, "", &format!("{name} is required")))
    }

    /// The text of a part, empty if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|part| part.name == name);
        found.and_then(|part| std::str::from_utf8(&part.data).ok()).unwrap_or_default()
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut pieces = content_type.split(';').map(str::trim);
    if !pieces.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = pieces.find_map(|piece| piece.strip_prefix("boundary="))?.trim_matches('"');
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

fn parts(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{boundary}");
    let opening = &delimiter.as_bytes()[2..];
    let mut at =
        if body.starts_with(opening) { opening.len() } else { after(body, 0, delimiter.as_bytes())? };
    let mut parts = Vec::new();
    while !body[at..].starts_with(b"--") {
        let head = at + body[at..].starts_with(b"\r\n").then_some(2)?;
        let data = after(body, head, b"\r\n\r\n")?;
        let next = after(body, data, delimiter.as_bytes())?;
        let head = std::str::from_utf8(&body[head..data - 4]).ok()?;
        parts.push(part(head, body.slice(data..next - delimiter.len()))?);
        at = next;
    }
    Some(parts)
}

/// Where the next `wanted` from `at` on ends.
fn after(body: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let rest = body.get(at..)?;
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let found = from + rest.get(from..)?.iter().position(|byte| *byte == first)?;
        if rest[found..].starts_with(wanted) {
            return Some(at + found + wanted.len());
        }
        from = found + 1;
    }
}

fn part(head: &str, data: Bytes) -> Option<Part> {
    let line = |name: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let mut pieces = line("content-disposition")?.split(';').map(str::trim);
    if !pieces.next()?.eq_ignore_ascii_case("form-data") {
        return None;
    }
    let name = pieces.find_map(|piece| piece.strip_prefix("name="))?.trim_matches('"').to_owned();
    let content_type = line("content-type").unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(Part { name, content_type, data })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn form(body: &'static [u8]) -> Result<Form, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=\"b\""));
        Form::parse(&headers, &Bytes::from_static(body), &["media", "segment_index"])
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"segment_index\"\r\n\r\n3\r\n\
            --b\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a\"\r\n\
            Content-Type: image/PNG\r\n\r\n\r\n--\r\n\0\r\n--b--\r\n";
        let form = form(body).unwrap();
        assert_eq!(form.text("segment_index"), "3");
        let media = form.part("media").unwrap();
        assert_eq!(
            (media.content_type.as_str(), media.data.as_ref()),
            ("image/png", b"\r\n--\r\n\0".as_slice())
        );
    }

    #[test]
    fn what_breaks_off_or_comes_twice_is_refused() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nx\r\n";
        let twice: &'static [u8] = Box::leak(format!("{part}{part}--b--\r\n").into_bytes().into());
        let open: &'static [u8] = Box::leak(part.as_bytes().into());
        for wrong in [b"".as_slice(), b"x", open, twice] {
            assert!(form(wrong).is_err(), "{wrong:?}");
        }
    }
}
