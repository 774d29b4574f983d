//! A person at a desk with memory ports: what they ask for, and what came of it.

#![allow(dead_code, reason = "each test file uses a part of the desk")]

use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Sealed};
use domain::id::{ConnectionId, Entropy, MediaId, OwnerId, PostId};
use domain::idempotency::{Fingerprint, IdempotencyKey};
use domain::input::Field;
use domain::platform::Platform;
use domain::ports::{Connections, Posts};
use domain::post::Post;
use domain::previewing::{self, Preview};
use domain::{
    Error, Result, attaching, canceling, drafting, editing, publishing, retrying, scheduling, uploading,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::media::{MemoryFiles, MemoryShelf};
use testkit::memory::{
    MemoryConnections, MemoryEvents, MemoryMetrics, MemoryPosts, MemoryQueues, MemorySchedules,
};

/// 2026-12-01T08:00:00Z.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_796_112_000).unwrap()
}

#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) posts: MemoryPosts,
    pub(crate) connections: MemoryConnections,
    pub(crate) queues: MemoryQueues,
    pub(crate) schedules: MemorySchedules,
    pub(crate) events: MemoryEvents,
    pub(crate) metrics: MemoryMetrics,
    pub(crate) shelf: MemoryShelf,
    pub(crate) files: MemoryFiles,
}

pub(crate) fn alice() -> OwnerId {
    OwnerId("alice".into())
}

impl Desk {
    pub(crate) async fn connect(
        &self,
        platform: Platform,
        kind: AccountKind,
        status: ConnectionStatus,
    ) -> ConnectionId {
        let account_id = format!("{platform:?}-{kind:?}-{status:?}");
        let id = ConnectionId::of(&alice(), platform.name(), &account_id);
        let account = Account {
            id: account_id,
            login: platform,
            kind,
            display_name: "Alice".into(),
            handle: None,
            avatar_url: None,
        };
        let connection = Connection {
            owner: alice(),
            id: id.clone(),
            platform,
            account,
            status,
            scopes: Vec::new(),
            sealed: Sealed(Vec::new()),
            token_version: 1,
            expires_at: None,
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: now(),
        };
        self.connections.connect(&connection).await.unwrap();
        id
    }

    pub(crate) fn ports(&self) -> scheduling::Ports<'_> {
        scheduling::Ports {
            posts: &self.posts,
            connections: &self.connections,
            queues: &self.queues,
            schedules: &self.schedules,
            metrics: &self.metrics,
        }
    }

    pub(crate) async fn schedule(&self, ask: Value) -> Result<Post> {
        scheduling::schedule(
            &self.ports(),
            &self.media(),
            &alice(),
            body(ask),
            None,
            now(),
            Entropy::new([7; 32]),
        )
        .await
    }

    /// Under a key, as the endpoint does it: first what was made before, then a new post.
    pub(crate) async fn schedule_under(&self, key: &str, ask: Value) -> Result<Post> {
        let fingerprint = Fingerprint::of("POST /v1/posts/schedule", &ask.to_string());
        let key = IdempotencyKey { key: key.into(), fingerprint };
        if let Some(post) = scheduling::scheduled_before(&self.ports(), &alice(), Some(&key), now()).await? {
            return Ok(post);
        }
        let entropy = Entropy::new([7; 32]);
        scheduling::schedule(&self.ports(), &self.media(), &alice(), body(ask), Some(&key), now(), entropy)
            .await
    }

    pub(crate) async fn publish(&self, ask: Value) -> Result<Post> {
        let ports = publishing::Ports {
            posts: &self.posts,
            connections: &self.connections,
            media: self.media(),
            queues: &self.queues,
            metrics: &self.metrics,
        };
        let entropy = Entropy::new([7; 32]);
        publishing::publish_now(&ports, &alice(), body(ask), 1..=1, None, now(), entropy).await
    }

    pub(crate) fn media(&self) -> attaching::Ports<'_> {
        attaching::Ports { shelf: &self.shelf, files: &self.files }
    }

    /// A PNG that has arrived.
    pub(crate) async fn upload(&self, bytes: &[u8]) -> MediaId {
        let ask = body(json!({
            "fileName": "bell.png", "contentType": "image/png", "size": bytes.len(), "altText": "A bell",
        }));
        let entropy = Entropy::new([9; 32]);
        let started = uploading::start(&self.shelf, &self.files, &alice(), ask, now(), entropy).await;
        let id = started.unwrap().media.id;
        self.files.put(&id, bytes);
        id
    }

    pub(crate) async fn preview(&self, ask: Value) -> Result<Vec<Preview>> {
        let entropy = Entropy::new([8; 32]);
        previewing::preview(&self.connections, &self.media(), &alice(), body(ask), now(), entropy).await
    }

    pub(crate) async fn draft(&self, ask: Value) -> Result<Post> {
        let entropy = Entropy::new([8; 32]);
        let ports =
            drafting::Ports { posts: &self.posts, connections: &self.connections, media: self.media() };
        drafting::draft(&ports, &alice(), body(ask), None, now(), entropy).await
    }

    pub(crate) async fn edit(&self, post: &Post, ask: Value) -> Result<Post> {
        self.edit_as_seen(post, ask, None).await
    }

    pub(crate) async fn edit_as_seen(&self, post: &Post, ask: Value, revision: Option<u32>) -> Result<Post> {
        editing::edit(&self.ports(), &self.media(), &post.owner, &post.id, body(ask), revision, now()).await
    }

    pub(crate) async fn retry_at(&self, post: &Post, ask: Value, at: Timestamp) -> Result<Post> {
        retrying::retry(&self.ports(), &post.owner, &post.id, body(ask), None, at).await
    }

    pub(crate) async fn cancel(&self, post: &Post) -> Result<Post> {
        let ports = canceling::Ports {
            posts: &self.posts,
            schedules: &self.schedules,
            events: &self.events,
            metrics: &self.metrics,
        };
        canceling::cancel(&ports, &post.owner, &post.id, now()).await
    }

    pub(crate) async fn find(&self, id: &PostId) -> Option<Post> {
        self.posts.find(&alice(), id).await.unwrap()
    }

    /// Every mistake of this request, after seeing that nothing came of it.
    pub(crate) async fn mistakes(&self, ask: Value) -> Vec<(String, &'static str)> {
        let Err(Error::Invalid(errors)) = self.schedule(ask).await else { panic!("this must be refused") };
        assert!(self.posts.all().is_empty(), "nothing may be kept");
        assert!(self.queues.take().is_empty(), "nothing may be sent");
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }
}

pub(crate) async fn on_x() -> (Desk, ConnectionId) {
    let desk = Desk::default();
    let id = desk.connect(Platform::X, AccountKind::Person, ConnectionStatus::Active).await;
    (desk, id)
}

pub(crate) fn wish(id: &ConnectionId, publish_at: &str) -> Value {
    json!({"text": "Hello", "targets": [{"connectionId": id}], "publishAt": publish_at})
}

/// The body of a request.
pub(crate) fn body<T: serde::de::DeserializeOwned>(ask: Value) -> Field<T> {
    serde_json::from_value(ask).unwrap()
}

/// The mistakes of a request that was refused.
pub(crate) fn mistakes_of<T: std::fmt::Debug>(outcome: Result<T>) -> Vec<(String, &'static str)> {
    let Err(Error::Invalid(errors)) = outcome else { panic!("this must be refused: {outcome:?}") };
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}
