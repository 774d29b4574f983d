//! What Meta holds that is not published, or not yet: photos, videos and Instagram's containers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gate::Processing;
use crate::house::World;
use crate::options::{Options, millis};
use crate::platform::Platform;

/// A container that is not published within this time is lost: 24 hours.
/// <https://developers.facebook.com/docs/instagram-platform/content-publishing> (read 2026-11)
pub(crate) const DAY_MS: i64 = 24 * 3600 * 1000;

/// Containers older than this are forgotten, when it is long known that they are lost.
const REMEMBERED_MS: i64 = 7 * DAY_MS;

/// Everything that lies here.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Shelf {
    pub(crate) photos: BTreeMap<String, Photo>,
    pub(crate) videos: BTreeMap<String, Video>,
    pub(crate) containers: BTreeMap<String, Container>,
}

/// A photo of a Page.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Photo {
    pub(crate) page: String,
    /// The path of its address without the query, else its id.
    pub(crate) label: String,
    pub(crate) hash: String,
    pub(crate) alt_text: Option<String>,
    /// The post in which it is shown; a photo can be posted once.
    pub(crate) post: Option<String>,
}

/// What a video becomes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum VideoKind {
    Video,
    Reel,
}

/// A video of a Page.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Video {
    pub(crate) page: String,
    pub(crate) kind: VideoKind,
    /// The path of its address without the query, else its id.
    pub(crate) label: String,
    pub(crate) hash: String,
    /// How many bytes have come.
    pub(crate) uploaded_bytes: usize,
    /// How many shall come, as the first upload said.
    pub(crate) file_bytes: Option<usize>,
    pub(crate) uploaded: bool,
    pub(crate) post: Option<String>,
    pub(crate) process: Process,
}

/// What Instagram will make of a container.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Product {
    Image,
    Reel,
    Story,
    Carousel,
    /// A part of a carousel.
    Item,
}

/// One of Instagram's containers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Container {
    /// The Instagram account.
    pub(crate) account: String,
    pub(crate) product: Product,
    /// Whether it holds a video.
    pub(crate) video: bool,
    pub(crate) caption: String,
    pub(crate) alt_text: Option<String>,
    /// The paths of its media without queries, in order.
    pub(crate) labels: Vec<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) process: Process,
    /// What it became.
    pub(crate) published: Option<String>,
}

/// How far the processing of something is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Process {
    since_ms: i64,
    looks: u32,
    /// The error's number, once it has failed.
    pub(crate) failed: Option<u32>,
}

/// What a look finds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    InProgress,
    Finished,
    Failed(u32),
    Expired,
    Published,
}

impl Shelf {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts a container here.
    pub(crate) fn add(&mut self, id: &str, container: Container) {
        let now_ms = container.created_at_ms;
        self.containers.retain(|_, known| known.created_at_ms + REMEMBERED_MS > now_ms);
        self.containers.insert(id.to_owned(), container);
    }
}

impl Container {
    /// What it is now.
    pub(crate) fn state(&self, options: &Options, now_ms: i64) -> State {
        if self.published.is_some() {
            State::Published
        } else if self.created_at_ms + DAY_MS <= now_ms {
            State::Expired
        } else {
            self.process.state(options, now_ms)
        }
    }
}

impl Process {
    /// Begins now; `failed` says at once how it will end.
    pub(crate) fn begun(now_ms: i64, failed: Option<u32>) -> Self {
        Self { since_ms: now_ms, looks: 0, failed }
    }

    /// What it is now; also a failure takes its time.
    pub(crate) fn state(&self, options: &Options, now_ms: i64) -> State {
        let lasts_ms = millis(options.graph_processing);
        match self.failed {
            _ if now_ms < self.since_ms + lasts_ms || self.looks < options.graph_processing_polls => {
                State::InProgress
            }
            Some(number) => State::Failed(number),
            None => State::Finished,
        }
    }

    /// The state a look finds, which may suffer a fault; the look is counted after it.
    pub(crate) fn looked_at(
        &mut self,
        processing: Option<Processing>,
        options: &Options,
        now_ms: i64,
    ) -> State {
        match processing {
            None => {}
            // It begins anew, so that it is not ready the moment the fault is over.
            Some(Processing::Stall) => {
                self.since_ms = now_ms;
                return State::InProgress;
            }
            Some(Processing::Fail) => {
                self.failed = Some(2_207_053);
                self.since_ms = now_ms - millis(options.graph_processing);
                self.looks = options.graph_processing_polls;
            }
        }
        let state = self.state(options, now_ms);
        self.looks = self.looks.saturating_add(1);
        state
    }
}

/// A new id: Facebook and Instagram draw from one sequence, because one host answers for both.
pub(crate) fn new_id(world: &mut World, now_ms: i64) -> String {
    world.posts.next_id(Platform::Facebook, now_ms, 0).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_ready_after_the_time_and_the_looks() {
        let options = Options {
            graph_processing: Duration::from_millis(100),
            graph_processing_polls: 1,
            ..Options::default()
        };
        let mut process = Process::begun(0, None);
        assert_eq!(process.looked_at(None, &options, 200), State::InProgress);
        assert_eq!(process.looked_at(None, &options, 99), State::InProgress);
        assert_eq!(process.looked_at(None, &options, 100), State::Finished);
        assert_eq!(process.looked_at(Some(Processing::Stall), &options, 150), State::InProgress);
        assert_eq!(process.state(&options, 249), State::InProgress);
        assert_eq!(process.looked_at(Some(Processing::Fail), &options, 300), State::Failed(2_207_053));
        assert_eq!(process.looked_at(None, &options, 301), State::Failed(2_207_053));
    }
}
