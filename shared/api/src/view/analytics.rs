//! How posts did, as callers see it.

use domain::analytics::{Counts, Engagement, Measured};
use domain::id::{ConnectionId, PostId};
use domain::platform::Platform;
use domain::summarizing::{GroupKey, Summary};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// Sums over some days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsSummary)]
pub struct SummaryView<'a> {
    from: Date,
    to: Date,
    group_by: &'static str,
    totals: SumsView,
    groups: Vec<GroupView<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SummaryGroup)]
struct GroupView<'a> {
    key: KeyView<'a>,
    /// Only where the key does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
    #[serde(flatten)]
    sums: SumsView,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = GroupKey)]
enum KeyView<'a> {
    Day(Date),
    Platform(Platform),
    Connection(&'a ConnectionId),
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sums)]
struct SumsView {
    counts: CountsView,
    lateness_ms: LatenessView,
    engagement: EngagementSumsView,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Counts)]
struct CountsView {
    published: i64,
    failed: i64,
    needs_attention: i64,
    skipped: i64,
    canceled: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lateness)]
struct LatenessView {
    #[schema(required)]
    p50: Option<i64>,
    #[schema(required)]
    p99: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EngagementSums)]
struct EngagementSumsView {
    measured_targets: i64,
    impressions: i64,
    likes: i64,
    comments: i64,
    shares: i64,
    clicks: i64,
}

/// How people took to one post, target by target.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PostMetrics)]
pub struct MetricsView<'a> {
    post_id: &'a PostId,
    targets: Vec<TargetMetricsView<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TargetMetrics)]
struct TargetMetricsView<'a> {
    connection_id: &'a ConnectionId,
    platform: Platform,
    #[schema(required)]
    engagement: Option<EngagementView>,
    #[schema(required)]
    collected_at: Option<Timestamp>,
}

/// Null is what the platform does not tell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Engagement)]
struct EngagementView {
    #[schema(required)]
    impressions: Option<u64>,
    #[schema(required)]
    likes: Option<u64>,
    #[schema(required)]
    comments: Option<u64>,
    #[schema(required)]
    shares: Option<u64>,
    #[schema(required)]
    clicks: Option<u64>,
}

impl<'a> From<&'a Summary> for SummaryView<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            from: summary.from,
            to: summary.to,
            group_by: summary.group_by.name(),
            totals: SumsView::from(&summary.totals),
            groups: summary.groups.iter().map(GroupView::from).collect(),
        }
    }
}

impl<'a> From<&'a (GroupKey, Counts)> for GroupView<'a> {
    fn from((key, counts): &'a (GroupKey, Counts)) -> Self {
        let (key, platform) = match key {
            GroupKey::Day(day) => (KeyView::Day(*day), None),
            GroupKey::Platform(platform) => (KeyView::Platform(*platform), None),
            GroupKey::Connection(connection, platform) => (KeyView::Connection(connection), Some(*platform)),
        };
        Self { key, platform, sums: SumsView::from(counts) }
    }
}

impl From<&Counts> for SumsView {
    fn from(counts: &Counts) -> Self {
        Self {
            counts: CountsView {
                published: counts.published,
                failed: counts.failed,
                needs_attention: counts.needs_attention,
                skipped: counts.skipped,
                canceled: counts.canceled,
            },
            lateness_ms: LatenessView {
                p50: counts.lateness_within(0.50),
                p99: counts.lateness_within(0.99),
            },
            engagement: EngagementSumsView {
                measured_targets: counts.measured,
                impressions: counts.impressions,
                likes: counts.likes,
                comments: counts.comments,
                shares: counts.shares,
                clicks: counts.clicks,
            },
        }
    }
}

impl<'a> MetricsView<'a> {
    /// The numbers of this post.
    pub fn of(post_id: &'a PostId, records: &'a [Measured]) -> Self {
        Self { post_id, targets: records.iter().map(TargetMetricsView::from).collect() }
    }
}

impl<'a> From<&'a Measured> for TargetMetricsView<'a> {
    fn from(record: &'a Measured) -> Self {
        Self {
            connection_id: &record.connection,
            platform: record.platform,
            engagement: record.engagement.map(EngagementView::from),
            collected_at: record.collected_at,
        }
    }
}

impl From<Engagement> for EngagementView {
    fn from(engagement: Engagement) -> Self {
        Self {
            impressions: engagement.impressions,
            likes: engagement.likes,
            comments: engagement.comments,
            shares: engagement.shares,
            clicks: engagement.clicks,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::analytics::Outcome;
    use domain::id::OwnerId;
    use domain::summarizing::GroupBy;
    use insta::assert_json_snapshot;

    use super::*;

    fn record() -> Measured {
        let at = Timestamp::from_second(1_796_115_600).unwrap();
        Measured {
            owner: OwnerId("alice".into()),
            post: PostId("pst_1".into()),
            connection: ConnectionId("con_1".into()),
            platform: Platform::X,
            day: "2026-12-01".parse().unwrap(),
            outcome: Outcome::Published,
            lateness_ms: Some(180),
            published_at: Some(at),
            remote_ids: vec!["1".into()],
            engagement: Some(Engagement { impressions: Some(12), likes: Some(3), ..Engagement::default() }),
            collected_at: Some(at),
            collect_at: None,
            failures: 0,
            version: 1,
        }
    }

    #[test]
    fn a_summary_is_shown_like_this() {
        let counts = Counts::of(&record());
        let groups = vec![
            (GroupKey::Day(record().day), counts),
            (GroupKey::Platform(Platform::X), counts),
            (GroupKey::Connection(record().connection, Platform::X), Counts::default()),
        ];
        let summary = Summary {
            from: "2026-11-02".parse().unwrap(),
            to: "2026-12-01".parse().unwrap(),
            group_by: GroupBy::Day,
            totals: counts.plus(&counts),
            groups,
        };
        assert_json_snapshot!(SummaryView::from(&summary));
    }

    #[test]
    fn the_numbers_of_a_post_are_shown_like_this() {
        let unknown = Measured { engagement: None, collected_at: None, ..record() };
        assert_json_snapshot!(MetricsView::of(&PostId("pst_1".into()), &[record(), unknown]));
    }
}
