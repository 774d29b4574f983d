//! Ready-made people: a token from the issuer, and connections made by walking the real way.

use anyhow::{Context, Result, bail, ensure};
use reqwest::header::LOCATION;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::stack::Stack;

/// Every login: Facebook's opens Pages and the Instagram accounts that belong to them.
pub(crate) const LOGINS: [&str; 4] = ["x", "linkedin", "facebook", "instagram"];

/// A token of this person, whose connections by these logins are made first where they are missing.
///
/// # Errors
/// When the issuer, the API or the sandbox refuse a step.
pub(crate) async fn introduce(
    client: &Client,
    stack: &Stack,
    person: &str,
    logins: &[&str],
) -> Result<String> {
    let token = token(client, stack, person).await?;
    let connected = connected(client, stack, &token).await?;
    for &platform in logins {
        if !connected.iter().any(|known| known == platform) {
            connect(client, stack, &token, platform, person)
                .await
                .with_context(|| format!("cannot connect {person} to {platform}"))?;
        }
    }
    Ok(token)
}

/// A token of this person, nothing else.
///
/// # Errors
/// When the issuer refuses.
pub(crate) async fn token(client: &Client, stack: &Stack, person: &str) -> Result<String> {
    let request = client.post(format!("{}/_control/token", stack.issuer)).json(&json!({ "person": person }));
    let answer = told(request.send().await, StatusCode::OK).await?;
    Ok(answer["accessToken"].as_str().context("the issuer gave no token")?.to_owned())
}

/// The platforms to which the person has a working connection.
async fn connected(client: &Client, stack: &Stack, token: &str) -> Result<Vec<String>> {
    let request = client.get(format!("{}/v1/connections", stack.api_url)).bearer_auth(token);
    let answer = told(request.send().await, StatusCode::OK).await?;
    let connections = ["connections", "items"].iter().find_map(|name| answer[name].as_array());
    let connections = connections.context("the list of connections is none")?;
    Ok(connections
        .iter()
        .filter(|connection| connection["status"] == "active")
        .filter_map(|connection| Some(connection["platform"].as_str()?.to_owned()))
        .collect())
}

/// Authorize, approve at the sandbox, complete: what the web page does with a popup.
async fn connect(client: &Client, stack: &Stack, token: &str, platform: &str, person: &str) -> Result<()> {
    let route = format!("{}/v1/connections/{platform}", stack.api_url);
    let begin = client.post(format!("{route}/authorize")).bearer_auth(token).json(&json!({}));
    let begun = told(begin.send().await, StatusCode::CREATED).await?;
    let url = begun["authorizationUrl"].as_str().context("no authorizationUrl")?;
    let mut url = Url::parse(url).with_context(|| format!("authorizationUrl is no URL: {url}"))?;
    url.query_pairs_mut().append_pair("sandbox_approve", person);
    let (code, state) = approve(client, url).await?;
    let complete = client.post(format!("{route}/complete")).bearer_auth(token);
    let complete = complete.json(&json!({ "code": code, "state": state }));
    told(complete.send().await, StatusCode::OK).await?;
    Ok(())
}

/// Follows redirects until one carries a code, and answers code and state; the page it leads to need not exist.
///
/// # Errors
/// When the sandbox does not approve.
pub(crate) async fn approve(client: &Client, mut url: Url) -> Result<(String, String)> {
    for _ in 0..5 {
        let response = client.get(url.clone()).send().await.context("the sandbox does not answer")?;
        let status = response.status();
        let Some(location) = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()) else {
            bail!("the sandbox did not approve ({status}): {}", response.text().await.unwrap_or_default());
        };
        url = url.join(location).context("the sandbox redirects nowhere")?;
        match code_in(&url) {
            Some(found) => return Ok(found),
            None => ensure!(
                !url.query_pairs().any(|(name, _)| name == "error"),
                "the sandbox refused: {}",
                url.query().unwrap_or_default()
            ),
        }
    }
    bail!("the sandbox redirects in a circle")
}

fn code_in(url: &Url) -> Option<(String, String)> {
    let value = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    Some((value("code")?, value("state")?))
}

/// The body of an answer with the wanted status; any other is an error with the problem's own words.
async fn told(sent: reqwest::Result<reqwest::Response>, wanted: StatusCode) -> Result<Value> {
    let response = sent.context("no answer")?;
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await.unwrap_or_default();
    ensure!(status == wanted, "{path} answered {status}, not {wanted}: {body}");
    serde_json::from_str(&body).with_context(|| format!("{path} answered no JSON: {body}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_with_code_and_state_ends_the_walk() {
        let url = |text: &str| Url::parse(text).expect("a url");
        let done = url("http://127.0.0.1:7070/oauth/callback?code=a%2Bb&state=s");
        assert_eq!(code_in(&done), Some(("a+b".to_owned(), "s".to_owned())));
        assert_eq!(code_in(&url("http://127.0.0.1:7080/x/i/oauth2/authorize?state=s")), None);
    }
}
