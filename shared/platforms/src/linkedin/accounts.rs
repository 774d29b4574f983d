//! Who the person is, and which organizations they may post for.

use std::time::Duration;

use domain::connection::{Account, AccountKind};
use domain::ports::{Failure, FailureClass};
use domain::secret::Secret;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::linkedin::{Line, PLATFORM, errors};
use crate::refusal::{of_read, silent_read, unreadable};
use crate::wire::{Answer, Silence};

/// How long one read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Roles that may post for an organization.
const POSTING_ROLES: [&str; 3] = ["ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"];

/// Scopes of which one lets us list a person's roles.
const LISTING_SCOPES: [&str; 2] = ["rw_organization_admin", "r_organization_admin"];

const PAGE: usize = 100;
const MAX_PAGES: usize = 10;

/// How many organizations are asked for their names at the same time.
const AT_ONCE: usize = 4;

#[derive(Deserialize)]
struct Userinfo {
    sub: String,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    picture: Option<String>,
}

#[derive(Deserialize)]
struct Roles {
    elements: Vec<Role>,
    paging: Option<Paging>,
}

/// The organization stands under one of three names, by the age of the answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    organization: Option<String>,
    organization_target: Option<String>,
    organizational_target: Option<String>,
    role: String,
    state: Option<String>,
}

#[derive(Deserialize)]
struct Paging {
    count: Option<usize>,
    total: Option<usize>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    localized_name: Option<String>,
    vanity_name: Option<String>,
}

/// The member, then the organizations that the member may post for.
pub(super) async fn all(line: &Line, access: &Secret<String>) -> Result<Vec<Account>, Failure> {
    let mut accounts = vec![member(line, access).await?];
    let ids = organizations(line, access).await?;
    let named = stream::iter(ids).map(|id| organization(line, access, id)).buffered(AT_ONCE);
    accounts.extend(named.try_collect::<Vec<_>>().await?);
    Ok(accounts)
}

async fn member(line: &Line, access: &Secret<String>) -> Result<Account, Failure> {
    // The one call that takes neither a version nor Rest.li.
    let request = line.wire.get(line.settings.api.at("/v2/userinfo")).bearer_auth(access.expose());
    let user: Userinfo = answered(line.wire.send(request, READ_TIMEOUT, &[access]).await)?;
    if user.sub.is_empty() {
        return Err(unreadable(PLATFORM));
    }
    let parts = [user.given_name, user.family_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = user.name.filter(|name| !name.is_empty()).unwrap_or(parts);
    let id = format!("urn:li:person:{}", user.sub);
    Ok(Account {
        display_name: if name.is_empty() { id.clone() } else { name },
        id,
        login: PLATFORM,
        kind: AccountKind::Person,
        handle: None,
        avatar_url: user.picture,
    })
}

/// The numbers of the organizations that the member may post for, each once.
///
/// None without the organization scopes. Consent is given to all scopes or to none, so the scopes that we ask for
/// tell; a 403 tells the same for an app that lost them.
async fn organizations(line: &Line, access: &Secret<String>) -> Result<Vec<String>, Failure> {
    let asked_for = |scope: &str| line.settings.scopes.iter().any(|known| known == scope);
    if !asked_for("w_organization_social") || !LISTING_SCOPES.into_iter().any(asked_for) {
        return Ok(Vec::new());
    }
    let mut ids: Vec<String> = Vec::new();
    let mut start = 0;
    for _ in 0..MAX_PAGES {
        let query = [
            ("q", "roleAssignee"),
            ("state", "APPROVED"),
            ("start", &start.to_string()),
            ("count", &PAGE.to_string()),
        ];
        let url = line.settings.api.with_query("/rest/organizationAcls", &query);
        let page: Roles = match read(line, url, access).await {
            Ok(page) => page,
            Err(Failure { class: FailureClass::NotPermitted, .. }) if ids.is_empty() => return Ok(ids),
            Err(failure) => return Err(failure),
        };
        start += page.elements.len();
        let goes_on = page.goes_on(start);
        for id in page.elements.into_iter().filter_map(Role::may_post_for) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if !goes_on {
            break;
        }
    }
    Ok(ids)
}

async fn organization(line: &Line, access: &Secret<String>, id: String) -> Result<Account, Failure> {
    let url = line.settings.api.at(&format!("/rest/organizations/{id}"));
    let described = match read(line, url, access).await {
        Ok(organization) => organization,
        // Some roles may post for a page and not read it: it is listed by its number then.
        Err(Failure { class: FailureClass::NotPermitted, .. }) => {
            Organization { localized_name: None, vanity_name: None }
        }
        Err(failure) => return Err(failure),
    };
    Ok(Account {
        login: PLATFORM,
        kind: AccountKind::Organization,
        display_name: described
            .localized_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| format!("LinkedIn page {id}")),
        handle: described.vanity_name.filter(|name| !name.is_empty()),
        // The shape of `logoV2` is not documented where we could read it.
        avatar_url: None,
        id: format!("urn:li:organization:{id}"),
    })
}

async fn read<T: DeserializeOwned>(line: &Line, url: Url, access: &Secret<String>) -> Result<T, Failure> {
    answered(line.ask(line.wire.get(url), access, READ_TIMEOUT).await)
}

fn answered<T: DeserializeOwned>(answer: Result<Answer, Silence>) -> Result<T, Failure> {
    let answer = answer.map_err(|silence| silent_read(PLATFORM, silence))?;
    if !answer.status.is_success() {
        return Err(of_read(PLATFORM, errors::of(&answer)));
    }
    answer.json().ok_or_else(|| unreadable(PLATFORM))
}

impl Role {
    /// The number of the organization, if the role is in force and may post.
    fn may_post_for(self) -> Option<String> {
        let in_force = self.state.is_none_or(|state| state == "APPROVED");
        if !in_force || !POSTING_ROLES.contains(&self.role.as_str()) {
            return None;
        }
        let urn = self.organization.or(self.organization_target).or(self.organizational_target)?;
        let id = urn.strip_prefix("urn:li:organization:")?;
        id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.to_owned())
    }
}

impl Roles {
    /// Whether there is more after the first `seen`. LinkedIn may give fewer than asked for and leave the total out.
    fn goes_on(&self, seen: usize) -> bool {
        let Some(paging) = self.paging.as_ref().filter(|_| !self.elements.is_empty()) else { return false };
        match paging.total {
            Some(total) => seen < total,
            None => {
                let full = paging.count.is_some_and(|count| self.elements.len() >= count);
                full || paging.links.iter().any(|link| link.rel.as_deref() == Some("next"))
            }
        }
    }
}
