//! What may be uploaded, when a post may show it, and when it goes.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::time::Duration;

use async_trait::async_trait;
use domain::attaching::{self, Ports};
use domain::id::{ConnectionId, Entropy, MediaId, OwnerId, PostId};
use domain::input::{Field, Mistakes};
use domain::media::{
    Download, Form, MARK_SETTLES, Media, MediaKind, MediaStatus, UNUSED_LIFETIME, UPLOAD_LIFETIME,
};
use domain::platform::Platform;
use domain::ports::{Files, MediaShelf, Posts};
use domain::post::{Attachment, Post};
use domain::target::Target;
use domain::uploading::{self, Found, Started};
use domain::{Error, Result};
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::media::{MemoryFiles, MemoryShelf};
use testkit::memory::MemoryPosts;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n bell";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 as many!";

/// 2026-12-01T08:00:00Z.
fn now() -> Timestamp {
    Timestamp::from_second(1_796_112_000).unwrap()
}

fn alice() -> OwnerId {
    OwnerId("alice".into())
}

fn post_id(number: u8) -> PostId {
    PostId(format!("pst_{number}"))
}

#[derive(Default)]
struct Desk {
    shelf: MemoryShelf,
    files: MemoryFiles,
    posts: MemoryPosts,
}

impl Desk {
    async fn start(&self, ask: Value) -> Result<Started> {
        let ask: Field<_> = serde_json::from_value(ask).unwrap();
        let entropy = Entropy::new(std::array::from_fn(|_| fastrand::u8(..)));
        uploading::start(&self.shelf, &self.files, &alice(), ask, now(), entropy).await
    }

    /// A file that is declared as this PNG, and these bytes in its place.
    async fn uploaded(&self, name: &str, bytes: &[u8]) -> MediaId {
        let ask = json!({ "fileName": name, "contentType": "image/png", "size": PNG.len() });
        let id = self.start(ask).await.unwrap().media.id;
        self.files.put(&id, bytes);
        id
    }

    async fn find(&self, id: &MediaId, now: Timestamp) -> Result<Found> {
        uploading::find(&self.shelf, &self.files, &alice(), id, now).await
    }

    async fn remove(&self, id: &MediaId, now: Timestamp) -> Result<()> {
        uploading::remove(&self.shelf, &self.files, &self.posts, &alice(), id, now).await
    }

    fn ports(&self) -> Ports<'_> {
        Ports { shelf: &self.shelf, files: &self.files }
    }

    /// The files that were found, and the mistakes.
    async fn attach(&self, owner: &OwnerId, post: &PostId, ids: &[&MediaId]) -> (Vec<Attachment>, Mistakes) {
        let wanted = wanted(ids);
        let mut mistakes = Mistakes::default();
        let found = attaching::attach(&self.ports(), owner, post, &wanted, &mut mistakes, now()).await;
        (found.unwrap(), mistakes)
    }

    async fn keep_post(&self, id: &PostId, shown: &[&MediaId]) {
        let post = Post {
            text: "Hello from the bell tower.".into(),
            media: shown.iter().map(|id| attachment(id)).collect(),
            publish_at: Some(now()),
            targets: vec![Target::scheduled(ConnectionId("con_1".into()), Platform::X, now())],
            revision: 1,
            due_at: Some(now()),
            ..Post::blank(alice(), id.clone(), now())
        };
        self.posts.insert(&post).await.unwrap();
    }

    async fn row(&self, id: &MediaId) -> Option<Media> {
        self.shelf.find(&alice(), id).await.unwrap()
    }
}

fn attachment(id: &MediaId) -> Attachment {
    Attachment {
        media_id: id.clone(),
        alt_text: None,
        file_name: "bell.png".into(),
        kind: MediaKind::Png,
        size_bytes: PNG.len() as u64,
        pixels: None,
    }
}

fn wanted(ids: &[&MediaId]) -> Vec<(String, MediaId)> {
    ids.iter().enumerate().map(|(index, id)| (format!("/media/{index}/mediaId"), (*id).clone())).collect()
}

fn listed(result: Result<()>) -> Vec<(String, &'static str, String)> {
    let Err(Error::Invalid(errors)) = result else { panic!("{result:?} lists no mistakes") };
    errors.into_iter().map(|error| (error.pointer, error.code, error.detail)).collect()
}

fn codes(result: Result<()>) -> Vec<(String, &'static str)> {
    listed(result).into_iter().map(|(pointer, code, _)| (pointer, code)).collect()
}

#[tokio::test]
async fn a_declared_file_waits_for_a_day_and_its_permission_for_a_quarter_of_an_hour() {
    let desk = Desk::default();
    let ask = json!({ "fileName": "Glocke.png", "contentType": "image/PNG", "size": 5, "altText": "" });
    let Started { media, upload } = desk.start(ask).await.unwrap();
    assert!(media.id.0.strip_prefix("med_").is_some_and(|hex| hex.len() == 32), "{}", media.id);
    assert_eq!((media.status, media.alt_text.as_deref()), (MediaStatus::Waiting, None));
    assert_eq!(media.expires_at, Some(now() + UNUSED_LIFETIME));
    assert_eq!(upload.expires_at, now() + UPLOAD_LIFETIME);
    assert_eq!(desk.row(&media.id).await, Some(media));
}

#[tokio::test]
async fn a_name_may_be_long_and_strange_but_no_path() {
    let desk = Desk::default();
    let ask = |name: &str| desk.start(json!({ "fileName": name, "contentType": "image/png", "size": 5 }));
    for name in ["a", &"鐘".repeat(255), "Tür & \"Tor\".png", "..", "🔔"] {
        ask(name).await.unwrap();
    }
    for name in ["", &"a".repeat(256), "a/b", "a\\b", "a\nb", "a\u{85}b", "\0"] {
        let refused = ask(name).await.map(drop);
        assert_eq!(codes(refused), [("/fileName".to_owned(), "invalid_file_name")], "{name:?}");
    }
}

#[tokio::test]
async fn every_mistake_of_a_declaration_is_listed_and_nothing_kept() {
    let desk = Desk::default();
    let ask = json!({ "contentType": "text/html", "size": 0, "altText": "a".repeat(1_001), "colour": 1 });
    let wanted = [
        ("/colour", "unknown_field"),
        ("/fileName", "required"),
        ("/contentType", "unknown_content_type"),
        ("/size", "file_empty"),
        ("/altText", "alt_text_too_long"),
    ];
    let wanted: Vec<_> = wanted.map(|(pointer, code)| (pointer.to_owned(), code)).into();
    assert_eq!(codes(desk.start(ask).await.map(drop)), wanted);
    assert_eq!(codes(desk.start(json!([])).await.map(drop)), [(String::new(), "wrong_type")]);
    let ask = json!({ "fileName": "a", "contentType": "image/gif", "size": -1 });
    let wanted = ("/size".to_owned(), "wrong_type", "this must be a whole number, not below zero".to_owned());
    assert_eq!(listed(desk.start(ask).await.map(drop)), [wanted]);
}

#[tokio::test]
async fn an_arrival_is_seen_once_and_remembered() {
    let desk = Desk::default();
    let ask = json!({ "fileName": "bell.png", "contentType": "image/png", "size": PNG.len() });
    let id = desk.start(ask).await.unwrap().media.id;
    let status = async || desk.find(&id, now()).await.unwrap().media.status;
    assert_eq!(status().await, MediaStatus::Waiting);
    desk.files.put(&id, b"half");
    assert_eq!(status().await, MediaStatus::Waiting);
    desk.files.put(&id, PNG);
    assert_eq!(status().await, MediaStatus::Ready);
    assert_eq!(desk.row(&id).await.unwrap().status, MediaStatus::Ready);
    desk.files.delete(&id).await.unwrap();
    assert_eq!(status().await, MediaStatus::Ready);
}

#[tokio::test]
async fn a_file_that_has_arrived_can_be_read_for_an_hour_and_one_that_has_not_cannot() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", b"half").await;
    assert_eq!(desk.find(&id, now()).await.unwrap().download, None);
    desk.files.put(&id, PNG);
    let url = desk.files.link(&id, Form::Original, now()).await.unwrap();
    let wanted = Download { url, expires_at: now() + Duration::from_secs(3_600) };
    assert_eq!(desk.find(&id, now()).await.unwrap().download, Some(wanted));
}

#[tokio::test]
async fn what_has_expired_is_not_there_whatever_the_table_keeps() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    let end = now() + UNUSED_LIFETIME;
    desk.find(&id, end - Duration::from_millis(1)).await.unwrap();
    assert!(matches!(desk.find(&id, end).await, Err(Error::NotFound("media"))));
    assert!(matches!(desk.remove(&id, end).await, Err(Error::NotFound("media"))));
    let mut mistakes = Mistakes::default();
    attaching::check(&desk.ports(), &alice(), &wanted(&[&id]), &mut mistakes, end).await.unwrap();
    assert_eq!(codes(mistakes.into_result()), [("/media/0/mediaId".to_owned(), "unknown_media")]);
}

#[tokio::test]
async fn an_attached_file_is_marked_kept_and_does_not_expire() {
    let desk = Desk::default();
    let ids = [desk.uploaded("1.png", PNG).await, desk.uploaded("2.png", PNG).await];
    for _ in 0..2 {
        let (found, mistakes) = desk.attach(&alice(), &post_id(1), &[&ids[1], &ids[0]]).await;
        mistakes.into_result().unwrap();
        let names: Vec<_> = found.iter().map(|media| media.file_name.as_str()).collect();
        assert_eq!(names, ["2.png", "1.png"]);
        for id in &ids {
            let media = desk.row(id).await.unwrap();
            assert_eq!((media.status, media.expires_at), (MediaStatus::Ready, None));
            assert_eq!(media.used_by, [post_id(1)].into());
            assert!(!desk.files.get(id).unwrap().is_pending);
        }
    }
    desk.find(&ids[0], now() + UNUSED_LIFETIME * 400).await.unwrap();
}

#[tokio::test]
async fn everything_that_is_wrong_with_files_is_told_at_once_and_nothing_marked() {
    let desk = Desk::default();
    let good = desk.uploaded("good.png", PNG).await;
    let ask = json!({ "fileName": "late.png", "contentType": "image/png", "size": 5 });
    let late = desk.start(ask).await.unwrap().media.id;
    let short = desk.uploaded("short.png", &PNG[..9]).await;
    let photo = desk.uploaded("photo.png", JPEG).await;
    let text = desk.uploaded("text.png", b"<html></html>").await;
    let nonsense = desk.uploaded("nonsense.png", b"nobody knows!").await;
    let unknown = MediaId("med_unknown".into());
    let ids = [&good, &late, &short, &photo, &text, &nonsense, &unknown];
    let (found, mistakes) = desk.attach(&alice(), &post_id(1), &ids).await;
    assert_eq!(found.len(), 6);
    let at = |index: usize| format!("/media/{index}/mediaId");
    let wanted = [
        (
            at(1),
            "media_not_uploaded",
            "`late.png` has not been uploaded yet; send it to the address that was given for it",
        ),
        (at(2), "media_size_mismatch", "`short.png` was to have 13 bytes and has 9; upload it again"),
        (
            at(3),
            "media_type_mismatch",
            "`photo.png` was to be image/png and is image/jpeg; upload it again as what it is",
        ),
        (
            at(4),
            "media_type_mismatch",
            "`text.png` was to be image/png and is text/html; upload it again as what it is",
        ),
        (
            at(5),
            "media_type_mismatch",
            "`nonsense.png` was to be image/png and is of no known kind; upload it again as what it is",
        ),
        (at(6), "unknown_media", "you have no file with this id; upload it first, with POST /v1/media"),
    ];
    let wanted = wanted.map(|(pointer, code, detail)| (pointer, code, detail.to_owned()));
    assert_eq!(listed(mistakes.into_result()), wanted);
    for id in ids[..6].iter() {
        assert!(desk.row(id).await.unwrap().used_by.is_empty());
        assert!(desk.files.get(id).is_none_or(|file| file.is_pending));
    }
}

#[tokio::test]
async fn a_mistake_found_before_keeps_the_files_unmarked() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    let mut mistakes = Mistakes::default();
    mistakes.add("/text", "text_too_long", "too long");
    let wanted = wanted(&[&id]);
    attaching::attach(&desk.ports(), &alice(), &post_id(1), &wanted, &mut mistakes, now()).await.unwrap();
    assert_eq!(codes(mistakes.into_result()).len(), 1);
    assert!(desk.row(&id).await.unwrap().used_by.is_empty());
}

#[tokio::test]
async fn nobody_attaches_looks_at_or_removes_a_file_of_somebody_else() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    let bob = OwnerId("bob".into());
    let (_, mistakes) = desk.attach(&bob, &post_id(1), &[&id]).await;
    assert_eq!(codes(mistakes.into_result()), [("/media/0/mediaId".to_owned(), "unknown_media")]);
    let seen = uploading::find(&desk.shelf, &desk.files, &bob, &id, now()).await;
    assert!(matches!(seen, Err(Error::NotFound("media"))));
    let removed = uploading::remove(&desk.shelf, &desk.files, &desk.posts, &bob, &id, now()).await;
    assert!(matches!(removed, Err(Error::NotFound("media"))));
    assert!(desk.row(&id).await.unwrap().used_by.is_empty() && desk.files.get(&id).is_some());
}

#[tokio::test]
async fn what_a_post_shows_stays_and_what_none_shows_any_more_can_go() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    for number in [1, 2] {
        desk.attach(&alice(), &post_id(number), &[&id]).await.1.into_result().unwrap();
        desk.keep_post(&post_id(number), &[&id]).await;
    }
    let later = now() + MARK_SETTLES;
    for number in [1, 2] {
        assert!(matches!(desk.remove(&id, later).await, Err(Error::MediaInUse)));
        attaching::detach(&desk.shelf, &alice(), &post_id(number), std::slice::from_ref(&id)).await.unwrap();
    }
    desk.remove(&id, later).await.unwrap();
    assert_eq!((desk.row(&id).await, desk.files.get(&id)), (None, None));
    assert!(matches!(desk.remove(&id, later).await, Err(Error::NotFound("media"))));
}

#[tokio::test]
async fn the_mark_of_a_post_that_was_never_kept_counts_for_a_minute() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    desk.attach(&alice(), &post_id(1), &[&id]).await.1.into_result().unwrap();
    let stale = now() + MARK_SETTLES;
    assert!(matches!(desk.remove(&id, stale - Duration::from_millis(1)).await, Err(Error::MediaInUse)));
    desk.remove(&id, stale).await.unwrap();
    assert_eq!((desk.row(&id).await, desk.files.get(&id)), (None, None));
}

#[tokio::test]
async fn a_removal_that_was_interrupted_is_hidden_and_made_good() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    let seen = desk.row(&id).await.unwrap();
    assert!(desk.shelf.withdraw(&seen).await.unwrap());
    assert!(matches!(desk.find(&id, now()).await, Err(Error::NotFound("media"))));
    let (_, mistakes) = desk.attach(&alice(), &post_id(1), &[&id]).await;
    assert_eq!(codes(mistakes.into_result()), [("/media/0/mediaId".to_owned(), "unknown_media")]);
    desk.remove(&id, now()).await.unwrap();
    assert_eq!((desk.row(&id).await, desk.files.get(&id)), (None, None));
}

#[tokio::test]
async fn a_file_that_goes_between_check_and_mark_is_told_as_unknown() {
    let desk = Desk::default();
    let (gone, there) = (desk.uploaded("1.png", PNG).await, desk.uploaded("2.png", PNG).await);
    let wanted = wanted(&[&gone, &there]);
    let mut mistakes = Mistakes::default();
    attaching::check(&desk.ports(), &alice(), &wanted, &mut mistakes, now()).await.unwrap();
    assert!(mistakes.is_empty());
    desk.remove(&gone, now()).await.unwrap();
    attaching::hold(&desk.ports(), &alice(), &post_id(1), &wanted, &mut mistakes, now()).await.unwrap();
    assert_eq!(codes(mistakes.into_result()), [("/media/0/mediaId".to_owned(), "unknown_media")]);
}

/// A shelf on which a post holds the file whenever somebody is about to remove it.
struct Contested(MemoryShelf);

#[async_trait]
impl MediaShelf for Contested {
    async fn put(&self, media: &Media) -> Result<()> {
        self.0.put(media).await
    }

    async fn find(&self, owner: &OwnerId, id: &MediaId) -> Result<Option<Media>> {
        self.0.find(owner, id).await
    }

    async fn arrived(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        self.0.arrived(owner, id).await
    }

    async fn hold(&self, owner: &OwnerId, id: &MediaId, post: &PostId, now: Timestamp) -> Result<bool> {
        self.0.hold(owner, id, post, now).await
    }

    async fn release(&self, owner: &OwnerId, id: &MediaId, post: &PostId) -> Result<()> {
        self.0.release(owner, id, post).await
    }

    async fn withdraw(&self, seen: &Media) -> Result<bool> {
        assert!(self.hold(&seen.owner, &seen.id, &post_id(1), now()).await?);
        self.0.withdraw(seen).await
    }

    async fn forget(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        self.0.forget(owner, id).await
    }
}

#[tokio::test]
async fn a_file_that_a_post_takes_while_it_is_removed_stays() {
    let desk = Desk::default();
    let id = desk.uploaded("bell.png", PNG).await;
    let row = desk.row(&id).await.unwrap();
    let shelf = Contested(desk.shelf);
    let removed = uploading::remove(&shelf, &desk.files, &desk.posts, &alice(), &id, now()).await;
    assert!(matches!(removed, Err(Error::MediaInUse)), "{removed:?}");
    let wanted = Media {
        status: MediaStatus::Ready,
        used_by: [post_id(1)].into(),
        used_at: Some(now()),
        expires_at: None,
        ..row
    };
    assert_eq!(shelf.find(&alice(), &id).await.unwrap(), Some(wanted));
    assert!(desk.files.get(&id).is_some());
}
