//! Checks every promise against what the platforms hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::connection::ConnectionStatus;
use domain::metric::Metric;
use domain::ports::Vault;
use domain::post::Post;
use domain::target::{Status, Target};
use domain::text::Outgoing;
use jiff::{SignedDuration, Timestamp};

use super::people::{account, ready};
use super::platform::Remote;
use super::run::Ports;

/// Whoever takes the refresh lease may hold it for 40 s; so soon nobody else may present the same refresh token.
const REFRESH_LEASE: Duration = Duration::from_secs(38);

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every promise that was broken, in words; empty when all was well.
    pub broken: Vec<String>,
    /// How many targets ended how.
    pub ended: BTreeMap<&'static str, u32>,
    /// The lateness of each published target that nobody sent again, milliseconds, by its name.
    pub lateness_ms: BTreeMap<String, i64>,
    /// Outcomes that evidence settled.
    pub settled: u32,
    /// Posts that a platform made and denied, and that we therefore call failed.
    pub denied: u32,
    /// What happened, line by line, if the setting wanted it told.
    pub story: Vec<String>,
}

/// One target, and what is to be known of it.
struct Account<'a> {
    post: &'a Post,
    target: &'a Target,
    /// The account on the platform.
    name: String,
    /// What it says, part by part.
    parts: Vec<String>,
}

impl Account<'_> {
    fn title(&self) -> String {
        let text = self.post.text.lines().next().unwrap_or_default();
        format!("{text} ({}) on {} ({:?})", self.post.id, self.name, self.target.status)
    }
}

/// What the run came to.
pub(crate) fn report(ports: &Ports) -> Report {
    let posts = ports.posts.near.table.all();
    let accounts: Vec<Account<'_>> = posts.iter().flat_map(accounts).collect();
    let remotes = ports.platforms.0.remotes();
    let mut report = Report::default();
    for account in &accounts {
        let says_the_same = |other: &&Account<'_>| {
            other.name == account.name && other.parts.iter().any(|part| account.parts.contains(part))
        };
        let is_alone = accounts.iter().filter(says_the_same).count() == 1;
        report.broken.extend(broken_by(ports, account, is_alone, &remotes));
        *report.ended.entry(account.target.status.name()).or_default() += 1;
        let key = (account.post.id.clone(), account.target.connection_id.clone());
        let published_at = account.target.published_at.filter(|_| !ports.memories().retried.contains(&key));
        if let Some(at) = published_at {
            let late = at.as_millisecond() - account.post.time().as_millisecond();
            report.lateness_ms.insert(format!("{} on {}", account.post.id, account.name), late);
        }
    }
    report.broken.extend(broken_by_counting(ports, &accounts, &remotes));
    report.broken.extend(unheard(&accounts, &remotes));
    report.broken.extend(refreshed_twice(ports));
    report.broken.extend(called_for_nothing(ports));
    let still_due = posts.iter().filter(|post| post.due_at.is_some());
    report.broken.extend(still_due.map(|post| format!("still in the index of due posts: {}", post.text)));
    let is_settled = |metric: &&Metric| matches!(metric, Metric::AmbiguousSettled { .. });
    report.settled = ports.metrics.all().iter().filter(is_settled).count() as u32;
    let taken = taken(&accounts);
    let denied = remotes.iter().filter(|remote| remote.is_denied && !taken.contains(remote.id.as_str()));
    report.denied = denied.count() as u32;
    report.story = ports.world.story();
    report
}

fn accounts(post: &Post) -> Vec<Account<'_>> {
    let person: u64 = post.owner.0.trim_start_matches("person-").parse().expect("a person of this run");
    let known = |target| Account::<'_> {
        post,
        target,
        name: account(person, target.platform),
        parts: parts(post, target),
    };
    post.targets.iter().map(known).collect()
}

/// What is said, part by part, and the comment last.
fn parts(post: &Post, target: &Target) -> Vec<String> {
    let Outgoing { mut parts, first_comment, .. } = Outgoing::of(post, target);
    parts.extend(first_comment);
    parts
}

/// The ids that targets stand for.
fn taken<'a>(accounts: &'a [Account<'_>]) -> BTreeSet<&'a str> {
    let published = accounts.iter().flat_map(|account| &account.target.published);
    published.map(|published| published.remote_id.as_str()).collect()
}

/// The promises about one target by itself.
fn broken_by(ports: &Ports, account: &Account<'_>, is_alone: bool, remotes: &[Remote]) -> Vec<String> {
    let Account { post, target, name, parts } = account;
    let mut broken = Vec::new();
    let mut say = |what: &str| broken.push(format!("{what}: {}", account.title()));
    if !target.status.is_final() {
        say(&format!("lost, next action at {:?}", target.next_at));
    }
    if target.status == Status::Published && target.published.len() != parts.len() {
        say("published in part");
    }
    let mut parent: Option<&str> = None;
    for (published, part) in target.published.iter().zip(parts) {
        let remote = remotes.iter().find(|remote| remote.id == published.remote_id);
        match remote.filter(|remote| remote.account == *name && remote.text == *part) {
            Some(remote) if remote.reply_to.as_deref() != parent => say("a part answers the wrong one"),
            Some(_) => {}
            None => say("called published but is not live"),
        }
        parent = Some(&published.remote_id);
    }
    let skew = SignedDuration::from_millis(ports.world.faults.skew_ms.cast_signed());
    // Of what another post says too, only that is ours which we stand for.
    let is_ours = |remote: &&Remote| {
        let is_known = target.published.iter().any(|published| published.remote_id == remote.id);
        is_known || is_alone && remote.account == *name && parts.contains(&remote.text)
    };
    if remotes.iter().filter(is_ours).any(|it| !it.is_denied && it.at < post.time() - skew) {
        say("published before its time");
    }
    let needs_reason = matches!(target.status, Status::Failed | Status::NeedsAttention | Status::Skipped);
    let has_reason = |target: &Target| {
        target.error.as_ref().is_some_and(|error| !error.code.is_empty() && !error.detail.is_empty())
    };
    if needs_reason && !has_reason(target) {
        say("ended without a reason");
    }
    let key = (post.id.clone(), target.connection_id.clone());
    let stopped = ports.memories().canceled.get(&key).copied();
    let stopped = stopped.filter(|stopped| is_alone && stopped.revision == post.revision);
    let canceled_at = stopped.map(|stopped| stopped.at);
    if let Some(at) =
        canceled_at.filter(|at| target.attempted_at.is_none_or(|attempted| attempted > *at + skew))
    {
        let is_after = |sent: Timestamp| sent > at + skew;
        let requests = ports.platforms.0.requests();
        let mut ours = requests.iter().filter(|it| it.account == *name && parts.contains(&it.text));
        if ours.any(|request| is_after(request.at)) {
            say("sent after it was canceled");
        }
    }
    broken
}

/// The promises about everything that says the same on one account: nothing is live more often than it was to be, and
/// nothing is live that nobody answers for.
fn broken_by_counting(ports: &Ports, accounts: &[Account<'_>], remotes: &[Remote]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut ids = BTreeSet::new();
    for account in accounts {
        for published in &account.target.published {
            if !ids.insert(published.remote_id.as_str()) {
                broken.push(format!("stands for what another target published: {}", account.title()));
            }
        }
    }
    let mut said: BTreeMap<(&str, &str), Vec<&Account<'_>>> = BTreeMap::new();
    for account in accounts {
        for part in &account.parts {
            said.entry((account.name.as_str(), part.as_str())).or_default().push(account);
        }
    }
    let memories = ports.memories();
    for ((name, text), targets) in said {
        let live: Vec<&Remote> =
            remotes.iter().filter(|remote| remote.account == name && remote.text == text).collect();
        let risks = |it: &&Account<'_>| {
            let key = (it.post.id.clone(), it.target.connection_id.clone());
            memories.risked.get(&key).copied().unwrap_or(0)
        };
        let risked: usize = targets.iter().map(risks).sum();
        if live.len() > targets.len() + risked {
            broken.push(format!("published {} times: {text:?} on {name}", live.len()));
        }
        let unanswered =
            live.iter().filter(|remote| !ids.contains(remote.id.as_str()) && !remote.is_denied).count();
        let open = targets.iter().filter(|it| it.target.status == Status::NeedsAttention).count();
        if unanswered > open + risked {
            let titles: Vec<String> = targets.iter().map(|it| it.title()).collect();
            broken.push(format!("live but not called so: {text:?} on {name}: {titles:?}"));
        }
    }
    broken
}

/// What is live and no post says any more.
fn unheard(accounts: &[Account<'_>], remotes: &[Remote]) -> Vec<String> {
    let is_said = |remote: &Remote| {
        accounts.iter().any(|account| account.name == remote.account && account.parts.contains(&remote.text))
    };
    let unsaid = remotes.iter().filter(|remote| !remote.is_denied && !is_said(remote));
    unsaid
        .map(|remote| format!("published what no post says any more: {} on {}", remote.text, remote.account))
        .collect()
}

/// Refresh tokens that were presented again while whoever presented them first may still have been at work.
fn refreshed_twice(ports: &Ports) -> Vec<String> {
    let mut broken = Vec::new();
    let mut seen: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (token, at) in ports.platforms.0.presented() {
        let before = seen.insert(token.clone(), at);
        if before.is_some_and(|before| at < before + REFRESH_LEASE) {
            broken.push(format!("two refreshed at once: {token}"));
        }
    }
    broken
}

/// Connections whose person is called for although our tokens are good.
fn called_for_nothing(ports: &Ports) -> Vec<String> {
    let mut broken = Vec::new();
    for connection in ports.connections.near.table.all() {
        if connection.status != ConnectionStatus::NeedsReconnect {
            continue;
        }
        let opened = ports.warm.vault().open(&connection.owner, &connection.id, &connection.sealed);
        let refresh = ready(opened).expect("memory").refresh;
        let account = &connection.account.id;
        if refresh.is_some_and(|refresh| ports.platforms.0.is_granted(account, refresh.expose())) {
            broken.push(format!("called for its person although its tokens are good: {account}"));
        }
    }
    broken
}
