use domain::id::PostId;
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

/// One answer: a status, headers and a JSON body.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// 200 with `value`.
    pub fn ok(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, "application/json", value)
    }

    /// 201 with `value`.
    pub fn created(value: &impl Serialize) -> Self {
        Self::new(StatusCode::CREATED, "application/json", value)
    }

    /// 202 with `value`: taken, and on its way.
    pub fn accepted(value: &impl Serialize) -> Self {
        Self::new(StatusCode::ACCEPTED, "application/json", value)
    }

    /// 204 without a body.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: String::new() }
    }

    /// 304: the caller has it already.
    pub(crate) fn not_modified() -> Self {
        Self { status: StatusCode::NOT_MODIFIED, headers: Vec::new(), body: String::new() }
    }

    /// 200 with a document that is JSON already.
    pub fn document(text: &str) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![("content-type", "application/json".into())],
            body: text.into(),
        }
    }

    pub(crate) fn new(status: StatusCode, kind: &'static str, value: &impl Serialize) -> Self {
        let body = serde_json::to_string(value).expect("our own types serialise");
        Self { status, headers: vec![("content-type", kind.into())], body }
    }

    /// Also with this header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says where the new post is.
    #[must_use]
    pub fn at(self, post: &PostId) -> Self {
        self.with("location", &format!("/v1/posts/{post}"))
    }

    /// Says which revision of the post this is, for `If-Match`.
    #[must_use]
    pub fn tagged(self, revision: u32) -> Self {
        self.with("etag", &format!("\"{revision}\""))
    }

    /// The status, for tests.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The body, for tests.
    pub fn body(&self) -> &str {
        &self.body
    }

    pub(crate) fn into_http(self) -> Response<Body> {
        let body = if self.body.is_empty() { Body::Empty } else { Body::Text(self.body) };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert("cache-control", HeaderValue::from_static("no-store"));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
