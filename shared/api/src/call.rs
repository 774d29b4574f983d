use std::net::{IpAddr, Ipv4Addr};

use domain::id::OwnerId;
use domain::idempotency::{Fingerprint, IdempotencyKey};
use domain::input::{Field, Mistakes};
use domain::platform::Platform;
use domain::{Error, Result};
use jiff::Timestamp;
use lambda_http::http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde::de::DeserializeOwned;

use crate::Problem;

/// The largest body that is read: 256 KiB.
pub(crate) const MAX_BODY_BYTES: usize = 256 * 1024;

/// The longest `sub` claim that becomes part of a key.
const MAX_OWNER_BYTES: usize = 128;

/// By which a caller names a request that may have to be repeated.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest idempotency key.
const MAX_KEY_CHARS: usize = 255;

/// One request, with the questions that an endpoint asks of it.
#[derive(Debug)]
pub struct Call(Request);

/// The query string, read once: what nobody asked for is a mistake.
#[derive(Debug)]
pub struct Query {
    pairs: Vec<(String, String)>,
    mistakes: Mistakes,
}

impl From<Request> for Call {
    fn from(request: Request) -> Self {
        Self(request)
    }
}

impl Call {
    /// Who calls: the `sub` claim that API Gateway's JWT authorizer has checked.
    ///
    /// # Errors
    /// 401 when there is none.
    pub fn owner(&self) -> Result<OwnerId, Problem> {
        let context = self.gateway().and_then(|context| context.authorizer.as_ref());
        let sub =
            context.and_then(|authorizer| authorizer.jwt.as_ref()).and_then(|jwt| jwt.claims.get("sub"));
        let sub = sub.filter(|sub| (1..=MAX_OWNER_BYTES).contains(&sub.len()));
        sub.map(|sub| OwnerId(sub.clone())).ok_or_else(Problem::unauthenticated)
    }

    /// Where the call came from, as API Gateway saw it: never what a header says, which anybody can forge. Those of
    /// whom it says nothing count as one, `0.0.0.0`.
    pub fn source_address(&self) -> IpAddr {
        let seen = self.gateway().and_then(|context| context.http.source_ip.as_deref());
        let address: Option<IpAddr> = seen.and_then(|text| text.parse().ok());
        address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.to_canonical())
    }

    /// The body as JSON; a body of the wrong shape is a [`Field::Wrong`], for the use case to say so with the rest.
    ///
    /// # Errors
    /// 413 over 256 KiB, 415 without `application/json`, 400 when it is no JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Field<T>, Problem> {
        let body: &[u8] = self.0.body();
        if body.len() > MAX_BODY_BYTES {
            return Err(Problem::too_large(MAX_BODY_BYTES));
        }
        let kind =
            self.0.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::unsupported_media_type());
        }
        serde_json::from_slice(body).map_err(|error| Problem::malformed_json(&error))
    }

    /// The `Idempotency-Key` with the request that it stands for; `None` when the caller sent none.
    ///
    /// # Errors
    /// 422 when it is not 1 to 255 visible ASCII characters.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(value) = self.0.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
        let key = value.to_str().unwrap_or_default();
        if !(1..=MAX_KEY_CHARS).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let mut mistakes = Mistakes::default();
            let detail = format!("this must be 1 to {MAX_KEY_CHARS} visible ASCII characters");
            mistakes.add("Idempotency-Key", "invalid_header", detail);
            mistakes.into_result()?;
        }
        // Read and written again, so that white space makes no other request of it.
        let body: serde_json::Value = serde_json::from_slice(self.0.body()).unwrap_or_default();
        let target = format!("{} {}", self.route(), self.raw_path());
        let fingerprint = Fingerprint::of(&target, &body.to_string());
        Ok(Some(IdempotencyKey { key: key.to_owned(), fingerprint }))
    }

    /// The revision that `If-Match` demands; `None` when any will do. Whatever is no revision of ours matches none.
    pub fn if_match(&self) -> Option<u32> {
        let wanted = self.0.headers().get(IF_MATCH)?.to_str().unwrap_or_default().trim();
        if wanted == "*" {
            return None;
        }
        let revision = wanted.strip_prefix('"').and_then(|wanted| wanted.strip_suffix('"'));
        Some(revision.and_then(|revision| revision.parse().ok()).unwrap_or(0))
    }

    /// One `{name}` of the path, as API Gateway matched it.
    ///
    /// # Errors
    /// 404 when the template gives this function no such parameter.
    pub fn path(&self, name: &str) -> Result<String, Problem> {
        let parameters = self.0.path_parameters();
        let value = parameters.first(name).map(str::to_owned);
        value.ok_or_else(|| Error::NotFound("route").into())
    }

    /// The `{platform}` of the path.
    ///
    /// # Errors
    /// 404 when there is no platform of that name.
    pub fn platform(&self) -> Result<Platform, Problem> {
        Platform::from_name(&self.path("platform")?).ok_or_else(|| Error::NotFound("platform").into())
    }

    /// The query string.
    pub fn query(&self) -> Query {
        let parameters = self.0.query_string_parameters();
        let pairs = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Query { pairs, mistakes: Mistakes::default() }
    }

    /// Which answers the caller has already, by their tags.
    pub(crate) fn if_none_match(&self) -> Option<&str> {
        self.0.headers().get(IF_NONE_MATCH)?.to_str().ok()
    }

    /// When API Gateway took the call, UTC to the millisecond: the only clock that an endpoint's use case sees.
    pub fn now(&self) -> Timestamp {
        let taken = self.gateway().and_then(|context| Timestamp::from_millisecond(context.time_epoch).ok());
        taken.unwrap_or_else(Timestamp::now)
    }

    /// The route that API Gateway matched, such as `GET /v1/posts/{id}`; names no id.
    pub fn route(&self) -> String {
        self.gateway().and_then(|context| context.route_key.clone()).unwrap_or_else(|| "$default".into())
    }

    /// The path as it was called, without the query.
    pub fn raw_path(&self) -> &str {
        self.0.raw_http_path()
    }

    fn gateway(&self) -> Option<&lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext> {
        match self.0.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        }
    }
}

impl Query {
    /// Takes the parameter out and reads it; one that cannot be read is a mistake.
    pub fn take<T>(&mut self, name: &str, wanted: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let index = self.pairs.iter().position(|(key, _)| key == name)?;
        let (_, value) = self.pairs.remove(index);
        let read = read(&value);
        if read.is_none() {
            self.mistakes.add(name, "invalid_parameter", format!("this must be {wanted}"));
        }
        read
    }

    /// Ends the reading: whatever was not taken is a mistake too.
    ///
    /// # Errors
    /// `Invalid` with all mistakes.
    pub fn finish(mut self) -> Result<()> {
        for (name, _) in self.pairs {
            self.mistakes.add(name, "unknown_parameter", "this parameter is not known here; remove it");
        }
        self.mistakes.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call_from(source: &str) -> Call {
        let mut event: serde_json::Value =
            serde_json::from_str(include_str!("../../../events/describe-api.json")).unwrap();
        event["requestContext"]["http"]["sourceIp"] = source.into();
        event["headers"]["x-forwarded-for"] = "203.0.113.7".into();
        Call(lambda_http::request::from_str(&event.to_string()).unwrap())
    }

    #[test]
    fn an_address_is_what_the_gateway_saw_and_never_what_a_header_says() {
        let addresses = [
            ("198.51.100.1", "198.51.100.1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("", "0.0.0.0"),
        ];
        for (seen, address) in addresses {
            assert_eq!(call_from(seen).source_address().to_string(), address);
        }
    }
}
