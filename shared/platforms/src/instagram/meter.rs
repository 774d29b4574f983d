//! How people took to what an account has shown.
//!
//! Source: <https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights> (read 2026-11).

use std::time::Duration;

use async_trait::async_trait;
use domain::analytics::Engagement;
use domain::connection::Account;
use domain::platform::Platform;
use domain::ports::{Failure, Meter, Reading};
use domain::secret::Secret;

use crate::graph::{Call, Deadline, Insights, NOT_FOUND, of_read_answer, parameter_refused};
use crate::instagram::{Doors, PLATFORM};
use crate::refusal::unreadable;

/// What is counted. Reach and saves have no place in an [`Engagement`], and are not asked for: each name that a kind of
/// media does not have fails the whole question.
const METRICS: [&str; 4] = ["views", "likes", "comments", "shares"];

pub(super) struct InstagramMeter {
    pub(super) doors: Doors,
}

#[async_trait]
impl Meter for InstagramMeter {
    fn batch(&self, _: &Account) -> usize {
        1
    }

    fn may_read(&self, account: &Account, scopes: &[String]) -> bool {
        let needed = match account.login {
            Platform::Facebook => "instagram_manage_insights",
            Platform::Instagram | Platform::LinkedIn | Platform::X => "instagram_business_manage_insights",
        };
        scopes.iter().any(|scope| scope == needed)
    }

    async fn read(
        &self,
        account: &Account,
        access: &Secret<String>,
        remote_ids: &[&str],
        within: Duration,
    ) -> Result<Vec<Reading>, Failure> {
        let deadline = Deadline::after(within);
        let mut readings = Vec::new();
        for id in remote_ids {
            let engagement = match self.of_one(account, access, id, deadline).await {
                Ok(engagement) => engagement,
                // It was taken down, or never was ours to read: the others are read all the same.
                Err(failure) if failure.code == NOT_FOUND => continue,
                Err(failure) => return Err(failure),
            };
            if engagement != Engagement::default() {
                readings.push(Reading { remote_id: (*id).to_owned(), engagement });
            }
        }
        Ok(readings)
    }
}

impl InstagramMeter {
    /// One question; where this kind of media lacks one of the numbers, one for each.
    async fn of_one(
        &self,
        account: &Account,
        access: &Secret<String>,
        id: &str,
        deadline: Deadline,
    ) -> Result<Engagement, Failure> {
        if let Some(all) = self.ask(account, access, id, &METRICS.join(","), deadline).await? {
            return Ok(engagement(|name| all.value(name)));
        }
        let mut numbers = Vec::new();
        for name in METRICS {
            let one = self.ask(account, access, id, name, deadline).await?;
            numbers.push((name, one.and_then(|one| one.value(name))));
        }
        Ok(engagement(|wanted| numbers.iter().find(|(name, _)| *name == wanted)?.1))
    }

    /// The answer; `None` when this kind of media lacks one of the numbers.
    async fn ask(
        &self,
        account: &Account,
        access: &Secret<String>,
        id: &str,
        metrics: &str,
        deadline: Deadline,
    ) -> Result<Option<Insights>, Failure> {
        let path = format!("/{id}/insights");
        let fields = [("metric", metrics)];
        let call = Call { access, path: &path, fields: &fields, hidden: &[], within: deadline.left() };
        let answer = self.doors.of(account).ask(call).await?;
        if answer.status.is_success() {
            return answer.json().map(Some).ok_or_else(|| unreadable(PLATFORM));
        }
        if parameter_refused(&answer) {
            return Ok(None);
        }
        Err(of_read_answer(PLATFORM, &answer))
    }
}

fn engagement(number: impl Fn(&str) -> Option<u64>) -> Engagement {
    Engagement {
        impressions: number("views"),
        likes: number("likes"),
        comments: number("comments"),
        shares: number("shares"),
        clicks: None,
    }
}

#[cfg(test)]
mod tests {
    use domain::connection::AccountKind;
    use domain::ports::{FailureClass, Platforms};

    use super::*;
    use crate::graph::staged::{PROOF, lines, refuse, say};
    use crate::recorded::{Recorded, as_read, check};
    use crate::stage::{Act, Stage, account, replay, token};

    const SECOND: Duration = Duration::from_secs(1);

    fn bells(login: Platform) -> Account {
        Account { login, ..account("17841", AccountKind::Business) }
    }

    async fn read(
        acts: impl IntoIterator<Item = Act>,
        login: Platform,
    ) -> (Stage, Result<Vec<Reading>, Failure>) {
        let stage = Stage::playing(acts).await;
        let meter = stage.platforms(|_| {}).meter(Platform::Instagram);
        let outcome = meter.read(&bells(login), &token(), &["18001"], SECOND).await;
        (stage, outcome)
    }

    #[tokio::test]
    async fn the_numbers_of_a_post_are_one_request_in_either_shape() {
        let body = r#"{"data":[{"name":"views","period":"lifetime","values":[{"value":9}]},
            {"name":"likes","values":[{"value":3}]},{"name":"comments","total_value":{"value":2}},
            {"name":"shares","values":[{"value":0}]}]}"#;
        let engagement = Engagement {
            impressions: Some(9),
            likes: Some(3),
            comments: Some(2),
            shares: Some(0),
            clicks: None,
        };
        let asked = "v25.0/18001/insights?metric=views%2Clikes%2Ccomments%2Cshares";
        for (login, line) in [
            (Platform::Instagram, format!("GET /instagram/{asked} HTTP/1.1")),
            (Platform::Facebook, format!("GET /facebook/{asked}&appsecret_proof={PROOF} HTTP/1.1")),
        ] {
            let (stage, outcome) = read([say(200, body)], login).await;
            assert_eq!(outcome.unwrap(), [Reading { remote_id: "18001".into(), engagement }]);
            assert_eq!(lines(&stage.requests()), [line]);
        }
    }

    #[tokio::test]
    async fn where_one_number_is_lacking_the_others_are_asked_for_each() {
        let one =
            |name: &str| say(200, &format!(r#"{{"data":[{{"name":"{name}","values":[{{"value":5}}]}}]}}"#));
        let acts = [refuse(100, 0), one("views"), refuse(100, 0), refuse(100, 0), one("shares")];
        let (_, outcome) = read(acts, Platform::Instagram).await;
        let engagement = Engagement { impressions: Some(5), shares: Some(5), ..Engagement::default() };
        assert_eq!(outcome.unwrap(), [Reading { remote_id: "18001".into(), engagement }]);
    }

    #[tokio::test]
    async fn a_post_that_is_gone_has_no_numbers_and_that_is_no_failure() {
        assert_eq!(read([refuse(100, 33)], Platform::Instagram).await.1, Ok(vec![]));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_asked_again() {
        for act in [say(200, "{}"), say(503, ""), Act::Drop, Act::Keep] {
            let failure = read([act], Platform::Instagram).await.1.unwrap_err();
            assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn every_recorded_refusal_is_one_of_a_read_or_says_that_there_are_no_numbers() {
        for recorded in Recorded::all("instagram").iter().filter(|recorded| recorded.status >= 300) {
            let lacking = std::iter::repeat_n(refuse(100, 0), 4);
            let (_, outcome) = read([replay(recorded)].into_iter().chain(lacking), Platform::Instagram).await;
            let wanted = as_read(recorded.reads_as.as_ref().unwrap());
            match outcome {
                Ok(readings) => {
                    assert_eq!(readings, [], "{}", recorded.name);
                    let is_left_out = ["not_found", "request_refused"].contains(&wanted.code.as_str());
                    assert!(is_left_out, "{}", recorded.name);
                }
                Err(failure) => check(&recorded.name, &failure, &wanted),
            }
        }
    }

    #[tokio::test]
    async fn reading_takes_the_scope_of_the_login() {
        let meter = Stage::empty().await.platforms(|_| {}).meter(Platform::Instagram);
        let (by_page, own) =
            (["instagram_manage_insights".to_owned()], ["instagram_business_manage_insights".to_owned()]);
        assert!(meter.may_read(&bells(Platform::Facebook), &by_page));
        assert!(!meter.may_read(&bells(Platform::Facebook), &own));
        assert!(meter.may_read(&bells(Platform::Instagram), &own));
        assert!(!meter.may_read(&bells(Platform::Instagram), &by_page));
    }
}
