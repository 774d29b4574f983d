//! The contract of files. What only time does, the bucket's lifecycle, it cannot show.

use std::sync::Arc;

use async_trait::async_trait;
use domain::id::{MediaId, OwnerId};
use domain::media::{HEAD_BYTES, Head, Media, MediaKind, MediaStatus, UPLOAD_LIFETIME, Upload};
use domain::ports::Files;
use jiff::Timestamp;

/// The stranger who has a permission and a file.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends these bytes under the permission, with its headers and no others; answers the HTTP status.
    async fn send(&self, upload: &Upload, bytes: &[u8]) -> u16;
}

/// Files, and a way to send to them.
#[derive(Clone)]
pub struct Place {
    /// The port.
    pub files: Arc<dyn Files>,
    /// Whoever uses the permissions that it gives.
    pub sender: Arc<dyn Sender>,
}

/// Before that there is nothing.
pub async fn a_file_is_seen_when_it_has_arrived(place: &Place) {
    let media = a_file(9);
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    assert_eq!(upload.method, "PUT");
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
    assert_eq!(place.sender.send(&upload, b"\x89PNG bell").await, 200);
    let wanted = Head { size_bytes: 9, bytes: b"\x89PNG bell".to_vec() };
    assert_eq!(place.files.head(&media.id).await.unwrap(), Some(wanted));
}

/// And its whole size.
pub async fn of_a_large_file_the_first_bytes_are_seen(place: &Place) {
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let media = a_file(200_000);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    assert_eq!(place.sender.send(&upload, &bytes).await, 200);
    let head = place.files.head(&media.id).await.unwrap().unwrap();
    assert_eq!(head.size_bytes, 200_000);
    assert_eq!(head.bytes, bytes[..HEAD_BYTES]);
}

/// Neither shorter nor longer.
pub async fn a_file_of_another_size_is_refused(place: &Place) {
    let media = a_file(9);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    for bytes in [&b"\x89PNG bel"[..], b"\x89PNG bells", b""] {
        assert_eq!(place.sender.send(&upload, bytes).await, 403);
    }
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
}

/// Each header is a part of the permission.
pub async fn a_file_without_its_headers_is_refused(place: &Place) {
    let media = a_file(9);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    for at in 0..upload.headers.len() {
        let mut without = upload.clone();
        without.headers.remove(at);
        assert_eq!(place.sender.send(&without, b"\x89PNG bell").await, 403);
        let mut other = upload.clone();
        other.headers[at].1 = "text/html".into();
        assert_eq!(place.sender.send(&other, b"\x89PNG bell").await, 403);
    }
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
}

/// What was checked stays what it was.
pub async fn a_file_is_sent_once(place: &Place) {
    let media = a_file(9);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    assert_eq!(place.sender.send(&upload, b"\x89PNG bell").await, 200);
    assert_eq!(place.sender.send(&upload, b"<html>...").await, 412);
    assert_eq!(place.files.head(&media.id).await.unwrap().unwrap().bytes, b"\x89PNG bell");
}

/// A quarter of an hour later it is worth nothing.
pub async fn a_permission_ends(place: &Place) {
    let media = a_file(9);
    let then = Timestamp::now() - UPLOAD_LIFETIME - UPLOAD_LIFETIME;
    let upload = place.files.upload(&media, then).await.unwrap();
    assert_eq!(upload.expires_at, then + UPLOAD_LIFETIME);
    assert_eq!(place.sender.send(&upload, b"\x89PNG bell").await, 403);
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
}

/// Also when it is asked for twice; what is not there is not made by it.
pub async fn a_kept_file_stays(place: &Place) {
    let media = a_file(9);
    place.files.keep(&media.id).await.unwrap();
    assert_eq!(place.files.head(&media.id).await.unwrap(), None);
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    assert_eq!(place.sender.send(&upload, b"\x89PNG bell").await, 200);
    for _ in 0..2 {
        place.files.keep(&media.id).await.unwrap();
        assert_eq!(place.files.head(&media.id).await.unwrap().unwrap().size_bytes, 9);
    }
}

/// Twice is done too, and so is what never was there.
pub async fn a_deleted_file_is_gone(place: &Place) {
    let media = a_file(9);
    place.files.delete(&media.id).await.unwrap();
    let upload = place.files.upload(&media, Timestamp::now()).await.unwrap();
    assert_eq!(place.sender.send(&upload, b"\x89PNG bell").await, 200);
    for _ in 0..2 {
        place.files.delete(&media.id).await.unwrap();
        assert_eq!(place.files.head(&media.id).await.unwrap(), None);
    }
}

fn a_file(size_bytes: u64) -> Media {
    Media {
        owner: OwnerId("alice".into()),
        id: MediaId(format!("med_{:032x}", fastrand::u128(..))),
        file_name: "bell.png".into(),
        kind: MediaKind::Png,
        size_bytes,
        alt_text: None,
        status: MediaStatus::Waiting,
        used_by: Default::default(),
        used_at: None,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
    }
}
