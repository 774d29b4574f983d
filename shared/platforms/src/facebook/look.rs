//! Reads the Page's newest posts back, to find the one whose creation nobody confirmed.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Look, Receipt};
use domain::secret::Secret;
use domain::text::Role;
use jiff::Timestamp;
use serde::Deserialize;

use crate::facebook::{Shape, upload};
use crate::graph::{Call, Graph, Page, canonical, is_id, time};

/// How far Facebook's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(5);

/// A post, or a comment.
#[derive(Deserialize)]
struct Written {
    id: String,
    /// Missing where there are no words.
    message: Option<String>,
    #[serde(default, deserialize_with = "time")]
    created_time: Option<Timestamp>,
    /// Of a comment: whose it is. Missing where the Page may not know.
    from: Option<Author>,
    attachments: Option<Page<Attached>>,
}

#[derive(Deserialize)]
struct Author {
    id: String,
}

#[derive(Deserialize)]
struct Attached {
    target: Option<Author>,
    subattachments: Option<Page<Attached>>,
}

/// Everything of the Page since the attempt that fits, newest first.
pub(super) async fn find(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    look: Look<'_>,
    within: Duration,
) -> Result<Vec<Receipt>, Failure> {
    let call = |path, fields| Call { access, path, fields, hidden: &[], within };
    if look.part.role == Role::Comment {
        let path = format!("/{}/comments", look.part.reply_to.unwrap_or_default());
        let fields = [
            ("fields", "id,message,created_time,from"),
            ("order", "reverse_chronological"),
            ("limit", "100"),
        ];
        let page: Page<Written> = graph.read(call(&path, &fields)).await?;
        let is_ours = |comment: &Written| comment.from.as_ref().is_none_or(|from| from.id == account.id);
        let comments = page.data.into_iter().filter(is_ours).collect();
        return Ok(fitting(comments, look, Shape::Feed));
    }
    let shape = Shape::of(look.part);
    match (shape, look.part.handles.first()) {
        (Shape::Reel, Some(video)) => {
            let status = upload::status(graph, access, video, within).await?;
            let is_published = status.publishing_phase.is_some_and(|phase| phase.is_published());
            // The film was made for this post alone, so that its being shown is the attempt's doing. Facebook does not
            // say when in every answer, and now is not before it.
            Ok(is_published.then(|| shape.receipt(video.clone(), Timestamp::now())).into_iter().collect())
        }
        // Without what is made ahead of time nothing was sent.
        (Shape::Reel, None) => Ok(Vec::new()),
        (Shape::Feed | Shape::Film, _) => {
            let path = format!("/{}/published_posts", account.id);
            let since = (look.since - SKEW).as_second().to_string();
            let names = if look.part.text.is_empty() {
                "id,message,created_time,permalink_url,attachments{target{id},subattachments{target{id}}}"
            } else {
                "id,message,created_time,permalink_url"
            };
            // One page is everything: nobody has 100 posts made for one Page between an attempt and the look at it.
            let fields = [("fields", names), ("since", &since), ("limit", "100")];
            let page: Page<Written> = graph.read(call(&path, &fields)).await?;
            Ok(fitting(page.data, look, Shape::Feed))
        }
    }
}

fn fitting(written: Vec<Written>, look: Look<'_>, shape: Shape) -> Vec<Receipt> {
    let wanted = canonical(look.part.text);
    let mut found: Vec<Receipt> = written
        .into_iter()
        .filter(|it| is_id(&it.id) && canonical(it.message.as_deref().unwrap_or_default()) == wanted)
        .filter(|it| !wanted.is_empty() || it.may_show(look.part.handles))
        .filter_map(|it| Some(shape.receipt(it.id, it.created_time?)))
        .filter(|receipt| receipt.accepted_at.is_some_and(|at| at >= look.since - SKEW))
        .collect();
    found.sort_by_key(|receipt| std::cmp::Reverse(receipt.accepted_at));
    found
}

impl Written {
    /// Whether it shows one of these, as far as Facebook says what it shows.
    fn may_show(&self, handles: &[String]) -> bool {
        let tops = || self.attachments.iter().flat_map(|page| &page.data);
        let below = tops().flat_map(|top| &top.subattachments).flat_map(|page| &page.data);
        let shown: Vec<&str> =
            tops().chain(below).filter_map(|it| Some(it.target.as_ref()?.id.as_str())).collect();
        shown.is_empty() || handles.is_empty() || handles.iter().any(|id| shown.contains(&id.as_str()))
    }
}
