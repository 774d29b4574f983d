//! What people do while everything fails: schedule, edit, cancel, retry, disconnect and connect again.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::connection::{Account, AccountKind, Connection, ConnectionStatus};
use domain::id::{ConnectionId, MediaId, OwnerId, PostId};
use domain::input::Field;
use domain::media::{Media, MediaKind, MediaStatus};
use domain::platform::Platform;
use domain::ports::{Connections, MediaShelf, Vault};
use domain::post::Post;
use domain::target::{Retry, Status};
use domain::upkeep::{Chore, Upkeep};
use domain::{Error, Result, canceling, disconnecting, editing, retrying, scheduling};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::run::{Act, Ports};
use super::world::{Job, World};

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// Schedules a post, and plans what else to do with it.
    Schedule { person: u64, number: u64 },
    /// Cancels a post.
    Cancel { owner: String, post: String },
    /// Gives a post another text, and perhaps another time.
    Edit { owner: String, post: String, text: String, ahead_ms: Option<u64> },
    /// Sends again what failed; what needs attention only with this confirmation.
    Retry { owner: String, post: String, confirms: bool },
    /// Takes an account away, and connects it again later.
    Disconnect { person: u64, platform: Platform },
    /// Connects an account again.
    Connect { person: u64, platform: Platform },
}

/// What the people of a run remember of what they did.
#[derive(Default)]
pub(crate) struct Memories {
    /// Deeds that are still to come.
    pub(crate) planned: u32,
    /// When a cancel was answered with yes, and as which revision the post stood then.
    pub(crate) canceled: BTreeMap<(PostId, ConnectionId), Stopped>,
    /// How often targets were sent again although they might have been live.
    pub(crate) risked: BTreeMap<(PostId, ConnectionId), usize>,
    /// Targets that were sent again at all: they are late by the person's own will.
    pub(crate) retried: BTreeSet<(PostId, ConnectionId)>,
}

/// What was stopped, and is promised to stay so until somebody changes the post again.
#[derive(Clone, Copy)]
pub(crate) struct Stopped {
    pub(crate) at: Timestamp,
    pub(crate) revision: u32,
}

/// When a connection must be kept that nobody has used before.
const IDLE: Duration = Duration::from_secs(20 * 60);

/// The name of a person.
pub(crate) fn owner(person: u64) -> OwnerId {
    OwnerId(format!("person-{person}"))
}

/// The account of a person.
pub(crate) fn account(person: u64, platform: Platform) -> String {
    format!("{}-{person}", platform.name())
}

/// Every other person publishes on LinkedIn for an organization, whose posts can be read back.
fn kind(person: u64, platform: Platform) -> AccountKind {
    match platform {
        Platform::LinkedIn if person % 2 == 1 => AccountKind::Organization,
        Platform::LinkedIn | Platform::X => AccountKind::Person,
        Platform::Facebook => AccountKind::Page,
        Platform::Instagram => AccountKind::Business,
    }
}

/// The deed as a task of its own.
pub(crate) fn act(ports: &Arc<Ports>, deed: Deed) -> Job {
    let ports = Arc::clone(ports);
    match deed {
        Deed::Schedule { person, number } => Box::pin(async move { schedule(&ports, person, number).await }),
        Deed::Cancel { owner, post } => {
            Box::pin(async move { cancel(&ports, &OwnerId(owner), &PostId(post)).await })
        }
        Deed::Edit { owner, post, text, ahead_ms } => {
            Box::pin(async move { edit(&ports, &OwnerId(owner), &PostId(post), &text, ahead_ms).await })
        }
        Deed::Retry { owner, post, confirms } => {
            Box::pin(async move { retry(&ports, &OwnerId(owner), &PostId(post), confirms).await })
        }
        Deed::Disconnect { person, platform } => {
            Box::pin(async move { disconnect(&ports, person, platform).await })
        }
        Deed::Connect { person, platform } => Box::pin(async move {
            connect(&ports, person, platform);
            Ok(())
        }),
    }
}

/// Connects a person's account on the near side, where nothing fails.
pub(crate) fn connect(ports: &Ports, person: u64, platform: Platform) {
    let owner = owner(person);
    let account_id = account(person, platform);
    let grant = ports.platforms.0.grant(&account_id);
    let id = ConnectionId::of(&owner, platform.name(), &account_id);
    let sealed = ready(ports.warm.vault().seal(&owner, &id, &grant.tokens)).expect("memory");
    let account = Account {
        id: account_id,
        login: platform,
        kind: kind(person, platform),
        display_name: "A person".into(),
        handle: None,
        avatar_url: None,
    };
    let connection = Connection {
        owner,
        id,
        platform,
        account,
        status: ConnectionStatus::Active,
        scopes: grant.scopes,
        sealed,
        token_version: 1,
        expires_at: grant.expires_at,
        closed_until: None,
        refresh_lease: None,
        // As if nobody had used it for weeks, so that it is kept while it is used.
        upkeep: Some(Upkeep { at: ports.world.now() + IDLE, chore: Chore::Renew }),
        created_at: ports.world.now(),
    };
    ready(ports.connections.near.table.connect(&connection)).expect("memory");
}

/// Puts the one picture of a person where their posts find it.
pub(crate) fn upload(ports: &Ports, person: u64) {
    let media = Media {
        owner: owner(person),
        id: picture(person),
        file_name: "bell.png".into(),
        kind: MediaKind::Png,
        size_bytes: PICTURE.len() as u64,
        alt_text: None,
        status: MediaStatus::Ready,
        used_by: BTreeSet::new(),
        used_at: None,
        created_at: ports.world.now(),
        expires_at: None,
    };
    ready(ports.shelf.put(&media)).expect("memory");
    ports.files.put(&media.id, PICTURE);
}

/// It begins as a PNG does.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n bell";

fn picture(person: u64) -> MediaId {
    MediaId(format!("med_{person}"))
}

/// The value of a future that waits for nothing.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("memory ports answer at once"),
    }
}

fn scheduling_ports(ports: &Ports) -> scheduling::Ports<'_> {
    scheduling::Ports {
        posts: &ports.posts,
        connections: &ports.connections,
        queues: &ports.queues,
        schedules: &ports.schedules,
        metrics: &ports.metrics,
    }
}

async fn schedule(ports: &Ports, person: u64, number: u64) -> Result<()> {
    let world = &ports.world;
    let (owner, now) = (owner(person), world.here());
    let ahead =
        if world.chance(0.5) { world.number(11_000, 600_000) } else { world.number(600_000, 9_000_000) };
    // Instagram takes no words alone.
    let shows = world.chance(0.4);
    let is_wanted =
        |platform: &Platform| number % 5 != *platform as u64 && (shows || *platform != Platform::Instagram);
    let targets: Vec<Value> = Platform::ALL
        .into_iter()
        .filter(is_wanted)
        .map(|platform| {
            let id = ConnectionId::of(&owner, platform.name(), &account(person, platform));
            json!({"connectionId": id, "options": options(world, person, number, platform)})
        })
        .collect();
    let text = words(ports, person, number);
    let mut ask = json!({"text": text, "publishAt": now + Duration::from_millis(ahead), "targets": targets});
    if shows {
        ask["media"] = json!([{"mediaId": picture(person)}]);
    }
    let ask = body(ask);
    let plans = plans(ports, &owner, &text, now, ahead);
    let post = match scheduling::schedule(
        &scheduling_ports(ports),
        &ports.media(),
        &owner,
        ask,
        None,
        now,
        world.entropy(),
    )
    .await
    {
        // The account has been taken away meanwhile.
        Err(Error::Invalid(_)) => return Ok(()),
        other => other?,
    };
    for (at, plan) in plans {
        ports.plan(at, plan(post.id.0.clone()));
    }
    Ok(())
}

/// Now and then a first comment, or the wish that a thread is taken down when it cannot be finished.
fn options(world: &World<Act>, person: u64, number: u64, platform: Platform) -> Value {
    match platform {
        Platform::X if world.chance(0.5) => json!({"onThreadFailure": "rollback"}),
        Platform::LinkedIn | Platform::Facebook | Platform::Instagram if world.chance(0.2) => {
            json!({"firstComment": format!("comment on {number} of {person}")})
        }
        Platform::LinkedIn | Platform::X | Platform::Facebook | Platform::Instagram => json!({}),
    }
}

/// One part, or a thread; now and then what was said in the post before.
fn words(ports: &Ports, person: u64, number: u64) -> String {
    let world = &ports.world;
    let number = if number > 0 && world.chance(0.1) { number - 1 } else { number };
    let text = format!("post {number} of {person}");
    if world.chance(0.3) {
        let parts: Vec<String> =
            (1..=world.number(2, 4)).map(|part| format!("{text}, part {part}")).collect();
        return parts.join("\n---\n");
    }
    text
}

type Plan = (Timestamp, Box<dyn FnOnce(String) -> Deed + Send>);

/// What else a person will do with a post that is due so many milliseconds ahead.
fn plans(ports: &Ports, owner: &OwnerId, text: &str, now: Timestamp, ahead: u64) -> Vec<Plan> {
    let world = &ports.world;
    let within = |from: u64, to: u64| now + Duration::from_millis(world.number(from, to));
    let mut plans: Vec<Plan> = Vec::new();
    if world.chance(0.2) {
        let owner = owner.0.clone();
        plans.push((within(0, ahead + 60_000), Box::new(|post| Deed::Cancel { owner, post })));
    }
    for number in 0..2 {
        if world.chance(0.2) {
            let (owner, text) = (owner.0.clone(), format!("{text}, edit {number}"));
            let ahead_ms = world.chance(0.5).then(|| world.number(11_000, 3_000_000));
            let at = within(0, ahead + 2_000);
            plans.push((at, Box::new(move |post| Deed::Edit { owner, post, text, ahead_ms })));
        }
    }
    for _ in 0..2 {
        let (owner, confirms) = (owner.0.clone(), world.chance(0.3));
        let at = within(0, ahead + 7_200_000);
        plans.push((at, Box::new(move |post| Deed::Retry { owner, post, confirms })));
    }
    plans
}

async fn cancel(ports: &Ports, owner: &OwnerId, id: &PostId) -> Result<()> {
    let near = canceling::Ports {
        posts: &ports.posts,
        schedules: &ports.schedules,
        events: &ports.events,
        metrics: &ports.metrics,
    };
    let post = match canceling::cancel(&near, owner, id, ports.world.here()).await {
        Err(Error::NothingToCancel) => return Ok(()),
        other => other?,
    };
    let (at, revision) = (ports.world.now(), post.revision);
    let mut memories = ports.memories();
    for target in post.targets.iter().filter(|target| target.status == Status::Canceled || target.stop) {
        memories.canceled.insert((id.clone(), target.connection_id.clone()), Stopped { at, revision });
    }
    Ok(())
}

async fn edit(ports: &Ports, owner: &OwnerId, id: &PostId, text: &str, ahead_ms: Option<u64>) -> Result<()> {
    let now = ports.world.here();
    let mut ask = json!({"text": text});
    if let Some(ahead) = ahead_ms {
        ask["publishAt"] = json!(now + Duration::from_millis(ahead));
    }
    match editing::edit(&scheduling_ports(ports), &ports.media(), owner, id, body(ask), None, now).await {
        Err(Error::AlreadyStarted | Error::Invalid(_)) => Ok(()),
        other => other.map(drop),
    }
}

async fn retry(ports: &Ports, owner: &OwnerId, id: &PostId, confirms: bool) -> Result<()> {
    let ask = body(json!({"confirmDuplicate": confirms}));
    if let Some(post) =
        ports.posts.near.table.all().iter().find(|post| post.owner == *owner && post.id == *id)
    {
        remember_retry(&mut ports.memories(), post, confirms);
    }
    match retrying::retry(&scheduling_ports(ports), owner, id, ask, None, ports.world.here()).await {
        Err(Error::NothingToRetry | Error::MayDuplicate | Error::Invalid(_)) => Ok(()),
        other => other.map(drop),
    }
}

/// Beforehand, because the retry may have its effect though its answer is lost.
fn remember_retry(memories: &mut Memories, post: &Post, confirms: bool) {
    for target in &post.targets {
        let key = (post.id.clone(), target.connection_id.clone());
        match target.retry() {
            Retry::MayDuplicate if confirms => {
                *memories.risked.entry(key.clone()).or_default() += 1;
            }
            Retry::Safe => {}
            Retry::MayDuplicate | Retry::No => continue,
        }
        memories.retried.insert(key);
    }
}

async fn disconnect(ports: &Ports, person: u64, platform: Platform) -> Result<()> {
    let (owner, now) = (owner(person), ports.world.here());
    let back = now + Duration::from_millis(ports.world.number(60_000, 3_000_000));
    ports.plan(back, Deed::Connect { person, platform });
    let near = disconnecting::Ports {
        connections: &ports.connections,
        posts: &ports.posts,
        vault: &ports.warm,
        platforms: &ports.platforms,
        queues: &ports.queues,
        schedules: &ports.schedules,
        events: &ports.events,
        metrics: &ports.metrics,
    };
    let id = ConnectionId::of(&owner, platform.name(), &account(person, platform));
    match disconnecting::disconnect(&near, &owner, &id, now).await {
        Err(Error::NotFound(_)) => Ok(()),
        other => other,
    }
}

fn body<T: serde::de::DeserializeOwned>(ask: Value) -> Field<T> {
    serde_json::from_value(ask).expect("any value is a field")
}
