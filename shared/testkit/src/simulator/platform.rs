//! Platforms that misbehave in the documented ways.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::connection::{Account, Grant, Tokens};
use domain::platform::Platform;
use domain::ports::{Authorizer, Failure, FailureClass, Look, Meter, Platforms, Publisher, Receipt};
use domain::secret::Secret;
use domain::target::Published;
use domain::text::Outgoing;
use domain::{Error, Result};
use jiff::Timestamp;

use super::run::Act;
use super::world::World;

/// How long an access token works here: short, so that refreshing happens in every run.
const TOKEN_LIFETIME: Duration = Duration::from_secs(2 * 3600);

/// Something that is live, or will be: a commit may land after its answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) account: String,
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) at: Timestamp,
}

#[derive(Default)]
struct Inner {
    remotes: Vec<Remote>,
    requests: Vec<(String, String, Timestamp)>,
    keys: BTreeMap<String, (String, String, Timestamp)>,
    sequence: u64,
}

/// The platforms of a run: what they hold, and whose tokens they accept.
pub(crate) struct SimulatedPlatforms {
    world: Arc<World<Act>>,
    inner: Mutex<Inner>,
}

impl SimulatedPlatforms {
    pub(crate) fn new(world: Arc<World<Act>>) -> Self {
        Self { world, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder of this lock panics")
    }

    /// Everything that was committed.
    pub(crate) fn remotes(&self) -> Vec<Remote> {
        self.lock().remotes.clone()
    }

    /// Every create request that arrived: account, text, when.
    pub(crate) fn requests(&self) -> Vec<(String, String, Timestamp)> {
        self.lock().requests.clone()
    }

    /// A new pair of tokens for an account; the old refresh token works no more.
    pub(crate) fn grant(&self, account: &str) -> Grant {
        let now = self.world.now();
        let mut inner = self.lock();
        inner.sequence += 1;
        let (access, refresh) =
            (format!("a{}.{account}", inner.sequence), format!("r{}.{account}", inner.sequence));
        let expires_at = now + TOKEN_LIFETIME;
        inner.keys.insert(account.into(), (access.clone(), refresh.clone(), expires_at));
        Grant {
            tokens: Tokens { access: Secret::new(access), refresh: Some(Secret::new(refresh)) },
            scopes: Vec::new(),
            expires_at: Some(expires_at),
        }
    }

    fn accepts(&self, account: &str, access: &str) -> bool {
        let now = self.world.now();
        self.lock().keys.get(account).is_some_and(|(current, _, expires)| current == access && *expires > now)
    }

    fn commit(&self, account: &str, text: &str, at: Timestamp) -> Receipt {
        let mut inner = self.lock();
        inner.sequence += 1;
        let id = inner.sequence.to_string();
        inner.remotes.push(Remote { account: account.into(), text: text.into(), id: id.clone(), at });
        receipt(&id, at)
    }

    /// What fits and is to be seen, newest first.
    fn visible(&self, account: &str, text: &str) -> Vec<Receipt> {
        let now = self.world.now();
        let inner = self.lock();
        let fits = |it: &&Remote| it.account == account && it.text == text && it.at <= now;
        inner.remotes.iter().rev().filter(fits).map(|it| receipt(&it.id, it.at)).collect()
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
    /// One create request, with every way in which it may end.
    async fn create(
        &self,
        account: &Account,
        access: &Secret<String>,
        text: &str,
    ) -> Result<Receipt, Failure> {
        let (world, faults) = (&self.of.world, self.of.world.faults);
        world.distance().await;
        let now = world.now();
        self.of.lock().requests.push((account.id.clone(), text.into(), now));
        if !self.of.accepts(&account.id, access.expose()) {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        }
        if world.chance(faults.refuse_create) {
            let until = now + Duration::from_secs(world.number(1, 1200));
            let classes = [FailureClass::RetrySoon, FailureClass::RetryAt(until), FailureClass::Operator];
            return Err(failure(classes[world.number(0, 2) as usize], "not_now"));
        }
        // X refuses a repeat too, without naming what it repeats.
        if !self.of.visible(&account.id, text).is_empty() {
            return Err(failure(FailureClass::Content, "duplicate_content"));
        }
        if world.chance(faults.ambiguous) {
            if world.chance(0.5) {
                let late = if world.chance(0.3) { world.number(0, 60_000) } else { 0 };
                self.of.commit(&account.id, text, now + Duration::from_millis(late));
            }
            world.until(now + Duration::from_secs(world.number(0, 12))).await;
            return Err(failure(FailureClass::Ambiguous, "outcome_unknown"));
        }
        let receipt = self.of.commit(&account.id, text, now);
        world.distance().await;
        Ok(receipt)
    }
}

#[async_trait]
impl Publisher for Simulated {
    async fn warm(&self) {
        self.of.world.distance().await;
    }

    async fn publish(
        &self,
        account: &Account,
        access: &Secret<String>,
        outgoing: &Outgoing,
        _within: Duration,
    ) -> Result<Receipt, Failure> {
        self.create(account, access, &outgoing.text).await
    }

    async fn look(
        &self,
        account: &Account,
        access: &Secret<String>,
        look: Look<'_>,
        _within: Duration,
    ) -> Result<Vec<Receipt>, Failure> {
        self.of.world.distance().await;
        let text = &look.outgoing.text;
        match self.platform {
            Platform::X if self.of.world.chance(self.of.world.faults.blind_look) => Ok(Vec::new()),
            Platform::X => Ok(self.of.visible(&account.id, text)),
            Platform::LinkedIn if !look.may_resend => Err(failure(FailureClass::Ambiguous, "cannot_be_read")),
            Platform::LinkedIn => match self.of.visible(&account.id, text) {
                there if !there.is_empty() => Ok(there),
                _ => self.create(account, access, text).await.map(|receipt| vec![receipt]),
            },
        }
    }
}

#[async_trait]
impl Authorizer for Simulated {
    fn uses_pkce(&self) -> bool {
        self.platform == Platform::X
    }

    fn authorization_url(&self, state: &str, _challenge: Option<&str>) -> String {
        format!("https://example.com/authorize?state={state}")
    }

    async fn exchange(&self, _code: &Secret<String>, _verifier: Option<&Secret<String>>) -> Result<Grant> {
        Err(Error::unavailable("simulated platform", "people connect before the run begins"))
    }

    async fn accounts(&self, _access: &Secret<String>) -> Result<Vec<Account>> {
        Ok(Vec::new())
    }

    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        self.of.world.distance().await;
        let account = {
            let inner = self.of.lock();
            inner
                .keys
                .iter()
                .find(|(_, (_, current, _))| current == refresh.expose())
                .map(|(name, _)| name.clone())
        };
        let Some(account) = account else {
            return Err(failure(FailureClass::Reconnect, "needs_reconnect"));
        };
        let grant = self.of.grant(&account);
        self.of.world.distance().await;
        Ok(grant)
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<(), Failure> {
        self.of.world.distance().await;
        let access = tokens.access.expose();
        self.of.lock().keys.retain(|_, (current, ..)| current != access);
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
