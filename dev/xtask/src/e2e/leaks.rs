//! Looks for every secret of a run, by its value, in all that the run left for others to read.
//!
//! The sandbox and the issuer list what they gave out and what they were brought; to these come the signatures of the
//! permissions to upload. Searched are all log groups, the log of each process, and the emulator's record of events,
//! messages and answers. A canary, planted in every place where one can be, must be found there, or the search is blind.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::caller::{Caller, EVENTS, SQS};
use crate::cloud::{Call, Cloud};
use crate::e2e::visitor::{Visitor, World};
use crate::http;
use crate::logs;
use crate::places::Places;
use crate::stack::Stack;

/// The answers that may show what lets in, by how what was asked begins, and where in them it stands: whoever asks for
/// the permission to upload or to read gets it.
const PERMISSIONS: [(&str, &str); 2] =
    [("POST /v1/media", "/upload/url"), ("GET /v1/media/", "/download/url")];
/// What lets in whoever has an address with it.
const SIGNED: [&str; 2] = ["X-Amz-Signature", "X-Amz-Security-Token"];
/// What every run has: when there is none of a kind, whoever should tell it does not.
const KINDS: [&str; 9] = [
    "access token",
    "refresh token",
    "token",
    "authorization code",
    "PKCE verifier",
    "proof of the app's secret",
    "client secret",
    "presigned query",
    SIGNED[0],
];
/// Of what stands around a secret so much is shown, on each side.
const AROUND: usize = 60;

/// Where nothing of it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    FunctionLogs,
    ProcessLogs,
    Events,
    SentMessages,
    ReceivedMessages,
    Answers,
}

/// A value, and what it is.
#[derive(Clone, Debug, Deserialize)]
struct Secret {
    kind: String,
    value: String,
}

/// A line of the emulator's record, as far as the search needs it.
#[derive(Deserialize)]
struct Crossed {
    kind: String,
    asked: Option<String>,
    #[serde(default)]
    body: String,
}

/// What was searched, and what was found.
struct Search {
    automaton: AhoCorasick,
    /// In the order of the automaton's patterns; the last of these is the canary.
    kinds: Vec<String>,
    /// How much was read, and whether the canary was seen.
    read: BTreeMap<Place, (usize, bool)>,
    /// How often each kind stands where, and the first time in its surroundings.
    found: BTreeMap<(Place, String), (usize, String)>,
}

/// Fails when a secret of the run stands anywhere, or when the search saw nothing.
///
/// # Errors
/// With each kind of secret and where it stands, never with the secret.
pub(crate) async fn search(places: &Places, stack: &Stack) -> Result<()> {
    let record = places.record().context("only a private run keeps a record")?;
    let canary = format!("canary-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let cloud = Cloud::at(places, &stack.aws_endpoint);
    plant(&cloud, stack, &canary).await?;
    let mut secrets = signatures(&record)?;
    let client = http::client()?;
    for of in [&stack.sandbox_url, &stack.issuer] {
        let sent =
            client.get(format!("{of}/_control/secrets")).send().await.context("nobody tells secrets")?;
        let told: Vec<Secret> = sent.json().await.context("secrets of another shape")?;
        ensure!(!told.is_empty(), "{of} gave nothing out");
        secrets.extend(told);
    }
    for kind in KINDS {
        ensure!(secrets.iter().any(|secret| secret.kind == kind), "nobody told a {kind}");
    }
    let mut search = Search::of(&secrets, &canary)?;
    for line in logs::everything(&cloud).await? {
        search.read(Place::FunctionLogs, &line);
    }
    for log in fs::read_dir(places.log("any").parent().context("logs lie nowhere")?)? {
        for line in lines(&log?.path())? {
            search.read(Place::ProcessLogs, &line?);
        }
    }
    for line in lines(&record)? {
        search.read_crossed(&line?)?;
    }
    println!("{} secrets sought in {}", secrets.len(), search.told());
    search.verdict()
}

/// Says the canary where it must be found again.
async fn plant(cloud: &Cloud, stack: &Stack, canary: &str) -> Result<()> {
    let world = World::new(http::client()?, stack.clone());
    let stranger = Visitor::unconnected(&world).await?;
    stranger.post("/v1/posts/drafts", &json!({ "text": canary })).await?.expect(201)?;
    let root = Caller::root(world.client(), stack);
    let event =
        json!({ "Source": "leaks", "DetailType": "canary", "Detail": json!({ "is": canary }).to_string() });
    root.call(EVENTS, "PutEvents", &json!({ "Entries": [event] })).await?;
    let queue = root.call(SQS, "CreateQueue", &json!({ "QueueName": canary })).await?["QueueUrl"].take();
    root.call(SQS, "SendMessage", &json!({ "QueueUrl": queue, "MessageBody": canary })).await?;
    root.call(SQS, "DeleteQueue", &json!({ "QueueUrl": queue })).await?;
    let (group, stream) = (json!(canary), json!("canary"));
    let event = json!({ "timestamp": Timestamp::now().as_millisecond(), "message": canary });
    let written = json!({ "logGroupName": group, "logStreamName": stream, "logEvents": [event] });
    let log = |call, arguments| cloud.ask_one(Call::new("logs", call, arguments));
    log("create_log_group", json!({ "logGroupName": group })).await?;
    log("create_log_stream", json!({ "logGroupName": group, "logStreamName": stream })).await?;
    log("put_log_events", written).await?;
    Ok(())
}

/// Where in the answer to this a permission may stand.
fn permission_in(crossed: &Crossed) -> Option<&'static str> {
    let asked = crossed.asked.as_deref()?;
    PERMISSIONS.into_iter().find(|(route, _)| asked.starts_with(route)).map(|(_, pointer)| pointer)
}

/// What the permissions to upload and to read let in with.
fn signatures(record: &Path) -> Result<Vec<Secret>> {
    let mut found = Vec::new();
    for line in lines(record)? {
        let crossed: Crossed = serde_json::from_str(&line?).context("a record of another shape")?;
        if let Some(pointer) = permission_in(&crossed) {
            found.extend(signatures_of(&crossed.body, pointer));
        }
    }
    ensure!(!found.is_empty(), "nobody was permitted to upload");
    Ok(found)
}

/// Those of one answer; a refusal has none.
fn signatures_of(answer: &str, pointer: &str) -> Vec<Secret> {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let url = answer.pointer(pointer).and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    let pairs = url.iter().flat_map(Url::query_pairs).filter(|(name, _)| SIGNED.contains(&&**name));
    pairs.map(|(name, value)| Secret { kind: name.into_owned(), value: value.into_owned() }).collect()
}

fn lines(path: &Path) -> Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    // A process may write whatever bytes it likes.
    let lines = BufReader::new(file).split(b'\n');
    Ok(lines.map(|line| Ok(String::from_utf8_lossy(&line?).into_owned())))
}

impl Search {
    fn of(secrets: &[Secret], canary: &str) -> Result<Self> {
        ensure!(!secrets.is_empty(), "there are no secrets to seek");
        let values = secrets.iter().map(|secret| secret.value.as_str()).chain([canary]);
        let kinds = secrets.iter().map(|secret| secret.kind.clone()).chain(["canary".to_owned()]);
        Ok(Self {
            automaton: AhoCorasick::new(values).context("more secrets than can be sought")?,
            kinds: kinds.collect(),
            read: BTreeMap::new(),
            found: BTreeMap::new(),
        })
    }

    /// Takes one line of the emulator's record.
    fn read_crossed(&mut self, line: &str) -> Result<()> {
        let crossed: Crossed = serde_json::from_str(line).context("a record of another shape")?;
        let place = match crossed.kind.as_str() {
            "event" => Place::Events,
            "sent" => Place::SentMessages,
            "received" => Place::ReceivedMessages,
            "answer" if permission_in(&crossed).is_some() => return Ok(()),
            "answer" => Place::Answers,
            other => bail!("the emulator records `{other}`, which nobody searches"),
        };
        self.read(place, line);
        Ok(())
    }

    fn read(&mut self, place: Place, text: &str) {
        let (count, has_canary) = self.read.entry(place).or_default();
        *count += 1;
        for hit in self.automaton.find_overlapping_iter(text) {
            let pattern = hit.pattern().as_usize();
            if pattern + 1 == self.kinds.len() {
                *has_canary = true;
                continue;
            }
            let around = || {
                let before: String = text[..hit.start()].chars().rev().take(AROUND).collect();
                let before: String = before.chars().rev().collect();
                let after: String = text[hit.end()..].chars().take(AROUND).collect();
                format!("{before}***{after}")
            };
            let key = (place, self.kinds[pattern].clone());
            self.found.entry(key).or_insert_with(|| (0, around())).0 += 1;
        }
    }

    /// How much was read where.
    fn told(&self) -> String {
        let each: Vec<String> =
            self.read.iter().map(|(place, (count, _))| format!("{count} {}", place.name())).collect();
        each.join(", ")
    }

    fn verdict(&self) -> Result<()> {
        let found: Vec<String> = self
            .found
            .iter()
            .map(|((place, kind), (count, around))| {
                format!("{kind} in {count} {}, first as `{around}`", place.name())
            })
            .collect();
        ensure!(found.is_empty(), "secrets were told: {}", found.join("; "));
        for place in Place::ALL {
            let (count, has_canary) = self.read.get(&place).copied().unwrap_or_default();
            ensure!(count > 0, "there are no {} to search", place.name());
            ensure!(has_canary || !place.has_canary(), "the search of the {} is blind", place.name());
        }
        Ok(())
    }
}

impl Place {
    const ALL: [Self; 6] = [
        Self::FunctionLogs,
        Self::ProcessLogs,
        Self::Events,
        Self::SentMessages,
        Self::ReceivedMessages,
        Self::Answers,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FunctionLogs => "lines of the functions' logs",
            Self::ProcessLogs => "lines of the processes' logs",
            Self::Events => "events",
            Self::SentMessages => "messages that were sent",
            Self::ReceivedMessages => "messages that functions got",
            Self::Answers => "answers of the API",
        }
    }

    /// Whether a canary can be planted: a process logs what it likes, and a function that gets one would fail.
    fn has_canary(self) -> bool {
        match self {
            Self::FunctionLogs | Self::Events | Self::SentMessages | Self::Answers => true,
            Self::ProcessLogs | Self::ReceivedMessages => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-0123456789abcdef";
    const TOKEN: &str = "EAAB-a-token-of-somebody";

    /// A search that has read everything it must, and nothing that it must not find.
    fn searched() -> Search {
        let secrets = [Secret { kind: "access token".into(), value: TOKEN.into() }];
        let mut search = Search::of(&secrets, CANARY).expect("there is one");
        for place in Place::ALL {
            search.read(place, &format!("a line with {CANARY} in it"));
        }
        search
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands_and_not_told() {
        searched().verdict().expect("nothing was told");
        for place in Place::ALL {
            let mut search = searched();
            search.read(place, &format!("{{\"token\":\"Bearer {TOKEN}&more\"}}"));
            let complaint = search.verdict().expect_err("it was told").to_string();
            assert!(complaint.contains("access token") && complaint.contains(place.name()), "{complaint}");
            assert!(complaint.contains("Bearer ***&more") && !complaint.contains(TOKEN), "{complaint}");
        }
    }

    #[test]
    fn a_search_that_sees_nothing_is_none() {
        assert!(Search::of(&[], CANARY).is_err());
        for place in Place::ALL {
            let mut search = searched();
            search.read.remove(&place);
            assert!(search.verdict().is_err(), "no {}", place.name());
            search.read(place, "a line without it");
            assert_eq!(search.verdict().is_err(), place.has_canary(), "blind for {}", place.name());
        }
    }

    #[test]
    fn only_the_permission_to_upload_may_show_its_signature() {
        let told = |asked: &str| {
            let mut search = searched();
            let line =
                json!({ "kind": "answer", "asked": asked, "body": format!("?X-Amz-Signature={TOKEN}") });
            search.read_crossed(&line.to_string()).expect("a line of the record");
            search.verdict().is_err()
        };
        assert!(!told("POST /v1/media") && !told("GET /v1/media/med_1"));
        assert!(told("DELETE /v1/media/med_1") && told("POST /v1/posts/publish"));
    }

    #[test]
    fn what_a_permission_lets_in_with_is_sought_elsewhere() {
        let answer = json!({ "upload": { "url": "http://s3/a?X-Amz-Date=1&X-Amz-Signature=00ff" } });
        let found = signatures_of(&answer.to_string(), "/upload/url");
        let values: Vec<&str> = found.iter().map(|secret| secret.value.as_str()).collect();
        assert_eq!(values, ["00ff"]);
        assert!(signatures_of("{\"code\":\"invalid_request\"}", "/upload/url").is_empty());
    }
}
