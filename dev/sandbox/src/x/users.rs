//! Who a token speaks for.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::house::House;
use crate::people::Person;
use crate::x::fields::Query;
use crate::x::limits::{Endpoint, guarded};

const USER_FIELDS: [&str; 15] = [
    "created_at",
    "description",
    "entities",
    "id",
    "location",
    "name",
    "pinned_tweet_id",
    "profile_image_url",
    "protected",
    "public_metrics",
    "subscription_type",
    "url",
    "username",
    "verified",
    "verified_type",
];

/// `GET /2/users/me`: id, name and username, and what `user.fields` asks for.
pub(crate) async fn me(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Endpoint::Me, |_, caller| {
        let query = Query::parse(query.as_deref(), &["user.fields", "tweet.fields", "expansions"])?;
        let asked = query.list("user.fields", &USER_FIELDS)?;
        Ok(crate::x::json(StatusCode::OK, &json!({"data": shown(&caller.person, &asked)})))
    })
}

fn shown(person: &Person, asked: &[String]) -> Value {
    let mut user = json!({"id": person.x_id(), "name": person.display(), "username": person.x_username()});
    for name in asked {
        let value = match name.as_str() {
            "profile_image_url" => {
                json!("https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png")
            }
            "verified_type" => json!(if person.x_premium() { "blue" } else { "none" }),
            "subscription_type" => json!(if person.x_premium() { "Premium" } else { "None" }),
            "verified" => json!(person.x_premium()),
            "protected" => json!(false),
            "created_at" => json!("2020-01-01T00:00:00.000Z"),
            "description" => json!(""),
            // Always there, or left out by X while empty.
            _ => continue,
        };
        user[name] = value;
    }
    user
}
