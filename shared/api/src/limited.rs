use std::future::Future;

use domain::limits::{Meter, Quota, Subject, charge};
use jiff::Timestamp;

use crate::serve::caught;
use crate::{Problem, Reply};

/// Charges one call to the limit, then makes the answer; a call that is refused makes none.
///
/// Every answer from here on says what is left, also a problem. When the counter cannot be reached the call is let
/// through and its answer says nothing of a limit.
///
/// # Errors
/// 429 when the allowance is used up, and whatever `answer` refuses.
pub async fn limited(
    meter: &Meter<'_>,
    subject: &Subject,
    now: Timestamp,
    answer: impl Future<Output = Result<Reply, Problem>>,
) -> Result<Reply, Problem> {
    let quota = charge(meter, subject, now).await?;
    let answer = caught(answer).await;
    let Some(quota) = quota else { return answer };
    let headers = headers(&quota);
    match answer {
        Ok(reply) => Ok(headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value))),
        Err(problem) => Err(problem.with_all(headers)),
    }
}

/// What is left, as scripts have read it for long, and as the IETF's draft says it. `Reset` and `t` say when one more
/// call passes.
///
/// Source: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/> (23 May 2026, read 2026-11-24).
pub(crate) fn headers(quota: &Quota) -> Vec<(&'static str, String)> {
    let (name, remaining) = (quota.rule.limit.name(), quota.remaining);
    let (calls, window) = (quota.rule.allowance.calls(), quota.rule.limit.window().as_secs());
    vec![
        ("x-ratelimit-limit", calls.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", quota.reset_at_second().to_string()),
        ("ratelimit-policy", format!("\"{name}\";q={calls};w={window}")),
        ("ratelimit", format!("\"{name}\";r={remaining};t={}", quota.reset_after_seconds())),
    ]
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use domain::id::OwnerId;
    use domain::limits::{Allowance, Limit, Rule};
    use domain::metric::Metric;
    use domain::ports::RateLimits;
    use serde_json::json;
    use testkit::memory::{MemoryMetrics, MemoryRateLimits};

    use super::*;

    const RULE: Rule = Rule { limit: Limit::Schedule, allowance: Allowance::MIN };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_796_115_600_000 + ms).unwrap()
    }

    fn somebody() -> Subject {
        Subject::Owner(OwnerId("alice".into()))
    }

    /// Status and limit headers of an answer, as they go out.
    fn shown(answer: Result<Reply, Problem>) -> (u16, Vec<String>) {
        let response = answer.unwrap_or_else(Problem::into_reply).into_http();
        let mut headers: Vec<String> = response
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str().contains("ratelimit") || *name == "retry-after")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        (response.status().as_u16(), headers)
    }

    async fn call(
        counter: &dyn RateLimits,
        metrics: &MemoryMetrics,
        ms: i64,
        answer: Result<Reply, Problem>,
    ) -> (u16, Vec<String>) {
        let meter = Meter { rule: RULE, counter, metrics };
        shown(limited(&meter, &somebody(), at(ms), async { answer }).await)
    }

    #[tokio::test]
    async fn every_answer_after_the_charge_says_what_is_left() {
        let fine = || Ok(Reply::ok(&json!({})));
        let unwell = || Err(Problem::from(Error::Invalid(Vec::new())));
        for (answer, status) in [(fine(), 200), (unwell(), 422)] {
            let (counter, metrics) = (MemoryRateLimits::default(), MemoryMetrics::default());
            let shown = call(&counter, &metrics, 1, answer).await;
            let wanted = [
                r#"ratelimit-policy: "schedule";q=1;w=3600"#,
                r#"ratelimit: "schedule";r=0;t=3600"#,
                "x-ratelimit-limit: 1",
                "x-ratelimit-remaining: 0",
                "x-ratelimit-reset: 1796119201",
            ];
            assert_eq!(shown, (status, wanted.map(str::to_owned).to_vec()));
        }
    }

    #[tokio::test]
    async fn an_answer_whose_making_panics_says_so_too() {
        let (counter, metrics) = (MemoryRateLimits::default(), MemoryMetrics::default());
        let meter = Meter { rule: RULE, counter: &counter, metrics: &metrics };
        let (status, headers) =
            shown(limited(&meter, &somebody(), at(0), async { panic!("as it happens") }).await);
        assert_eq!((status, headers.len()), (500, 5));
    }

    #[tokio::test]
    async fn a_refused_call_makes_no_answer_and_says_when_to_come_again() {
        let (counter, metrics) = (MemoryRateLimits::default(), MemoryMetrics::default());
        call(&counter, &metrics, 0, Ok(Reply::no_content())).await;
        let meter = Meter { rule: RULE, counter: &counter, metrics: &metrics };
        let never = async { unreachable!("the call is refused") };
        let problem = limited(&meter, &somebody(), at(3_599_500), never).await.unwrap_err();
        insta::assert_json_snapshot!(
            serde_json::from_str::<serde_json::Value>(problem.into_reply().body()).unwrap()
        );
        let (status, headers) = call(&counter, &metrics, 3_599_500, Ok(Reply::no_content())).await;
        assert_eq!(status, 429);
        assert_eq!(headers.len(), 6);
        assert!(headers.contains(&"retry-after: 1".to_owned()), "{headers:?}");
        assert!(headers.contains(&r#"ratelimit: "schedule";r=0;t=1"#.to_owned()), "{headers:?}");
    }

    #[tokio::test]
    async fn a_counter_that_is_away_lets_the_call_through_and_is_counted() {
        struct Away;
        #[async_trait::async_trait]
        impl RateLimits for Away {
            async fn take(
                &self,
                _: &Subject,
                _: Rule,
                _: Timestamp,
            ) -> domain::Result<domain::limits::Verdict> {
                Err(Error::unavailable("DynamoDB", "no answer"))
            }

            async fn peek(&self, _: &Subject, _: &[Rule], _: Timestamp) -> domain::Result<Vec<Quota>> {
                Err(Error::unavailable("DynamoDB", "no answer"))
            }
        }
        let metrics = MemoryMetrics::default();
        let shown = call(&Away, &metrics, 0, Ok(Reply::no_content())).await;
        assert_eq!(shown, (204, Vec::new()));
        assert_eq!(metrics.all(), [Metric::RateLimitUnavailable]);
    }
}
