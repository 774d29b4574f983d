//! Read-back: one post by its URN, and an organization's posts.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::house::{House, World};
use crate::linkedin::author::Author;
use crate::linkedin::calls::{Style, check_encoding, check_method, guarded};
use crate::linkedin::problem::{Refusal, respond};
use crate::platform::Platform;
use crate::posts::Post;

/// `GET /rest/posts/{urn}`: closed for members' posts.
pub(crate) async fn by_urn(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    Path(urn): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        check_post_urn(&urn)?;
        let post = find(world, &urn).filter(|post| post.deleted_at_ms.is_none());
        let post = post.ok_or_else(|| Refusal::not_found(&urn))?;
        Author::parse("/author", &post.account)?.check_reading(caller, "posts.GET")?;
        Ok(respond(StatusCode::OK, &element(post)))
    })
}

/// `GET /rest/posts?q=author&author={urn}`: newest first, closed for members.
pub(crate) async fn by_author(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_method(&headers, "FINDER")?;
        check_encoding(&uri)?;
        let query = Parameters::parse(query.as_deref());
        query.expect("q", "author")?;
        let urn = query.find("author").ok_or_else(|| Refusal::argument("Parameter author is required"))?;
        Author::parse("/author", urn)?.check_reading(caller, "posts.FINDER-author")?;
        let (start, count) = query.page()?;
        let all: Vec<&Post> = world
            .posts
            .newest_first()
            .map(AsRef::as_ref)
            .filter(|post| post.platform == Platform::LinkedIn && post.account == urn)
            .filter(|post| post.deleted_at_ms.is_none() && !post.comment)
            .collect();
        let elements: Vec<Value> = all.iter().skip(start).take(count).map(|post| element(post)).collect();
        let paging = json!({"start": start, "count": count, "total": all.len(), "links": []});
        Ok(respond(StatusCode::OK, &json!({"elements": elements, "paging": paging})))
    })
}

/// The post of a share, ugcPost or activity URN, deleted or not.
pub(crate) fn find<'a>(world: &'a World, urn: &str) -> Option<&'a Post> {
    let posts = &world.posts;
    let found = match urn.strip_prefix("urn:li:activity:") {
        Some(number) => {
            let number = number.parse::<u64>().ok()?.checked_sub(1)?;
            ["share", "ugcPost"]
                .into_iter()
                .find_map(|kind| posts.find(Platform::LinkedIn, &format!("urn:li:{kind}:{number}")))
        }
        None => posts.find(Platform::LinkedIn, urn),
    };
    found.map(AsRef::as_ref)
}

/// The activity of a post: another URN of the same thing, with a number of its own.
pub(crate) fn activity(post: &Post) -> String {
    let number = post.id.rsplit(':').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default();
    format!("urn:li:activity:{}", number + 1)
}

/// Checks that a URN could be a post's.
///
/// # Errors
/// 400 if it is no URN or of another kind.
pub(crate) fn check_post_urn(urn: &str) -> Result<(), Refusal> {
    let parts = urn.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':'));
    let Some((kind, number)) = parts else {
        return Err(Refusal::field("INVALID_URN_ID", "/id", &format!("\"{urn}\" is not a valid urn")));
    };
    match (kind, number.parse::<u64>()) {
        ("share" | "ugcPost" | "activity", Ok(_)) => Ok(()),
        ("share" | "ugcPost" | "activity", Err(_)) => {
            Err(Refusal::field("INVALID_URN_ID", "/id", &format!("\"{urn}\" is not a valid urn")))
        }
        _ => Err(Refusal::field("INVALID_URN_TYPE", "/id", &format!("\"{urn}\" is no post"))),
    }
}

/// The parameters of a finder.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query string.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The text of a parameter.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses anything but `value`.
    pub(crate) fn expect(&self, name: &str, value: &str) -> Result<(), Refusal> {
        if self.find(name) == Some(value) {
            return Ok(());
        }
        Err(Refusal::argument(&format!("Parameter {name} must be {value}")))
    }

    /// `start` and `count`, 0 and 10 unless told, at most 100.
    pub(crate) fn page(&self) -> Result<(usize, usize), Refusal> {
        let number = |name, default, low, high| match self.find(name).map(str::parse::<usize>) {
            None => Ok(default),
            Some(Ok(number)) if (low..=high).contains(&number) => Ok(number),
            Some(_) => Err(Refusal::argument(&format!("Parameter {name} must be within {low} and {high}"))),
        };
        Ok((number("start", 0, 0, usize::MAX)?, number("count", 10, 1, 100)?))
    }
}

fn element(post: &Post) -> Value {
    let mut element = json!({
        "id": post.id,
        "author": post.account,
        "commentary": post.extra["commentary"],
        "visibility": post.visibility,
        "distribution": {
            "feedDistribution": post.extra["feedDistribution"],
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": false},
        "isReshareDisabledByAuthor": post.extra["isReshareDisabledByAuthor"],
        "createdAt": post.accepted_at_ms,
        "publishedAt": post.accepted_at_ms,
        "lastModifiedAt": post.accepted_at_ms,
    });
    for name in ["content", "reshareContext"] {
        if !post.extra[name].is_null() {
            element[name] = post.extra[name].clone();
        }
    }
    element
}
