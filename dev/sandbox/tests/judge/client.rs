//! A sandbox in this process and a small client that shows everything, also a closed connection.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use sandbox::{Clock, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::form_urlencoded;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:5173/oauth/callback";
pub(crate) const X_SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";
pub(crate) const LINKEDIN_SCOPES: &str = "openid profile email w_member_social w_organization_social \
     r_organization_social rw_organization_admin";
/// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// `belfry-x:belfry-x-development-secret`.
pub(crate) const X_BASIC: &str = "Basic YmVsZnJ5LXg6YmVsZnJ5LXgtZGV2ZWxvcG1lbnQtc2VjcmV0";

/// A running sandbox.
pub(crate) struct Sandbox {
    address: SocketAddr,
    pub(crate) clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), sandbox::Error>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// One request, built step by step.
pub(crate) struct Call<'a> {
    sandbox: &'a Sandbox,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// An account that the app was let in to.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) refresh: Option<String>,
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = options.clock.clone();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(sandbox::serve_until(listener, options, async move {
            let _told_or_dropped = stopped.await;
        }));
        Self { address, clock, stop: Some(stop), task }
    }

    /// Ends it as SIGTERM would.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        (&mut self.task).await.unwrap().unwrap();
    }

    pub(crate) fn get(&self, path: impl Into<String>) -> Call<'_> {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: impl Into<String>) -> Call<'_> {
        self.call("POST", path)
    }

    pub(crate) fn delete(&self, path: impl Into<String>) -> Call<'_> {
        self.call("DELETE", path)
    }

    pub(crate) fn call(&self, method: &'static str, path: impl Into<String>) -> Call<'_> {
        Call { sandbox: self, method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// The control interface's list of media, oldest first.
    pub(crate) async fn media(&self, account: &str) -> Vec<Value> {
        let account: String = form_urlencoded::byte_serialize(account.as_bytes()).collect();
        let answer = self.get(format!("/_control/media?account={account}")).send().await;
        let mut media = answer.json().as_array().unwrap().clone();
        media.reverse();
        media
    }

    /// The control interface's list of posts, oldest first.
    pub(crate) async fn posts(&self, account: &str) -> Vec<Value> {
        let account: String = form_urlencoded::byte_serialize(account.as_bytes()).collect();
        let answer = self.get(format!("/_control/posts?account={account}")).send().await;
        let mut posts = answer.json().as_array().unwrap().clone();
        posts.reverse();
        posts
    }

    pub(crate) async fn requests(&self) -> Vec<Value> {
        self.get("/_control/requests").send().await.json().as_array().unwrap().clone()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let answer = self.post("/_control/faults").json(&fault).send().await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert!(answer.json()["id"].is_string());
    }

    /// Walks X's authorization as a person and returns the account.
    pub(crate) async fn x(&self, person: &str) -> Account {
        let code = self.x_code(person).await;
        let tokens = self.x_exchange(&code).send().await.json();
        let token = tokens["access_token"].as_str().unwrap().to_owned();
        let me = self.get("/x/2/users/me").bearer(&token).send().await.json();
        Account {
            id: me["data"]["id"].as_str().unwrap().to_owned(),
            token,
            refresh: tokens["refresh_token"].as_str().map(str::to_owned),
        }
    }

    pub(crate) async fn x_code(&self, person: &str) -> String {
        let query = query(&[
            ("response_type", "code"),
            ("client_id", "belfry-x"),
            ("redirect_uri", CALLBACK),
            ("scope", X_SCOPES),
            ("state", "s-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("sandbox_approve", person),
        ]);
        self.get(format!("/x/i/oauth2/authorize?{query}")).send().await.redirected("code")
    }

    pub(crate) fn x_exchange(&self, code: &str) -> Call<'_> {
        self.post("/x/2/oauth2/token").header("authorization", X_BASIC).form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    }

    pub(crate) fn x_refresh(&self, token: &str) -> Call<'_> {
        self.post("/x/2/oauth2/token")
            .header("authorization", X_BASIC)
            .form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    pub(crate) fn x_create(&self, account: &Account, body: &Value) -> Call<'_> {
        self.post("/x/2/tweets").bearer(&account.token).json(body)
    }

    /// Walks LinkedIn's authorization as a person and returns the member.
    pub(crate) async fn linkedin(&self, person: &str) -> Account {
        let code = self.linkedin_code(person, LINKEDIN_SCOPES).await;
        let tokens = self.linkedin_exchange(&code).send().await.json();
        let token = tokens["access_token"].as_str().unwrap().to_owned();
        let me = self.get("/linkedin/v2/userinfo").bearer(&token).send().await.json();
        Account {
            id: format!("urn:li:person:{}", me["sub"].as_str().unwrap()),
            token,
            refresh: tokens["refresh_token"].as_str().map(str::to_owned),
        }
    }

    pub(crate) async fn linkedin_code(&self, person: &str, scope: &str) -> String {
        let query = query(&[
            ("response_type", "code"),
            ("client_id", "belfry-linkedin"),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "s-2"),
            ("sandbox_approve", person),
        ]);
        self.get(format!("/linkedin/oauth/v2/authorization?{query}")).send().await.redirected("code")
    }

    pub(crate) fn linkedin_exchange(&self, code: &str) -> Call<'_> {
        self.post("/linkedin/oauth/v2/accessToken").form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", "belfry-linkedin"),
            ("client_secret", "belfry-linkedin-development-secret"),
        ])
    }

    /// The URNs of the organizations at which the member has a role.
    pub(crate) async fn organizations(&self, member: &Account) -> Vec<String> {
        let acls = self
            .get("/linkedin/rest/organizationAcls?q=roleAssignee&state=APPROVED")
            .linkedin(&member.token)
            .send()
            .await
            .json();
        let elements = acls["elements"].as_array().unwrap();
        elements.iter().map(|element| element["organization"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn linkedin_create(&self, member: &Account, author: &str, commentary: &str) -> Call<'_> {
        self.post("/linkedin/rest/posts").linkedin(&member.token).json(&linkedin_post(author, commentary))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// The token and the headers of `/rest/…`.
    pub(crate) fn linkedin(self, token: &str) -> Self {
        self.bearer(token).header("linkedin-version", "202608").header("x-restli-protocol-version", "2.0.0")
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        self.body = query(pairs).into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    pub(crate) async fn send(self) -> Answer {
        self.attempt().await.unwrap()
    }

    /// Sends over a connection of its own; an error means that it was closed without an answer.
    pub(crate) async fn attempt(self) -> hyper::Result<Answer> {
        let stream = TcpStream::connect(self.sandbox.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driven = tokio::spawn(connection);
        let mut request =
            hyper::Request::builder().method(self.method).uri(self.path).header("host", "sandbox");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let outcome = sender.send_request(request).await;
        let answer = match outcome {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                let body = body.collect().await?.to_bytes();
                Ok(Answer {
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body: String::from_utf8_lossy(&body).into_owned(),
                })
            }
            Err(error) => Err(error),
        };
        driven.abort();
        answer
    }

    /// Whether nothing comes back within a tenth of a second; then the client leaves.
    pub(crate) async fn hangs(self) -> bool {
        tokio::time::timeout(Duration::from_millis(100), self.attempt()).await.is_err()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A parameter of the address that a 302 leads to.
    pub(crate) fn redirected(&self, parameter: &str) -> String {
        assert_eq!(self.status, 302, "{}", self.body);
        let location = url::Url::parse(self.header("location").unwrap()).unwrap();
        assert!(location.as_str().starts_with(CALLBACK));
        let found = location.query_pairs().find(|(name, _)| name == parameter);
        found.unwrap_or_else(|| panic!("no {parameter} in {location}")).1.into_owned()
    }
}

pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A picture that begins as a PNG of that size does; what follows makes each one different.
pub(crate) fn png(width: u32, height: u32, more: &str) -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
    [head, &width.to_be_bytes(), &height.to_be_bytes(), more.as_bytes()].concat()
}

/// A GIF of so many pictures.
pub(crate) fn gif(width: u16, height: u16, pictures: usize) -> Vec<u8> {
    let picture = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let mut gif = [b"GIF89a".as_slice(), &width.to_le_bytes(), &height.to_le_bytes(), b"\0\0\0"].concat();
    gif.extend(picture.repeat(pictures));
    gif.push(b';');
    gif
}

/// An MP4 of so many bytes that says how long it plays.
pub(crate) fn mp4(size_bytes: usize, plays_ms: u32) -> Vec<u8> {
    let mut video = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x20mvhd\0\0\0\0".to_vec();
    for number in [0, 0, 1_000, plays_ms] {
        video.extend(number.to_be_bytes());
    }
    // Not the same everywhere, so that a part in the wrong place changes the digest.
    video.extend((video.len()..size_bytes).map(|at| u8::try_from(at / 1_000 % 251).unwrap()));
    video
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn encoded(urn: &str) -> String {
    urn.replace(':', "%3A")
}

pub(crate) fn linkedin_post(author: &str, commentary: &str) -> Value {
    json!({
        "author": author,
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    })
}
