//! Publishes a container, or makes a comment: one request that creates.

use std::time::Duration;

use domain::connection::Account;
use domain::ports::{Failure, Receipt};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::{Part, Role};
use jiff::Timestamp;
use serde::Deserialize;

use crate::graph::{Call, Deadline, Graph, Purpose, permalink};
use crate::instagram::container::unprepared;

/// Asking where a post is shown is worth this long, and not begun with less than the second.
const LONGEST_ASK: Duration = Duration::from_secs(3);
const SHORTEST_ASK: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Shown {
    permalink: Option<String>,
}

pub(super) async fn create(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    part: Part<'_>,
    within: Duration,
) -> Result<Receipt, Failure> {
    match part.role {
        Role::Post => {
            let Some(container) = part.handles.first() else { return Err(unprepared()) };
            publish(graph, account, access, container, within).await
        }
        Role::Comment => {
            let path = format!("/{}/comments", part.reply_to.unwrap_or_default());
            let fields = [("message", part.text)];
            let call = Call { access, path: &path, fields: &fields, hidden: &[], within };
            let (id, answer) = graph.make(Purpose::Publish, call).await?;
            // A comment has no address of its own.
            Ok(receipt(account, id, None, answer.at))
        }
    }
}

/// Publishes this container. Instagram does so once, whoever asks again.
pub(super) async fn publish(
    graph: &Graph,
    account: &Account,
    access: &Secret<String>,
    container: &str,
    within: Duration,
) -> Result<Receipt, Failure> {
    let deadline = Deadline::after(within);
    let path = format!("/{}/media_publish", account.id);
    let fields = [("creation_id", container)];
    let call = Call { access, path: &path, fields: &fields, hidden: &[], within };
    let (id, answer) = graph.make(Purpose::Publish, call).await?;
    let address = address(graph, access, &id, deadline).await;
    Ok(receipt(account, id, address, answer.at))
}

/// Where it is shown, if that can be had in time: the post is live, whatever comes of this.
async fn address(graph: &Graph, access: &Secret<String>, id: &str, deadline: Deadline) -> Option<String> {
    let within = deadline.left().min(LONGEST_ASK);
    if within < SHORTEST_ASK {
        return None;
    }
    let path = format!("/{id}");
    let fields = [("fields", "permalink")];
    let asked = graph.read::<Shown>(Call { access, path: &path, fields: &fields, hidden: &[], within }).await;
    asked.ok()?.permalink
}

/// What is live. Without an address of its own it is looked for on the account's.
pub(super) fn receipt(account: &Account, id: String, address: Option<String>, at: Timestamp) -> Receipt {
    let url = address.as_deref().and_then(permalink).unwrap_or_else(|| {
        let handle = account.handle.as_deref().unwrap_or_default();
        format!("https://www.instagram.com/{handle}")
    });
    Receipt { published: Published { remote_id: id, url }, accepted_at: Some(at) }
}
