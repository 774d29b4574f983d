//! How people took to posts: the public numbers of up to a hundred of them at once.
//!
//! Reading costs money by the post returned, each post once a day (UTC):
//! <https://docs.x.com/x-api/getting-started/pricing> (read 2026-11-23).

use std::time::Duration;

use async_trait::async_trait;
use domain::analytics::Engagement;
use domain::connection::Account;
use domain::ports::{Failure, Meter, Reading};
use domain::secret::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::refusal::{of_read, silent_read, unreadable};
use crate::settings::Base;
use crate::wire::Wire;
use crate::x::{PLATFORM, errors};

/// As many ids as one request takes.
const MOST_IDS: usize = 100;

/// What reading posts takes.
const SCOPES: [&str; 2] = ["tweet.read", "users.read"];

pub(super) struct XMeter {
    pub(super) api: Base,
    pub(super) wire: Wire,
}

#[derive(Deserialize)]
struct Found {
    data: Option<Vec<Post>>,
    /// Posts that are gone or hidden stand here.
    errors: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    public_metrics: Option<Metrics>,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(alias = "repost_count")]
    retweet_count: Option<u64>,
    reply_count: Option<u64>,
    like_count: Option<u64>,
    quote_count: Option<u64>,
    impression_count: Option<u64>,
}

#[async_trait]
impl Meter for XMeter {
    fn batch(&self, _: &Account) -> usize {
        MOST_IDS
    }

    fn may_read(&self, _: &Account, scopes: &[String]) -> bool {
        SCOPES.iter().all(|needed| scopes.iter().any(|given| given == needed))
    }

    async fn read(
        &self,
        _: &Account,
        access: &Secret<String>,
        remote_ids: &[&str],
        within: Duration,
    ) -> Result<Vec<Reading>, Failure> {
        let query = [("ids", remote_ids.join(",")), ("tweet.fields", "public_metrics".to_owned())];
        let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
        let request = self.wire.get(self.api.with_query("/2/tweets", &query)).bearer_auth(access.expose());
        let answer = self.wire.send(request, within, &[access]).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        if !answer.status.is_success() {
            let refused = errors::classify(answer.status, &answer.headers, &answer.body, answer.at);
            return Err(of_read(PLATFORM, refused));
        }
        match answer.json().ok_or_else(|| unreadable(PLATFORM))? {
            Found { data: Some(posts), .. } => Ok(posts.into_iter().filter_map(Post::reading).collect()),
            Found { data: None, errors: Some(_) } => Ok(Vec::new()),
            // Neither posts nor the word that there are none.
            Found { data: None, errors: None } => Err(unreadable(PLATFORM)),
        }
    }
}

impl Post {
    fn reading(self) -> Option<Reading> {
        let metrics = self.public_metrics?;
        let shared = Engagement { shares: metrics.retweet_count, ..Engagement::default() };
        let quoted = Engagement { shares: metrics.quote_count, ..Engagement::default() };
        let engagement = Engagement {
            impressions: metrics.impression_count,
            likes: metrics.like_count,
            comments: metrics.reply_count,
            ..shared.plus(quoted)
        };
        Some(Reading { remote_id: self.id, engagement })
    }
}

#[cfg(test)]
mod tests {
    use domain::connection::AccountKind;
    use domain::platform::Platform;
    use domain::ports::Platforms;

    use super::*;
    use crate::recorded::{Recorded, as_read, check};
    use crate::stage::{Act, Stage, account, answer, replay, token};

    const SECOND: Duration = Duration::from_secs(1);

    async fn read(act: Act) -> (Stage, Result<Vec<Reading>, Failure>) {
        let stage = Stage::playing([act]).await;
        let meter = stage.platforms(|_| {}).meter(Platform::X);
        let outcome = meter.read(&account("1", AccountKind::Person), &token(), &["10", "11"], SECOND).await;
        (stage, outcome)
    }

    fn say(body: &str) -> Act {
        Act::Say(answer(200, &[("content-type", "application/json")], body))
    }

    #[tokio::test]
    async fn the_public_numbers_of_all_posts_are_one_request() {
        let (stage, outcome) =
            read(say(r#"{"data":[{"id":"10","text":"a","public_metrics":{"retweet_count":1,"reply_count":2,
                "like_count":3,"quote_count":4,"bookmark_count":5,"impression_count":6}}],
                "errors":[{"title":"Not Found Error","resource_id":"11"}]}"#))
            .await;
        let engagement = Engagement {
            impressions: Some(6),
            likes: Some(3),
            comments: Some(2),
            shares: Some(5),
            clicks: None,
        };
        assert_eq!(outcome.unwrap(), [Reading { remote_id: "10".into(), engagement }]);
        let wanted = "GET /x/2/tweets?ids=10%2C11&tweet.fields=public_metrics HTTP/1.1\naccept: */*\n\
                      authorization: Bearer s3cret-access-token\nuser-agent: Belfry/0.1.0\n\n";
        assert_eq!(stage.request(), wanted);
    }

    #[tokio::test]
    async fn the_newer_names_are_the_same_numbers() {
        let (_, outcome) =
            read(say(r#"{"data":[{"id":"10","public_metrics":{"repost_count":7,"like_count":0}}]}"#)).await;
        let engagement = Engagement { likes: Some(0), shares: Some(7), ..Engagement::default() };
        assert_eq!(outcome.unwrap()[0].engagement, engagement);
    }

    #[tokio::test]
    async fn posts_that_are_gone_have_no_numbers_and_that_is_no_failure() {
        let (_, outcome) = read(say(r#"{"errors":[{"title":"Not Found Error"}]}"#)).await;
        assert_eq!(outcome.unwrap(), []);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_asked_again() {
        for act in [say("{}"), say("{\"data\":"), Act::Drop, Act::Keep] {
            let (_, outcome) = read(act).await;
            let failure = outcome.unwrap_err();
            assert_eq!(failure.code, "try_again", "{failure:?}");
        }
    }

    #[tokio::test]
    async fn every_recorded_refusal_is_one_of_a_read() {
        for recorded in Recorded::all("x").iter().filter(|recorded| recorded.status >= 300) {
            let (stage, outcome) = read(replay(recorded)).await;
            let wanted = as_read(recorded.reads_as.as_ref().unwrap());
            check(&recorded.name, &outcome.unwrap_err(), &wanted);
            assert_eq!(stage.requests().len(), 1, "{}", recorded.name);
        }
    }

    #[tokio::test]
    async fn reading_takes_its_scopes() {
        let meter = Stage::empty().await.platforms(|_| {}).meter(Platform::X);
        let ada = account("1", AccountKind::Person);
        let scopes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(meter.may_read(&ada, &scopes(&["tweet.write", "users.read", "tweet.read"])));
        assert!(!meter.may_read(&ada, &scopes(&["tweet.write", "users.read"])));
    }
}
