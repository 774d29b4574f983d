//! What the use cases need from the outside: one small trait for each thing kept or done.
//!
//! Each has two implementations at least: the neighbour, and the simulator's stand-in. The contract suites in
//! `testkit` hold them to the same behaviour.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::analytics::{Counts, Engagement, Measured};
use crate::connection::{Account, Connection, Grant, OAuthState, Opened, Renewal, Sealed, Tokens};
use crate::event::Event;
use crate::id::{ConnectionId, LeaseToken, MediaId, OwnerId, PostId};
use crate::limits::{Quota, Rule, Subject, Verdict};
use crate::media::{Form, Head, Media, MediaKind, Upload};
use crate::metric::Metric;
use crate::platform::Platform;
use crate::post::Post;
use crate::secret::Secret;
use crate::target::{Lease, Published, Status, Target, TargetError};
use crate::task::{DeliverTask, PrepareTask, Wake};
use crate::text::Part;
use crate::upkeep::Upkeep;
use crate::{Error, Result};

/// The number of partitions of the index of due posts.
pub const DUE_SHARDS: u8 = 8;

/// The longest delay that a queue takes: 15 minutes (SQS `DelaySeconds`).
pub const MAX_QUEUE_DELAY: Duration = Duration::from_secs(900);

/// What a claim wants to do under its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Begin the attempt: the condition is [`Target::may_send`], the write [`Target::sending`].
    Send,
    /// Look into the attempt: the condition is [`Target::may_settle`], the write [`Target::looking`].
    Settle,
}

/// A wish for the right to act on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What for.
    pub purpose: Purpose,
    /// Which attempt of which target, and as which revision the post must stand.
    pub task: DeliverTask,
    /// The present.
    pub now: Timestamp,
    /// The lease to write.
    pub lease: Lease,
}

/// What became of a conditional write.
///
/// A client may repeat a request whose answer was lost. A write that finds exactly what it would have written itself
/// (its own lease, its own outcome, its own change) is therefore `Done` and not `Refused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Done: the whole post as it stands now.
    Done(Box<Post>),
    /// The condition did not hold: the whole post as it stands, `None` when there is none.
    Refused(Option<Box<Post>>),
}

/// What happens to the post's `due_at` in the same write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It stays.
    Keep,
    /// It moves.
    At(Timestamp),
    /// Nothing is left to do: the post leaves the index.
    Done,
}

/// The outcome of an act under a lease. Condition: the lease is still ours, and the revision is `revision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// As which revision we know it.
    pub revision: u32,
    /// Our lease.
    pub lease: LeaseToken,
    /// The target as it is from now on.
    pub target: Target,
    /// When somebody must look at the post next.
    pub due: Due,
    /// The present.
    pub now: Timestamp,
}

/// What a preparation comes to so far. Condition: revision, status and number of attempts are those of `target`, and
/// of the preparation that was there, `held` is the lease, or there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groundwork {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// As which revision we know it.
    pub revision: u32,
    /// Which status the target has and keeps, unless it ends here.
    pub status: Status,
    /// The lease of the preparation that is there; `None` when nobody holds it.
    pub held: Option<LeaseToken>,
    /// The target as it is from now on.
    pub target: Target,
    /// When somebody must look at the post next.
    pub due: Due,
    /// The present.
    pub now: Timestamp,
}

/// A person's change. Condition: the revision is that of `post` minus one, and each touched target still has this
/// status, this number of attempts and the lease, or none, that `post` leaves it, and one that is on its way the parts
/// that `post` leaves it: a worker's every write changes one of these, so what a worker did meanwhile is never overwritten. A touched target that is no longer in `post` is taken
/// out, and had no lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The post as it is from now on, its revision already counted up.
    pub post: Post,
    /// Which targets it changes, and as what it found them.
    pub touched: Vec<(ConnectionId, Status, u32)>,
    /// Which targets are new: none of them was there.
    pub added: Vec<ConnectionId>,
}

/// A row of the index of due posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueKey {
    /// Whose post.
    pub owner: OwnerId,
    /// Which post.
    pub post: PostId,
    /// When somebody must look at it.
    pub due_at: Timestamp,
}

/// Which posts of an owner to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostQuery {
    /// Whose posts.
    pub owner: OwnerId,
    /// Which part of the list.
    pub section: Section,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// After this place of the list.
    pub after: Option<Place>,
    /// At most so many, from 1.
    pub limit: u32,
}

/// A part of the list of an owner's posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Posts with a time, then drafts.
    All,
    /// Posts with a time. Times restrict these alone: with a time, `All` means these too.
    Timed,
    /// Drafts; no time restricts them.
    Drafts,
}

/// A place in the list of an owner's posts: by time and then by id, drafts after all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whether a draft is at this place.
    pub is_draft: bool,
    /// The time of the post at this place; of a draft, when it was made.
    pub at: Timestamp,
    /// Its id.
    pub post: PostId,
}

/// Where posts are kept.
#[async_trait]
pub trait Posts: Send + Sync {
    /// Keeps a new post; `Refused` with what is there when the id is taken.
    async fn insert(&self, post: &Post) -> Result<Written>;

    /// The post, consistent; `None` when this owner has none by that name.
    async fn find(&self, owner: &OwnerId, id: &PostId) -> Result<Option<Post>>;

    /// Posts in the order of their places. May lag behind writes by a moment.
    async fn list(&self, query: &PostQuery) -> Result<Vec<Post>>;

    /// Takes the lease of one target.
    async fn claim(&self, claim: &Claim) -> Result<Written>;

    /// Writes the outcome of what was done under a lease, and gives the lease back.
    async fn record(&self, record: &Record) -> Result<Written>;

    /// Writes how far a preparation has come.
    async fn groundwork(&self, groundwork: &Groundwork) -> Result<Written>;

    /// Writes what a person changed.
    async fn amend(&self, amendment: &Amendment) -> Result<Written>;

    /// Takes a post out, if its revision is still that of `seen`; true also when it is gone already.
    async fn discard(&self, seen: &Post) -> Result<bool>;

    /// Keys of posts in this shard with `due_at` in `from..to`, earliest first, at most 1,000. May lag.
    async fn due(&self, shard: u8, from: Timestamp, to: Timestamp) -> Result<Vec<DueKey>>;

    /// Moves `due_at` on (`None` takes the post off the index), if it and the revision are still those of `seen`.
    async fn reschedule(&self, seen: &Post, due_at: Option<Timestamp>) -> Result<()>;
}

/// The number of partitions of the index of connections that must be kept.
pub const KEEP_SHARDS: u8 = 8;

/// A row of that index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepKey {
    /// Whose connection.
    pub owner: OwnerId,
    /// Which one.
    pub connection: ConnectionId,
}

/// Where connections are kept.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Keeps a connection. One that exists is updated in place: its `created_at` stays, its token version counts up,
    /// gate and refresh lease are cleared.
    async fn connect(&self, connection: &Connection) -> Result<Connection>;

    /// The connection, consistent.
    async fn find(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>>;

    /// Those of `ids` that exist, each once, in any order; at most 100 ids.
    async fn find_all(&self, owner: &OwnerId, ids: &[ConnectionId]) -> Result<Vec<Connection>>;

    /// All connections of an owner, by id.
    async fn list(&self, owner: &OwnerId) -> Result<Vec<Connection>>;

    /// Takes the refresh lease if the token version is still `token_version` and nobody else holds it.
    async fn lease_refresh(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        now: Timestamp,
        lease: &Lease,
    ) -> Result<bool>;

    /// Stores new tokens and their upkeep under the lease, counts the version up, gives the lease back; the connection is
    /// active again, whoever asked for the person meanwhile. `None`: the lease was lost.
    async fn renew(&self, renewal: &Renewal) -> Result<Option<Connection>>;

    /// Marks the connection as needing the person, if the token version is still `token_version`. It has no upkeep then.
    async fn needs_reconnect(&self, owner: &OwnerId, id: &ConnectionId, token_version: u32) -> Result<bool>;

    /// Marks the access token as expired, if the token version is still `token_version`, so that it is refreshed
    /// before it is used again.
    async fn expire(
        &self,
        owner: &OwnerId,
        id: &ConnectionId,
        token_version: u32,
        at: Timestamp,
    ) -> Result<()>;

    /// Stays away from this account until then; of two times the later counts.
    async fn close(&self, owner: &OwnerId, id: &ConnectionId, until: Timestamp) -> Result<()>;

    /// Connections of this shard whose upkeep has come by `now`, earliest first, at most 1,000. May lag.
    async fn to_keep(&self, shard: u8, now: Timestamp) -> Result<Vec<KeepKey>>;

    /// Sets what must be done next, if token version and upkeep are still those of `seen`; `false` when they are not.
    async fn plan_upkeep(&self, seen: &Connection, upkeep: Option<Upkeep>) -> Result<bool>;

    /// Takes the connection out with its tokens, and gives it back as it was; `None` when there was none.
    async fn remove(&self, owner: &OwnerId, id: &ConnectionId) -> Result<Option<Connection>>;
}

/// Which platforms are closed to everybody for a while.
#[async_trait]
pub trait Gates: Send + Sync {
    /// Until when nobody shall call this platform; `None` when it is open at `now`. May lag.
    async fn closed_until(&self, platform: Platform, now: Timestamp) -> Result<Option<Timestamp>>;

    /// Closes the platform until then; of two times the later counts.
    async fn close(&self, platform: Platform, until: Timestamp) -> Result<()>;
}

/// Where authorizations that have begun are kept.
#[async_trait]
pub trait OAuthStates: Send + Sync {
    /// Keeps a state.
    async fn begin(&self, state: &OAuthState) -> Result<()>;

    /// Takes the state out, once, if it is this owner's and platform's and has not expired.
    async fn consume(
        &self,
        state: &str,
        owner: &OwnerId,
        platform: Platform,
        now: Timestamp,
    ) -> Result<Option<OAuthState>>;
}

/// Where calls are counted against rate limits: a [`Register`](crate::limits::Register) for each subject and rule.
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// Takes a call into the register, or refuses it, which leaves no trace. Of any number of callers at once exactly
    /// as many pass as the register has room for. Another allowance has a register of its own, empty at first.
    async fn take(&self, subject: &Subject, rule: Rule, now: Timestamp) -> Result<Verdict>;

    /// What is left of each rule, in this order. Counts nothing.
    async fn peek(&self, subject: &Subject, rules: &[Rule], now: Timestamp) -> Result<Vec<Quota>>;
}

/// Where it is kept what files there are, and which posts show them. The files themselves are with [`Files`].
#[async_trait]
pub trait MediaShelf: Send + Sync {
    /// Keeps a new row.
    async fn put(&self, media: &Media) -> Result<()>;

    /// The row, consistent, also one that has expired; `None` when this owner has none by that name.
    async fn find(&self, owner: &OwnerId, id: &MediaId) -> Result<Option<Media>>;

    /// Remembers that the file has arrived, if it was waited for.
    async fn arrived(&self, owner: &OwnerId, id: &MediaId) -> Result<()>;

    /// Marks the file as shown by this post, as arrived, and as not expiring any more, in one write. `false` when
    /// there is no row, or it has expired by `now` or is being removed.
    async fn hold(&self, owner: &OwnerId, id: &MediaId, post: &PostId, now: Timestamp) -> Result<bool>;

    /// Takes the post's mark away; done when there is none.
    async fn release(&self, owner: &OwnerId, id: &MediaId, post: &PostId) -> Result<()>;

    /// Begins to remove: from now on nobody can hold the file. `false` when it was held or released since `seen`.
    async fn withdraw(&self, seen: &Media) -> Result<bool>;

    /// Takes the row of a withdrawn file away; done when there is none.
    async fn forget(&self, owner: &OwnerId, id: &MediaId) -> Result<()>;
}

/// Where the files are. They come straight from the person's own machine, and pass through no function.
#[async_trait]
pub trait Files: Send + Sync {
    /// Permission to upload this one file, once, of exactly this type and size, for
    /// [`crate::media::UPLOAD_LIFETIME`] from `now`. A file that nobody keeps vanishes after two days or so.
    async fn upload(&self, media: &Media, now: Timestamp) -> Result<Upload>;

    /// Size and first bytes of the file; `None` when it has not arrived.
    async fn head(&self, id: &MediaId) -> Result<Option<Head>>;

    /// An address from which anybody may read this form of the file for [`LINK_LIFETIME`]; signed, and so a secret.
    /// Whether the file is there is not asked.
    ///
    /// [`LINK_LIFETIME`]: crate::media::LINK_LIFETIME
    async fn link(&self, id: &MediaId, form: Form, now: Timestamp) -> Result<Secret<String>>;

    /// Makes the JPEG form of a picture unless it is there, and says how large it is; `None` when the file is no
    /// picture that can be read.
    async fn as_jpeg(&self, id: &MediaId) -> Result<Option<u64>>;

    /// From now on the file stays until it is deleted; done when it did already, or when there is none.
    async fn keep(&self, id: &MediaId) -> Result<()>;

    /// Deletes the file, in each of its forms; done when there is none.
    async fn delete(&self, id: &MediaId) -> Result<()>;
}

/// The number of partitions of the index of records whose numbers are to be collected.
pub const COLLECT_SHARDS: u8 = 8;

/// A row of that index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectKey {
    /// Whose record.
    pub owner: OwnerId,
    /// Of which post.
    pub post: PostId,
    /// On which connection.
    pub connection: ConnectionId,
}

/// The counts of one connection on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// Which day, UTC.
    pub day: Date,
    /// Which connection.
    pub connection: ConnectionId,
    /// Its platform.
    pub platform: Platform,
    /// The sum over its records of that day.
    pub counts: Counts,
}

/// Where records of ended targets are kept, and their sums by day and connection.
#[async_trait]
pub trait Analytics: Send + Sync {
    /// One record, consistent.
    async fn find(
        &self,
        owner: &OwnerId,
        post: &PostId,
        connection: &ConnectionId,
    ) -> Result<Option<Measured>>;

    /// All records of a post, consistent, by connection.
    async fn of_post(&self, owner: &OwnerId, post: &PostId) -> Result<Vec<Measured>>;

    /// Replaces `before` by `after`, counts its version up, and adds the [`tally`] of the two to the days, all of it or
    /// nothing. Condition: the record is still of the version of `before`, or there is still none. `false` when the
    /// condition did not hold or somebody else writes right now: read again and work it out again.
    ///
    /// [`tally`]: crate::analytics::tally
    async fn write(&self, before: Option<&Measured>, after: &Measured) -> Result<bool>;

    /// The owner's counts from the first of these days to the last, by day and connection. May lag. A row whose every
    /// count went back to zero may be among them.
    async fn days(&self, owner: &OwnerId, from: Date, to: Date) -> Result<Vec<DayRow>>;

    /// Records of this shard that are to be collected by `now`, earliest first, at most 1,000. May lag. A connection's
    /// records are all in the same shard.
    async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<CollectKey>>;
}

/// Seals and opens tokens.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Seals tokens to this owner and connection.
    async fn seal(&self, owner: &OwnerId, id: &ConnectionId, tokens: &Tokens) -> Result<Sealed>;

    /// Opens what was sealed to this owner and connection, and nothing else.
    async fn open(&self, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) -> Result<Tokens>;
}

/// The queues that workers read.
#[async_trait]
pub trait Queues: Send + Sync {
    /// Sends a task to `prepare-post`, visible after `delay` (at most [`MAX_QUEUE_DELAY`], whole seconds).
    async fn prepare(&self, task: &PrepareTask, delay: Duration) -> Result<()>;

    /// Sends a task to `deliver-post`, visible after `delay` (at most [`MAX_QUEUE_DELAY`], whole seconds).
    async fn deliver(&self, task: &DeliverTask, delay: Duration) -> Result<()>;
}

/// One-time schedules.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Makes the schedule; done when there is one of that name already.
    async fn create(&self, wake: &Wake) -> Result<()>;

    /// Removes the schedule; done when there is none.
    async fn delete(&self, name: &str) -> Result<()>;

    /// Whether a schedule of that name still waits.
    async fn exists(&self, name: &str) -> Result<bool>;
}

/// The event bus.
#[async_trait]
pub trait Events: Send + Sync {
    /// Tells what happened.
    async fn emit(&self, event: &Event) -> Result<()>;
}

/// Where measurements go. Never fails: a measurement that cannot be kept is lost.
pub trait Metrics: Send + Sync {
    /// Counts one.
    fn put(&self, metric: Metric);
}

/// The time, for workers that wait for a moment. Endpoints take `now` as an argument instead.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present, UTC, to the millisecond.
    fn now(&self) -> Timestamp;

    /// Returns at `at` or just after, at once when that has passed.
    async fn until(&self, at: Timestamp);
}

/// Why a platform did not publish, by what is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// Nothing happened and the reason will pass: try again with backoff.
    RetrySoon,
    /// The platform named the time from which it listens again.
    RetryAt(Timestamp),
    /// The token is not accepted.
    Reconnect,
    /// The content is refused, today and tomorrow.
    Content,
    /// The account has said the same before. After a refusal of the same attempt that is a sign that it was none.
    Duplicate,
    /// This account may not do this.
    NotPermitted,
    /// The request left and its outcome is not known.
    Ambiguous,
    /// What was made ahead of time is not there any more: nothing was published, and it must be made again.
    Unprepared,
    /// Something only the operator of this installation can mend, such as spent credits or a sunset version. It meets
    /// everybody's posts on this platform alike.
    Operator,
}

impl FailureClass {
    /// From when the platform listens again, if it said so.
    pub fn listens_from(self) -> Option<Timestamp> {
        match self {
            FailureClass::RetryAt(until) => Some(until),
            FailureClass::RetrySoon
            | FailureClass::Reconnect
            | FailureClass::Content
            | FailureClass::Duplicate
            | FailureClass::NotPermitted
            | FailureClass::Ambiguous
            | FailureClass::Unprepared
            | FailureClass::Operator => None,
        }
    }
}

/// A platform's refusal, or the lack of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is to be done.
    pub class: FailureClass,
    /// Stable, snake_case.
    pub code: &'static str,
    /// What the platform said, in words for the person, without secrets, at most 500 characters.
    pub detail: String,
}

/// Proof that something is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What.
    pub published: Published,
    /// When the platform took it, if its id or answer says so.
    pub accepted_at: Option<Timestamp>,
}

/// What settlement wants to know, and what it may do to find out.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// What was sent.
    pub part: Part<'a>,
    /// When the attempt began.
    pub since: Timestamp,
    /// Whether the identical request may be sent once more, where its refusal is the only evidence to be had.
    pub may_resend: bool,
}

/// A file on its way to a platform, in the form in which the platform takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: MediaKind,
    /// How large it is.
    pub size_bytes: u64,
    /// Where it can be read for an hour, by us and by platforms that fetch for themselves.
    pub link: Secret<String>,
}

/// Whether what was made ahead of time can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// The platform is still working on it.
    Waiting,
}

/// Publishes on one platform. One instance serves one invocation: its HTTP connections were opened in it.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Opens the connection that the next request will use. Its failure means nothing: the request finds out.
    async fn warm(&self);

    /// Whether this can be looked for on the account; where not, looking means sending once more.
    fn can_read_back(&self, account: &Account, part: Part<'_>) -> bool;

    /// Makes what must be there before `part` can be published out of its `sources`: uploads, containers. Answers the
    /// platform's names for it, in order. Publishes nothing, and may be done again.
    async fn upload(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Vec<String>, Failure>;

    /// Whether the platform has finished with the handles of `part`. `Content` when it could not show what they are.
    async fn readiness(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Readiness, Failure>;

    /// Sends one create request, once. `within` bounds the whole of it.
    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure>;

    /// Looks for what a request of unknown outcome may have made: everything on the account that fits, newest first.
    /// `Err` means that nothing could be learned this time.
    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure>;

    /// Takes something down again that was published here; done when it is not there.
    async fn delete(
        &self,
        account: &Account,
        access: &Secret<String>,
        published: &Published,
        within: Duration,
    ) -> Result<(), Failure>;
}

/// How people took to one thing that is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The platform's name for it.
    pub remote_id: String,
    /// The numbers.
    pub engagement: Engagement,
}

/// Reads on one platform how people took to what was published there.
#[async_trait]
pub trait Meter: Send + Sync {
    /// How many things of this account one question may be about.
    fn batch(&self, account: &Account) -> usize;

    /// Whether these scopes let us read the numbers of this account.
    fn may_read(&self, account: &Account, scopes: &[String]) -> bool;

    /// The numbers of those of `remote_ids` that the platform tells of. `within` bounds the whole of it.
    async fn read(
        &self,
        account: &Account,
        access: &Secret<String>,
        remote_ids: &[&str],
        within: Duration,
    ) -> Result<Vec<Reading>, Failure>;
}

/// OAuth on one platform.
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Whether the platform has PKCE.
    fn uses_pkce(&self) -> bool;

    /// The scopes without which nothing can be published, in the platform's words.
    fn needed_scopes(&self) -> Vec<String>;

    /// Where the person gives consent. `challenge` is the S256 PKCE challenge.
    fn authorization_url(&self, state: &str, challenge: Option<&str>) -> String;

    /// Exchanges an authorization code. [`Error::ConnectionRefused`] when the platform says no.
    async fn exchange(&self, code: &Secret<String>, verifier: Option<&Secret<String>>) -> Result<Grant>;

    /// The accounts that the grant opens: the person's own, then the others.
    async fn accounts(&self, grant: &Grant) -> Result<Vec<Opened>>;

    /// Exchanges the refresh token. `Reconnect` when the platform refuses it for good.
    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure>;

    /// Tells the platform that these tokens shall open nothing any more.
    async fn revoke(&self, tokens: &Tokens) -> Result<(), Failure>;
}

/// Whoever knows the client secrets of our apps on the platforms. Asked at each exchange and refresh.
#[async_trait]
pub trait ClientSecrets: Send + Sync {
    /// The client secret of our app on this platform.
    async fn client_secret(&self, platform: Platform) -> Result<Secret<String>>;
}

/// The platforms, by name.
pub trait Platforms: Send + Sync {
    /// A publisher with connections of its own, for one invocation.
    fn publisher(&self, platform: Platform) -> Box<dyn Publisher>;

    /// The platform's OAuth.
    fn authorizer(&self, platform: Platform) -> Box<dyn Authorizer>;

    /// The platform's numbers.
    fn meter(&self, platform: Platform) -> Box<dyn Meter>;

    /// The version of the platform's API that is used because the one that this installation names has ended; `None`
    /// while that is used, and where there are no versions.
    fn newer_version(&self, _: Platform) -> Option<String> {
        None
    }
}

impl From<Failure> for TargetError {
    /// A refusal that another attempt, of the same on the same connection, would only meet again.
    fn from(failure: Failure) -> Self {
        Self { code: failure.code.into(), detail: failure.detail, permanent: true }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { class: FailureClass::RetrySoon, code: "unavailable", detail: error.to_string() }
    }
}
