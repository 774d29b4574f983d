//! What each operation asks of DynamoDB and of the others, counted on real calls.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod tables;

use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Tokens};
use domain::id::{ConnectionId, Entropy, OwnerId, PostId};
use domain::keeping::{self, keep};
use domain::limits::{Limit, Meter, Rule, Subject};
use domain::platform::Platform;
use domain::ports::{
    self, Authorizer, Clock, Connections, Failure, KEEP_SHARDS, Look, Platforms, Posts, Publisher, Readiness,
    Receipt, Vault,
};
use domain::post::{Post, PostStatus};
use domain::reading::{self, ListAsk};
use domain::secret::Secret;
use domain::summarizing::{self, SummaryAsk};
use domain::target::{Published, Target};
use domain::task::CountTask;
use domain::text::Part;
use domain::upkeep::{Chore, Upkeep};
use domain::{
    access, attaching, canceling, counting, delivering, drafting, editing, limits, preparing, previewing,
    scheduling,
};
use jiff::Timestamp;
use serde_json::json;
use store::{AnalyticsStore, ConnectionStore, GateStore, PostStore, RateLimitStore};
use tables::counter::{Call, Calls};
use testkit::media::{MemoryFiles, MemoryShelf};
use testkit::memory::{MemoryEvents, MemoryMetrics, MemoryQueues, MemorySchedules, MemoryVault, Message};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// 2026-12-01T08:00:00Z, and so many seconds more.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_112_000 + second).unwrap()
}

fn alice() -> OwnerId {
    OwnerId("3f0c2a51-7d1e-4c36-9c1f-2a9d6f1f7b10".into())
}

/// A platform that takes everything at once, and a clock that stands still.
struct Obliging(Timestamp);

#[async_trait]
impl Publisher for Obliging {
    async fn warm(&self) {}

    fn can_read_back(&self, _: &Account, _: Part<'_>) -> bool {
        true
    }

    async fn upload(
        &self,
        _: &Account,
        _: &Secret<String>,
        _: Part<'_>,
        _: Duration,
    ) -> Result<Vec<String>, Failure> {
        unreachable!("nothing shows files here")
    }

    async fn readiness(
        &self,
        _: &Account,
        _: &Secret<String>,
        _: Part<'_>,
        _: Duration,
    ) -> Result<Readiness, Failure> {
        unreachable!("nothing shows files here")
    }

    async fn delete(
        &self,
        _: &Account,
        _: &Secret<String>,
        _: &Published,
        _: Duration,
    ) -> Result<(), Failure> {
        unreachable!("nothing is taken down here")
    }

    async fn publish(
        &self,
        _: &Account,
        _: &Secret<String>,
        _: Part<'_>,
        _: Duration,
    ) -> Result<Receipt, Failure> {
        let url = "https://x.com/alice/status/1796115600123456789".into();
        let published = Published { remote_id: "1796115600123456789".into(), url };
        Ok(Receipt { published, accepted_at: None })
    }

    async fn look(
        &self,
        _: &Account,
        _: &Secret<String>,
        _: Look<'_>,
        _: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        unreachable!("every answer comes")
    }
}

impl Platforms for Obliging {
    fn publisher(&self, _: Platform) -> Box<dyn Publisher> {
        Box::new(Obliging(self.0))
    }

    fn authorizer(&self, _: Platform) -> Box<dyn Authorizer> {
        unreachable!("nobody connects here")
    }

    fn meter(&self, _: Platform) -> Box<dyn ports::Meter> {
        unreachable!("nobody measures here")
    }
}

#[async_trait]
impl Clock for Obliging {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn until(&self, _: Timestamp) {}
}

struct House {
    calls: Calls,
    uncounted: PostStore,
    posts: PostStore,
    connections: ConnectionStore,
    gates: GateStore,
    limits: RateLimitStore,
    queues: MemoryQueues,
    schedules: MemorySchedules,
    events: MemoryEvents,
    metrics: MemoryMetrics,
    analytics: AnalyticsStore,
    shelf: MemoryShelf,
    files: MemoryFiles,
}

impl House {
    /// With one connection to X.
    async fn new() -> (Self, ConnectionId) {
        let (config, uncounted, calls) = tables::start_counted().await;
        let house = Self {
            calls,
            uncounted: PostStore::new(&uncounted, "PostsTable"),
            posts: PostStore::new(&config, "PostsTable"),
            connections: ConnectionStore::new(&config, "ConnectionsTable"),
            gates: GateStore::new(&config, "GatesTable"),
            limits: RateLimitStore::new(&config, "RateLimitsTable"),
            queues: MemoryQueues::default(),
            schedules: MemorySchedules::default(),
            events: MemoryEvents::default(),
            metrics: MemoryMetrics::default(),
            analytics: AnalyticsStore::new(&config, "AnalyticsTable"),
            shelf: MemoryShelf::default(),
            files: MemoryFiles::default(),
        };
        let id = ConnectionId::of(&alice(), "x", "12");
        let tokens = Tokens { access: Secret::new("a".into()), refresh: None };
        let connection = Connection {
            sealed: MemoryVault.seal(&alice(), &id, &tokens).await.unwrap(),
            owner: alice(),
            id: id.clone(),
            platform: Platform::X,
            account: Account {
                id: "12".into(),
                login: Platform::X,
                kind: AccountKind::Person,
                display_name: "Alice".into(),
                handle: Some("alice".into()),
                avatar_url: None,
            },
            status: ConnectionStatus::Active,
            scopes: Vec::new(),
            token_version: 1,
            expires_at: None,
            closed_until: None,
            refresh_lease: None,
            upkeep: None,
            created_at: at(0),
        };
        house.connections.connect(&connection).await.unwrap();
        house.calls.take();
        (house, id)
    }

    fn scheduling(&self) -> scheduling::Ports<'_> {
        scheduling::Ports {
            posts: &self.posts,
            connections: &self.connections,
            queues: &self.queues,
            schedules: &self.schedules,
            metrics: &self.metrics,
        }
    }

    fn access<'a>(&'a self, platforms: &'a Obliging) -> access::Ports<'a> {
        access::Ports {
            connections: &self.connections,
            vault: &MemoryVault,
            platforms,
            events: &self.events,
            metrics: &self.metrics,
        }
    }

    fn delivering<'a>(&'a self, platforms: &'a Obliging) -> delivering::Ports<'a> {
        delivering::Ports {
            posts: &self.posts,
            queues: &self.queues,
            schedules: &self.schedules,
            gates: &self.gates,
            platforms,
            files: &self.files,
            clock: platforms,
            access: self.access(platforms),
        }
    }

    fn media(&self) -> attaching::Ports<'_> {
        attaching::Ports { shelf: &self.shelf, files: &self.files }
    }

    /// As the endpoint does it: charge, then schedule.
    async fn schedule(&self, on: &ConnectionId, publish_at: Timestamp) -> Post {
        let rule = Rule { limit: Limit::Schedule, allowance: Limit::Schedule.default_allowance() };
        let meter = Meter { rule, counter: &self.limits, metrics: &self.metrics };
        limits::charge(&meter, &Subject::Owner(alice()), at(0)).await.unwrap();
        let ask =
            json!({"text": "x".repeat(280), "targets": [{"connectionId": on}], "publishAt": publish_at});
        let ask = serde_json::from_value(ask).unwrap();
        let entropy = Entropy::new([7; 32]);
        let (ports, media) = (self.scheduling(), self.media());
        scheduling::schedule(&ports, &media, &alice(), ask, None, at(0), entropy).await.unwrap()
    }
}

/// `operation table units`, in the order in which they were made.
fn said(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| format!("{} {} {}", call.operation, call.table, call.units)).collect()
}

#[tokio::test]
async fn from_schedule_to_published_a_text_target_costs_nine_write_units() {
    let (house, x) = House::new().await;
    let post = house.schedule(&x, at(3600)).await;
    let scheduled = house.calls.take();
    // Item, `calendar` and `due`, each one unit; the connection is read to be checked.
    let wanted = ["UpdateItem RateLimitsTable 1", "BatchGetItem ConnectionsTable 1", "PutItem PostsTable 3"];
    assert_eq!(said(&scheduled), wanted);
    assert!(house.queues.take().is_empty());
    let rung = house.schedules.ring(at(3600));
    assert_eq!(rung.len(), 1, "one CreateSchedule");

    let platforms = Obliging(at(3600));
    let early = Obliging(at(2900));
    let task = &rung[0].task;
    preparing::prepare(&house.delivering(&early), task, at(2930), Entropy::new([1; 32])).await.unwrap();
    assert_eq!(said(&house.calls.take()), ["GetItem PostsTable 1", "GetItem ConnectionsTable 1"]);
    let sent = house.queues.take();
    let [(Message::Deliver(task), _)] = &sent[..] else { panic!("one SendMessage: {sent:?}") };

    delivering::deliver(&house.delivering(&platforms), task, at(3630), Entropy::new([2; 32])).await.unwrap();
    let delivered = house.calls.take();
    // Getting ready reads what the claim demands unchanged, and the connection is read again under it. The claim writes
    // item and `calendar`; the record both, and takes the post off `due`.
    let wanted = [
        "GetItem PostsTable 1",
        "GetItem ConnectionsTable 1",
        "UpdateItem PostsTable 2",
        "GetItem GatesTable 0.5",
        "GetItem ConnectionsTable 1",
        "UpdateItem PostsTable 3",
    ];
    assert_eq!(said(&delivered), wanted);
    let status = reading::find(&house.posts, &alice(), &post.id).await.unwrap().status();
    assert_eq!(status, PostStatus::Published);
    let writes = scheduled.iter().chain(&delivered).filter(|call| !call.operation.contains("Get"));
    assert!(writes.map(|call| call.units).sum::<f64>() <= 9.0);
}

#[tokio::test]
async fn a_month_costs_the_same_among_many_posts_as_among_few() {
    let month = ListAsk { from: Some(at(0)), to: Some(at(30 * 86_400)), ..ListAsk::default() };
    let mut seen = Vec::new();
    for others in [0, 500] {
        let (house, x) = House::new().await;
        for number in 0..100 + others {
            // A hundred within the month; the others in the years before.
            let second = if number < 100 { number * 20_000 } else { -number * 40_000 };
            let post = Post {
                text: "x".repeat(280),
                publish_at: Some(at(second)),
                targets: vec![Target::scheduled(x.clone(), Platform::X, at(second))],
                revision: 1,
                ..Post::blank(alice(), PostId(format!("pst_{number:032x}")), at(second))
            };
            house.uncounted.insert(&post).await.unwrap();
        }
        house.calls.take();
        let page = reading::list(&house.posts, &alice(), month.clone()).await.unwrap();
        assert_eq!((page.posts.len(), page.next_cursor), (100, None));
        seen.push(said(&house.calls.take()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], ["Query PostsTable 7.5"]);
}

/// What a million of this costs, dollars: writes, reads, messages, schedules and events.
/// Source: <https://aws.amazon.com/dynamodb/pricing/on-demand/>, us-east-1 (read 2026-11).
fn dollars(writes: f64, reads: f64, others: &[&str]) -> f64 {
    let price = |other: &&str| match *other {
        "SendMessage" => 0.40,
        "CreateSchedule" | "PutEvents" => 1.00,
        "DeleteSchedule" => 0.0,
        other => panic!("no price is known of {other}"),
    };
    writes * 0.625 + reads * 0.125 + others.iter().map(price).sum::<f64>()
}

/// One line of the table in `ARCHITECTURE.md`.
fn line(operation: &str, calls: &[Call], others: &[&str]) -> String {
    let is_read = |call: &&Call| call.operation.contains("Get") || call.operation == "Query";
    let sum = |reads: bool| {
        let units = calls.iter().filter(|call| is_read(call) == reads).map(|call| call.units);
        units.fold(0.0, |sum, units| sum + units)
    };
    let (writes, reads) = (sum(false), sum(true));
    let asked = calls.iter().map(|call| format!("`{}` {}", call.operation, call.units));
    let asked: Vec<String> = asked.chain(others.iter().map(|other| format!("`{other}`"))).collect();
    let dollars = dollars(writes, reads, others);
    format!("| `{operation}` | {} | {writes} | {reads} | {dollars:.2} |", asked.join(", "))
}

#[tokio::test]
async fn the_table_of_costs_is_what_is_counted() {
    let (house, x) = House::new().await;
    let platforms = Obliging(at(3600));
    let mut lines = Vec::new();
    let mut note =
        |operation: &str, others: &[&str]| lines.push(line(operation, &house.calls.take(), others));

    let post = house.schedule(&x, at(3600)).await;
    note("schedule-post", &["CreateSchedule"]);
    let rung = house.schedules.ring(at(3600));
    let early = Obliging(at(2900));
    let task = &rung[0].task;
    preparing::prepare(&house.delivering(&early), task, at(2930), Entropy::new([1; 32])).await.unwrap();
    note("prepare-post", &["SendMessage"]);
    let Some((Message::Deliver(task), _)) = house.queues.take().pop() else { panic!("one SendMessage") };
    delivering::deliver(&house.delivering(&platforms), &task, at(3630), Entropy::new([2; 32])).await.unwrap();
    note("deliver-post", &["PutEvents"]);
    let counting = counting::Ports { posts: &house.posts, analytics: &house.analytics };
    let news = CountTask { owner: alice(), post_id: post.id.clone() };
    counting::count(&counting, &news, &[Platform::X], at(3600)).await.unwrap();
    note("count-outcome", &[]);

    reading::find(&house.posts, &alice(), &post.id).await.unwrap();
    note("get-post", &[]);
    reading::list(&house.posts, &alice(), ListAsk::default()).await.unwrap();
    note("list-posts", &[]);
    house.connections.list(&alice()).await.unwrap();
    note("list-connections", &[]);
    summarizing::summarize(&house.analytics, &alice(), SummaryAsk::default(), at(3600)).await.unwrap();
    note("summarize-analytics", &[]);
    summarizing::metrics_of(&house.analytics, &house.posts, &alice(), &post.id).await.unwrap();
    note("get-metrics", &[]);

    let ask =
        |text: &str| serde_json::from_value(json!({"text": text, "targets": [{"connectionId": x}]})).unwrap();
    let (media, entropy) = (house.media(), Entropy::new([3; 32]));
    previewing::preview(&house.connections, &media, &alice(), ask("a preview"), at(0), entropy)
        .await
        .unwrap();
    note("preview-post", &[]);
    let drafting = drafting::Ports { posts: &house.posts, connections: &house.connections, media };
    let (entropy, owner) = (Entropy::new([3; 32]), alice());
    let draft = drafting::draft(&drafting, &owner, ask("a draft"), None, at(0), entropy).await.unwrap();
    note("draft-post", &[]);
    let change = serde_json::from_value(json!({"publishAt": at(7200)})).unwrap();
    editing::edit(&house.scheduling(), &media, &alice(), &draft.id, change, None, at(0)).await.unwrap();
    note("edit-post", &["CreateSchedule"]);
    let canceling = canceling::Ports {
        posts: &house.posts,
        schedules: &house.schedules,
        events: &house.events,
        metrics: &house.metrics,
    };
    canceling::cancel(&canceling, &alice(), &draft.id, at(1)).await.unwrap();
    note("cancel-post", &["DeleteSchedule", "PutEvents"]);

    let (expires_at, upkeep) = (at(3600) + DAY * 13, Upkeep { at: at(3600), chore: Chore::Warn });
    let member = house.connections.find(&alice(), &x).await.unwrap().unwrap();
    let member = Connection { expires_at: Some(expires_at), upkeep: Some(upkeep), ..member };
    house.connections.connect(&member).await.unwrap();
    house.calls.take();
    let keeping = keeping::Ports { clock: &platforms, access: house.access(&platforms) };
    for shard in 0..KEEP_SHARDS {
        keep(&keeping, shard, at(3600), at(3840), Entropy::new([4; 32])).await.unwrap();
        let calls = house.calls.take();
        if calls.len() > 1 {
            lines.push(line("keep-tokens", &calls, &["PutEvents"]));
        }
    }

    let told = include_str!("../../../ARCHITECTURE.md");
    let missing: Vec<&String> = lines.iter().filter(|line| !told.contains(line.as_str())).collect();
    let table = lines.join("\n");
    assert!(missing.is_empty(), "ARCHITECTURE.md tells otherwise; it is now:\n{table}");
}
