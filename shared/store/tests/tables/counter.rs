//! Counts what is really asked of DynamoDB: a proxy that has each answer say what it consumed.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One call and the units that it consumed.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Such as `UpdateItem`.
    pub(crate) operation: String,
    /// Of which table.
    pub(crate) table: String,
    /// All of them, indexes included.
    pub(crate) units: f64,
}

/// The calls so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// Takes out every call since the last time.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Listens before the DynamoDB at `address`, and answers where, and what is counted there.
pub(crate) async fn before(address: String) -> (String, Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let calls = Calls::default();
    let counted = calls.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, address.clone(), counted.clone()));
        }
    });
    (endpoint, calls)
}

/// The calls of one connection, one after the other.
async fn pass_on(client: TcpStream, address: String, calls: Calls) {
    let mut client = BufReader::new(client);
    while let Some((head, body)) = message(&mut client).await {
        let operation = header(&head, "x-amz-target").and_then(|it| it.split('.').nth(1)).unwrap().to_owned();
        let mut asked: Value = serde_json::from_slice(&body).unwrap();
        asked["ReturnConsumedCapacity"] = "INDEXES".into();
        let body = asked.to_string();
        let mut server = BufReader::new(TcpStream::connect(&address).await.unwrap());
        let sent = format!("{}{body}", with_length(&head, body.len()));
        server.get_mut().write_all(sent.as_bytes()).await.unwrap();
        let Some((head, body)) = message(&mut server).await else { return };
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let consumed = &answer["ConsumedCapacity"];
        // A call that names several items tells of each table.
        let of_all: Vec<&Value> =
            consumed.as_array().map_or_else(|| vec![consumed], |all| all.iter().collect());
        let consumed = of_all[0];
        let table =
            asked["TableName"].as_str().or(consumed["TableName"].as_str()).unwrap_or_default().to_owned();
        let units = of_all.iter().filter_map(|of_one| of_one["CapacityUnits"].as_f64()).sum();
        calls.0.lock().unwrap().push(Call { operation, table, units });
        client.get_mut().write_all(head.as_bytes()).await.unwrap();
        client.get_mut().write_all(&body).await.unwrap();
    }
}

/// Head and body of the next message; `None` when there is none.
async fn message(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn with_length(head: &str, length: usize) -> String {
    let is_length = |line: &str| line.to_ascii_lowercase().starts_with("content-length:");
    let kept: String = head
        .lines()
        .filter(|line| !line.is_empty() && !is_length(line))
        .map(|line| format!("{line}\r\n"))
        .collect();
    format!("{kept}content-length: {length}\r\n\r\n")
}
