//! The user behind a token, what the user allowed, and the user's Pages.

use serde_json::{Value, json};

use crate::graph::{Call, Caller, Fields, Outcome, Refusal, authenticate, listed, page_token};
use crate::house::{House, World};
use crate::oauth::Ended;
use crate::pages::{Instagram, Page, PageRole};
use crate::platform::Platform;

/// `GET /{version}/me`: the user of the token, or its Page.
pub(crate) fn me(house: &House, call: &Call) -> Outcome {
    let world = house.world();
    let caller = authenticate(house, &world, Platform::Facebook, call)?;
    if let Some(page) = &caller.page {
        let role = caller.role_at("get", page)?;
        return Fields::of(call, "id,name").pick(&shown(&caller, &role, None), "Page");
    }
    let id = caller.person.facebook_id();
    let whole = json!({"id": id, "name": caller.person.display(), "picture": picture(&id), "email": null});
    Fields::of(call, "id,name").pick(&whole, "User")
}

/// `GET /{version}/me/permissions`: what was allowed and what was declined.
pub(crate) fn permissions(house: &House, call: &Call) -> Outcome {
    let caller = user(house, &house.world(), call)?;
    let status = |scopes: &[String], status: &str| -> Vec<Value> {
        scopes.iter().map(|scope| json!({"permission": scope, "status": status})).collect()
    };
    let mut data = status(&caller.scopes, "granted");
    data.extend(status(&caller.declined, "declined"));
    Ok(json!({"data": data}))
}

/// `DELETE /{version}/{user}/permissions`: the app is let go, and all its tokens die.
pub(crate) fn let_go(house: &House, call: &Call, id: &str) -> Outcome {
    house.change(|world| {
        let caller = user(house, world, call)?;
        if id != "me" && id != caller.person.facebook_id() {
            return Err(Refusal::gone("delete", id));
        }
        world.grants.end(Platform::Facebook, &[caller.person.name()], Ended::Revoke, caller.now_ms);
        Ok(json!({"success": true}))
    })
}

/// `GET /{version}/me/accounts`: the user's Pages with their tokens, which are nowhere else.
///
/// <https://developers.facebook.com/docs/graph-api/reference/user/accounts> (read 2026-11)
pub(crate) fn accounts(house: &House, call: &Call) -> Outcome {
    house.change(|world| {
        let caller = user(house, world, call)?;
        let own = caller.person.facebook_id();
        if call.path.first().is_some_and(|id| id != "me" && *id != own) {
            return Err(Refusal::gone("get", &call.path[0]));
        }
        if !caller.has("pages_show_list") {
            return Ok(json!({"data": []}));
        }
        let fields = Fields::of(call, "id,name,access_token,category,tasks");
        let mut pages = Vec::new();
        for role in caller.person.pages() {
            let token = page_token(world, &caller.token, &role.page.id, caller.now_ms);
            pages.push(fields.pick(&shown(&caller, &role, Some(&token)), "Page")?);
        }
        listed(call, &pages)
    })
}

/// Everything that can be seen of a Page; its token only in the list of the user's Pages.
pub(crate) fn shown(caller: &Caller, role: &PageRole, token: Option<&str>) -> Value {
    let Page { id, name, username, instagram } = &role.page;
    // Without this permission the account seems not to be there.
    let instagram = instagram.as_ref().filter(|_| caller.has("instagram_basic")).map(instagram_shown);
    json!({
        "id": id,
        "name": name,
        "username": username,
        "category": "Software",
        "link": format!("https://www.facebook.com/{id}"),
        "picture": picture(id),
        "tasks": role.tasks,
        "access_token": token,
        "instagram_business_account": instagram,
        "connected_instagram_account": instagram,
        "fan_count": 1,
        "followers_count": 1,
    })
}

fn instagram_shown(account: &Instagram) -> Value {
    json!({
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "profile_picture_url": account.picture(),
    })
}

fn picture(id: &str) -> Value {
    let url = format!("https://scontent.xx.fbcdn.net/{id}.jpg");
    json!({"data": {"url": url, "width": 50, "height": 50, "is_silhouette": false}})
}

/// A caller with a user's token.
fn user(house: &House, world: &World, call: &Call) -> Result<Caller, Refusal> {
    let caller = authenticate(house, world, Platform::Facebook, call)?;
    if caller.page.is_some() {
        return Err(Refusal::parameter("Tried accessing nonexisting field on node type (Page)"));
    }
    Ok(caller)
}
