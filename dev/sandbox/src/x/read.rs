//! Read-back: a user's timeline and posts by id.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::house::{House, World};
use crate::platform::Platform;
use crate::posts::Post;
use crate::x::body::is_id;
use crate::x::fields::{Fields, Query};
use crate::x::limits::{Caller, Endpoint, guarded};
use crate::x::problem::{Problem, missing};

const TIMELINE_PARAMETERS: [&str; 11] = [
    "end_time",
    "exclude",
    "max_results",
    "pagination_token",
    "post.fields",
    "since_id",
    "start_time",
    "tweet.fields",
    "until_id",
    "expansions",
    "user.fields",
];

/// `GET /2/users/{id}/tweets`: newest first; without a result there is no `data` at all.
pub(crate) async fn timeline(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path(user): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Endpoint::Timeline, |world, caller| {
        if !is_id(&user) {
            return Err(Problem::invalid("id", &user, "The `id` query parameter value is not valid"));
        }
        let query = Query::parse(query.as_deref(), &TIMELINE_PARAMETERS)?;
        let fields = Fields::of(&query)?;
        let wanted = Wanted::of(&query)?;
        if world.people_of(Platform::X, &user).is_empty() {
            let body = json!({"errors": [missing("user", "id", &user)]});
            return Ok(crate::x::json(StatusCode::OK, &body));
        }
        let mut found: Vec<&Post> = world
            .posts
            .newest_first()
            .map(AsRef::as_ref)
            .filter(|post| post.platform == Platform::X && post.account == user && wanted.takes(post))
            .take(wanted.most + 1)
            .collect();
        let more = found.len() > wanted.most;
        found.truncate(wanted.most);
        let (data, errors) = show_all(&found, |post| show(world, &fields, post, caller));
        let mut meta = json!({"result_count": found.len()});
        if let (Some(newest), Some(oldest)) = (found.first(), found.last()) {
            meta["newest_id"] = json!(newest.id);
            meta["oldest_id"] = json!(oldest.id);
            if more {
                meta["next_token"] = json!(oldest.id);
            }
        }
        Ok(crate::x::json(StatusCode::OK, &envelope(data, errors, Some(meta))))
    })
}

/// `GET /2/tweets?ids=…`: at most 100; what is not there is an error beside the data.
pub(crate) async fn lookup(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Endpoint::Lookup, |world, caller| {
        let known = ["ids", "tweet.fields", "post.fields", "expansions", "user.fields"];
        let query = Query::parse(query.as_deref(), &known)?;
        let fields = Fields::of(&query)?;
        let ids = wanted_ids(&query)?;
        let found: Vec<&Post> =
            ids.iter().filter_map(|id| world.posts.live(Platform::X, id)).map(AsRef::as_ref).collect();
        let (data, mut errors) = show_all(&found, |post| show(world, &fields, post, caller));
        let absent = ids.iter().filter(|id| world.posts.live(Platform::X, id).is_none());
        errors.extend(absent.map(|id| missing("tweet", "ids", id)));
        Ok(crate::x::json(StatusCode::OK, &envelope(data, errors, None)))
    })
}

struct Wanted {
    most: usize,
    after_id: Option<u64>,
    before_ids: [Option<u64>; 2],
    after_ms: Option<i64>,
    before_ms: Option<i64>,
    without_replies: bool,
}

impl Wanted {
    fn of(query: &Query) -> Result<Self, Problem> {
        let excluded = query.list("exclude", &["replies", "retweets"])?;
        Ok(Self {
            most: query.number("max_results", 5, 100, 10)?,
            after_id: query.id("since_id")?,
            before_ids: [query.id("until_id")?, query.id("pagination_token")?],
            after_ms: query.instant_ms("start_time")?,
            before_ms: query.instant_ms("end_time")?,
            without_replies: excluded.iter().any(|what| what == "replies"),
        })
    }

    fn takes(&self, post: &Post) -> bool {
        let id: u64 = post.id.parse().unwrap_or_default();
        post.deleted_at_ms.is_none()
            && self.after_id.is_none_or(|after| id > after)
            && self.before_ids.iter().flatten().all(|before| id < *before)
            && self.after_ms.is_none_or(|after| post.accepted_at_ms >= after)
            && self.before_ms.is_none_or(|before| post.accepted_at_ms < before)
            && !(self.without_replies && post.reply_to.is_some())
    }
}

fn show(world: &World, fields: &Fields, post: &Post, caller: &Caller) -> (Value, Vec<Value>) {
    fields.show(world, post, &caller.person.x_id(), caller.now_ms)
}

fn wanted_ids(query: &Query) -> Result<Vec<String>, Problem> {
    let text = query.text("ids").unwrap_or_default();
    let ids: Vec<String> = text.split(',').map(str::to_owned).collect();
    if ids.len() > 100 || !ids.iter().all(|id| is_id(id)) {
        let message = format!("The `ids` query parameter value [{text}] must be 1 to 100 ids");
        return Err(Problem::invalid("ids", text, &message));
    }
    Ok(ids)
}

fn show_all(posts: &[&Post], show: impl Fn(&Post) -> (Value, Vec<Value>)) -> (Vec<Value>, Vec<Value>) {
    let (data, errors): (Vec<Value>, Vec<Vec<Value>>) = posts.iter().map(|post| show(post)).unzip();
    (data, errors.into_iter().flatten().collect())
}

/// X leaves out what is empty.
fn envelope(data: Vec<Value>, errors: Vec<Value>, meta: Option<Value>) -> Value {
    let mut body = json!({});
    if !data.is_empty() {
        body["data"] = Value::Array(data);
    }
    if !errors.is_empty() {
        body["errors"] = Value::Array(errors);
    }
    if let Some(meta) = meta {
        body["meta"] = meta;
    }
    body
}
