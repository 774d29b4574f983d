//! How people took to posts: an organization's by the list, a member's one number at a time.
//!
//! Sources: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics>
//! and <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics>
//! (`li-lms-2026-08`, read 2026-11-24).

use std::time::Duration;

use async_trait::async_trait;
use domain::analytics::Engagement;
use domain::connection::{Account, AccountKind};
use domain::ports::{Failure, Meter, Reading};
use domain::secret::Secret;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::linkedin::urn::encoded;
use crate::linkedin::{Line, PLATFORM, errors, urn};
use crate::refusal::{of_read, silent_read, unreadable};

/// A page of statistics holds ten unless told. A post beyond its end would look as if nobody had seen it, so no more
/// are asked about.
const MOST_SHARES: usize = 10;

/// What reading the numbers of an organization takes.
const ORGANIZATION_SCOPE: &str = "rw_organization_admin";
/// What reading the numbers of a member takes; LinkedIn gives it to few apps.
const MEMBER_SCOPE: &str = "r_member_postAnalytics";

/// From this version on there is a number of clicks for members.
const CLICKS_SINCE: &str = "202604";

pub(super) struct LinkedInMeter {
    pub(super) line: Line,
}

#[derive(Deserialize)]
struct Page<T> {
    elements: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareStatistics {
    #[serde(alias = "ugcPost")]
    share: String,
    total_share_statistics: Totals,
}

/// Numbers may be negative: corrections of numbers that were too high.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    impression_count: Option<i64>,
    click_count: Option<i64>,
    like_count: Option<i64>,
    comment_count: Option<i64>,
    share_count: Option<i64>,
}

#[derive(Deserialize)]
struct Counted {
    count: i64,
}

/// The kinds of URN that LinkedIn keeps numbers of, each with its names in the two finders.
#[derive(Clone, Copy)]
struct Kind {
    prefix: &'static str,
    list: &'static str,
    entity: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind { prefix: "urn:li:share:", list: "shares", entity: "share" },
    Kind { prefix: "urn:li:ugcPost:", list: "ugcPosts", entity: "ugc" },
];

#[async_trait]
impl Meter for LinkedInMeter {
    fn batch(&self, account: &Account) -> usize {
        match account.kind {
            AccountKind::Organization => MOST_SHARES,
            AccountKind::Person | AccountKind::Page | AccountKind::Business => 1,
        }
    }

    fn may_read(&self, account: &Account, scopes: &[String]) -> bool {
        let needed = match account.kind {
            AccountKind::Organization => ORGANIZATION_SCOPE,
            AccountKind::Person | AccountKind::Page | AccountKind::Business => MEMBER_SCOPE,
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
        let ids: Vec<&str> = remote_ids.iter().copied().filter_map(urn::whole).collect();
        let kinds = KINDS.map(|kind| (kind, of_kind(&ids, kind)));
        let answers =
            kinds.iter().filter(|(_, ids)| !ids.is_empty()).map(async |(kind, ids)| match account.kind {
                AccountKind::Organization => self.shares(account, access, *kind, ids, within).await,
                AccountKind::Person | AccountKind::Page | AccountKind::Business => {
                    try_join_all(ids.iter().map(|id| self.of_member(access, *kind, id, within))).await
                }
            });
        Ok(try_join_all(answers).await?.into_iter().flatten().collect())
    }
}

impl LinkedInMeter {
    /// The numbers of an organization's posts. What nobody has seen is left out of the answer, and is zero.
    async fn shares(
        &self,
        account: &Account,
        access: &Secret<String>,
        kind: Kind,
        ids: &[&str],
        within: Duration,
    ) -> Result<Vec<Reading>, Failure> {
        let list = ids.iter().map(|id| encoded(id)).collect::<Vec<_>>().join(",");
        let organization = encoded(&account.id);
        let query =
            format!("q=organizationalEntity&organizationalEntity={organization}&{}=List({list})", kind.list);
        let page: Page<ShareStatistics> =
            self.ask("/rest/organizationalEntityShareStatistics", &query, access, within).await?;
        let reading = |id: &&str| {
            let found = page.elements.iter().find(|element| element.share == *id);
            let engagement = found.map_or(nobody(), |found| found.total_share_statistics.engagement());
            Reading { remote_id: (*id).to_owned(), engagement }
        };
        Ok(ids.iter().map(reading).collect())
    }

    /// The numbers of one post of a member, each a request of its own.
    async fn of_member(
        &self,
        access: &Secret<String>,
        kind: Kind,
        id: &str,
        within: Duration,
    ) -> Result<Reading, Failure> {
        let mut types = vec!["IMPRESSION", "REACTION", "COMMENT", "RESHARE"];
        if self.line.version.in_use().as_str() >= CLICKS_SINCE {
            types.push("LINK_CLICKS");
        }
        let asked = types.iter().map(|name| self.one_number(access, kind, id, name, within));
        let mut numbers = try_join_all(asked).await?.into_iter();
        let mut next = || numbers.next().flatten();
        let engagement = Engagement {
            impressions: next(),
            likes: next(),
            comments: next(),
            shares: next(),
            clicks: next(),
        };
        Ok(Reading { remote_id: id.to_owned(), engagement })
    }

    async fn one_number(
        &self,
        access: &Secret<String>,
        kind: Kind,
        id: &str,
        name: &str,
        within: Duration,
    ) -> Result<Option<u64>, Failure> {
        let entity = format!("({}:{})", kind.entity, encoded(id));
        let query = format!("q=entity&entity={entity}&queryType={name}&aggregation=TOTAL");
        let page: Page<Counted> =
            self.ask("/rest/memberCreatorPostAnalytics", &query, access, within).await?;
        Ok(page.elements.first().and_then(|counted| u64::try_from(counted.count).ok()))
    }

    /// One question. The query is Rest.li's: its brackets and commas must stand as they are.
    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &str,
        access: &Secret<String>,
        within: Duration,
    ) -> Result<Page<T>, Failure> {
        let mut url = self.line.settings.api.at(path);
        url.set_query(Some(query));
        let request = self.line.wire.get(url).header("X-RestLi-Method", "FINDER");
        let answer = self.line.ask(request, access, within).await;
        let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
        if !answer.status.is_success() {
            return Err(of_read(PLATFORM, errors::of(&answer)));
        }
        answer.json().ok_or_else(|| unreadable(PLATFORM))
    }
}

impl Totals {
    fn engagement(&self) -> Engagement {
        let number = |it: Option<i64>| it.and_then(|it| u64::try_from(it).ok());
        Engagement {
            impressions: number(self.impression_count),
            likes: number(self.like_count),
            comments: number(self.comment_count),
            shares: number(self.share_count),
            clicks: number(self.click_count),
        }
    }
}

fn nobody() -> Engagement {
    Engagement { impressions: Some(0), likes: Some(0), comments: Some(0), shares: Some(0), clicks: Some(0) }
}

fn of_kind<'a>(ids: &[&'a str], kind: Kind) -> Vec<&'a str> {
    ids.iter().copied().filter(|id| id.starts_with(kind.prefix)).collect()
}

#[cfg(test)]
mod tests {
    use domain::platform::Platform;
    use domain::ports::Platforms;

    use super::*;
    use crate::linkedin::tests::replays;
    use crate::recorded::{Recorded, as_read, check};
    use crate::stage::{Act, Stage, account, answer, token};

    const SECOND: Duration = Duration::from_secs(1);
    const ORGANIZATION: &str = "urn:li:organization:7";
    const SHARE: &str = "urn:li:share:10";
    const UGC: &str = "urn:li:ugcPost:11";

    async fn read(
        acts: impl IntoIterator<Item = Act>,
        kind: AccountKind,
        ids: &[&str],
    ) -> (Stage, Result<Vec<Reading>, Failure>) {
        let stage = Stage::playing(acts).await;
        let meter = stage.platforms(|_| {}).meter(Platform::LinkedIn);
        let outcome = meter.read(&account(ORGANIZATION, kind), &token(), ids, SECOND).await;
        (stage, outcome)
    }

    fn say(body: &str) -> Act {
        Act::Say(answer(200, &[("content-type", "application/json")], body))
    }

    #[tokio::test]
    async fn an_organizations_posts_are_one_request_and_one_that_is_left_out_is_zero() {
        let body = r#"{"elements":[{"organizationalEntity":"urn:li:organization:7","share":"urn:li:share:10",
            "totalShareStatistics":{"uniqueImpressionsCount":9,"shareCount":1,"engagement":0.3,"clickCount":2,
            "likeCount":-1,"impressionCount":4,"commentCount":5}}],"paging":{"count":10,"start":0,"links":[]}}"#;
        let (stage, outcome) =
            read([say(body)], AccountKind::Organization, &[SHARE, "urn:li:share:12"]).await;
        let engagement = Engagement {
            impressions: Some(4),
            likes: None,
            comments: Some(5),
            shares: Some(1),
            clicks: Some(2),
        };
        let wanted = [
            Reading { remote_id: SHARE.into(), engagement },
            Reading { remote_id: "urn:li:share:12".into(), engagement: nobody() },
        ];
        assert_eq!(outcome.unwrap(), wanted);
        let wanted = "GET /linkedin/rest/organizationalEntityShareStatistics?q=organizationalEntity&\
                      organizationalEntity=urn%3Ali%3Aorganization%3A7&\
                      shares=List(urn%3Ali%3Ashare%3A10,urn%3Ali%3Ashare%3A12) HTTP/1.1\naccept: */*\n\
                      authorization: Bearer s3cret-access-token\nlinkedin-version: 202608\n\
                      user-agent: Belfry/0.1.0\nx-restli-method: FINDER\nx-restli-protocol-version: 2.0.0\n\n";
        assert_eq!(stage.request(), wanted);
    }

    #[tokio::test]
    async fn the_two_kinds_of_posts_are_asked_apart_and_others_not_at_all() {
        let empty = r#"{"elements":[]}"#;
        let ids = [SHARE, UGC, "urn:li:activity:12", "nonsense"];
        let (stage, outcome) = read([say(empty), say(empty)], AccountKind::Organization, &ids).await;
        let mut found: Vec<String> = outcome.unwrap().into_iter().map(|reading| reading.remote_id).collect();
        found.sort();
        assert_eq!(found, [SHARE, UGC]);
        let asked = |list| stage.requests().iter().filter(|request| request.contains(list)).count();
        assert_eq!((asked("&shares=List(urn%3A"), asked("&ugcPosts=List(urn%3A")), (1, 1));
    }

    #[tokio::test]
    async fn a_members_post_is_one_request_for_each_number() {
        let five = || say(r#"{"elements":[{"count":5}]}"#);
        let acts = [five(), five(), five(), five(), five()];
        let (stage, outcome) = read(acts, AccountKind::Person, &[UGC]).await;
        let engagement = Engagement {
            impressions: Some(5),
            likes: Some(5),
            comments: Some(5),
            shares: Some(5),
            clicks: Some(5),
        };
        assert_eq!(outcome.unwrap(), [Reading { remote_id: UGC.into(), engagement }]);
        for name in ["IMPRESSION", "REACTION", "COMMENT", "RESHARE", "LINK_CLICKS"] {
            let line = format!(
                "GET /linkedin/rest/memberCreatorPostAnalytics?q=entity&entity=(ugc:urn%3Ali%3AugcPost%3A11)&\
                 queryType={name}&aggregation=TOTAL HTTP/1.1"
            );
            let asked = stage.requests().iter().filter(|request| request.starts_with(&line)).count();
            assert_eq!(asked, 1, "{name}");
        }
    }

    #[tokio::test]
    async fn an_older_version_is_not_asked_for_clicks_and_minus_one_is_no_number() {
        let acts = [5, -1, 0, 1].map(|count| say(&format!(r#"{{"elements":[{{"count":{count}}}]}}"#)));
        let stage = Stage::playing(acts).await;
        let meter =
            stage.platforms(|settings| settings.linkedin.version = "202603".into()).meter(Platform::LinkedIn);
        let ada = account("urn:li:person:a", AccountKind::Person);
        let readings = meter.read(&ada, &token(), &[SHARE], SECOND).await.unwrap();
        let engagement = readings[0].engagement;
        let mut numbers = [engagement.impressions, engagement.likes, engagement.comments, engagement.shares];
        numbers.sort();
        assert_eq!(numbers, [None, Some(0), Some(1), Some(5)]);
        assert_eq!(engagement.clicks, None);
    }

    #[tokio::test]
    async fn every_recorded_refusal_is_one_of_a_read() {
        for recorded in Recorded::all("linkedin").iter().filter(|recorded| recorded.status >= 300) {
            let (stage, outcome) = read(replays(recorded), AccountKind::Organization, &[SHARE]).await;
            let wanted = as_read(recorded.reads_as.as_ref().unwrap());
            check(&recorded.name, &outcome.unwrap_err(), &wanted);
            assert_eq!(stage.requests().len(), replays(recorded).len(), "{}", recorded.name);
        }
    }

    #[tokio::test]
    async fn reading_takes_the_scope_of_the_kind_of_account() {
        let meter = Stage::empty().await.platforms(|_| {}).meter(Platform::LinkedIn);
        let (ada, works) = (
            account("urn:li:person:a", AccountKind::Person),
            account(ORGANIZATION, AccountKind::Organization),
        );
        let member = ["r_member_postAnalytics".to_owned()];
        let organization = ["rw_organization_admin".to_owned()];
        assert!(meter.may_read(&ada, &member) && !meter.may_read(&ada, &organization));
        assert!(meter.may_read(&works, &organization) && !meter.may_read(&works, &member));
        assert_eq!((meter.batch(&ada), meter.batch(&works)), (1, 10));
    }
}
