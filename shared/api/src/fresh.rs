//! Answers that a caller may keep for a while, and need not be sent again while they are the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::{Call, Reply};

/// Kept by the caller alone, for a minute, and for whom it was made: a browser would hand the answer to the next
/// person who signs in on it.
const HEADERS: [(&str, &str); 2] = [("cache-control", "private, max-age=60"), ("vary", "authorization")];

/// `reply` with an `ETag`, or 304 without a body when the caller has it already.
///
/// The tag is a hash of the body, so that it needs no version kept anywhere. It must only differ when the body does,
/// and is not guessed at by anybody who could not read the body.
#[must_use]
pub fn fresh(call: &Call, reply: Reply) -> Reply {
    let mut hash = DefaultHasher::new();
    reply.body().hash(&mut hash);
    let tag = format!("\"{:016x}\"", hash.finish());
    let known = call.if_none_match().is_some_and(|tags| names(tags, &tag));
    let reply = if known { Reply::not_modified() } else { reply };
    let reply = reply.with("etag", &tag);
    HEADERS.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value))
}

/// Whether the header names this tag. Weak tags count: RFC 9110, section 13.1.2 (read 2026-11-24).
fn names(tags: &str, tag: &str) -> bool {
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
}

#[cfg(test)]
mod tests {
    use lambda_http::http::Request;
    use lambda_http::{Body, Response};

    use super::*;

    fn answer(tag: Option<&str>, body: &str) -> Response<Body> {
        let request = tag.iter().fold(Request::builder(), |it, tag| it.header("if-none-match", *tag));
        let call = Call::from(request.body(Body::Empty).unwrap());
        fresh(&call, Reply::document(body)).into_http()
    }

    fn tag_of(response: &Response<Body>) -> String {
        response.headers()["etag"].to_str().unwrap().to_owned()
    }

    #[test]
    fn the_same_body_has_the_same_tag_and_another_has_another() {
        let first = answer(None, "{}");
        assert_eq!(
            (first.status().as_u16(), &first.headers()["cache-control"]),
            (200, &HEADERS[0].1.parse().unwrap())
        );
        assert_eq!(first.headers()["vary"], "authorization");
        assert_eq!(tag_of(&first), tag_of(&answer(None, "{}")));
        assert_ne!(tag_of(&first), tag_of(&answer(None, "[]")));
    }

    #[test]
    fn what_the_caller_has_is_not_sent_again() {
        let tag = tag_of(&answer(None, "{}"));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = answer(Some(&known), "{}");
            assert_eq!(again.status(), 304, "{known}");
            assert!(again.body().is_empty() && !again.headers().contains_key("content-type"), "{known}");
            assert_eq!(tag_of(&again), tag);
        }
        assert_eq!(answer(Some("\"other\""), "{}").status(), 200);
    }
}
