//! For tests: a server on port 0 that writes down what it is asked and plays what it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use domain::connection::{Account, AccountKind, Grant, Tokens};
use domain::id::MediaId;
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{Authorizer, Platforms, Publisher, Source};
use domain::post::Attachment;
use domain::secret::Secret;
use domain::target::Options;
use domain::text::{Part, Role};
use domain::{Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::recorded::Recorded;
use domain::ports::ClientSecrets;

use crate::{
    Base, FacebookSettings, InstagramSettings, LinkedInSettings, PostsApi, Settings, SocialPlatforms,
    XSettings,
};

/// The first byte of whoever wants to speak TLS, which nobody here does.
const TLS_HANDSHAKE: u8 = 0x16;

/// What the server does with one request. Warming (`HEAD`) is answered 404 and takes no act.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers these bytes.
    Say(String),
    /// Answers these bytes and closes.
    SayAndClose(String),
    /// Closes without a word.
    Drop,
    /// Says nothing and keeps the connection.
    Keep,
    /// Gives the bytes of a file of this size that the request's `Range` names; see [`bytes_of`].
    File(u64),
}

/// The server. It ends with the test's runtime.
pub(crate) struct Stage {
    address: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
    acts: VecDeque<Act>,
}

impl Stage {
    /// A server that plays `acts`, one for each request, over as many connections as come.
    pub(crate) async fn playing(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Seen { acts: acts.into_iter().collect(), ..Seen::default() }));
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, seen }
    }

    /// Plays one act more: one that names this server's own address.
    pub(crate) fn then(&self, act: Act) {
        self.seen.lock().unwrap().acts.push_back(act);
    }

    /// Plays these too, once all others are played: for acts that must know where this server is.
    pub(crate) fn play(&self, acts: impl IntoIterator<Item = Act>) {
        self.seen.lock().unwrap().acts.extend(acts);
    }

    /// An address at which nobody listens.
    pub(crate) async fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { address: listener.local_addr().unwrap().to_string(), seen: Arc::default() }
    }

    /// What was asked: the request line, the headers in order of their names without `host`, and the body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// The one request that came.
    pub(crate) fn request(&self) -> String {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// A file of this kind and size that this server gives.
    pub(crate) fn source(&self, kind: MediaKind, size_bytes: u64) -> Source {
        let link = format!("http://{}/files/film?X-Amz-Signature=s3cret-signature", self.address);
        Source { kind, size_bytes, link: Secret::new(link) }
    }

    /// An address below this server, as a platform would give one out.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The platforms as if they were all here, each below a path of its own.
    pub(crate) fn platforms(&self, change: impl FnOnce(&mut Settings)) -> SocialPlatforms {
        let mut settings = self.settings("http");
        change(&mut settings);
        SocialPlatforms::new(settings, Arc::new(Known))
    }

    /// The publisher of `platform`.
    pub(crate) fn publisher(&self, platform: Platform) -> Box<dyn Publisher> {
        self.platforms(|_| {}).publisher(platform)
    }

    /// The authorizer of `platform`.
    pub(crate) fn authorizer(&self, platform: Platform) -> Box<dyn Authorizer> {
        self.platforms(|_| {}).authorizer(platform)
    }

    /// The settings for this server.
    pub(crate) fn settings(&self, scheme: &str) -> Settings {
        let base = |path: &str| Base::parse("base", &format!("{scheme}://{}/{path}", self.address)).unwrap();
        let scopes = "openid profile w_member_social w_organization_social rw_organization_admin";
        Settings {
            redirect_uri: "https://app.example/oauth/callback".into(),
            x: XSettings { authorize: base("x"), api: base("x"), client_id: "x-client".into() },
            linkedin: LinkedInSettings {
                oauth: base("linkedin"),
                api: base("linkedin/"),
                client_id: "linkedin-client".into(),
                version: "202608".into(),
                posts_api: PostsApi::Posts,
                scopes: scopes.split(' ').map(str::to_owned).collect(),
            },
            facebook: FacebookSettings {
                dialog: base("facebook"),
                graph: base("facebook"),
                client_id: "facebook-client".into(),
                version: "v25.0".into(),
                scopes: vec!["pages_show_list".into(), "pages_manage_posts".into()],
            },
            instagram: InstagramSettings {
                authorize: base("instagram"),
                oauth: base("instagram"),
                graph: base("instagram"),
                client_id: "instagram-client".into(),
                version: "v25.0".into(),
            },
        }
    }
}

/// The bytes of an answer with these headers and this body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        answer.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{answer}\r\n{body}")
}

/// The answer that was recorded.
pub(crate) fn replay(recorded: &Recorded) -> Act {
    let headers: Vec<(&str, &str)> =
        recorded.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Act::Say(answer(recorded.status, &headers, &recorded.body()))
}

/// An account of this kind.
pub(crate) fn account(id: &str, kind: AccountKind) -> Account {
    let handle = (kind == AccountKind::Person).then(|| "ada".to_owned());
    let login = match kind {
        AccountKind::Person | AccountKind::Organization => Platform::LinkedIn,
        AccountKind::Page => Platform::Facebook,
        AccountKind::Business => Platform::Instagram,
    };
    Account { id: id.into(), login, kind, display_name: "Ada".into(), handle, avatar_url: None }
}

/// These words without options, in reply to nothing.
pub(crate) fn part(text: &str) -> Part<'_> {
    const NONE: &Options = &Options {
        visibility: None,
        link: None,
        first_comment: None,
        reply_settings: None,
        thread_numbering: None,
        on_thread_failure: None,
        media_kind: None,
    };
    Part { role: Role::Post, text, options: NONE, reply_to: None, media: &[], handles: &[], sources: &[] }
}

/// A file of a post, called this, with or without words for people who cannot see it.
pub(crate) fn attachment(kind: MediaKind, file_name: &str, alt_text: Option<&str>) -> Attachment {
    Attachment {
        media_id: MediaId(format!("med_{file_name}")),
        alt_text: alt_text.map(str::to_owned),
        file_name: file_name.into(),
        kind,
        size_bytes: 10,
        pixels: None,
    }
}

/// The accounts that a grant of [`token`] opens.
pub(crate) async fn accounts_of(authorizer: &dyn Authorizer) -> Result<Vec<Account>> {
    let tokens = Tokens { access: token(), refresh: None };
    let grant = Grant { tokens, scopes: Vec::new(), expires_at: None, refresh_until: None };
    let opened = authorizer.accounts(&grant).await?;
    Ok(opened.into_iter().map(|opened| opened.account).collect())
}

/// A token that no test expects to see again.
pub(crate) fn token() -> Secret<String> {
    Secret::new("s3cret-access-token".into())
}

struct Known;

#[async_trait::async_trait]
impl ClientSecrets for Known {
    async fn client_secret(&self, platform: Platform) -> Result<Secret<String>> {
        match platform {
            Platform::LinkedIn => Ok(Secret::new("linkedin-secret".into())),
            Platform::X => Ok(Secret::new("x-secret".into())),
            Platform::Facebook => Ok(Secret::new("facebook-secret".into())),
            Platform::Instagram => Ok(Secret::new("instagram-secret".into())),
        }
    }
}

/// Says the detail of a refusal, and fails on any other error.
pub(crate) fn refusal(error: Error) -> String {
    let Error::ConnectionRefused { detail, .. } = error else { panic!("{error:?}") };
    detail
}

/// The bytes from `first` to `last` of a file in which no two pieces are alike.
pub(crate) fn bytes_of(first: u64, last: u64) -> String {
    (first..=last).map(|at| char::from(b'a' + u8::try_from((at ^ (at >> 13)) % 23).unwrap())).collect()
}

fn range_of(request: &str) -> (u64, u64) {
    let range = request.lines().find_map(|line| line.strip_prefix("range: bytes=")).expect("a range");
    let (first, last) = range.split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    while let Some(request) = read(&mut stream).await {
        if request.starts_with("HEAD ") {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n").await.unwrap();
            continue;
        }
        let act = {
            let mut seen = seen.lock().unwrap();
            seen.requests.push(request.clone());
            seen.acts.pop_front().expect("an act for each request")
        };
        match act {
            // Whoever has heard enough may hang up.
            Act::Say(bytes) => drop(stream.write_all(bytes.as_bytes()).await),
            Act::SayAndClose(bytes) => return drop(stream.write_all(bytes.as_bytes()).await),
            Act::File(size) => {
                let (first, last) = range_of(&request);
                let last = last.min(size - 1);
                let range = format!("bytes {first}-{last}/{size}");
                let answer = answer(206, &[("content-range", &range)], &bytes_of(first, last));
                drop(stream.write_all(answer.as_bytes()).await);
            }
            Act::Drop => return,
            Act::Keep => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if bytes.first() == Some(&TLS_HANDSHAKE) {
            stream.write_all(b"no TLS here\r\n").await.unwrap();
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines: Vec<&str> = head.split("\r\n").collect();
            let first = lines.remove(0);
            let length: usize = lines
                .iter()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            while bytes.len() < end + 4 + length {
                stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
            }
            // Tests send ASCII, also where a platform takes any bytes.
            let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
            lines.retain(|line| !line.starts_with("host: "));
            lines.sort_unstable();
            return Some(format!("{first}\n{}\n\n{body}", lines.join("\n")));
        }
        stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
    }
}
