//! Whose account a call is about, what the token may do there, and what of the day's quota is used.

use serde_json::json;

use crate::graph::{Call, Caller, DAY_MS, Fields, Outcome, Refusal, authenticate};
use crate::house::{House, World};
use crate::pages::Instagram;
use crate::platform::Platform;

/// What a call needs to be allowed; the scopes differ between the two logins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right {
    Basic,
    Publish,
    Comment,
    Insights,
    Delete,
}

impl Right {
    /// The scope, or `None` where that login has none for it.
    fn scope(self, platform: Platform) -> Option<&'static str> {
        let own = platform == Platform::Instagram;
        match self {
            Self::Basic => Some(if own { "instagram_business_basic" } else { "instagram_basic" }),
            Self::Publish => {
                Some(if own { "instagram_business_content_publish" } else { "instagram_content_publish" })
            }
            Self::Comment => {
                Some(if own { "instagram_business_manage_comments" } else { "instagram_manage_comments" })
            }
            Self::Insights => {
                Some(if own { "instagram_business_manage_insights" } else { "instagram_manage_insights" })
            }
            Self::Delete => (!own).then_some("instagram_manage_contents"),
        }
    }
}

/// The account of that id, if the call's token may do that with it.
///
/// # Errors
/// 2500, 190 or 100 about the token, 100/33 for another's account, 10 without the scope or the task at the Page.
pub(crate) fn enter(
    house: &House,
    world: &World,
    platform: Platform,
    call: &Call,
    id: &str,
    right: Right,
) -> Result<(Caller, Instagram), Refusal> {
    let caller = authenticate(house, world, platform, call)?;
    let gone = || Refusal::gone(call.method.as_str(), id);
    let account = match platform {
        Platform::Instagram => Some(caller.person.instagram()).filter(|own| own.id == id).ok_or_else(gone)?,
        Platform::Facebook | Platform::X | Platform::LinkedIn => {
            let role = caller.person.page_of_instagram(id).ok_or_else(gone)?;
            // The token of the Page it belongs to, or the user's.
            if caller.page.as_ref().is_some_and(|page| *page != role.page.id) {
                return Err(gone());
            }
            let writes = match right {
                Right::Publish | Right::Comment | Right::Delete => true,
                Right::Basic | Right::Insights => false,
            };
            if writes && !role.may_create() {
                return Err(Refusal::app_not_permitted());
            }
            role.page.instagram.ok_or_else(gone)?
        }
    };
    if right.scope(platform).is_some_and(|scope| caller.has(scope)) {
        return Ok((caller, account));
    }
    Err(Refusal::app_not_permitted())
}

/// `GET /{ig}` and `GET /me`.
pub(crate) fn read(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let (_, account) = enter(house, &world, platform, call, id, Right::Basic)?;
    let media = world
        .posts
        .newest_first()
        .filter(|post| post.platform == Platform::Instagram && post.account == account.id && !post.comment)
        .filter(|post| post.deleted_at_ms.is_none())
        .count();
    let whole = json!({
        "id": account.id,
        "user_id": account.id,
        "username": account.username,
        "name": account.name,
        "account_type": if platform == Platform::Instagram { json!("BUSINESS") } else { json!(null) },
        "profile_picture_url": account.picture(),
        "followers_count": 1,
        "follows_count": 1,
        "media_count": media,
    });
    Fields::of(call, "id").pick(&whole, "IGUser")
}

/// `GET /{ig}/content_publishing_limit`.
///
/// <https://developers.facebook.com/docs/instagram-platform/content-publishing> (read 2026-11)
pub(crate) fn limit(house: &House, platform: Platform, call: &Call, id: &str) -> Outcome {
    let world = house.world();
    let (caller, account) = enter(house, &world, platform, call, id, Right::Publish)?;
    let whole = json!({
        "quota_usage": used(&world, &account.id, caller.now_ms),
        "config": {
            "quota_total": house.options.instagram_publish_quota,
            "quota_duration": DAY_MS / 1000,
        },
    });
    Ok(json!({"data": [Fields::of(call, "quota_usage").pick(&whole, "ContentPublishingLimit")?]}))
}

/// How much the account published in the last 24 hours; what was deleted counts too.
pub(crate) fn used(world: &World, account: &str, now_ms: i64) -> usize {
    world
        .posts
        .newest_first()
        .take_while(|post| post.accepted_at_ms > now_ms - DAY_MS)
        .filter(|post| post.platform == Platform::Instagram && post.account == account && !post.comment)
        .count()
}
