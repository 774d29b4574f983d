//! Posts that wait while everything is stopped and started again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::time::sleep;

use crate::e2e::patience::{ahead, past};
use crate::e2e::sending::{id, out_once};
use crate::e2e::visitor::{Visitor, World};
use crate::http;
use crate::stack::Stack;

/// The first is due while nothing runs, the others when everything runs again.
const DUE_IN_S: [i64; 5] = [12, 28, 30, 32, 34];
/// How long after its time a post may come that was due while nothing ran.
const AFTER_ALL: Duration = Duration::from_secs(150);

/// Somebody whose posts are scheduled and not yet out.
pub(crate) struct Waiting {
    visitor: Visitor,
    posts: Vec<Value>,
}

impl Waiting {
    /// Schedules posts a little ahead, to be followed by a stop at once.
    ///
    /// # Errors
    /// When one is not taken.
    pub(crate) async fn leave(stack: &Stack) -> Result<Self> {
        let world = World::new(http::client()?, stack.clone());
        let visitor = Visitor::connected(&world).await?;
        let mut posts = Vec::new();
        for seconds in DUE_IN_S {
            let text = format!("waits through a restart, {seconds}");
            let on = [visitor.x(), visitor.member()];
            posts.push(visitor.schedule(&text, &on, ahead(seconds)).await?);
        }
        Ok(Self { visitor, posts })
    }

    /// Waits until the first one's time has passed.
    pub(crate) async fn until_one_is_overdue(&self) {
        let at = self.posts.first().and_then(|post| post["publishAt"].as_str()?.parse().ok());
        if let Some(at) = at {
            sleep(past(at, Duration::from_secs(1))).await;
        }
    }

    /// Whether each is out, once on each account, and not before its time.
    ///
    /// # Errors
    /// When one is not.
    pub(crate) async fn all_go_out_once(&self, stack: &Stack) -> Result<()> {
        let world = World::new(http::client()?, stack.clone());
        let visitor = self.visitor.moved_to(&world).await?;
        for post in &self.posts {
            let at = post["publishAt"].as_str().unwrap_or_default().parse().context("publishAt")?;
            let published = visitor.until_status(id(post)?, "published", past(at, AFTER_ALL)).await?;
            for account in [visitor.x(), visitor.member()] {
                out_once(&visitor, &published, account, post["text"].as_str().unwrap_or_default()).await?;
            }
        }
        for account in [visitor.x(), visitor.member()] {
            let seen = world.seen_on(account).await?.len();
            ensure!(seen == self.posts.len(), "{seen} posts are on {}", account.platform);
        }
        Ok(())
    }
}
