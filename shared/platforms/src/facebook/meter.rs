//! How people took to a post of a Page.
//!
//! Sources: <https://developers.facebook.com/docs/graph-api/reference/insights>,
//! <https://developers.facebook.com/docs/graph-api/reference/page-post> (read 2026-11).

use std::time::Duration;

use async_trait::async_trait;
use domain::analytics::Engagement;
use domain::connection::Account;
use domain::ports::{Failure, Meter, Reading};
use domain::secret::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::facebook::PLATFORM;
use crate::graph::{
    Call, Deadline, Graph, Insights, NOT_FOUND, Summarized, of_read_answer, parameter_refused,
};
use crate::refusal::unreadable;

/// What reading numbers takes.
const SCOPE: &str = "read_insights";

pub(super) struct FacebookMeter {
    pub(super) graph: Graph,
}

#[derive(Default, Deserialize)]
struct Reactions {
    reactions: Option<Summarized>,
    comments: Option<Summarized>,
}

/// Left out until somebody shares.
#[derive(Default, Deserialize)]
struct Shared {
    shares: Option<Shares>,
}

#[derive(Deserialize)]
struct Shares {
    count: Option<u64>,
}

#[async_trait]
impl Meter for FacebookMeter {
    fn batch(&self, _: &Account) -> usize {
        1
    }

    fn may_read(&self, _: &Account, scopes: &[String]) -> bool {
        scopes.iter().any(|scope| scope == SCOPE)
    }

    async fn read(
        &self,
        _: &Account,
        access: &Secret<String>,
        remote_ids: &[&str],
        within: Duration,
    ) -> Result<Vec<Reading>, Failure> {
        let deadline = Deadline::after(within);
        let mut readings = Vec::new();
        for id in remote_ids {
            let engagement = match self.of_one(access, id, deadline).await {
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

impl FacebookMeter {
    /// Three questions, because one name that this kind of post does not have would fail all of them together.
    async fn of_one(
        &self,
        access: &Secret<String>,
        id: &str,
        deadline: Deadline,
    ) -> Result<Engagement, Failure> {
        let node = format!("/{id}");
        let insights = format!("/{id}/insights");
        let counted = "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)";
        let Reactions { reactions, comments } =
            self.ask(access, &node, ("fields", counted), deadline).await?.unwrap_or_default();
        let Shared { shares } =
            self.ask(access, &node, ("fields", "shares"), deadline).await?.unwrap_or_default();
        let views: Option<Insights> =
            self.ask(access, &insights, ("metric", "post_media_view"), deadline).await?;
        Ok(Engagement {
            impressions: views.and_then(|views| views.value("post_media_view")),
            likes: reactions.and_then(|it| it.count()),
            comments: comments.and_then(|it| it.count()),
            shares: shares.and_then(|it| it.count),
            clicks: None,
        })
    }

    /// The answer; `None` when this kind of post has no such number.
    async fn ask<T: DeserializeOwned>(
        &self,
        access: &Secret<String>,
        path: &str,
        field: (&str, &str),
        deadline: Deadline,
    ) -> Result<Option<T>, Failure> {
        let call = Call { access, path, fields: &[field], hidden: &[], within: deadline.left() };
        let answer = self.graph.ask(call).await?;
        if answer.status.is_success() {
            return answer.json().map(Some).ok_or_else(|| unreadable(PLATFORM));
        }
        if parameter_refused(&answer) {
            return Ok(None);
        }
        Err(of_read_answer(PLATFORM, &answer))
    }
}

#[cfg(test)]
mod tests {
    use domain::connection::AccountKind;
    use domain::platform::Platform;
    use domain::ports::{FailureClass, Platforms};

    use super::*;
    use crate::graph::staged::{PROOF, lines, refuse as refused, say};
    use crate::recorded::{Recorded, as_read, check};
    use crate::stage::{Act, Stage, account, replay, token};

    const SECOND: Duration = Duration::from_secs(1);

    async fn read(acts: impl IntoIterator<Item = Act>) -> (Stage, Result<Vec<Reading>, Failure>) {
        let stage = Stage::playing(acts).await;
        let meter = stage.platforms(|_| {}).meter(Platform::Facebook);
        let outcome = meter.read(&account("7", AccountKind::Page), &token(), &["7_1"], SECOND).await;
        (stage, outcome)
    }

    #[tokio::test]
    async fn the_numbers_of_a_post_are_three_requests() {
        let (stage, outcome) = read([
            say(200, r#"{"reactions":{"data":[],"summary":{"total_count":3}},"comments":{"data":[],"summary":{"total_count":2}},"id":"7_1"}"#),
            say(200, r#"{"shares":{"count":4},"id":"7_1"}"#),
            say(200, r#"{"data":[{"name":"post_media_view","period":"lifetime","values":[{"value":9}]}]}"#),
        ])
        .await;
        let engagement = Engagement {
            impressions: Some(9),
            likes: Some(3),
            comments: Some(2),
            shares: Some(4),
            clicks: None,
        };
        assert_eq!(outcome.unwrap(), [Reading { remote_id: "7_1".into(), engagement }]);
        let ends = format!("&appsecret_proof={PROOF} HTTP/1.1");
        let wanted = [
            format!(
                "GET /facebook/v25.0/7_1?fields=reactions.limit%280%29.summary%28total_count%29%2Ccomments.limit%280%29.summary%28total_count%29{ends}"
            ),
            format!("GET /facebook/v25.0/7_1?fields=shares{ends}"),
            format!("GET /facebook/v25.0/7_1/insights?metric=post_media_view{ends}"),
        ];
        assert_eq!(lines(&stage.requests()), wanted);
    }

    #[tokio::test]
    async fn a_number_that_this_kind_of_post_does_not_have_is_left_out() {
        let (_, outcome) = read([
            say(200, r#"{"reactions":{"data":[],"summary":{"total_count":0}}}"#),
            refused(100, 0),
            refused(100, 2_932_001),
        ])
        .await;
        let engagement = Engagement { likes: Some(0), ..Engagement::default() };
        assert_eq!(outcome.unwrap(), [Reading { remote_id: "7_1".into(), engagement }]);
    }

    #[tokio::test]
    async fn a_post_that_is_gone_has_no_numbers_and_that_is_no_failure() {
        assert_eq!(read([refused(100, 33)]).await.1, Ok(vec![]));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_asked_again() {
        for act in [say(200, "{\"reactions\":"), say(503, ""), Act::Drop, Act::Keep] {
            let failure = read([act]).await.1.unwrap_err();
            assert_eq!((failure.class, failure.code), (FailureClass::RetrySoon, "try_again"), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn every_recorded_refusal_is_one_of_a_read_or_says_that_there_are_no_numbers() {
        for recorded in Recorded::all("facebook").iter().filter(|recorded| recorded.status >= 300) {
            let (_, outcome) = read([replay(recorded), refused(100, 0), refused(100, 0)]).await;
            let wanted = as_read(recorded.reads_as.as_ref().unwrap());
            match outcome {
                Ok(readings) => {
                    assert_eq!(readings, [], "{}", recorded.name);
                    let is_left_out =
                        ["no_insights", "not_found", "request_refused"].contains(&wanted.code.as_str());
                    assert!(is_left_out, "{}", recorded.name);
                }
                Err(failure) => check(&recorded.name, &failure, &wanted),
            }
        }
    }

    #[tokio::test]
    async fn reading_takes_its_scope() {
        let meter = Stage::empty().await.platforms(|_| {}).meter(Platform::Facebook);
        let page = account("7", AccountKind::Page);
        assert!(meter.may_read(&page, &["pages_show_list".into(), "read_insights".into()]));
        assert!(!meter.may_read(&page, &["pages_show_list".into()]));
        assert_eq!(meter.batch(&page), 1);
    }
}
