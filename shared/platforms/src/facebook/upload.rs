//! Makes the unpublished pictures of a post, or has Facebook fetch the film of a reel.
//!
//! Sources: <https://developers.facebook.com/docs/graph-api/reference/page/photos>,
//! <https://developers.facebook.com/docs/video-api/guides/reels-publishing> (read 2026-11).

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, FailureClass, Readiness};
use domain::secret::Secret;
use domain::text::Part;
use serde::Deserialize;

use crate::facebook::{PLATFORM, Shape};
use crate::graph::{Call, Deadline, Graph, Purpose, is_id, text_or_number};
use crate::refusal::failure;

/// Facebook wants to be told of a film.
#[derive(Deserialize)]
struct Started {
    #[serde(deserialize_with = "text_or_number")]
    video_id: String,
    upload_url: String,
}

#[derive(Deserialize)]
struct Told {
    success: bool,
}

#[derive(Deserialize)]
struct Film {
    status: Status,
}

/// How far Facebook has come with a film. Any phase may be missing.
#[derive(Deserialize)]
pub(super) struct Status {
    video_status: Option<String>,
    uploading_phase: Option<Phase>,
    processing_phase: Option<Phase>,
    /// Whether it is shown.
    pub(super) publishing_phase: Option<Phase>,
}

#[derive(Default, Deserialize)]
pub(super) struct Phase {
    status: Option<String>,
    publish_status: Option<String>,
}

/// The names of the pictures, or of the film of a reel.
pub(super) async fn make(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    match Shape::of(part) {
        Shape::Feed => pictures(graph, account, access, part, within).await,
        Shape::Reel => reel(graph, account, access, part, within).await,
        // Facebook fetches it in the request that publishes it.
        Shape::Film => Ok(Vec::new()),
    }
}

async fn pictures(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    let deadline = Deadline::after(within);
    let path = format!("/{}/photos", account.id);
    let mut handles = Vec::with_capacity(part.media.len());
    for (picture, source) in part.media.iter().zip(part.sources) {
        let mut fields = vec![("published", "false"), ("url", source.link.expose().as_str())];
        if let Some(words) = &picture.alt_text {
            fields.push(("alt_text_custom", words));
        }
        let hidden = [&source.link];
        let call = Call { access, path: &path, fields: &fields, hidden: &hidden, within: deadline.left() };
        let (id, _) = graph.make(Purpose::Prepare, call).await?;
        handles.push(id);
    }
    Ok(handles)
}

async fn reel(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    let Some(film) = part.sources.first() else { return Ok(Vec::new()) };
    let deadline = Deadline::after(within);
    let path = format!("/{}/video_reels", account.id);
    let fields = [("upload_phase", "start")];
    let call = Call { access, path: &path, fields: &fields, hidden: &[], within };
    let answer = graph.post(Purpose::Prepare, call).await?;
    let started = answer.json::<Started>().filter(|started| is_id(&started.video_id));
    let Some(started) = started else { return Err(graph.refused(Purpose::Prepare, &answer)) };
    let told = graph.let_fetch(&started.upload_url, &film.link, access, deadline.left()).await?;
    match told.json() {
        Some(Told { success: true }) => Ok(vec![started.video_id]),
        Some(Told { success: false }) | None => Err(graph.refused(Purpose::Prepare, &told)),
    }
}

/// Whether a reel can be published. Pictures are there as soon as they have a name.
pub(super) async fn readiness(
    graph: &Graph,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Readiness, Failure> {
    let (Shape::Reel, Some(video)) = (Shape::of(part), part.handles.first()) else {
        return Ok(Readiness::Ready);
    };
    status(graph, access, video, within).await?.readiness()
}

pub(super) async fn status(
    graph: &Graph,
    access: &Secret<String>,
    video: &str,
    within: Duration,
) -> Result<Status, Failure> {
    let path = format!("/{video}");
    let fields = [("fields", "status")];
    let film: Film = graph.read(Call { access, path: &path, fields: &fields, hidden: &[], within }).await?;
    Ok(film.status)
}

impl Status {
    /// The film may be published when it is fetched: Facebook may begin to work on it only then. While it works on it
    /// there is still something to learn.
    fn readiness(&self) -> Result<Readiness, Failure> {
        let phase =
            |phase: &Option<Phase>| phase.as_ref().and_then(|phase| phase.status.clone()).unwrap_or_default();
        let (fetched, worked_on) = (phase(&self.uploading_phase), phase(&self.processing_phase));
        let overall = self.video_status.as_deref().unwrap_or_default();
        if fetched == "error" || overall == "expired" {
            let advice = "Facebook could not fetch the film, or has lost it; it is uploaded again";
            return Err(failure(PLATFORM, FailureClass::Unprepared, "prepare_again", advice, ""));
        }
        if worked_on == "error" || overall == "error" {
            let advice = "Facebook cannot make a reel of this film: it takes MP4, 9:16, from 540 × 960, 24 to 60 \
                          pictures a second, 3 to 90 seconds; change the film";
            return Err(failure(PLATFORM, FailureClass::Content, "content_refused", advice, ""));
        }
        let is_fetched = fetched == "complete" || overall == "ready";
        let is_worked_on = worked_on == "in_progress";
        Ok(if is_fetched && !is_worked_on { Readiness::Ready } else { Readiness::Waiting })
    }
}

impl Phase {
    /// Whether the reel is shown to people; a draft is complete too.
    pub(super) fn is_published(&self) -> bool {
        let is_complete = self.status.as_deref() == Some("complete");
        self.publish_status.as_deref().map_or(is_complete, |status| status == "published")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<&'static str, &'static str> {
        match serde_json::from_str::<Film>(json).unwrap().status.readiness() {
            Ok(Readiness::Ready) => Ok("ready"),
            Ok(Readiness::Waiting) => Ok("waiting"),
            Err(failure) => Err(failure.code),
        }
    }

    #[test]
    fn a_reel_is_ready_when_it_is_fetched_and_nothing_is_done_to_it() {
        let phases = |overall: &str, fetched: &str, worked_on: &str| {
            read(&format!(
                r#"{{"status":{{"video_status":"{overall}","uploading_phase":{{"status":"{fetched}"}},
                "processing_phase":{{"status":"{worked_on}"}}}}}}"#
            ))
        };
        assert_eq!(phases("uploading", "in_progress", "not_started"), Ok("waiting"));
        assert_eq!(phases("uploading", "not_started", "not_started"), Ok("waiting"));
        assert_eq!(phases("processing", "complete", "in_progress"), Ok("waiting"));
        assert_eq!(phases("processing", "complete", "not_started"), Ok("ready"));
        assert_eq!(phases("ready", "complete", "complete"), Ok("ready"));
        assert_eq!(phases("error", "error", "not_started"), Err("prepare_again"));
        assert_eq!(phases("error", "complete", "error"), Err("content_refused"));
        assert_eq!(phases("expired", "complete", "complete"), Err("prepare_again"));
        assert_eq!(read(r#"{"status":{"video_status":"ready"}}"#), Ok("ready"));
        assert_eq!(read(r#"{"status":{}}"#), Ok("waiting"));
    }

    #[test]
    fn a_reel_that_is_kept_as_a_draft_is_not_published() {
        let published = |json| serde_json::from_str::<Phase>(json).unwrap().is_published();
        assert!(published(r#"{"status":"complete"}"#));
        assert!(published(r#"{"status":"complete","publish_status":"published"}"#));
        assert!(!published(r#"{"status":"complete","publish_status":"draft"}"#));
        assert!(!published(r#"{"status":"not_started"}"#));
    }
}
