//! Connecting accounts by the real consent walk.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use url::Url;

use crate::e2e::visitor::{Answer, Visitor, World};
use crate::people;

pub(crate) async fn connecting_lists_the_accounts_that_each_login_opens(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    ensure!(visitor.connections().await?.is_empty(), "a new person has connections");
    for platform in ["x", "linkedin", "instagram", "facebook"] {
        let consent = Consent::given(&visitor, platform).await?;
        let made = consent.complete(&visitor, platform).await?.expect(200)?;
        let made = made["connections"].as_array().context("no connections")?.clone();
        // Facebook's login opens the Instagram accounts of Pages, too.
        let is_opened = |it: &Value| {
            it["platform"] == platform || platform == "facebook" && it["platform"] == "instagram"
        };
        let shown = made.iter().all(|it| is_opened(it) && it["status"] == "active");
        ensure!(shown && !made.is_empty(), "connecting {platform} made {made:?}");
    }
    let listed = visitor.connections().await?;
    let mut kinds: Vec<(&str, &str)> =
        listed.iter().map(|it| (it.platform.as_str(), it.kind.as_str())).collect();
    kinds.sort_unstable();
    let wanted = [
        ("facebook", "page"),
        ("instagram", "business"),
        ("instagram", "business"),
        ("linkedin", "organization"),
        ("linkedin", "person"),
        ("x", "person"),
    ];
    ensure!(kinds == wanted, "connected are {kinds:?}");
    let shown = visitor.get("/v1/connections").await?.expect(200)?.to_string();
    for secret in ["token", "sealed", "verifier", "secret"] {
        ensure!(!shown.to_lowercase().contains(secret), "a connection shows its {secret}: {shown}");
    }
    Ok(())
}

pub(crate) async fn connecting_again_keeps_the_ids(world: World) -> Result<()> {
    let visitor = Visitor::connected(&world).await?;
    let before = visitor.connections().await?;
    for platform in ["x", "linkedin"] {
        let consent = Consent::given(&visitor, platform).await?;
        consent.complete(&visitor, platform).await?.expect(200)?;
    }
    let after = visitor.connections().await?;
    ensure!(before == after, "connected before: {before:?}, after: {after:?}");
    Ok(())
}

pub(crate) async fn a_state_serves_once(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    for platform in ["x", "linkedin"] {
        let consent = Consent::given(&visitor, platform).await?;
        consent.complete(&visitor, platform).await?.expect(200)?;
        consent.complete(&visitor, platform).await?.expect_problem(400, "invalid_state")?;
    }
    Ok(())
}

pub(crate) async fn a_state_of_somebody_else_is_refused_and_stays_good_for_its_owner(
    world: World,
) -> Result<()> {
    let (owner, other) = (Visitor::unconnected(&world).await?, Visitor::unconnected(&world).await?);
    for platform in ["x", "linkedin"] {
        let consent = Consent::given(&owner, platform).await?;
        consent.complete(&other, platform).await?.expect_problem(400, "invalid_state")?;
        consent.complete(&owner, platform).await?.expect(200).context("the owner, after the other")?;
    }
    ensure!(other.connections().await?.is_empty(), "the other one is connected");
    Ok(())
}

pub(crate) async fn a_state_of_another_platform_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let consent = Consent::given(&visitor, "x").await?;
    consent.complete(&visitor, "linkedin").await?.expect_problem(400, "invalid_state")?;
    ensure!(visitor.connections().await?.is_empty(), "something was connected");
    Ok(())
}

pub(crate) async fn a_state_that_nobody_began_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let consent = Consent { code: "some-code".into(), state: "a-state-that-nobody-began".into() };
    consent.complete(&visitor, "x").await?.expect_problem(400, "invalid_state")?;
    consent.complete(&visitor, "linkedin").await?.expect_problem(400, "invalid_state")?;
    Ok(())
}

pub(crate) async fn a_code_that_the_platform_does_not_know_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    for platform in ["x", "linkedin"] {
        let consent = Consent { code: "wrong".into(), ..Consent::given(&visitor, platform).await? };
        consent.complete(&visitor, platform).await?.expect_problem(422, "connection_refused")?;
    }
    ensure!(visitor.connections().await?.is_empty(), "something was connected");
    Ok(())
}

/// What the platform's redirect brings back when a person has approved.
pub(crate) async fn a_refusal_to_consent_and_a_partial_consent_are_told_apart(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    for platform in ["x", "facebook"] {
        let begun: Value =
            visitor.post(&format!("/v1/connections/{platform}/authorize"), &json!({})).await?.expect(201)?;
        let url = Url::parse(begun["authorizationUrl"].as_str().context("no authorizationUrl")?)?;
        let state = url.query_pairs().find(|(name, _)| name == "state").context("no state")?.1.into_owned();
        let denied = json!({ "error": "access_denied", "state": state });
        let complete = format!("/v1/connections/{platform}/complete");
        visitor.post(&complete, &denied).await?.expect_problem(400, "consent_denied")?;
        visitor.post(&complete, &denied).await?.expect_problem(400, "invalid_state")?;
    }
    let partial = Consent::with(&visitor, "facebook", &[("sandbox_decline", "pages_manage_posts")]).await?;
    let refused = partial.complete(&visitor, "facebook").await?.expect_problem(422, "missing_scopes")?;
    ensure!(refused.to_string().contains("pages_manage_posts"), "what is missing is not named: {refused}");
    ensure!(visitor.connections().await?.is_empty(), "something was connected all the same");
    Ok(())
}

struct Consent {
    code: String,
    state: String,
}

impl Consent {
    /// Begins as `visitor`, and approves at the platform under the same name.
    async fn given(visitor: &Visitor, platform: &str) -> Result<Self> {
        Self::with(visitor, platform, &[]).await
    }

    /// The same, with more said to the platform.
    async fn with(visitor: &Visitor, platform: &str, more: &[(&str, &str)]) -> Result<Self> {
        let path = format!("/v1/connections/{platform}/authorize");
        let begun: Value = visitor.post(&path, &json!({})).await?.expect(201)?;
        let url = begun["authorizationUrl"].as_str().context("no authorizationUrl")?;
        let mut url = Url::parse(url).with_context(|| format!("no URL: {url}"))?;
        url.query_pairs_mut().append_pair("sandbox_approve", &visitor.name).extend_pairs(more);
        let (code, state) = people::approve(visitor.world.client(), url).await?;
        Ok(Self { code, state })
    }

    async fn complete(&self, visitor: &Visitor, platform: &str) -> Result<Answer> {
        let body = json!({ "code": self.code, "state": self.state });
        visitor.post(&format!("/v1/connections/{platform}/complete"), &body).await
    }
}
