//! Everything that one running sandbox knows, behind one lock for each concern.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::counters::Counters;
use crate::faults::Faults;
use crate::graph::Shelf;
use crate::media::Media;
use crate::oauth::{App, Grants};
use crate::options::Options;
use crate::people::{Person, READY_MADE};
use crate::platform::Platform;
use crate::posts::Posts;
use crate::requests::Requests;
use crate::secrets::Secrets;
use crate::uploads::Uploads;

/// What survives a restart.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct World {
    people: BTreeSet<String>,
    pub(crate) grants: Grants,
    pub(crate) posts: Posts,
    pub(crate) media: Media,
    pub(crate) counters: Counters,
    /// What Facebook and Instagram hold that is not published, or not yet.
    pub(crate) shelf: Shelf,
}

/// One running sandbox.
pub(crate) struct House {
    pub(crate) options: Options,
    apps: [App; 4],
    world: Mutex<World>,
    faults: Mutex<Faults>,
    requests: Mutex<Requests>,
    secrets: Mutex<Secrets>,
    /// Locked after the world, never before it.
    uploads: Mutex<Uploads>,
    /// Held while the state is written, so that two writers never meet in one file.
    pub(crate) saving: Mutex<()>,
    /// Rung after every change of the world; the saver waits for it.
    pub(crate) changed: Notify,
}

impl World {
    /// Everybody who was ever here, the ready-made ones first.
    pub(crate) fn people(&self) -> impl Iterator<Item = Person> {
        let made = self.people.iter().map(String::as_str);
        READY_MADE.into_iter().chain(made).filter_map(Person::named)
    }

    /// Makes a person known, so that ids lead back to the name.
    pub(crate) fn welcome(&mut self, person: &Person) {
        if !READY_MADE.contains(&person.name()) {
            self.people.insert(person.name().to_owned());
        }
    }

    /// Who has that account: an X user id, the URN of a LinkedIn member or organization (then all with a
    /// role there), a Facebook user or Page, an Instagram account.
    pub(crate) fn people_of(&self, platform: Platform, account: &str) -> Vec<Person> {
        self.people()
            .filter(|person| match platform {
                Platform::X => person.x_id() == account,
                Platform::LinkedIn => {
                    person.linkedin_urn() == account
                        || person.memberships().iter().any(|at| at.organization.urn() == account)
                }
                Platform::Facebook => {
                    person.facebook_id() == account || person.pages().iter().any(|at| at.page.id == account)
                }
                Platform::Instagram => {
                    person.instagram().id == account || person.page_of_instagram(account).is_some()
                }
            })
            .collect()
    }

    /// Whose grants let an app in to that account: an Instagram account of a Page comes with Facebook's.
    pub(crate) fn let_in_by(&self, platform: Platform, account: &str) -> Platform {
        match platform {
            Platform::X | Platform::LinkedIn | Platform::Facebook => platform,
            Platform::Instagram => {
                let of_a_page = self.people().any(|person| person.page_of_instagram(account).is_some());
                if of_a_page { Platform::Facebook } else { Platform::Instagram }
            }
        }
    }
}

impl House {
    /// A sandbox that begins with `world`.
    pub(crate) fn new(options: Options, world: World) -> Self {
        Self {
            apps: App::development(&options),
            options,
            world: Mutex::new(world),
            faults: Mutex::default(),
            requests: Mutex::default(),
            secrets: Mutex::default(),
            uploads: Mutex::default(),
            saving: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Now, in Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.options.clock.now_ms()
    }

    /// The app that is registered with `platform`.
    pub(crate) fn app(&self, platform: Platform) -> &App {
        match platform {
            Platform::X => &self.apps[0],
            Platform::LinkedIn => &self.apps[1],
            Platform::Facebook => &self.apps[2],
            Platform::Instagram => &self.apps[3],
        }
    }

    /// Looks at the world.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        unpoisoned(&self.world)
    }

    /// Changes the world, and has it saved soon.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let outcome = act(&mut self.world());
        self.changed.notify_one();
        outcome
    }

    /// The faults that wait.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        unpoisoned(&self.faults)
    }

    /// The uploads in flight.
    pub(crate) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        unpoisoned(&self.uploads)
    }

    /// The log of requests.
    pub(crate) fn requests(&self) -> MutexGuard<'_, Requests> {
        unpoisoned(&self.requests)
    }

    /// What others brought that nobody else may see.
    pub(crate) fn secrets(&self) -> MutexGuard<'_, Secrets> {
        unpoisoned(&self.secrets)
    }

    /// The same, with what this sandbox gave out and what its apps prove themselves with.
    pub(crate) fn all_secrets(&self) -> Secrets {
        let mut all = self.secrets().clone();
        for (kind, value) in self.world().grants.given_out() {
            all.note(kind, value);
        }
        for app in &self.apps {
            all.note("client secret", app.secret);
        }
        all
    }
}

/// Locks, also after a panic: one broken call must not end the sandbox for all others.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
