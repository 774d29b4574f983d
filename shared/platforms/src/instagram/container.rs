//! Containers: what is to be published, and how far Instagram has come with it.

use std::time::Duration;

use domain::ports::{Failure, FailureClass, Readiness};
use domain::secret::Secret;
use jiff::Timestamp;
use serde::Deserialize;

use crate::graph::{Call, Graph, of_container, unready};
use crate::instagram::PLATFORM;
use crate::refusal::{failure, unreadable};

/// Where a container stands.
///
/// Source: <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container> (read
/// 2026-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It can be published.
    Finished,
    /// Instagram works on it.
    InProgress,
    /// It was published.
    Published,
    /// It was not published within a day.
    Expired,
    /// Instagram cannot show it, for the reason in its `status`.
    Broken(String),
}

#[derive(Deserialize)]
struct Container {
    status_code: String,
    status: Option<String>,
}

pub(super) async fn state(
    graph: &Graph,
    access: &Secret<String>,
    container: &str,
    within: Duration,
) -> Result<State, Failure> {
    let path = format!("/{container}");
    let fields = [("fields", "status_code,status")];
    let found: Container =
        graph.read(Call { access, path: &path, fields: &fields, hidden: &[], within }).await?;
    match found.status_code.as_str() {
        "FINISHED" => Ok(State::Finished),
        "IN_PROGRESS" => Ok(State::InProgress),
        "PUBLISHED" => Ok(State::Published),
        "EXPIRED" => Ok(State::Expired),
        "ERROR" => Ok(State::Broken(found.status.unwrap_or_default())),
        _ => Err(unreadable(PLATFORM)),
    }
}

/// Whether it can be published.
pub(super) async fn readiness(
    graph: &Graph,
    access: &Secret<String>,
    container: &str,
    within: Duration,
) -> Result<Readiness, Failure> {
    match state(graph, access, container, within).await? {
        // One that was published is not worked on any more either.
        State::Finished | State::Published => Ok(Readiness::Ready),
        State::InProgress => Ok(Readiness::Waiting),
        State::Expired => {
            let advice = "Instagram has forgotten what was uploaded; it is uploaded again";
            Err(failure(PLATFORM, FailureClass::Unprepared, "prepare_again", advice, ""))
        }
        State::Broken(status) => Err(of_container(PLATFORM, &status, Timestamp::now())),
    }
}

/// A part that refers to a container which is not there.
pub(super) fn unprepared() -> Failure {
    let advice = "the files of this post are not at Instagram; they are uploaded again";
    failure(PLATFORM, FailureClass::Unprepared, "prepare_again", advice, "")
}

/// Instagram needs longer than there is time.
pub(super) fn not_ready() -> Failure {
    unready(PLATFORM)
}
