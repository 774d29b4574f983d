//! What is sent when: drawn from a seed, so that the same run can be had again.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::crowd::Order;
use crate::e2e::{Account, Visitor};

/// All posts, by time.
pub(crate) struct Plan {
    pub(crate) posts: Vec<Planned>,
    first: Timestamp,
    last: Timestamp,
}

/// One post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Which of the people sends it.
    pub(crate) person: usize,
    /// Unlike any other of the plan.
    pub(crate) text: String,
    /// When it is due, to the millisecond.
    pub(crate) at: Timestamp,
    /// Beside X it goes to LinkedIn: for the organization, or as the member.
    pub(crate) for_organization: bool,
}

impl Plan {
    /// Spreads `count` posts over `over_s` seconds from `first`.
    pub(crate) fn draw(seed: u64, first: Timestamp, count: usize, over_s: u32, people: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let over_ms = u64::from(over_s) * 1000;
        let mut offsets: Vec<u64> = (0..count).map(|_| random.u64(0..=over_ms)).collect();
        offsets.sort_unstable();
        let posts = offsets.into_iter().enumerate().map(|(number, offset_ms)| Planned {
            person: number % people,
            text: format!("Post {number} of run {seed}: {:08x} (#bell & more)", random.u32(..)),
            at: first + SignedDuration::from_millis(i64::try_from(offset_ms).unwrap_or(i64::MAX)),
            for_organization: random.bool(),
        });
        let posts: Vec<Planned> = posts.collect();
        let last = posts.last().map_or(first, |planned| planned.at);
        Self { posts, first, last }
    }

    /// When it begins.
    pub(crate) fn first(&self) -> Timestamp {
        self.first
    }

    /// When the last post is due.
    pub(crate) fn last(&self) -> Timestamp {
        self.last
    }
}

impl Planned {
    /// Where it goes.
    pub(crate) fn on<'a>(&self, person: &'a Visitor) -> [&'a Account; 2] {
        [person.x(), if self.for_organization { person.organization() } else { person.member() }]
    }

    /// As its person schedules it.
    pub(crate) fn order(&self, people: &[Visitor]) -> Order {
        let by = people[self.person].clone();
        let on = self.on(&by).map(Clone::clone).to_vec();
        Order { by, text: self.text.clone(), on, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let draw = |seed| Plan::draw(seed, Timestamp::UNIX_EPOCH, 50, 60, 2).posts;
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).is_sorted_by_key(|planned| planned.at));
    }
}
