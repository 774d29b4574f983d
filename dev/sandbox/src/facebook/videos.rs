//! Videos and Reels of a Page: how they begin, become posts, and how far they are.
//!
//! <https://developers.facebook.com/docs/video-api/guides/reels-publishing> and
//! <https://developers.facebook.com/docs/video-api/guides/publishing> (read 2026-11)

use serde_json::{Value, json};

use crate::facebook::feed::{Accepted, check_message, check_publishing, commit};
use crate::graph::{
    Call, Caller, DAY_MS, Fetched, Outcome, Process, Refusal, State, Video, VideoKind, Wanted, authenticate,
    fetch, is_video, new_id, shown_time,
};
use crate::house::{House, World};
use crate::platform::Platform;

/// Reels that an app may publish for a Page in 24 hours.
const REELS_PER_DAY: usize = 30;
/// The unsupported format of the list of errors: 2207026.
pub(crate) const WRONG_FORMAT: u32 = 2_207_026;
/// What is read of a video: 320 MiB at most, and of that only the first bytes are kept.
pub(crate) const WANTED: Wanted = Wanted { limit_bytes: 320 << 20, kept_bytes: 64 };

/// `POST /{page}/videos`: by `file_url`, which is fetched, or by bytes in `source`.
pub(crate) async fn create(house: &House, call: &Call, page: &str) -> Outcome {
    check_publishing(&authenticate(house, &house.world(), Platform::Facebook, call)?, page)?;
    let message = call.find("description").unwrap_or_default();
    check_message(message)?;
    let sent = call.files.iter().find(|file| file.name == "source");
    let fetched = match (sent, call.find("file_url")) {
        (Some(file), _) => Fetched::sent(&file.bytes),
        (None, Some(url)) => fetch(&house.options, url, WANTED)
            .await
            .map_err(|_| Refusal::new(389, "(#389) Unable to fetch video file from URL."))?,
        (None, None) => return Err(Refusal::parameter("No video file was selected")),
    };
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        let id = new_id(world, caller.now_ms);
        let mut video = Video::begun(page, VideoKind::Video, &id, caller.now_ms);
        video.receive(&fetched, caller.now_ms);
        let accepted = Accepted {
            page,
            message,
            labels: vec![video.label.clone()],
            hashes: vec![video.hash.clone()],
            published: call.flag("published", true)?,
            ..Accepted::default()
        };
        video.post = Some(commit(world, &caller, accepted));
        world.shelf.videos.insert(id.clone(), video);
        Ok(json!({"id": id}))
    })
}

/// `POST /{page}/video_reels`: `upload_phase=start`, and after the upload `upload_phase=finish`.
pub(crate) fn reel(house: &House, call: &Call, page: &str) -> Outcome {
    house.change(|world| {
        let caller = authenticate(house, world, Platform::Facebook, call)?;
        check_publishing(&caller, page)?;
        match call.must("upload_phase")? {
            "start" => {
                let id = new_id(world, caller.now_ms);
                let video = Video::begun(page, VideoKind::Reel, &id, caller.now_ms);
                world.shelf.videos.insert(id.clone(), video);
                let version = call.version.as_deref().unwrap_or_default();
                let upload_url = format!("{}/video-upload/{version}/{id}", call.base);
                Ok(json!({"video_id": id, "upload_url": upload_url}))
            }
            "finish" => finish(world, call, &caller, page),
            _ => Err(Refusal::parameter("param upload_phase must be one of {START, FINISH}")),
        }
    })
}

/// The `status` of a video, this look counted.
pub(crate) fn look(house: &House, world: &mut World, call: &Call, id: &str) -> Value {
    let now_ms = house.now_ms();
    let Some(video) = world.shelf.videos.get_mut(id) else { return Value::Null };
    let state = match video.uploaded {
        true => video.process.looked_at(call.processing, &house.options, now_ms),
        false => State::InProgress,
    };
    let (video_status, processing) = match (state, video.uploaded) {
        (_, false) => ("uploading", "not_started"),
        (State::Failed(_), true) => ("error", "error"),
        (State::Finished | State::Published, true) => ("ready", "complete"),
        (State::InProgress | State::Expired, true) => ("processing", "in_progress"),
    };
    let done = video_status == "ready" && video.post.is_some();
    let mut status = json!({
        "video_status": video_status,
        "uploading_phase": {
            "status": if video.uploaded { "complete" } else { "in_progress" },
            "bytes_transfered": video.uploaded_bytes,
        },
        "processing_phase": {"status": processing},
        "publishing_phase": {"status": if done { "complete" } else { "not_started" }},
    });
    if let State::Failed(number) = state {
        let message = format!("The video could not be processed ({number}).");
        status["processing_phase"]["error"] = json!({"message": message});
    }
    let post = video.post.clone();
    if done {
        status["publishing_phase"]["publish_status"] = json!("published");
        let at_ms = post.as_deref().and_then(|post| world.posts.find(Platform::Facebook, post));
        status["publishing_phase"]["publish_time"] = json!(at_ms.map(|post| shown_time(post.accepted_at_ms)));
    }
    // What cannot be processed is never seen.
    if let (State::Failed(_), Some(post)) = (state, post) {
        world.posts.delete(Platform::Facebook, &post, now_ms);
    }
    status
}

impl Video {
    fn begun(page: &str, kind: VideoKind, id: &str, now_ms: i64) -> Self {
        Self {
            page: page.to_owned(),
            kind,
            label: id.to_owned(),
            hash: String::new(),
            uploaded_bytes: 0,
            file_bytes: None,
            uploaded: false,
            post: None,
            process: Process::begun(now_ms, None),
        }
    }

    /// Takes a whole file at once; what is no video fails while it is processed.
    pub(crate) fn receive(&mut self, fetched: &Fetched, now_ms: i64) {
        if !fetched.path.is_empty() {
            self.label.clone_from(&fetched.path);
        }
        self.hash.clone_from(&fetched.hash);
        self.uploaded_bytes = fetched.size_bytes;
        self.uploaded = true;
        self.process = Process::begun(now_ms, (!is_video(&fetched.head)).then_some(WRONG_FORMAT));
    }
}

fn finish(world: &mut World, call: &Call, caller: &Caller, page: &str) -> Outcome {
    let id = call.must("video_id")?;
    let found =
        world.shelf.videos.get(id).filter(|video| video.page == page && video.kind == VideoKind::Reel);
    let video = found.ok_or_else(|| Refusal::gone("post", id))?.clone();
    let published = match call.find("video_state") {
        Some("PUBLISHED") => true,
        Some("DRAFT") => false,
        Some(_) | None => {
            return Err(Refusal::parameter("param video_state must be one of {DRAFT, PUBLISHED, SCHEDULED}"));
        }
    };
    let message = call.find("description").unwrap_or_default();
    check_message(message)?;
    if !video.uploaded {
        let why = "There was a problem uploading your video file. Please try again with another file.";
        return Err(Refusal::new(6_000, why));
    }
    if video.post.is_some() {
        return Err(Refusal::parameter("The video was already published"));
    }
    let since_ms = caller.now_ms - DAY_MS;
    let reels = world
        .posts
        .newest_first()
        .take_while(|post| post.accepted_at_ms > since_ms)
        .filter(|post| post.platform == Platform::Facebook && post.account == page)
        .filter(|post| post.extra["reel"] == true)
        .count();
    if reels >= REELS_PER_DAY {
        return Err(Refusal::new(613, "(#613) Calls to this api have exceeded the rate limit."));
    }
    let accepted = Accepted {
        page,
        message,
        labels: vec![video.label.clone()],
        hashes: vec![video.hash.clone()],
        published,
        reel: true,
        ..Accepted::default()
    };
    let post = commit(world, caller, accepted);
    if let Some(video) = world.shelf.videos.get_mut(id) {
        video.post = Some(post);
    }
    Ok(json!({"success": true}))
}
