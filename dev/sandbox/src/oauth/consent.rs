//! The page on which a person allows or denies, and the redirect that follows.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use crate::house::House;
use crate::html::escaped;
use crate::oauth::grants::Code;
use crate::oauth::pkce::Challenge;
use crate::options::millis;
use crate::people::{Person, READY_MADE};
use crate::platform::Platform;

/// A valid authorization request.
pub(crate) struct Asked {
    pub(crate) platform: Platform,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// Every parameter as it came, so that the page can repeat the request with a decision.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Asked {
    /// The scopes that the person leaves out: `sandbox_decline=<scope>,<scope>`.
    fn declined(&self) -> Vec<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == "sandbox_decline");
        found.map(|(_, value)| value.split(',').collect()).unwrap_or_default()
    }
}

/// What the person in front of the page decided.
pub(crate) enum Decision {
    Approve(Person),
    Deny,
    /// The page has to be shown first.
    None,
}

impl Decision {
    /// The decision in the query: `sandbox_approve=<person>` or `sandbox_deny`; a sentence if that is nobody.
    pub(crate) fn parse(parameters: &[(String, String)]) -> Result<Self, String> {
        let find = |name| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if find("sandbox_deny").is_some() {
            return Ok(Self::Deny);
        }
        match find("sandbox_approve") {
            Some(name) => Person::named(name).map(Self::Approve).ok_or_else(|| {
                format!("sandbox_approve={name}: a person's name is 1 to 40 characters of a-z, 0-9 and -")
            }),
            None => Ok(Self::None),
        }
    }
}

/// Redirects with a code, or with `denial`, or shows the page.
pub(crate) fn settle(house: &House, asked: &Asked, decision: &Decision, denial: &[(&str, &str)]) -> Response {
    let state = asked.state.as_deref().map(|state| ("state", state));
    match decision {
        Decision::None => page(house, asked),
        Decision::Deny => redirect(&asked.redirect_uri, denial.iter().copied().chain(state)),
        Decision::Approve(person) => {
            let code = approve(house, asked, person);
            let mut to = with_query(&asked.redirect_uri, [("code", code.as_str())].into_iter().chain(state));
            match asked.platform {
                Platform::X | Platform::LinkedIn | Platform::Facebook => {}
                // Instagram adds it, and whoever takes it for part of the code fails.
                // <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login>
                // (read 2026-11)
                Platform::Instagram => to.push_str("#_"),
            }
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
    }
}

/// 302 to `uri` with `parameters` added to its query.
pub(crate) fn redirect<'a>(uri: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, with_query(uri, parameters))]).into_response()
}

/// `uri` with `parameters` added to its query.
fn with_query<'a>(uri: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    match Url::parse(uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(parameters);
            url.into()
        }
        Err(_) => uri.to_owned(),
    }
}

/// A page that says why nobody can be asked: there is no trustworthy place to redirect to.
pub(crate) fn page_of_refusal(platform: Platform, status: StatusCode, title: &str, why: &str) -> Response {
    let body = format!("<h1>{}</h1><p>{}</p>", escaped(title), escaped(why));
    (status, Html(frame(platform, &body))).into_response()
}

fn approve(house: &House, asked: &Asked, person: &Person) -> String {
    let now_ms = house.now_ms();
    let lifetime = match asked.platform {
        Platform::X => house.options.lifetimes.x_code,
        Platform::LinkedIn => house.options.lifetimes.linkedin_code,
        Platform::Facebook => house.options.lifetimes.facebook_code,
        Platform::Instagram => house.options.lifetimes.instagram_code,
    };
    let declined = asked.declined();
    let (declined, scopes) =
        asked.scopes.iter().cloned().partition(|scope| declined.contains(&scope.as_str()));
    let code = Code {
        platform: asked.platform,
        client_id: house.app(asked.platform).client_id.to_owned(),
        person: person.name().to_owned(),
        redirect_uri: asked.redirect_uri.clone(),
        scopes,
        declined,
        challenge: asked.challenge.clone(),
        expires_at_ms: now_ms + millis(lifetime),
    };
    house.change(|world| {
        world.welcome(person);
        world.grants.issue_code(code, now_ms)
    })
}

fn page(house: &House, asked: &Asked) -> Response {
    let repeated: Vec<(&str, &str)> = asked
        .parameters
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .filter(|(key, _)| !key.starts_with("sandbox_"))
        .collect();
    let link = |key: &str, value: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(repeated.iter().copied())
            .append_pair(key, value)
            .finish();
        escaped(&format!("?{query}"))
    };
    let people: String = READY_MADE
        .into_iter()
        .filter_map(Person::named)
        .map(|person| {
            format!(
                "<li><span>{} <small>{}</small></span><a class=allow href=\"{}\">Allow</a><a href=\"{}\">Deny</a></li>",
                escaped(&person.display()),
                escaped(&whose(asked.platform, &person)),
                link("sandbox_approve", person.name()),
                link("sandbox_deny", person.name()),
            )
        })
        .collect();
    let hidden: String = repeated
        .iter()
        .map(|(key, value)| {
            format!("<input type=hidden name=\"{}\" value=\"{}\">", escaped(key), escaped(value))
        })
        .collect();
    let scopes: String =
        asked.scopes.iter().map(|scope| format!("<code>{}</code> ", escaped(scope))).collect();
    let body = format!(
        "<h1>Let {} in?</h1><p>It asks {} for {scopes}</p><ul>{people}</ul>\
         <form><label>Somebody else <input name=sandbox_approve required pattern=\"[a-z0-9\\-]{{1,40}}\" \
         placeholder=any-name></label>{hidden}<button class=allow>Allow</button></form>",
        escaped(house.app(asked.platform).client_id),
        asked.platform.title(),
    );
    Html(frame(asked.platform, &body)).into_response()
}

fn whose(platform: Platform, person: &Person) -> String {
    match platform {
        Platform::X => format!("@{}", person.x_username()),
        Platform::LinkedIn => {
            let pages: Vec<_> = person
                .memberships()
                .iter()
                .map(|at| format!("{} ({})", at.organization.name, at.role.to_lowercase()))
                .collect();
            pages.join(", ")
        }
        Platform::Facebook => {
            let pages: Vec<_> = person.pages().into_iter().map(|at| at.page.name).collect();
            pages.join(", ")
        }
        Platform::Instagram => format!("@{}", person.instagram().username),
    }
}

fn frame(platform: Platform, body: &str) -> String {
    let style = include_str!("consent.css");
    let title = platform.title();
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width\"><title>{title} (sandbox)</title><style>{style}</style>\
         <main><small>{title}, played by the sandbox</small>{body}</main></html>"
    )
}
