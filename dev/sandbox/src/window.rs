//! The window: a page that shows what was published, newest first, and keeps itself up to date.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;

use crate::hosts::HOSTS;
use crate::house::{House, World};
use crate::html::escaped;
use crate::media::Medium;
use crate::platform::Platform;
use crate::posts::Post;

/// So many threads are shown; older ones are in `/_control/posts`.
const SHOWN: usize = 200;

/// `/`, and `/feed`, the part of it that changes.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    Router::new().route("/", get(page)).route("/feed", get(feed)).with_state(Arc::clone(house))
}

/// Narrows the page to a platform or an account.
#[derive(Debug, Deserialize)]
struct Chosen {
    platform: Option<String>,
    account: Option<String>,
}

/// A post and everything that answers it, oldest first.
type Thread<'a> = Vec<&'a Post>;

async fn page(State(house): State<Arc<House>>, Query(chosen): Query<Chosen>) -> Html<String> {
    let hosts: String = HOSTS
        .iter()
        .map(|host| {
            format!(
                "<tr><td>{}<td>{}<td><code>{}</code><td><code>{}</code>",
                host.platform.title(),
                host.origin,
                host.prefix,
                host.setting
            )
        })
        .collect();
    let page = include_str!("window.html");
    Html(page.replace("{{hosts}}", &hosts).replace("{{feed}}", &feed_html(&house.world(), &chosen)))
}

async fn feed(State(house): State<Arc<House>>, Query(chosen): Query<Chosen>) -> Html<String> {
    Html(feed_html(&house.world(), &chosen))
}

fn feed_html(world: &World, chosen: &Chosen) -> String {
    let names = names(world);
    let mut html = filters(world, chosen, &names);
    let threads = threads(world, chosen);
    if threads.is_empty() {
        html.push_str("<p class=empty>Nothing was published yet.</p>");
    }
    for thread in threads.into_iter().take(SHOWN) {
        html.push_str("<section>");
        for (index, post) in thread.iter().enumerate() {
            html.push_str(&article(world, post, (index > 0).then_some(index + 1), &names));
        }
        html.push_str("</section>");
    }
    html
}

/// Threads by their newest part, the newest thread first.
fn threads<'a>(world: &'a World, chosen: &Chosen) -> Vec<Thread<'a>> {
    let mut threads: Vec<Thread<'a>> = Vec::new();
    let mut thread_of: BTreeMap<&str, usize> = BTreeMap::new();
    let posts: Vec<&Post> = world.posts.newest_first().map(AsRef::as_ref).collect();
    for post in posts.into_iter().rev().filter(|post| chosen.takes(post)) {
        let parent = post.reply_to.as_deref().and_then(|id| thread_of.get(id)).copied();
        let index = parent.unwrap_or(threads.len());
        match threads.get_mut(index) {
            Some(thread) => thread.push(post),
            None => threads.push(vec![post]),
        }
        thread_of.insert(&post.id, index);
    }
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.last().map(|post| post.accepted_at_ms)));
    threads
}

impl Chosen {
    fn takes(&self, post: &Post) -> bool {
        self.platform.as_ref().is_none_or(|platform| platform == post.platform.as_str())
            && self.account.as_ref().is_none_or(|account| *account == post.account)
    }
}

fn filters(world: &World, chosen: &Chosen, names: &BTreeMap<String, String>) -> String {
    let mut accounts: BTreeMap<(Platform, &str), usize> = BTreeMap::new();
    for post in world.posts.newest_first() {
        *accounts.entry((post.platform, post.account.as_str())).or_default() += 1;
    }
    let mut html = String::from("<nav>");
    let all = chosen.platform.is_none() && chosen.account.is_none();
    html.push_str(&filter("/", "Everything", None, all));
    for platform in Platform::ALL {
        let current = chosen.account.is_none() && chosen.platform.as_deref() == Some(platform.as_str());
        html.push_str(&filter(&format!("/?platform={}", platform.as_str()), platform.title(), None, current));
    }
    for ((_, account), count) in accounts {
        let query: String = url::form_urlencoded::byte_serialize(account.as_bytes()).collect();
        let name = names.get(account).map_or(account, String::as_str);
        let current = chosen.account.as_deref() == Some(account);
        html.push_str(&filter(&format!("/?account={query}"), name, Some(count), current));
    }
    html.push_str("</nav>");
    html
}

fn filter(link: &str, name: &str, count: Option<usize>, current: bool) -> String {
    let count = count.map(|count| format!(" <small>{count}</small>")).unwrap_or_default();
    let current = if current { " aria-current=page" } else { "" };
    format!("<a href=\"{}\"{current}>{}{count}</a>", escaped(link), escaped(name))
}

fn article(world: &World, post: &Post, part: Option<usize>, names: &BTreeMap<String, String>) -> String {
    let name = names.get(&post.account).map_or(post.account.as_str(), String::as_str);
    let mut html = format!(
        "<article class=\"{}{}\"><header><b class=\"{}\">{}</b> <span title=\"{}\">{}</span>",
        if part.is_some() { "part " } else { "" },
        if post.deleted_at_ms.is_some() { "deleted" } else { "" },
        post.platform.as_str(),
        post.platform.title(),
        escaped(&post.account),
        escaped(name),
    );
    if let Some(part) = part {
        let what = if post.comment { "comment".to_owned() } else { format!("part {part}") };
        let _infallible = write!(html, " <i>{what}</i>");
    }
    let _infallible = write!(
        html,
        "<time>{}</time></header><p>{}</p>",
        shown_time(post.accepted_at_ms),
        escaped(&post.text)
    );
    if post.truncated {
        let _infallible = write!(
            html,
            "<p class=warning>Cut at an unescaped reserved character. Sent was:</p><pre>{}</pre>",
            escaped(&post.sent)
        );
    }
    html.extend(post.media.iter().filter_map(|id| world.media.find(post.platform, id)).map(card));
    let title = post.extra["content"]["article"]["title"].as_str();
    if let (Some(title), Some(link)) = (title, post.extra["content"]["article"]["source"].as_str()) {
        let _infallible =
            write!(html, "<p class=card>{}<br><small>{}</small></p>", escaped(title), escaped(link));
    }
    for media in &post.media {
        let _infallible = write!(html, "<p class=card><small>{}</small></p>", escaped(media));
    }
    let deleted = post.deleted_at_ms.map(|at_ms| format!(" · deleted {}", shown_time(at_ms)));
    let _infallible = write!(
        html,
        "<footer>{} · {}{}</footer></article>",
        escaped(&post.id),
        escaped(&post.visibility.to_lowercase()),
        deleted.unwrap_or_default()
    );
    html
}

/// The bytes are not kept, so that a medium is told and not shown.
fn card(medium: &Medium) -> String {
    format!(
        "<p class=card>{}<br><small>{} · {} bytes · {}</small></p>",
        escaped(medium.alt_text.as_deref().unwrap_or("No alt text")),
        escaped(&medium.content_type),
        medium.size_bytes,
        escaped(&medium.id),
    )
}

fn names(world: &World) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for person in world.people() {
        names.insert(person.x_id(), format!("{} @{}", person.display(), person.x_username()));
        names.insert(person.linkedin_urn(), person.display());
        for at in person.memberships() {
            names.insert(at.organization.urn(), at.organization.name);
        }
        for at in person.pages() {
            if let Some(instagram) = at.page.instagram {
                names.insert(instagram.id, format!("{} @{}", instagram.name, instagram.username));
            }
            names.insert(at.page.id, at.page.name);
        }
        let instagram = person.instagram();
        names.insert(instagram.id, format!("{} @{}", instagram.name, instagram.username));
    }
    names
}

fn shown_time(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%d <b>%H:%M:%S</b>.%3f UTC").to_string()
}
