//! What survives a restart, in process and as the program.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::Options;
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::{Sandbox, linkedin_post, png};

async fn start(state: &Path) -> Sandbox {
    Sandbox::start_with(Options { state: Some(state.to_owned()), ..Options::default() }).await
}

#[tokio::test]
async fn posts_grants_and_counters_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("local/sandbox.json");
    let sandbox = start(&state).await;
    let ada = sandbox.x("fresh-1").await;
    sandbox.x_create(&ada, &json!({"text": "Kept"})).send().await;
    sandbox.stop().await;

    let kept = std::fs::read_to_string(&state).unwrap();
    assert!(
        !kept.contains(&ada.token) && !kept.contains(ada.refresh.as_deref().unwrap()),
        "only hashes are kept"
    );

    let sandbox = start(&state).await;
    assert_eq!(sandbox.posts(&ada.id).await[0]["text"], "Kept");
    let again = sandbox.x_create(&ada, &json!({"text": "Kept"})).send().await;
    assert_eq!((again.status, again.header("x-rate-limit-remaining")), (403, Some("98")));
    assert_eq!(sandbox.x_refresh(ada.refresh.as_deref().unwrap()).send().await.status, 200);
}

#[tokio::test]
async fn media_survive_a_restart_and_can_still_be_attached() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.json");
    let sandbox = start(&state).await;
    let ada = sandbox.linkedin("ada").await;
    let body = json!({"initializeUploadRequest": {"owner": ada.id}});
    let call = sandbox.post("/linkedin/rest/images?action=initializeUpload").linkedin(&ada.token);
    let value = call.json(&body).send().await.json()["value"].clone();
    let path = value["uploadUrl"].as_str().unwrap().strip_prefix("http://sandbox").unwrap().to_owned();
    let bytes = png(4, 3, "a picture that must not be kept");
    let sent = sandbox.call("PUT", path).bearer(&ada.token).bytes(bytes).send().await;
    assert_eq!(sent.status, 201);
    let before = sandbox.media(&ada.id).await;
    sandbox.stop().await;
    let kept = std::fs::read_to_string(&state).unwrap();
    assert!(!kept.contains("a picture that must not be kept"), "only digests are kept");

    let sandbox = start(&state).await;
    assert_eq!(sandbox.media(&ada.id).await, before);
    let mut post = linkedin_post(&ada.id, "Look");
    post["content"] = json!({"media": {"id": value["image"]}});
    let answer = sandbox.post("/linkedin/rest/posts").linkedin(&ada.token).json(&post).send().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test]
async fn the_state_is_saved_soon_after_a_change_without_being_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.json");
    let sandbox = start(&state).await;
    let ada = sandbox.x("ada").await;
    sandbox.x_create(&ada, &json!({"text": "Soon on disk"})).send().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !std::fs::read_to_string(&state).unwrap_or_default().contains("Soon on disk") {
        assert!(Instant::now() < deadline, "the state was not saved");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.json");
    std::fs::write(&state, "something else").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { state: Some(state.clone()), ..Options::default() };
    assert!(matches!(sandbox::serve(listener, options).await, Err(sandbox::Error::State(_))));
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "something else");
}

#[tokio::test]
async fn only_loopback_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let outcome = sandbox::serve(listener, Options::default()).await;
    assert!(matches!(outcome, Err(sandbox::Error::NotLoopback)));
}

#[test]
fn the_program_refuses_another_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(&folder.path().join("sandbox.json"), "0.0.0.0:0");
    assert!(!child.wait().unwrap().success());
}

#[test]
fn the_program_saves_and_ends_well_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.json");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut child = program(&state, &address);
    let deadline = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(&address).is_err() {
        assert!(Instant::now() < deadline, "the program does not listen");
        std::thread::yield_now();
    }
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(child.wait().unwrap().success());
    assert!(state.exists());
}

fn program(state: &Path, listen: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["--listen", listen, "--state"])
        .arg(state)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
