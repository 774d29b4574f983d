//! Facebook and Instagram from outside: logins, signed calls, and a host that media come from.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox::Options;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::client::{Answer, CALLBACK, Call, Sandbox, query};

pub(crate) const FACEBOOK_SECRET: &str = "belfry-facebook-development-secret";
pub(crate) const INSTAGRAM_SECRET: &str = "belfry-instagram-development-secret";
pub(crate) const FACEBOOK_SCOPES: &str = "pages_show_list,pages_read_engagement,pages_manage_posts,\
     pages_manage_engagement,read_insights,instagram_basic,instagram_content_publish,\
     instagram_manage_comments,instagram_manage_insights,instagram_manage_contents";
pub(crate) const INSTAGRAM_SCOPES: &str = "instagram_business_basic,instagram_business_content_publish,\
     instagram_business_manage_comments,instagram_business_manage_insights";

/// A Facebook user with Pages.
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) short: String,
    pub(crate) token: String,
    pub(crate) pages: Vec<Page>,
}

/// A Page, or the Instagram account that belongs to it, or an Instagram account with its own login.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) instagram: Option<String>,
}

/// What is at a path: a status and bytes.
type Files = Arc<Mutex<BTreeMap<String, (u16, Vec<u8>)>>>;

/// A host of media.
pub(crate) struct MediaHost {
    address: SocketAddr,
    files: Files,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl MediaHost {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let files: Files = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (known, noted) = (Arc::clone(&files), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                let mut piece = [0; 1024];
                while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                    let read = stream.read(&mut piece).await.unwrap_or(0);
                    if read == 0 {
                        break;
                    }
                    request.extend_from_slice(&piece[..read]);
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
                let path = target.split('?').next().unwrap_or_default().to_owned();
                noted.lock().unwrap().push(target);
                let found = known.lock().unwrap().get(&path).cloned();
                let (status, bytes) = found.unwrap_or((404, Vec::new()));
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: /square.jpg\r\nconnection: close\r\n\r\n",
                    bytes.len()
                );
                let _left = stream.write_all(head.as_bytes()).await;
                let _left = stream.write_all(&bytes).await;
            }
        });
        let host = Self { address, files, asked, task };
        host.serve("/square.jpg", 200, jpeg(1080, 1080, 2_000));
        host.serve("/second.jpg", 200, jpeg(1080, 1080, 3_000));
        host.serve("/video.mp4", 200, mp4());
        host.serve("/moved.jpg", 302, Vec::new());
        host
    }

    pub(crate) fn serve(&self, path: &str, status: u16, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert(path.to_owned(), (status, bytes));
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Options under which media may come from here.
    pub(crate) fn options(&self) -> Options {
        Options {
            media_origins: vec![format!("http://{}", self.address)],
            graph_processing: Duration::ZERO,
            ..Options::default()
        }
    }
}

impl Drop for MediaHost {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sandbox {
    /// Walks Facebook Login as a person, to the long token and the Pages.
    pub(crate) async fn facebook(&self, person: &str) -> User {
        self.facebook_with(person, FACEBOOK_SCOPES).await
    }

    pub(crate) async fn facebook_with(&self, person: &str, scope: &str) -> User {
        let code = self.facebook_code(person, scope, "").await;
        let short = self.facebook_redeem(&code).send().await.json();
        let short = short["access_token"].as_str().unwrap().to_owned();
        let long = self.facebook_exchange(&short).send().await.json();
        let token = long["access_token"].as_str().unwrap().to_owned();
        let me = self.graph(&token, "/me", &[]).send().await.json();
        let pages = self.pages(&token).await;
        User { id: me["id"].as_str().unwrap().to_owned(), short, token, pages }
    }

    pub(crate) async fn facebook_code(&self, person: &str, scope: &str, decline: &str) -> String {
        let query = query(&[
            ("client_id", "belfry-facebook"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "s-3"),
            ("sandbox_approve", person),
            ("sandbox_decline", decline),
        ]);
        self.get(format!("/facebook/v25.0/dialog/oauth?{query}")).send().await.redirected("code")
    }

    pub(crate) fn facebook_redeem(&self, code: &str) -> Call<'_> {
        let query = query(&[
            ("client_id", "belfry-facebook"),
            ("client_secret", FACEBOOK_SECRET),
            ("redirect_uri", CALLBACK),
            ("code", code),
        ]);
        self.get(format!("/facebook/v25.0/oauth/access_token?{query}"))
    }

    pub(crate) fn facebook_exchange(&self, token: &str) -> Call<'_> {
        let query = query(&[
            ("grant_type", "fb_exchange_token"),
            ("client_id", "belfry-facebook"),
            ("client_secret", FACEBOOK_SECRET),
            ("fb_exchange_token", token),
        ]);
        self.get(format!("/facebook/v25.0/oauth/access_token?{query}"))
    }

    pub(crate) async fn pages(&self, token: &str) -> Vec<Page> {
        let fields = [("fields", "id,access_token,instagram_business_account{id}")];
        let listed = self.graph(token, "/me/accounts", &fields).send().await.json();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let pages = listed["data"].as_array().unwrap().iter();
        pages
            .map(|page| Page {
                id: text(&page["id"]).unwrap(),
                token: text(&page["access_token"]).unwrap(),
                instagram: text(&page["instagram_business_account"]["id"]),
            })
            .collect()
    }

    /// A signed `GET` of `graph.facebook.com`.
    pub(crate) fn graph(&self, token: &str, path: &str, parameters: &[(&str, &str)]) -> Call<'_> {
        self.get(format!("/facebook/v25.0{path}?{}", signed(token, parameters)))
    }

    /// A signed `POST` of a form to `graph.facebook.com`.
    pub(crate) fn graph_post(&self, token: &str, path: &str, parameters: &[(&str, &str)]) -> Call<'_> {
        self.post(format!("/facebook/v25.0{path}?{}", signed(token, &[]))).form(parameters)
    }

    pub(crate) fn graph_delete(&self, token: &str, path: &str) -> Call<'_> {
        self.delete(format!("/facebook/v25.0{path}?{}", signed(token, &[])))
    }

    pub(crate) async fn instagram_code(&self, person: &str) -> String {
        let answer = self.instagram_authorize(&[("sandbox_approve", person)]).send().await;
        answer.redirected("code")
    }

    pub(crate) fn instagram_authorize(&self, more: &[(&str, &str)]) -> Call<'_> {
        let mut pairs = vec![
            ("client_id", "belfry-instagram"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", INSTAGRAM_SCOPES),
            ("state", "s-4"),
        ];
        pairs.extend(more);
        self.get(format!("/instagram/oauth/authorize?{}", query(&pairs)))
    }

    pub(crate) fn instagram_redeem(&self, code: &str) -> Call<'_> {
        self.post("/instagram/oauth/access_token").form(&[
            ("client_id", "belfry-instagram"),
            ("client_secret", INSTAGRAM_SECRET),
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
            ("code", code),
        ])
    }

    pub(crate) fn instagram_exchange(&self, token: &str) -> Call<'_> {
        self.own(
            token,
            "/access_token",
            &[("grant_type", "ig_exchange_token"), ("client_secret", INSTAGRAM_SECRET)],
        )
    }

    pub(crate) fn instagram_refresh(&self, token: &str) -> Call<'_> {
        self.own(token, "/refresh_access_token", &[("grant_type", "ig_refresh_token")])
    }

    /// Walks Instagram Login as a person, to the long token.
    pub(crate) async fn instagram(&self, person: &str) -> Page {
        let code = self.instagram_code(person).await;
        let short = self.instagram_redeem(&code).send().await.json();
        let long = self.instagram_exchange(short["access_token"].as_str().unwrap()).send().await.json();
        Page {
            id: short["user_id"].as_str().unwrap().to_owned(),
            token: long["access_token"].as_str().unwrap().to_owned(),
            instagram: None,
        }
    }

    /// A `GET` of `graph.instagram.com`.
    pub(crate) fn own(&self, token: &str, path: &str, parameters: &[(&str, &str)]) -> Call<'_> {
        let mut pairs = vec![("access_token", token)];
        pairs.extend(parameters);
        self.get(format!("/instagram{path}?{}", query(&pairs)))
    }

    /// A `POST` of a form to `graph.instagram.com`.
    pub(crate) fn own_post(&self, account: &Page, edge: &str, parameters: &[(&str, &str)]) -> Call<'_> {
        self.post(format!("/instagram/v25.0/{}/{edge}", account.id)).bearer(&account.token).form(parameters)
    }
}

impl Answer {
    /// The code and subcode of an error, 0 where there is none.
    pub(crate) fn error(&self) -> (i64, i64) {
        let error = &self.json()["error"];
        assert!(error["message"].is_string() && error["fbtrace_id"].is_string(), "{}", self.body);
        (error["code"].as_i64().unwrap(), error["error_subcode"].as_i64().unwrap_or_default())
    }

    /// The id of what was made.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()["id"].as_str().unwrap().to_owned()
    }
}

/// The parameters with the token and its proof.
pub(crate) fn signed(token: &str, parameters: &[(&str, &str)]) -> String {
    let proof = proof(FACEBOOK_SECRET, token);
    let mut pairs = vec![("access_token", token), ("appsecret_proof", proof.as_str())];
    pairs.extend(parameters);
    query(&pairs)
}

pub(crate) fn proof(secret: &str, token: &str) -> String {
    let mut key = [0; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), token.as_bytes().to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The head of a JPEG of that size, filled up to so many bytes.
pub(crate) fn jpeg(width: u16, height: u16, size_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8];
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.resize(size_bytes.max(20), 0);
    bytes
}

/// The head of a PNG.
pub(crate) fn png() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n0000IHDR".to_vec()
}

/// The head of an MP4.
pub(crate) fn mp4() -> Vec<u8> {
    b"\0\0\0\x20ftypisom0000000000000000".to_vec()
}
