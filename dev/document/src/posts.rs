//! Writing, looking, canceling.

use api::view::{PageView, PostView, PreviewsView};
use domain::Error;
use domain::content::{MAX_TARGETS, PostAsk};
use domain::id::PostId;
use domain::limits::Limit;
use domain::platform::Platform;
use domain::post::PostStatus;
use domain::reading;
use domain::retrying::RetryAsk;
use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::operation::{Operation, invalid, operation};

const TAG: &str = "posts";

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        publish_post(),
        publish_everywhere(),
        schedule_post(),
        draft_post(),
        preview_post(),
        list_posts(),
        get_post(),
        edit_post(),
        cancel_post(),
        retry_post(),
    ]
}

fn publish_post() -> Operation {
    operation(TAG, "publish-post", "POST /v1/posts/publish", "Publish now, to one connection")
        .idempotent()
        .limited(Limit::Publish)
        .takes_with::<PostAsk>(now_to(1, 1))
        .answers::<PostView<'_>>(202, "On its way.")
        .located(202)
}

fn publish_everywhere() -> Operation {
    let summary = "Publish now, to 2 to 20 connections";
    operation(TAG, "publish-everywhere", "POST /v1/posts/publish-multi", summary)
        .idempotent()
        .limited(Limit::PublishMulti)
        .takes_with::<PostAsk>(now_to(2, MAX_TARGETS))
        .answers::<PostView<'_>>(202, "On its way.")
        .located(202)
}

fn schedule_post() -> Operation {
    operation(TAG, "schedule-post", "POST /v1/posts/schedule", "Publish at a moment, to 1 to 20 connections")
        .idempotent()
        .limited(Limit::Schedule)
        .takes_with::<PostAsk>(json!({
            "required": ["targets", "publishAt"],
            "properties": { "targets": { "minItems": 1 }, "status": false },
        }))
        .answers::<PostView<'_>>(201, "Kept until its time comes.")
        .located(201)
}

fn draft_post() -> Operation {
    operation(TAG, "draft-post", "POST /v1/posts/drafts", "Keep a post that is not finished")
        .says("It is sent when an edit gives it a time.")
        .idempotent()
        .takes_with::<PostAsk>(json!({ "properties": { "status": false } }))
        .answers::<PostView<'_>>(201, "Kept.")
        .located(201)
}

fn preview_post() -> Operation {
    operation(
        TAG,
        "preview-post",
        "POST /v1/posts/preview",
        "What exactly would be sent, and what is wrong with it",
    )
    .says("Nothing is kept. What a platform would refuse is a problem in the answer.")
    .takes_with::<PostAsk>(json!({
        "required": ["targets"],
        "properties": { "targets": { "minItems": 1 }, "status": false },
    }))
    .answers::<PreviewsView<'_>>(200, "Target by target.")
}

fn edit_post() -> Operation {
    let revision = json!({ "type": "string", "example": "\"1\"" });
    operation(TAG, "edit-post", "PATCH /v1/posts/{id}", "Change a post that has not started")
        .says(
            "What is left out stays; a list replaces the whole list. A time schedules the post, also what was \
             canceled, skipped or failed, and a draft unless `status` says that it stays one.",
        )
        .in_path::<PostId>("id")
        .in_header("If-Match", "The revision that the change was made for; any will do without it.", revision)
        .limited(Limit::Schedule)
        .takes::<PostAsk>()
        .answers::<PostView<'_>>(200, "Changed.")
        .tagged(200)
        .refuses([
            Error::NotFound("post").into(),
            Error::AlreadyStarted.into(),
            Error::RevisionMismatch.into(),
        ])
}

fn retry_post() -> Operation {
    operation(TAG, "retry-post", "POST /v1/posts/{id}/retry", "Send again what failed or needs attention")
        .says("What failed before the post's time waits for that.")
        .in_path::<PostId>("id")
        .idempotent()
        .takes::<RetryAsk>()
        .answers::<PostView<'_>>(202, "On its way again.")
        .refuses([Error::NotFound("post").into(), Error::NothingToRetry.into(), Error::MayDuplicate.into()])
}

/// A body that names so many connections and no time.
fn now_to(min: usize, max: usize) -> Value {
    json!({
        "required": ["targets"],
        "properties": { "targets": { "minItems": min, "maxItems": max }, "publishAt": false, "status": false },
    })
}

fn list_posts() -> Operation {
    let instant = json!({ "type": "string", "format": "date-time", "example": "2026-12-01T08:00:00Z" });
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": reading::MAX_LIMIT, "default": reading::DEFAULT_LIMIT,
    });
    operation(TAG, "list-posts", "GET /v1/posts", "Posts by `publishAt`, drafts after them")
        .says(
            "With a status or a platform a page may hold fewer posts than asked for, even none, and still name a next \
             one. `from` and `to` leave drafts out.",
        )
        .in_query("from", "Not before.", instant.clone())
        .in_query("to", "Before.", instant)
        .in_query("status", "Only posts that are this as a whole.", one_of::<PostStatus>())
        .in_query("platform", "Only posts that go there, among others.", one_of::<Platform>())
        .in_query("limit", "Posts on a page.", limit)
        .in_query("cursor", "The `nextCursor` of an earlier page.", json!({ "type": "string" }))
        .answers::<PageView<'_>>(200, "One page.")
        .refuses([
            Error::InvalidCursor.into(),
            invalid("limit", "invalid_parameter", "this must be a number from 1 to 200"),
        ])
}

/// The schema of an enum, written out where a parameter takes it.
fn one_of<T: PartialSchema>() -> Value {
    json!(T::schema())
}

fn get_post() -> Operation {
    operation(TAG, "get-post", "GET /v1/posts/{id}", "One post")
        .in_path::<PostId>("id")
        .answers::<PostView<'_>>(200, "The post.")
        .tagged(200)
        .with_header(
            200,
            "Cache-Control",
            "It changes by itself.",
            json!({ "type": "string", "const": "no-store" }),
        )
        .refuses([Error::NotFound("post").into()])
}

fn cancel_post() -> Operation {
    operation(
        TAG,
        "cancel-post",
        "DELETE /v1/posts/{id}",
        "Cancel every target neither published nor in flight",
    )
    .says("The post stays, to be seen; a draft is thrown away.")
    .in_path::<PostId>("id")
    .answers_nothing(204, "Stopped.")
    .refuses([Error::NotFound("post").into(), Error::NothingToCancel.into()])
}
