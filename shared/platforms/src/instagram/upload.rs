//! Makes the container of a post: Instagram fetches the files itself.
//!
//! Source: <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media> (read
//! 2026-11).

use std::time::Duration;

use domain::connection::Account;
use domain::media::MediaKind;
use domain::ports::{Failure, Readiness, Source};
use domain::post::Attachment;
use domain::secret::Secret;
use domain::target::MediaPlacement;
use domain::text::Part;
use jiff::Timestamp;
use serde::Deserialize;

use crate::graph::{Call, Deadline, Graph, Purpose, publishing_limit};
use crate::instagram::{PLATFORM, container};

/// The first pause before Instagram is asked again whether it has finished; the others double, up to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// One question may take this long, and needs it.
const ASK_TIME: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Limits {
    data: Vec<Limit>,
}

#[derive(Deserialize)]
struct Limit {
    quota_usage: Option<u64>,
    config: Option<Config>,
}

#[derive(Deserialize)]
struct Config {
    quota_total: Option<u64>,
}

/// Whoever makes containers for one account.
struct Maker<'a> {
    graph: &'a Graph,
    access: &'a Secret<String>,
    path: String,
    deadline: Deadline,
}

/// The name of the container.
pub(super) async fn make(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Vec<String>, Failure> {
    let deadline = Deadline::after(within);
    check_limit(graph, account, access, deadline).await?;
    let maker = Maker { graph, access, path: format!("/{}/media", account.id), deadline };
    let container = match (part.media, part.sources) {
        ([file], [source]) => maker.single(part, file, source).await?,
        (files, sources) => maker.carousel(part.text, files, sources).await?,
    };
    Ok(vec![container])
}

/// Refuses when the account may publish no more just now: the limit is what Instagram says, because its pages name three.
/// When it cannot say it, the container is asked for all the same.
async fn check_limit(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    deadline: Deadline,
) -> Result<(), Failure> {
    let path = format!("/{}/content_publishing_limit", account.id);
    let fields = [("fields", "quota_usage,config")];
    let within = deadline.left().min(ASK_TIME);
    let asked =
        graph.read::<Limits>(Call { access, path: &path, fields: &fields, hidden: &[], within }).await;
    let limit = asked.ok().and_then(|limits| limits.data.into_iter().next());
    let numbers = limit.and_then(|limit| Some((limit.quota_usage?, limit.config?.quota_total?)));
    match numbers {
        Some((used, total)) if used >= total => {
            Err(publishing_limit(PLATFORM, Timestamp::now(), &format!("{used} of {total}")))
        }
        Some(_) | None => Ok(()),
    }
}

impl Maker<'_> {
    async fn single(&self, part: Part<'_>, file: &Attachment, source: &Source) -> Result<String, Failure> {
        let placement = part.options.media_kind.unwrap_or(MediaPlacement::Feed);
        let mut fields = vec![address(file, source)];
        match (placement, is_film(file)) {
            (MediaPlacement::Stories, _) => fields.push(("media_type", "STORIES")),
            // A film in the feed is a reel that the feed shows too.
            (MediaPlacement::Feed, true) => {
                fields.extend([("media_type", "REELS"), ("share_to_feed", "true")])
            }
            (MediaPlacement::Reels, _) => fields.push(("media_type", "REELS")),
            (MediaPlacement::Feed, false) => {}
        }
        if placement != MediaPlacement::Stories {
            fields.extend(caption(part.text));
        }
        if placement == MediaPlacement::Feed {
            fields.extend(described(file));
        }
        self.container(&fields, &[&source.link]).await
    }

    /// The files each, and when Instagram has finished with all of them the whole: it refuses unfinished ones.
    async fn carousel(
        &self,
        text: &str,
        files: &[Attachment],
        sources: &[Source],
    ) -> Result<String, Failure> {
        let mut children = Vec::with_capacity(files.len());
        for (file, source) in files.iter().zip(sources) {
            let mut fields = vec![address(file, source), ("is_carousel_item", "true")];
            if is_film(file) {
                fields.push(("media_type", "VIDEO"));
            }
            fields.extend(described(file));
            children.push(self.container(&fields, &[&source.link]).await?);
        }
        for child in &children {
            self.finished(child).await?;
        }
        let children = children.join(",");
        let mut fields = vec![("media_type", "CAROUSEL"), ("children", &children)];
        fields.extend(caption(text));
        self.container(&fields, &[]).await
    }

    async fn container(
        &self,
        fields: &[(&str, &str)],
        hidden: &[&Secret<String>],
    ) -> Result<String, Failure> {
        let within = self.deadline.left();
        let call = Call { access: self.access, path: &self.path, fields, hidden, within };
        let (container, _) = self.graph.make(Purpose::Prepare, call).await?;
        Ok(container)
    }

    async fn finished(&self, child: &str) -> Result<(), Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            let within = self.deadline.left().min(ASK_TIME);
            match container::readiness(self.graph, self.access, child, within).await? {
                Readiness::Ready => return Ok(()),
                Readiness::Waiting => {}
            }
            if !self.deadline.pause(pause, ASK_TIME).await {
                return Err(container::not_ready());
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn address<'a>(file: &Attachment, source: &'a Source) -> (&'static str, &'a str) {
    let name = if is_film(file) { "video_url" } else { "image_url" };
    (name, source.link.expose())
}

fn caption(text: &str) -> Option<(&'static str, &str)> {
    (!text.is_empty()).then_some(("caption", text))
}

/// What a picture shows; films have no place for it.
fn described(file: &Attachment) -> Option<(&'static str, &str)> {
    let words = file.alt_text.as_deref().filter(|_| !is_film(file))?;
    Some(("alt_text", words))
}

fn is_film(file: &Attachment) -> bool {
    file.kind == MediaKind::Mp4
}
