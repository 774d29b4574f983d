//! The Pages that the person may post for, and the Instagram accounts that belong to them.
//!
//! Source: <https://developers.facebook.com/docs/graph-api/reference/user/accounts> (read 2026-11).

use std::time::Duration;

use domain::connection::{Account, AccountKind, Grant, Opened, Tokens};
use domain::platform::Platform;
use domain::ports::Failure;
use domain::secret::Secret;
use serde::Deserialize;

use crate::graph::{self, Call, Graph, is_id};

/// How long one read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

const MAX_PAGES: usize = 10;

const FIELDS: &str = "id,name,username,access_token,tasks,picture{url},\
                      instagram_business_account{id,username,name,profile_picture_url}";

/// The tasks of which one lets a person post for a Page.
const POSTING_TASKS: [&str; 2] = ["CREATE_CONTENT", "MANAGE"];

/// What publishing on an Instagram account of a Page takes.
const INSTAGRAM_SCOPES: [&str; 2] = ["instagram_basic", "instagram_content_publish"];

/// No `Debug`: these are tokens.
#[derive(Deserialize)]
struct Page {
    id: String,
    name: Option<String>,
    username: Option<String>,
    access_token: Option<String>,
    #[serde(default)]
    tasks: Vec<String>,
    picture: Option<Picture>,
    instagram_business_account: Option<Business>,
}

#[derive(Deserialize)]
struct Picture {
    data: Option<PictureData>,
}

#[derive(Deserialize)]
struct PictureData {
    url: Option<String>,
}

#[derive(Deserialize)]
struct Business {
    id: String,
    username: Option<String>,
    name: Option<String>,
    profile_picture_url: Option<String>,
}

/// Each Page, then the Instagram account that belongs to it. Both are opened by the Page's own token.
pub(super) async fn all(graph: &Graph, grant: &Grant) -> Result<Vec<Opened>, Failure> {
    let is_granted = |scope: &&str| grant.scopes.iter().any(|granted| granted == scope);
    let has_instagram = grant.scopes.is_empty() || INSTAGRAM_SCOPES.iter().all(is_granted);
    let access = &grant.tokens.access;
    let mut opened = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut fields = vec![("fields", FIELDS), ("limit", "100")];
        if let Some(after) = &after {
            fields.push(("after", after));
        }
        let call = Call { access, path: "/me/accounts", fields: &fields, hidden: &[], within: READ_TIMEOUT };
        let list: graph::Page<Page> = graph.read(call).await?;
        after = list.next();
        for page in list.data {
            opened.extend(page.opened(has_instagram));
        }
        if after.is_none() {
            break;
        }
    }
    Ok(opened)
}

impl Page {
    fn opened(self, has_instagram: bool) -> Vec<Opened> {
        let may_post = self.tasks.iter().any(|task| POSTING_TASKS.contains(&task.as_str()));
        let token = self.access_token.filter(|token| !token.is_empty());
        let (true, Some(token)) = (may_post && is_id(&self.id), token) else { return Vec::new() };
        let own_tokens = Some(Tokens { access: Secret::new(token), refresh: None });
        let page = Account {
            display_name: filled(self.name).unwrap_or_else(|| format!("Facebook Page {}", self.id)),
            id: self.id,
            login: Platform::Facebook,
            kind: AccountKind::Page,
            handle: filled(self.username),
            avatar_url: self.picture.and_then(|picture| picture.data?.url),
        };
        let business = self.instagram_business_account.filter(|it| has_instagram && is_id(&it.id));
        let instagram = business.map(|it| it.opened(own_tokens.clone()));
        let page = Opened { platform: Platform::Facebook, account: page, own_tokens };
        [page].into_iter().chain(instagram).collect()
    }
}

impl Business {
    fn opened(self, own_tokens: Option<Tokens>) -> Opened {
        let handle = filled(self.username);
        let name = filled(self.name).or_else(|| handle.clone());
        let account = Account {
            display_name: name.unwrap_or_else(|| format!("Instagram account {}", self.id)),
            id: self.id,
            login: Platform::Facebook,
            kind: AccountKind::Business,
            handle,
            avatar_url: self.profile_picture_url,
        };
        Opened { platform: Platform::Instagram, account, own_tokens }
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
