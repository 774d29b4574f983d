//! Platforms that misbehave in the documented ways.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, AccountKind, Grant, Opened, Tokens};
use domain::platform::Platform;
use domain::ports::{
    Authorizer, Failure, FailureClass, Look, Meter, Platforms, Publisher, Readiness, Receipt,
};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::{Part, Role};
use domain::{Error, Result};
use jiff::Timestamp;

use super::faulty::Bug;
use super::run::Act;
use super::world::World;

/// How long an access token works here: short, so that refreshing happens in every run.
const TOKEN_LIFETIME: Duration = Duration::from_secs(2 * 3600);

/// How long a platform takes nothing from anybody, once it does.
const OUTAGE: Duration = Duration::from_secs(20 * 60);

/// A slow platform answers after this long: nobody waits for that.
const SLOW: Duration = Duration::from_secs(30);

/// How long an account is closed that has sent too much.
const CLOSED: Duration = Duration::from_secs(15 * 60);

/// Something that is live, or will be: a commit may land after its answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) account: String,
    pub(crate) text: String,
    pub(crate) reply_to: Option<String>,
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    /// The platform said no when it made this.
    pub(crate) is_denied: bool,
}

/// A create request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) account: String,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

/// Something that was uploaded, or a container.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Upload {
    /// When the platform has finished with it.
    ready_at: Timestamp,
    /// It cannot be shown.
    is_spoilt: bool,
    /// What it was published as: a container is published once.
    remote: Option<(String, Timestamp)>,
}

/// What an account's owner has granted: one pair of tokens, the latest.
struct Pair {
    access: String,
    refresh: String,
    expires_at: Timestamp,
}

#[derive(Default)]
struct Inner {
    remotes: Vec<Remote>,
    requests: Vec<Request>,
    uploads: BTreeMap<String, Upload>,
    pairs: BTreeMap<String, Pair>,
    /// Accounts whose access token has died once.
    died: BTreeSet<String>,
    /// Until when a platform takes nothing; it does so once.
    outages: BTreeMap<Platform, Timestamp>,
    /// Who presented a refresh token when, used up or not.
    presented: Vec<(String, Timestamp)>,
    sequence: u64,
}

/// Accounts that behave badly for a whole run, and no others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Troubled {
    /// Takes each post at once and answers half a minute later.
    pub(crate) slow: Option<String>,
    /// Has sent too much, and goes on having done so.
    pub(crate) limited: Option<String>,
}

/// The platforms of a run: what they hold, and whose tokens they accept.
pub(crate) struct SimulatedPlatforms {
    world: Arc<World<Act>>,
    troubled: Troubled,
    bug: Option<Bug>,
    inner: Mutex<Inner>,
}

impl SimulatedPlatforms {
    pub(crate) fn new(world: Arc<World<Act>>, troubled: Troubled, bug: Option<Bug>) -> Self {
        Self { world, troubled, bug, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder of this lock panics")
    }

    /// Everything that was committed.
    pub(crate) fn remotes(&self) -> Vec<Remote> {
        self.lock().remotes.clone()
    }

    /// Every create request that arrived.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// Who presented a refresh token when.
    pub(crate) fn presented(&self) -> Vec<(String, Timestamp)> {
        self.lock().presented.clone()
    }

    /// Whether this refresh token is the one that the account's owner has granted.
    pub(crate) fn is_granted(&self, account: &str, refresh: &str) -> bool {
        self.lock().pairs.get(account).is_some_and(|pair| pair.refresh == refresh)
    }

    /// A new pair of tokens for an account; the old refresh token works no more.
    pub(crate) fn grant(&self, account: &str) -> Grant {
        let now = self.world.now();
        let mut inner = self.lock();
        inner.sequence += 1;
        let (access, refresh) =
            (format!("a{}.{account}", inner.sequence), format!("r{}.{account}", inner.sequence));
        let expires_at = now + TOKEN_LIFETIME;
        let pair = Pair { access: access.clone(), refresh: refresh.clone(), expires_at };
        inner.pairs.insert(account.into(), pair);
        Grant {
            tokens: Tokens { access: Secret::new(access), refresh: Some(Secret::new(refresh)) },
            scopes: Vec::new(),
            expires_at: Some(expires_at),
            refresh_until: None,
        }
    }

    fn accepts(&self, account: &str, access: &str) -> bool {
        let dies = self.world.chance(self.world.faults.token_dies);
        let now = self.world.now();
        let mut inner = self.lock();
        if dies && inner.died.insert(account.into()) {
            if let Some(pair) = inner.pairs.get_mut(account) {
                pair.access.clear();
            }
            return false;
        }
        inner.pairs.get(account).is_some_and(|pair| pair.access == access && pair.expires_at > now)
    }

    fn is_out(&self, platform: Platform) -> bool {
        let begins = self.world.chance(self.world.faults.outage);
        let now = self.world.now();
        let mut inner = self.lock();
        if begins {
            inner.outages.entry(platform).or_insert(now + OUTAGE);
        }
        inner.outages.get(&platform).is_some_and(|until| *until > now)
    }

    fn commit(&self, account: &str, part: Part<'_>, at: Timestamp) -> Receipt {
        let mut inner = self.lock();
        inner.sequence += 1;
        let id = inner.sequence.to_string();
        inner.remotes.push(Remote {
            account: account.into(),
            text: part.text.into(),
            reply_to: part.reply_to.map(str::to_owned),
            id: id.clone(),
            at,
            is_denied: false,
        });
        if let Some(upload) = part.handles.first().and_then(|handle| inner.uploads.get_mut(handle)) {
            upload.remote = Some((id.clone(), at));
        }
        receipt(&id, at)
    }

    /// Why what was made ahead of time cannot be published.
    fn unusable(&self, platform: Platform, part: Part<'_>) -> Option<Failure> {
        let handle = part.handles.first()?;
        let now = self.world.now();
        let forgets = self.world.chance(self.world.faults.forgotten_upload);
        let mut inner = self.lock();
        let is_new = inner.uploads.get(handle).is_some_and(|upload| upload.remote.is_none());
        if forgets && is_new {
            inner.uploads.remove(handle);
        }
        match inner.uploads.get(handle) {
            None => Some(failure(FailureClass::Unprepared, "media_gone")),
            // A container is published once, whichever request comes first.
            Some(upload) if platform == Platform::Instagram && upload.remote.is_some() => {
                Some(failure(FailureClass::Unprepared, "media_gone"))
            }
            Some(upload) if upload.ready_at > now => Some(failure(FailureClass::RetrySoon, "not_ready")),
            Some(_) => None,
        }
    }

    /// Makes the post and says that it was refused.
    fn deny(&self, account: &str, part: Part<'_>) {
        let at = self.world.now();
        self.commit(account, part, at);
        if let Some(remote) = self.lock().remotes.last_mut() {
            remote.is_denied = true;
        }
    }

    /// What says the same and is to be seen, newest first.
    fn said_before(&self, account: &str, text: &str) -> Vec<Remote> {
        let now = self.world.now();
        let inner = self.lock();
        let fits = |it: &&Remote| it.account == account && it.text == text && it.at <= now;
        inner.remotes.iter().rev().filter(fits).cloned().collect()
    }
}

fn receipt(id: &str, at: Timestamp) -> Receipt {
    let published = Published { remote_id: id.into(), url: format!("https://example.com/{id}") };
    Receipt { published, accepted_at: Some(at) }
}

fn failure(class: FailureClass, code: &'static str) -> Failure {
    Failure { class, code, detail: format!("the simulated platform said {code}") }
}

/// One platform as one worker sees it.
struct Simulated {
    platform: Platform,
    of: Arc<SimulatedPlatforms>,
}

impl Simulated {
    /// One create request, with every way in which it may end. `within` bounds what its sender sees of it.
    async fn create(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        let (of, world) = (&self.of, &self.of.world);
        let faults = world.faults;
        world.distance().await;
        let now = world.now();
        let request = Request { account: account.id.clone(), text: part.text.into(), at: now };
        of.lock().requests.push(request);
        if of.is_out(self.platform) {
            return Err(failure(FailureClass::Operator, "version_sunset"));
        }
        if !of.accepts(&account.id, access.expose()) {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        }
        if of.troubled.limited.as_ref() == Some(&account.id) {
            return Err(failure(FailureClass::RetryAt(now + CLOSED), "rate_limited"));
        }
        if world.chance(faults.refuse_create) {
            let until = now + Duration::from_secs(world.number(1, 1200));
            return Err(match world.number(0, 2) {
                0 => failure(FailureClass::RetrySoon, "not_now"),
                1 => failure(FailureClass::RetryAt(until), "rate_limited"),
                _ => failure(FailureClass::Content, "content_refused"),
            });
        }
        if let Some(unusable) = of.unusable(self.platform, part) {
            return Err(unusable);
        }
        // Instagram and comments may say the same twice.
        let may_repeat = self.platform == Platform::Instagram || part.role == Role::Comment;
        if !may_repeat && !of.said_before(&account.id, part.text).is_empty() {
            return Err(failure(FailureClass::Duplicate, "duplicate_content"));
        }
        // Comments were never seen to be made and denied.
        if part.role == Role::Post && world.chance(faults.refuse_though_created) {
            of.deny(&account.id, part);
            let classes = [FailureClass::RetrySoon, FailureClass::Content, FailureClass::NotPermitted];
            return Err(failure(classes[world.number(0, 2) as usize], "refused"));
        }
        if of.troubled.slow.as_ref() == Some(&account.id) {
            of.commit(&account.id, part, now);
            world.until(now + within.min(SLOW)).await;
            return Err(failure(FailureClass::Ambiguous, "outcome_unknown"));
        }
        if world.chance(faults.ambiguous) {
            if world.chance(0.5) {
                let late = if world.chance(0.3) { world.number(0, 60_000) } else { 0 };
                of.commit(&account.id, part, now + Duration::from_millis(late));
            }
            world.until(now + Duration::from_secs(world.number(0, within.as_secs()))).await;
            return Err(failure(FailureClass::Ambiguous, "outcome_unknown"));
        }
        let receipt = of.commit(&account.id, part, now);
        world.distance().await;
        Ok(receipt)
    }

    /// The container knows whether it was published; one that was not is published by the same name, and only once.
    async fn look_into_container(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        let (of, now) = (&self.of, self.of.world.now());
        let handle = look.part.handles.first().expect("a container was made");
        let container = of.lock().uploads.get(handle).cloned();
        let published = container.as_ref().and_then(|it| it.remote.clone()).filter(|(_, at)| *at <= now);
        if let Some((id, at)) = published {
            return Ok(vec![receipt(&id, at)]);
        }
        if container.is_none() || !look.may_resend {
            return Ok(Vec::new());
        }
        self.create(account, access, look.part, within).await.map(|receipt| vec![receipt])
    }

    /// What can be read of the account that says the same in answer to the same.
    fn read(&self, account: &Account, part: Part<'_>) -> Vec<Receipt> {
        let said = self.of.said_before(&account.id, part.text).into_iter();
        said.filter(|it| it.reply_to.as_deref() == part.reply_to).map(|it| receipt(&it.id, it.at)).collect()
    }
}

#[async_trait]
impl Publisher for Simulated {
    async fn warm(&self) {
        self.of.world.distance().await;
    }

    fn can_read_back(&self, account: &Account, _: Part<'_>) -> bool {
        self.platform != Platform::LinkedIn || account.kind == AccountKind::Organization
    }

    async fn upload(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        _: Duration,
    ) -> Result<Vec<String>, Failure> {
        let (of, world) = (&self.of, &self.of.world);
        let faults = world.faults;
        world.distance().await;
        if of.is_out(self.platform) {
            return Err(failure(FailureClass::Operator, "version_sunset"));
        }
        if !of.accepts(&account.id, access.expose()) {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        }
        if world.chance(faults.refuse_create) {
            let until = world.now() + Duration::from_secs(world.number(1, 1200));
            return Err(match world.number(0, 2) {
                0 => failure(FailureClass::RetrySoon, "not_now"),
                1 => failure(FailureClass::RetryAt(until), "rate_limited"),
                _ => failure(FailureClass::Ambiguous, "outcome_unknown"),
            });
        }
        assert!(!part.sources.is_empty(), "there is something to upload");
        let longest = if world.chance(faults.stalled_upload) { 600_000 } else { 5_000 };
        let ready_at = world.now() + Duration::from_millis(world.number(0, longest));
        let upload = Upload { ready_at, is_spoilt: world.chance(faults.spoilt_upload), remote: None };
        let handle = {
            let mut inner = of.lock();
            inner.sequence += 1;
            let handle = format!("u{}", inner.sequence);
            inner.uploads.insert(handle.clone(), upload);
            handle
        };
        world.tell(|| format!("{} is given {handle} for {:?}", account.id, part.text));
        world.distance().await;
        Ok(vec![handle])
    }

    async fn readiness(
        &self,
        _: &Account,
        _: &Secret<String>,
        part: Part<'_>,
        _: Duration,
    ) -> Result<Readiness, Failure> {
        let world = &self.of.world;
        world.distance().await;
        if world.chance(world.faults.refuse_look) {
            return Err(failure(FailureClass::RetrySoon, "try_again"));
        }
        let now = world.now();
        let handle = part.handles.first().expect("what is asked for was made");
        match self.of.lock().uploads.get(handle) {
            None => Err(failure(FailureClass::Unprepared, "media_gone")),
            Some(upload) if upload.ready_at > now => Ok(Readiness::Waiting),
            Some(upload) if upload.is_spoilt => Err(failure(FailureClass::Content, "media_refused")),
            Some(_) => Ok(Readiness::Ready),
        }
    }

    async fn delete(
        &self,
        account: &Account,
        access: &Secret<String>,
        published: &Published,
        _: Duration,
    ) -> Result<(), Failure> {
        let (of, world) = (&self.of, &self.of.world);
        world.distance().await;
        if !of.accepts(&account.id, access.expose()) {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        }
        if world.chance(world.faults.refuse_create) {
            return Err(failure(FailureClass::RetrySoon, "not_now"));
        }
        of.lock().remotes.retain(|remote| remote.id != published.remote_id);
        world.tell(|| format!("{} loses {}", account.id, published.remote_id));
        world.distance().await;
        if world.chance(world.faults.ambiguous) {
            return Err(failure(FailureClass::Ambiguous, "outcome_unknown"));
        }
        Ok(())
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        part: Part<'_>,
        within: Duration,
    ) -> Result<Receipt, Failure> {
        let created = self.create(account, access, part, within).await;
        self.of.world.tell(|| format!("{} is asked for {:?}: {created:?}", account.id, part.text));
        match created {
            Err(failure)
                if failure.class == FailureClass::Ambiguous && self.of.bug == Some(Bug::ResendOnTimeout) =>
            {
                self.create(account, access, part, within).await
            }
            created => created,
        }
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        let (world, faults) = (&self.of.world, self.of.world.faults);
        world.distance().await;
        if world.chance(faults.refuse_look) {
            return Err(failure(FailureClass::RetrySoon, "try_again"));
        }
        if self.platform == Platform::Instagram && look.part.role == Role::Post {
            return self.look_into_container(account, access, look, within).await;
        }
        if self.can_read_back(account, look.part) {
            let is_blind = world.chance(faults.blind_look);
            let found = if is_blind { Vec::new() } else { self.read(account, look.part) };
            world.tell(|| format!("{} is searched for {:?}: {found:?}", account.id, look.part.text));
            return Ok(found);
        }
        if !look.may_resend || look.part.role == Role::Comment {
            return Err(failure(FailureClass::Ambiguous, "cannot_be_read"));
        }
        let created = self.create(account, access, look.part, within).await;
        world.tell(|| format!("{} is asked once more for {:?}: {created:?}", account.id, look.part.text));
        match created {
            Ok(receipt) => Ok(vec![receipt]),
            // The refusal names what it repeats.
            Err(Failure { class: FailureClass::Duplicate, .. }) => Ok(self.read(account, look.part)),
            Err(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl Authorizer for Simulated {
    fn needed_scopes(&self) -> Vec<String> {
        Vec::new()
    }

    fn uses_pkce(&self) -> bool {
        self.platform == Platform::X
    }

    fn authorization_url(&self, state: &str, _challenge: Option<&str>) -> String {
        format!("https://example.com/authorize?state={state}")
    }

    async fn exchange(&self, _code: &Secret<String>, _verifier: Option<&Secret<String>>) -> Result<Grant> {
        Err(Error::unavailable("simulated platform", "people connect before the run begins"))
    }

    async fn accounts(&self, _grant: &Grant) -> Result<Vec<Opened>> {
        Ok(Vec::new())
    }

    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        let world = &self.of.world;
        world.distance().await;
        let account = {
            let mut inner = self.of.lock();
            inner.presented.push((refresh.expose().clone(), world.now()));
            let mut pairs = inner.pairs.iter();
            pairs.find(|(_, pair)| pair.refresh == *refresh.expose()).map(|(name, _)| name.clone())
        };
        world.tell(|| format!("{} is presented, of {account:?}", refresh.expose()));
        let Some(account) = account else {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        };
        let grant = self.of.grant(&account);
        world.distance().await;
        if world.chance(world.faults.lose_answer) {
            return Err(failure(FailureClass::RetrySoon, "try_again"));
        }
        Ok(grant)
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<(), Failure> {
        self.of.world.distance().await;
        let access = tokens.access.expose();
        self.of.lock().pairs.retain(|_, pair| pair.access != *access);
        Ok(())
    }
}

/// The platforms behind the port.
pub(crate) struct Handle(pub(crate) Arc<SimulatedPlatforms>);

impl Platforms for Handle {
    fn publisher(&self, platform: Platform) -> Box<dyn Publisher> {
        Box::new(Simulated { platform, of: Arc::clone(&self.0) })
    }

    fn authorizer(&self, platform: Platform) -> Box<dyn Authorizer> {
        Box::new(Simulated { platform, of: Arc::clone(&self.0) })
    }

    fn meter(&self, _: Platform) -> Box<dyn Meter> {
        unreachable!("a run publishes and collects no numbers")
    }
}
