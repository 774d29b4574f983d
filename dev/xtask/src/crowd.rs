//! Many people and many posts: what `chaos` and `measure` begin with.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::e2e::{Account, Visitor, World, ahead};

/// What each person may schedule in an hour.
pub(crate) const SCHEDULED_BY_EACH: usize = 50;
/// More calls at once would only wait for each other.
const AT_ONCE: usize = 4;
/// Scheduling must be over before the first post is due: at least 10 s ahead is asked for, and this many a second
/// are surely taken.
const LEAD_S: i64 = 16;
const TAKEN_A_SECOND: usize = 6;

/// One post that somebody wants.
#[derive(Clone)]
pub(crate) struct Order {
    /// Who schedules it.
    pub(crate) by: Visitor,
    /// What it says.
    pub(crate) text: String,
    /// Where it goes.
    pub(crate) on: Vec<Account>,
    /// When it is due.
    pub(crate) at: Timestamp,
}

/// People whom nobody has seen before, connected to everything.
///
/// # Errors
/// When one of them cannot be connected.
pub(crate) async fn connected(world: &World, count: usize) -> Result<Vec<Visitor>> {
    let introduce = |world: World| async move { Visitor::connected(&world).await };
    in_turns((0..count).map(|_| introduce(world.clone()))).await
}

/// Schedules everything and answers the ids, in the order of the orders.
///
/// # Errors
/// When one is not taken.
pub(crate) async fn schedule_all(orders: &[Order]) -> Result<Vec<String>> {
    let schedule = |order: Order| async move {
        let on: Vec<&Account> = order.on.iter().collect();
        let post = order.by.schedule(&order.text, &on, order.at).await?;
        Ok(post["id"].as_str().context("a post without an id")?.to_owned())
    };
    in_turns(orders.iter().cloned().map(schedule)).await
}

/// A whole second that is far enough ahead for so many posts to be scheduled before it, and `more_s` beyond that.
pub(crate) fn ahead_of(posts: usize, more_s: i64) -> Timestamp {
    ahead(LEAD_S + more_s + i64::try_from(posts / TAKEN_A_SECOND).unwrap_or(i64::MAX))
}

/// Does all of it, a few at once; the results are in the order of what was to be done.
///
/// # Errors
/// When one job fails.
pub(crate) async fn in_turns<T, Job>(jobs: impl IntoIterator<Item = Job>) -> Result<Vec<T>>
where
    T: Send + 'static,
    Job: Future<Output = Result<T>> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut begun = JoinSet::new();
    for (place, job) in jobs.into_iter().enumerate() {
        let turns = Arc::clone(&turns);
        begun.spawn(async move {
            let _turn = turns.acquire().await;
            (place, job.await)
        });
    }
    let mut done = Vec::with_capacity(begun.len());
    while let Some(ended) = begun.join_next().await {
        let (place, result) = ended.context("a call panicked")?;
        done.push((place, result?));
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use anyhow::bail;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn results_come_in_the_order_of_the_asking() {
        let job = |number: u32| async move {
            for _ in number..10 {
                yield_now().await;
            }
            Ok(number)
        };
        assert_eq!(in_turns((0..10).map(job)).await.expect("all is well"), (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn one_failure_is_the_failure_of_all() {
        let job = |number: u64| async move { if number == 3 { bail!("no") } else { Ok(()) } };
        assert!(in_turns((0..5).map(job)).await.is_err());
    }
}
