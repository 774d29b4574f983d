//! A stand-in for one of AWS's services on loopback, for tests of what a client sends and how it takes the answer.
//!
//! It gives ready-made answers over real HTTP, so that the client under test is the one that ships.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

/// Answers with what the test gave it, the last answer again and again, and remembers what it was asked.
#[derive(Debug)]
pub struct Neighbour {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// What the neighbour was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// The operation, such as `TrentService.Encrypt`; empty where the path says it.
    pub target: String,
    /// The body, null when there is none.
    pub body: Value,
}

impl Neighbour {
    /// A neighbour that gives these answers, status and body, one after the other.
    pub fn answering<const N: usize>(answers: [(u16, Value); N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = Arc::clone(&requests);
        // Ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = read(&stream) else { continue };
                let (status, body) = {
                    let mut seen = lock(&seen);
                    seen.push(request);
                    &answers[(seen.len() - 1).min(N - 1)]
                };
                answer(stream, *status, &body.to_string());
            }
        });
        Self { address, requests }
    }

    /// Everything it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// The value of an environment variable of a function whose AWS is this neighbour.
    pub fn environment(&self) -> impl Fn(&str) -> Option<String> + use<> {
        environment(format!("http://{}", self.address))
    }
}

/// The value of an environment variable of a function whose AWS is at `endpoint`. The emulator takes these keys for
/// those of its root.
pub fn environment(endpoint: String) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => &endpoint,
            _ => return None,
        };
        Some(value.to_owned())
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let header = |name: &str| {
        let mut headers = head.iter().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let mut body = vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: head.first()?.trim_end_matches(" HTTP/1.1").to_owned(),
        target: header("x-amz-target").unwrap_or_default(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

fn answer(mut stream: TcpStream, status: u16, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    // A client that has gone away misses its answer.
    let _ = stream.write_all((head + body).as_bytes());
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}
