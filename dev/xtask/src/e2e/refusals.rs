//! Bad input: each answer as the interface says it, and nothing stored.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::e2e::patience::ahead;
use crate::e2e::visitor::{Visitor, World, answer, scheduled, with_body};

const SCHEDULE: &str = "/v1/posts/schedule";
const JSON: Option<&str> = Some("application/json");

pub(crate) async fn an_unknown_field_is_refused_by_its_pointer(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let changes: [(&str, &str); 6] = [
        ("", "colour"),
        ("", "a/b~c"),
        ("", "idempotencyKey"),
        ("/targets/0", "when"),
        ("/targets/0/options", "threadLength"),
        ("", "publish_at"),
    ];
    for (inside, name) in changes {
        let mut body = good(&visitor);
        body["targets"][0]["options"] = json!({});
        if let Some(object) = body.pointer_mut(inside).and_then(Value::as_object_mut) {
            object.insert(name.to_owned(), json!(1));
        }
        let pointer = format!("{inside}/{}", name.replace('~', "~0").replace('/', "~1"));
        refused(&visitor, &body, &[(&pointer, "unknown_field")]).await?;
    }
    visitor.has_no_posts().await
}

pub(crate) async fn every_mistake_is_listed_at_once(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let body = json!({
        "text": 5,
        "colour": "red",
        "publishAt": "2020-01-01T00:00:00Z",
        "timeZone": "Europe/Belfry",
        "targets": [
            { "connectionId": visitor.x().id, "options": { "visibility": "SECRET" } },
            { "connectionId": "con_nobody", "size": 1 },
            { "text": "to whom" },
        ],
    });
    let wanted = [
        ("/text", "wrong_type"),
        ("/colour", "unknown_field"),
        ("/publishAt", "publish_at_in_past"),
        ("/timeZone", "unknown_time_zone"),
        ("/targets/0/options/visibility", "wrong_type"),
        ("/targets/1/connectionId", "unknown_connection"),
        ("/targets/1/size", "unknown_field"),
        ("/targets/2/connectionId", "required"),
    ];
    refused(&visitor, &body, &wanted).await?;
    let wanted = [("/text", "required"), ("/targets", "required"), ("/publishAt", "required")];
    refused(&visitor, &json!({}), &wanted).await?;
    visitor.has_no_posts().await
}

pub(crate) async fn what_is_no_json_is_refused_before_it_is_read(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let ask = async |kind: Option<&str>, body: Vec<u8>| {
        answer(with_body(visitor.request(Method::POST, SCHEDULE), kind, body)).await
    };
    let good = good(&visitor).to_string().into_bytes();
    for malformed in ["{\"text\": \"half", "", "text", "{\"text\": \"a\",}", "{} {}"] {
        let refused = ask(JSON, malformed.into()).await?;
        refused.expect_problem(400, "malformed_json").with_context(|| format!("the body `{malformed}`"))?;
    }
    for kind in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
        let refused = ask(kind, good.clone()).await?;
        refused
            .expect_problem(415, "unsupported_media_type")
            .with_context(|| format!("the content type {kind:?}"))?;
    }
    let mut long = scheduled(&"a".repeat(257 * 1024), &[visitor.x()], ahead(3600)).to_string().into_bytes();
    ask(JSON, long.clone()).await?.expect_problem(413, "payload_too_large")?;
    long.truncate(257 * 1024);
    ask(JSON, long).await?.expect_problem(413, "payload_too_large").context("257 KiB that are no JSON")?;
    for (body, code) in [(json!([]), "wrong_type"), (json!("text"), "wrong_type"), (Value::Null, "required")]
    {
        refused(&visitor, &body, &[("", code)]).await?;
    }
    visitor.has_no_posts().await
}

pub(crate) async fn a_wrong_type_is_named_by_its_pointer(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let id = &visitor.x().id;
    let changes = [
        ("/text", json!({ "text": 1 }), "/text"),
        ("/publishAt", json!({ "publishAt": 1_800_000_000 }), "/publishAt"),
        ("/timeZone", json!({ "timeZone": 2 }), "/timeZone"),
        ("/targets", json!({ "targets": { "connectionId": id } }), "/targets"),
        ("/targets/0", json!({ "targets": [id] }), "/targets/0"),
        ("/targets/0/connectionId", json!({ "targets": [{ "connectionId": 7 }] }), "/targets/0/connectionId"),
        ("/targets/0/text", json!({ "targets": [{ "connectionId": id, "text": ["a"] }] }), "/targets/0/text"),
        (
            "/targets/0/options",
            json!({ "targets": [{ "connectionId": id, "options": "none" }] }),
            "/targets/0/options",
        ),
        (
            "/targets/0/options/replySettings",
            json!({ "targets": [{ "connectionId": id, "options": { "replySettings": "nobody" } }] }),
            "/targets/0/options/replySettings",
        ),
    ];
    for (what, change, pointer) in changes {
        let mut body = good(&visitor);
        for (name, value) in change.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        refused(&visitor, &body, &[(pointer, "wrong_type")]).await.context(what)?;
    }
    visitor.has_no_posts().await
}

pub(crate) async fn a_time_that_cannot_be_meant_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let now = Timestamp::now();
    let ahead = |seconds| (now + SignedDuration::from_secs(seconds)).to_string();
    let day = 24 * 3600;
    let cases = [
        (ahead(-60), None, "/publishAt", "publish_at_in_past"),
        (ahead(5), None, "/publishAt", "publish_at_in_past"),
        (ahead(367 * day), None, "/publishAt", "publish_at_too_far"),
        ("2027-06-01T09:00:00".into(), None, "/publishAt", "time_zone_required"),
        ("2027-10-31T02:30:00".into(), Some("Europe/Berlin"), "/publishAt", "ambiguous_local_time"),
        ("2027-03-28T02:30:00".into(), Some("Europe/Berlin"), "/publishAt", "ambiguous_local_time"),
        (ahead(3600), Some("Europe/Belfry"), "/timeZone", "unknown_time_zone"),
        ("tomorrow".into(), None, "/publishAt", "invalid_time"),
        ("2027-02-30T09:00:00Z".into(), None, "/publishAt", "invalid_time"),
        (String::new(), None, "/publishAt", "invalid_time"),
    ];
    for (at, zone, pointer, code) in cases {
        let mut body = good(&visitor);
        body["publishAt"] = json!(at);
        if let Some(zone) = zone {
            body["timeZone"] = json!(zone);
        }
        refused(&visitor, &body, &[(pointer, code)]).await.with_context(|| format!("{at} {zone:?}"))?;
    }
    visitor.has_no_posts().await
}

pub(crate) async fn targets_that_cannot_be_served_are_refused(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (x, member) = (visitor.x(), visitor.member());
    let with = |targets: Value| {
        let mut body = good(&visitor);
        body["targets"] = targets;
        body
    };
    refused(&visitor, &with(json!([])), &[("/targets", "too_few_targets")]).await?;
    let many: Vec<Value> = (0..21).map(|n| json!({ "connectionId": format!("con_{n}") })).collect();
    refused(&visitor, &with(json!(many)), &[("/targets", "too_many_targets")]).await?;
    let twice = json!([{ "connectionId": x.id }, { "connectionId": member.id }, { "connectionId": x.id }]);
    refused(&visitor, &with(twice), &[("/targets/2/connectionId", "duplicate_target")]).await?;
    let unknown = json!([{ "connectionId": x.id }, { "connectionId": "con_nobody" }]);
    refused(&visitor, &with(unknown), &[("/targets/1/connectionId", "unknown_connection")]).await?;
    let both = json!({ "text": "two", "targets": [{ "connectionId": x.id }, { "connectionId": member.id }] });
    let answer = visitor.post("/v1/posts/publish", &both).await?;
    answer.expect_mistakes(&[("/targets", "too_many_targets")]).context("publishing now to two")?;
    visitor.has_no_posts().await
}

pub(crate) async fn what_a_platform_would_refuse_is_refused_before(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let (x, member, organization) = (visitor.x(), visitor.member(), visitor.organization());
    let with = |account: &str, text: String, options: Value| {
        let mut body = good(&visitor);
        body["text"] = json!(text);
        body["targets"] = json!([{ "connectionId": account, "options": options }]);
        body
    };
    let too_long = [("/text", "text_too_long")];
    // 26 parts: one more than a thread has.
    let endless = "鐘".repeat(140 * 26);
    refused(&visitor, &with(&x.id, endless, json!({})), &[("/text", "too_many_parts")]).await?;
    let tags = [("/text", "too_many_cashtags")];
    refused(&visitor, &with(&x.id, "$ONE and $TWO".into(), json!({})), &tags).await?;
    refused(&visitor, &with(&member.id, "a".repeat(3001), json!({})), &too_long).await?;
    refused(&visitor, &with(&x.id, "  \n ".into(), json!({})), &[("/text", "text_required")]).await?;
    let foreign = [("/targets/0/options", "option_of_another_platform")];
    let visibility = json!({ "visibility": "PUBLIC" });
    refused(&visitor, &with(&x.id, "to X".into(), visibility), &foreign).await?;
    let reply_settings = json!({ "replySettings": "following" });
    refused(&visitor, &with(&member.id, "to LinkedIn".into(), reply_settings), &foreign).await?;
    let connections = with(&organization.id, "to some".into(), json!({ "visibility": "CONNECTIONS" }));
    refused(&visitor, &connections, &[("/targets/0/options", "visibility_not_allowed")]).await?;
    let mut own = with(&x.id, "short".into(), json!({}));
    own["targets"][0]["text"] = json!("$ONE and $TWO");
    refused(&visitor, &own, &[("/targets/0/text", "too_many_cashtags")]).await?;
    visitor.has_no_posts().await
}

async fn refused(visitor: &Visitor, body: &Value, wanted: &[(&str, &str)]) -> Result<()> {
    visitor.post(SCHEDULE, body).await?.expect_mistakes(wanted)
}

/// A body that would be taken.
fn good(visitor: &Visitor) -> Value {
    scheduled("never to be seen", &[visitor.x()], ahead(3600))
}
