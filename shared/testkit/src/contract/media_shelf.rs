//! The contract of the media shelf.

use std::collections::BTreeSet;

use domain::id::{MediaId, OwnerId};
use domain::media::{Media, MediaKind, MediaStatus};
use domain::ports::MediaShelf;
use futures_util::future::join_all;

use crate::contract::{an_owner, at, millisecond, post_id};

/// Every field survives, in every shape that it may have.
pub async fn a_file_is_found_as_it_was_put(shelf: &dyn MediaShelf) {
    let owner = an_owner();
    for (number, kind) in (1..).zip(MediaKind::ALL) {
        let bare = a_file(&owner, number);
        let full = Media {
            id: media_id(100 + number),
            kind,
            alt_text: Some("Eine Glocke 🔔".into()),
            status: MediaStatus::Ready,
            used_by: BTreeSet::from([post_id(1), post_id(2)]),
            used_at: Some(at(5)),
            expires_at: None,
            ..bare.clone()
        };
        for media in [bare, full] {
            shelf.put(&media).await.unwrap();
            assert_eq!(shelf.find(&owner, &media.id).await.unwrap(), Some(media));
        }
    }
}

/// Nor does anybody change one.
pub async fn nobody_reaches_another_owners_file(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    let other = an_owner();
    assert_eq!(shelf.find(&other, &media.id).await.unwrap(), None);
    assert!(!shelf.hold(&other, &media.id, &post_id(1), at(0)).await.unwrap());
    shelf.arrived(&other, &media.id).await.unwrap();
    shelf.forget(&other, &media.id).await.unwrap();
    assert_eq!(shelf.find(&other, &media.id).await.unwrap(), None);
    assert_eq!(found(shelf, &media).await, media);
}

/// One that is being removed does not come back so.
pub async fn an_arrival_is_remembered_if_it_was_waited_for(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    for _ in 0..2 {
        shelf.arrived(&media.owner, &media.id).await.unwrap();
        let wanted = Media { status: MediaStatus::Ready, ..media.clone() };
        assert_eq!(found(shelf, &media).await, wanted);
    }
    assert!(shelf.withdraw(&media).await.unwrap());
    shelf.arrived(&media.owner, &media.id).await.unwrap();
    assert_eq!(found(shelf, &media).await.status, MediaStatus::Withdrawn);
}

/// Once is enough for each post, and the expiry never comes back.
pub async fn a_held_file_is_marked_and_does_not_expire(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    for (post, now) in [(1, 0), (2, 1), (1, 1_000_000)] {
        assert!(shelf.hold(&media.owner, &media.id, &post_id(post), at(now)).await.unwrap());
    }
    let wanted = Media {
        status: MediaStatus::Ready,
        used_by: BTreeSet::from([post_id(1), post_id(2)]),
        used_at: Some(at(1_000_000)),
        expires_at: None,
        ..media.clone()
    };
    assert_eq!(found(shelf, &media).await, wanted);
}

/// To the millisecond, however long the table keeps it.
pub async fn what_has_expired_or_is_being_removed_cannot_be_held(shelf: &dyn MediaShelf) {
    let (expired, withdrawn) = (put(shelf).await, put(shelf).await);
    let hold =
        async |media: &Media, now| shelf.hold(&media.owner, &media.id, &post_id(1), now).await.unwrap();
    let end = expired.expires_at.unwrap();
    assert!(!hold(&expired, end).await);
    assert_eq!(found(shelf, &expired).await, expired);
    assert!(hold(&expired, end - millisecond()).await);
    assert!(shelf.withdraw(&withdrawn).await.unwrap());
    assert!(!hold(&withdrawn, at(0)).await);
    assert_eq!(found(shelf, &withdrawn).await, Media { status: MediaStatus::Withdrawn, ..withdrawn });
}

/// No mark is lost however many come at once.
pub async fn eight_posts_hold_one_file_at_once(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    let posts: Vec<_> = (0..8).map(post_id).collect();
    let held = join_all(posts.iter().map(|post| shelf.hold(&media.owner, &media.id, post, at(0)))).await;
    assert!(held.into_iter().all(|held| held.unwrap()));
    assert_eq!(found(shelf, &media).await.used_by, posts.into_iter().collect());
}

/// One mark goes, the others stay, and so does the file.
pub async fn a_released_file_loses_one_mark_and_stays(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    for post in [1, 2] {
        assert!(shelf.hold(&media.owner, &media.id, &post_id(post), at(0)).await.unwrap());
    }
    for (post, left) in [(1, vec![post_id(2)]), (1, vec![post_id(2)]), (2, vec![])] {
        shelf.release(&media.owner, &media.id, &post_id(post)).await.unwrap();
        let media = found(shelf, &media).await;
        assert_eq!(media.used_by, left.into_iter().collect());
        assert_eq!((media.status, media.expires_at), (MediaStatus::Ready, None));
    }
}

/// A post that holds it meanwhile keeps it, also the same post again.
pub async fn a_file_is_withdrawn_only_as_it_was_seen(shelf: &dyn MediaShelf) {
    let never_held = put(shelf).await;
    let hold = async |now| shelf.hold(&never_held.owner, &never_held.id, &post_id(1), at(now)).await.unwrap();
    assert!(hold(0).await);
    assert!(!shelf.withdraw(&never_held).await.unwrap());
    let held = found(shelf, &never_held).await;
    assert!(hold(1).await);
    assert!(!shelf.withdraw(&held).await.unwrap());
    let again = found(shelf, &never_held).await;
    shelf.release(&again.owner, &again.id, &post_id(1)).await.unwrap();
    assert!(!shelf.withdraw(&again).await.unwrap());
    let released = found(shelf, &never_held).await;
    for _ in 0..2 {
        assert!(shelf.withdraw(&released).await.unwrap());
        let wanted = Media { status: MediaStatus::Withdrawn, ..released.clone() };
        assert_eq!(found(shelf, &never_held).await, wanted);
    }
}

/// Twice is done too.
pub async fn what_is_forgotten_is_gone(shelf: &dyn MediaShelf) {
    let media = put(shelf).await;
    for _ in 0..2 {
        shelf.forget(&media.owner, &media.id).await.unwrap();
        assert_eq!(shelf.find(&media.owner, &media.id).await.unwrap(), None);
    }
}

/// Not by any of them.
pub async fn no_file_is_made_by_changing_it(shelf: &dyn MediaShelf) {
    let media = a_file(&an_owner(), 1);
    shelf.arrived(&media.owner, &media.id).await.unwrap();
    shelf.release(&media.owner, &media.id, &post_id(1)).await.unwrap();
    assert!(!shelf.hold(&media.owner, &media.id, &post_id(1), at(0)).await.unwrap());
    assert!(!shelf.withdraw(&media).await.unwrap());
    assert_eq!(shelf.find(&media.owner, &media.id).await.unwrap(), None);
}

async fn put(shelf: &dyn MediaShelf) -> Media {
    let media = a_file(&an_owner(), 1);
    shelf.put(&media).await.unwrap();
    media
}

async fn found(shelf: &dyn MediaShelf, media: &Media) -> Media {
    shelf.find(&media.owner, &media.id).await.unwrap().unwrap()
}

fn media_id(number: u32) -> MediaId {
    MediaId(format!("med_{number:032x}"))
}

/// One that is waited for until second 3,600.
fn a_file(owner: &OwnerId, number: u32) -> Media {
    Media {
        owner: owner.clone(),
        id: media_id(number),
        file_name: "Glocke \"1\".png".into(),
        kind: MediaKind::Png,
        size_bytes: 4_999_999,
        alt_text: None,
        status: MediaStatus::Waiting,
        used_by: BTreeSet::new(),
        used_at: None,
        created_at: at(-10),
        expires_at: Some(at(3_600) + millisecond()),
    }
}
