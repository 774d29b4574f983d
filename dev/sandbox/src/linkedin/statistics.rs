//! How people took to posts: an organization's by the list, a member's one number at a time.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::house::{House, World};
use crate::linkedin::calls::{Caller, Style, VERSION, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, respond};
use crate::platform::Platform;
use crate::posts::Post;

/// The metrics of a member's post, each with the first version that has it.
const METRICS: [(&str, u32); 11] = [
    ("IMPRESSION", 202_506),
    ("MEMBERS_REACHED", 202_506),
    ("RESHARE", 202_506),
    ("REACTION", 202_506),
    ("COMMENT", 202_506),
    ("POST_SAVE", 202_604),
    ("POST_SEND", 202_604),
    ("LINK_CLICKS", 202_604),
    ("PREMIUM_CTA_CLICKS", 202_604),
    ("FOLLOWER_GAINED_FROM_CONTENT", 202_604),
    ("PROFILE_VIEW_FROM_CONTENT", 202_604),
];

/// A page holds so many unless told.
const PAGE: usize = 10;

/// `GET /rest/organizationalEntityShareStatistics`: what nobody has seen is left out.
pub(crate) async fn of_organization(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let known = ["q", "organizationalEntity", "shares", "ugcPosts", "start", "count"];
        let query = Query::parse(query.as_deref(), &known)?;
        query.expect("q", "organizationalEntity")?;
        let organization = decoded(query.required("organizationalEntity")?);
        if !organization.starts_with("urn:li:organization:") {
            return Err(Refusal::argument("organizationalEntity must be an organization"));
        }
        let admin = caller.has_any(&["rw_organization_admin", "r_organization_admin"])
            && caller.role_at(&organization) == Some("ADMINISTRATOR");
        if !admin {
            let what = "organizationalEntityShareStatistics.FINDER-organizationalEntity";
            return Err(Refusal::access_denied(what));
        }
        let mut elements = Vec::new();
        for (name, kind, field) in [("shares", "share", "share"), ("ugcPosts", "ugcPost", "ugcPost")] {
            for urn in query.list(name)? {
                if !urn.starts_with(&format!("urn:li:{kind}:")) {
                    return Err(Refusal::argument(&format!("Parameter {name} takes {kind} URNs")));
                }
                elements.extend(statistics(world, &organization, &urn, field));
            }
        }
        let start = query.number("start", 0)?;
        let count = query.number("count", PAGE)?;
        let total = elements.len();
        let elements: Vec<Value> = elements.into_iter().skip(start).take(count).collect();
        let paging = json!({"start": start, "count": count, "total": total, "links": []});
        Ok(respond(StatusCode::OK, &json!({"elements": elements, "paging": paging})))
    })
}

/// `GET /rest/memberCreatorPostAnalytics?q=entity`: one number of one post of the member's own.
pub(crate) async fn of_member(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        check_encoding(&uri)?;
        let query = Query::parse(query.as_deref(), &["q", "entity", "queryType", "aggregation"])?;
        query.expect("q", "entity")?;
        query.expect("aggregation", "TOTAL")?;
        if !caller.has_any(&["r_member_postAnalytics"]) {
            return Err(Refusal::access_denied("memberCreatorPostAnalytics.FINDER-entity"));
        }
        let metric = query.required("queryType")?;
        check_metric(metric, &headers)?;
        let entity = query.required("entity")?;
        let urn = entity_urn(entity)
            .ok_or_else(|| Refusal::argument(&format!("Invalid entity {entity}: a share or a ugc is")))?;
        let post = own(world, caller, &urn)?;
        let count = Numbers::of(world, post).metric(metric);
        let kind = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1";
        let element = json!({"count": count, "metricType": {kind: metric}});
        Ok(respond(StatusCode::OK, &json!({"elements": [element], "paging": {"links": []}})))
    })
}

/// The parameters of a Rest.li 2.0 call as they were written: brackets and commas have their meaning before anything
/// is decoded.
struct Query<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Query<'a> {
    fn parse(query: Option<&'a str>, known: &[&str]) -> Result<Self, Refusal> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in query.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !known.contains(&name) || pairs.iter().any(|(earlier, _)| *earlier == name) {
                return Err(Refusal::argument(&format!("Query parameter {name} is not allowed here")));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn required(&self, name: &str) -> Result<&'a str, Refusal> {
        self.find(name).ok_or_else(|| Refusal::argument(&format!("Parameter {name} is required")))
    }

    fn expect(&self, name: &str, value: &str) -> Result<(), Refusal> {
        if self.find(name) == Some(value) {
            return Ok(());
        }
        Err(Refusal::argument(&format!("Parameter {name} must be {value}")))
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.find(name) else { return Ok(default) };
        text.parse().map_err(|_| Refusal::argument(&format!("Parameter {name} must be a number")))
    }

    /// `List(a,b)`, each decoded; empty when the parameter is not there.
    fn list(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let Some(text) = self.find(name) else { return Ok(Vec::new()) };
        let inner = text.strip_prefix("List(").and_then(|rest| rest.strip_suffix(')'));
        let inner = inner.ok_or_else(|| Refusal::argument(&format!("Parameter {name} must be a List(…)")))?;
        Ok(inner.split(',').filter(|item| !item.is_empty()).map(decoded).collect())
    }
}

fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%3a", ":")
}

fn entity_urn(entity: &str) -> Option<String> {
    let (kind, urn) = entity.strip_prefix('(')?.strip_suffix(')')?.split_once(':')?;
    let urn = decoded(urn);
    let prefix = match kind {
        "share" => "urn:li:share:",
        "ugc" => "urn:li:ugcPost:",
        _ => return None,
    };
    urn.starts_with(prefix).then_some(urn)
}

fn check_metric(metric: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let version = headers.get(VERSION).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let known = METRICS.iter().find(|(name, _)| *name == metric);
    if known.is_some_and(|(_, since)| version.is_some_and(|version| version >= *since)) {
        return Ok(());
    }
    Err(Refusal::argument(&format!("Invalid value {metric} for queryType")))
}

fn own<'a>(world: &'a World, caller: &Caller, urn: &str) -> Result<&'a Post, Refusal> {
    let post = world.posts.live(Platform::LinkedIn, urn).ok_or_else(|| Refusal::not_found(urn))?;
    if post.account != caller.person.linkedin_urn() {
        return Err(Refusal::access_denied("memberCreatorPostAnalytics.FINDER-entity"));
    }
    Ok(post)
}

fn statistics(world: &World, organization: &str, urn: &str, field: &str) -> Option<Value> {
    let post = world.posts.live(Platform::LinkedIn, urn).filter(|post| post.account == organization)?;
    let numbers = Numbers::of(world, post);
    if numbers.are_zero() {
        return None;
    }
    Some(json!({
        "organizationalEntity": organization,
        field: urn,
        "totalShareStatistics": {
            "impressionCount": numbers.impressions,
            "uniqueImpressionsCount": numbers.impressions / 2,
            "clickCount": numbers.clicks,
            "likeCount": numbers.likes,
            "commentCount": numbers.comments,
            "shareCount": numbers.shares,
            "engagement": 0.05,
        },
    }))
}

/// How often a post was seen, liked and shared: invented, but the same at every look; comments are counted. One post in
/// eight nobody has seen.
struct Numbers {
    impressions: usize,
    likes: usize,
    shares: usize,
    clicks: usize,
    comments: usize,
}

impl Numbers {
    fn of(world: &World, post: &Post) -> Self {
        let seed: [u8; 32] = Sha256::digest(&post.id).into();
        let number = |index: usize| usize::from(seed[index]);
        let comments = world.posts.newest_first().filter(|other| {
            other.comment && other.deleted_at_ms.is_none() && other.reply_to.as_deref() == Some(&post.id)
        });
        let comments = comments.count();
        if number(0) < 32 {
            return Self { impressions: 0, likes: 0, shares: 0, clicks: 0, comments };
        }
        Self {
            impressions: 50 + number(1) * 10,
            likes: number(2) / 2,
            shares: number(3) / 16,
            clicks: number(4) / 8,
            comments,
        }
    }

    fn are_zero(&self) -> bool {
        self.impressions + self.likes + self.shares + self.clicks + self.comments == 0
    }

    fn metric(&self, name: &str) -> usize {
        match name {
            "IMPRESSION" => self.impressions,
            "MEMBERS_REACHED" => self.impressions / 2,
            "REACTION" => self.likes,
            "COMMENT" => self.comments,
            "RESHARE" => self.shares,
            "LINK_CLICKS" => self.clicks,
            _ => 0,
        }
    }
}
