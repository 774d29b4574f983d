//! The ports of media in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use domain::Result;
use domain::id::{MediaId, OwnerId, PostId};
use domain::media::{Form, HEAD_BYTES, Head, Media, MediaStatus, UPLOAD_LIFETIME, Upload, content_type_of};
use domain::ports::{Files, MediaShelf};
use domain::secret::Secret;
use jiff::Timestamp;

use crate::contract::files::Sender;

/// A shelf in memory.
#[derive(Debug, Default)]
pub struct MemoryShelf(Mutex<BTreeMap<(OwnerId, MediaId), Media>>);

/// Files in memory.
#[derive(Debug, Default)]
pub struct MemoryFiles(Mutex<BTreeMap<MediaId, MemoryFile>>);

/// One file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryFile {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Whether it would vanish one day.
    pub is_pending: bool,
}

impl MemoryShelf {
    fn change(&self, owner: &OwnerId, id: &MediaId, act: impl FnOnce(&mut Media) -> bool) -> bool {
        lock(&self.0).get_mut(&(owner.clone(), id.clone())).is_some_and(act)
    }
}

impl MemoryFiles {
    /// Puts a file there as if somebody had uploaded it, whatever was declared.
    pub fn put(&self, id: &MediaId, bytes: &[u8]) {
        lock(&self.0).insert(id.clone(), MemoryFile { bytes: bytes.to_vec(), is_pending: true });
    }

    /// The file.
    pub fn get(&self, id: &MediaId) -> Option<MemoryFile> {
        lock(&self.0).get(id).cloned()
    }
}

#[async_trait]
impl MediaShelf for MemoryShelf {
    async fn put(&self, media: &Media) -> Result<()> {
        lock(&self.0).insert((media.owner.clone(), media.id.clone()), media.clone());
        Ok(())
    }

    async fn find(&self, owner: &OwnerId, id: &MediaId) -> Result<Option<Media>> {
        Ok(lock(&self.0).get(&(owner.clone(), id.clone())).cloned())
    }

    async fn arrived(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        self.change(owner, id, |media| {
            let is_waiting = media.status == MediaStatus::Waiting;
            if is_waiting {
                media.status = MediaStatus::Ready;
            }
            is_waiting
        });
        Ok(())
    }

    async fn hold(&self, owner: &OwnerId, id: &MediaId, post: &PostId, now: Timestamp) -> Result<bool> {
        let held = self.change(owner, id, |media| {
            let may = media.is_there(now);
            if may {
                media.status = MediaStatus::Ready;
                media.used_by.insert(post.clone());
                media.used_at = Some(now);
                media.expires_at = None;
            }
            may
        });
        Ok(held)
    }

    async fn release(&self, owner: &OwnerId, id: &MediaId, post: &PostId) -> Result<()> {
        self.change(owner, id, |media| media.used_by.remove(post));
        Ok(())
    }

    async fn withdraw(&self, seen: &Media) -> Result<bool> {
        let withdrawn = self.change(&seen.owner, &seen.id, |media| {
            let is_as_seen = media.used_by == seen.used_by && media.used_at == seen.used_at;
            if is_as_seen {
                media.status = MediaStatus::Withdrawn;
            }
            is_as_seen
        });
        Ok(withdrawn)
    }

    async fn forget(&self, owner: &OwnerId, id: &MediaId) -> Result<()> {
        lock(&self.0).remove(&(owner.clone(), id.clone()));
        Ok(())
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn upload(&self, media: &Media, now: Timestamp) -> Result<Upload> {
        let content_type = media.kind.content_type().to_owned();
        // What is signed stands in the address, so that whoever sends is held to it.
        let url = format!("memory:{}?{}&{content_type}", media.id, media.size_bytes);
        Ok(Upload {
            method: "PUT".into(),
            url: Secret::new(url),
            headers: vec![("content-type".into(), content_type)],
            expires_at: now + UPLOAD_LIFETIME,
        })
    }

    async fn head(&self, id: &MediaId) -> Result<Option<Head>> {
        Ok(self.get(id).map(|file| {
            let size_bytes = file.bytes.len() as u64;
            Head { size_bytes, bytes: file.bytes.into_iter().take(HEAD_BYTES).collect() }
        }))
    }

    async fn link(&self, id: &MediaId, form: Form, now: Timestamp) -> Result<Secret<String>> {
        let form = match form {
            Form::Original => "original",
            Form::Jpeg => "jpeg",
        };
        Ok(Secret::new(format!("memory:{id}?{form}&{}", now.as_second())))
    }

    /// Says of everything that begins as a picture does that it can be read.
    async fn as_jpeg(&self, id: &MediaId) -> Result<Option<u64>> {
        let file = self.get(id).ok_or_else(|| domain::Error::unavailable("memory", "no such file"))?;
        let is_picture = content_type_of(&file.bytes).is_some_and(|it| it.starts_with("image/"));
        Ok(is_picture.then_some(file.bytes.len() as u64))
    }

    async fn keep(&self, id: &MediaId) -> Result<()> {
        if let Some(file) = lock(&self.0).get_mut(id) {
            file.is_pending = false;
        }
        Ok(())
    }

    async fn delete(&self, id: &MediaId) -> Result<()> {
        lock(&self.0).remove(id);
        Ok(())
    }
}

#[async_trait]
impl Sender for MemoryFiles {
    async fn send(&self, upload: &Upload, bytes: &[u8]) -> u16 {
        let signed = upload.url.expose().strip_prefix("memory:").and_then(|url| url.split_once('?'));
        let Some((id, terms)) = signed else { return 404 };
        let id = MediaId(id.to_owned());
        let content_type = upload.headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map_or("", |(_, value)| value);
        if upload.expires_at <= Timestamp::now() || terms != format!("{}&{content_type}", bytes.len()) {
            return 403;
        }
        if self.get(&id).is_some() {
            return 412;
        }
        self.put(&id, bytes);
        200
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}
