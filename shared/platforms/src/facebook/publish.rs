//! Creates a post, or a comment: one request.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, FailureClass, Receipt};
use domain::secret::Secret;
use domain::text::{Part, Role};
use serde::Deserialize;
use serde_json::json;

use crate::facebook::{PLATFORM, Shape};
use crate::graph::{Call, Graph, Purpose};
use crate::refusal::failure;

#[derive(Deserialize)]
struct Finished {
    success: bool,
}

pub(super) async fn create(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    let page = &account.id;
    let call = |path| Call { access, path, fields: &[], hidden: &[], within };
    if part.role == Role::Comment {
        let path = format!("/{}/comments", part.reply_to.unwrap_or_default());
        let fields = [("message", part.text)];
        let (id, answer) = graph.make(Purpose::Publish, Call { fields: &fields, ..call(&path) }).await?;
        return Ok(Shape::Feed.receipt(id, answer.at));
    }
    let shape = Shape::of(part);
    match shape {
        Shape::Feed => {
            if part.handles.len() != part.media.len() {
                return Err(unprepared());
            }
            let pictures = part.handles.iter().map(|id| json!({ "media_fbid": id })).collect::<Vec<_>>();
            let pictures = json!(pictures).to_string();
            let mut fields = Vec::new();
            if !part.text.is_empty() {
                fields.push(("message", part.text));
            }
            if let Some(link) = &part.options.link {
                fields.push(("link", &link.url));
            }
            if !part.handles.is_empty() {
                fields.push(("attached_media", &pictures));
            }
            let path = format!("/{page}/feed");
            let (id, answer) = graph.make(Purpose::Publish, Call { fields: &fields, ..call(&path) }).await?;
            Ok(shape.receipt(id, answer.at))
        }
        Shape::Film => {
            let Some(film) = part.sources.first() else { return Err(unprepared()) };
            let mut fields = vec![("file_url", film.link.expose().as_str())];
            if !part.text.is_empty() {
                fields.push(("description", part.text));
            }
            let (path, hidden) = (format!("/{page}/videos"), [&film.link]);
            let asked = Call { fields: &fields, hidden: &hidden, ..call(&path) };
            let (id, answer) = graph.make(Purpose::Publish, asked).await?;
            Ok(shape.receipt(id, answer.at))
        }
        Shape::Reel => {
            let Some(video) = part.handles.first() else { return Err(unprepared()) };
            let mut fields =
                vec![("upload_phase", "finish"), ("video_id", video.as_str()), ("video_state", "PUBLISHED")];
            if !part.text.is_empty() {
                fields.push(("description", part.text));
            }
            let path = format!("/{page}/video_reels");
            let answer = graph.post(Purpose::Publish, Call { fields: &fields, ..call(&path) }).await?;
            match answer.json() {
                Some(Finished { success: true }) => Ok(shape.receipt(video.clone(), answer.at)),
                Some(Finished { success: false }) | None => Err(graph.refused(Purpose::Publish, &answer)),
            }
        }
    }
}

/// Nothing was sent, because what must be there first is not.
fn unprepared() -> Failure {
    let advice = "the files of this post are not at Facebook; they are uploaded again";
    failure(PLATFORM, FailureClass::Unprepared, "prepare_again", advice, "")
}
