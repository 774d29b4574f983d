//! Counting how targets end. The event says only that there is something to count: what counts is the post itself.

use jiff::Timestamp;

use crate::analytics::Measured;
use crate::platform::Platform;
use crate::ports::{Analytics, Posts};
use crate::task::CountTask;
use crate::{Error, Result};

/// A record that somebody else wrote meanwhile is worked out again this often.
const MAX_RACES: u32 = 8;

/// What counting touches.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Says how the targets ended.
    pub posts: &'a dyn Posts,
    /// Keeps the count.
    pub analytics: &'a dyn Analytics,
}

/// Brings the records of every target of the post that has ended up to date, and the days with them.
///
/// The same post again changes nothing. A target whose event was lost is counted with the next one of its post.
/// Numbers will be collected from the platforms in `collected`.
///
/// # Errors
/// `Unavailable`: the message comes again, and finds what is done done.
pub async fn count(
    ports: &Ports<'_>,
    task: &CountTask,
    collected: &[Platform],
    now: Timestamp,
) -> Result<()> {
    for _ in 0..MAX_RACES {
        if try_count(ports, task, collected, now).await? {
            return Ok(());
        }
    }
    Err(Error::unavailable("DynamoDB", "a record changed each time it was to be counted"))
}

/// Whether all of it could be written.
///
/// The records are read before the post: whoever wrote a record that we see has seen no newer post than we do, so an
/// old view of the post can never replace a newer one.
async fn try_count(
    ports: &Ports<'_>,
    task: &CountTask,
    collected: &[Platform],
    now: Timestamp,
) -> Result<bool> {
    let records = ports.analytics.of_post(&task.owner, &task.post_id).await?;
    let Some(post) = ports.posts.find(&task.owner, &task.post_id).await? else { return Ok(true) };
    let mut all = true;
    for target in &post.targets {
        let before = records.iter().find(|record| record.connection == target.connection_id);
        let Some(after) = Measured::of(&post, target, before, collected, now) else { continue };
        if before != Some(&after) {
            all &= ports.analytics.write(before, &after).await?;
        }
    }
    Ok(all)
}
