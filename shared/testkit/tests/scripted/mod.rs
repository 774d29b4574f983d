//! A platform of which nothing is wanted but new tokens.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::connection::{Grant, Opened, Tokens};
use domain::platform::Platform;
use domain::ports::{Authorizer, Failure, Meter, Platforms, Publisher};
use domain::secret::Secret;

/// A platform that answers refreshes from a script, and remembers what it was asked with.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<Result<Grant, Failure>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Adds to the script.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Result<Grant, Failure>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// Which refresh tokens were presented.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Authorizer for Scripted {
    fn uses_pkce(&self) -> bool {
        true
    }
    fn authorization_url(&self, _: &str, _: Option<&str>) -> String {
        unreachable!("nobody connects here")
    }
    async fn exchange(&self, _: &Secret<String>, _: Option<&Secret<String>>) -> domain::Result<Grant> {
        unreachable!("nobody connects here")
    }
    fn needed_scopes(&self) -> Vec<String> {
        Vec::new()
    }
    async fn accounts(&self, _: &Grant) -> domain::Result<Vec<Opened>> {
        unreachable!("nobody connects here")
    }
    async fn refresh(&self, refresh: &Secret<String>) -> Result<Grant, Failure> {
        self.asked.lock().unwrap().push(refresh.expose().clone());
        self.answers.lock().unwrap().pop_front().unwrap()
    }

    async fn revoke(&self, _tokens: &Tokens) -> Result<(), Failure> {
        Ok(())
    }
}

impl Platforms for Scripted {
    fn publisher(&self, _: Platform) -> Box<dyn Publisher> {
        unreachable!("nobody publishes here")
    }
    fn authorizer(&self, _: Platform) -> Box<dyn Authorizer> {
        Box::new(self.clone())
    }
    fn meter(&self, _: Platform) -> Box<dyn Meter> {
        unreachable!("nobody collects here")
    }
}
