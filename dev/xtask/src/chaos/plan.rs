//! What is sent when: drawn from a seed, so that the same run can be had again.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::crowd::Order;
use crate::e2e::{Account, Visitor};

/// Posts that are due close together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wave {
    /// When the first can be due.
    pub(crate) first: Timestamp,
    /// When the last can be due.
    pub(crate) last: Timestamp,
    /// How many there are.
    pub(crate) posts: usize,
    /// Whether they are so far ahead that each has a schedule.
    pub(crate) is_far: bool,
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
    /// Whether a schedule wakes it.
    pub(crate) has_schedule: bool,
}

/// All posts, by time within each wave.
pub(crate) fn draw(seed: u64, waves: &[Wave], people: usize) -> Vec<Planned> {
    let mut random = Rng::with_seed(seed);
    let mut planned = Vec::new();
    for wave in waves {
        let over_ms = u64::try_from(wave.last.duration_since(wave.first).as_millis()).unwrap_or_default();
        let mut offsets: Vec<u64> = (0..wave.posts).map(|_| random.u64(0..=over_ms)).collect();
        offsets.sort_unstable();
        for offset_ms in offsets {
            let number = planned.len();
            planned.push(Planned {
                person: number % people,
                text: format!("Post {number} of run {seed}: {:08x} (#bell & more)", random.u32(..)),
                at: wave.first + SignedDuration::from_millis(i64::try_from(offset_ms).unwrap_or(i64::MAX)),
                for_organization: random.bool(),
                has_schedule: wave.is_far,
            });
        }
    }
    planned
}

impl Planned {
    /// Where it goes.
    pub(crate) fn on<'a>(&self, people: &'a [Visitor]) -> [&'a Account; 2] {
        let person = &people[self.person];
        [person.x(), if self.for_organization { person.organization() } else { person.member() }]
    }

    /// As its person schedules it.
    pub(crate) fn order(&self, people: &[Visitor]) -> Order {
        Order {
            by: people[self.person].clone(),
            text: self.text.clone(),
            on: self.on(people).map(Clone::clone).to_vec(),
            at: self.at,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two waves, of `near` posts within a minute and of `far` ones a quarter of an hour later.
    pub(crate) fn two_waves(near: usize, far: usize) -> [Wave; 2] {
        let wave = |first_s: i64, posts, is_far| Wave {
            first: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(first_s),
            last: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(first_s + 60),
            posts,
            is_far,
        };
        [wave(100, near, false), wave(1000, far, true)]
    }

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let draw = |seed| draw(seed, &two_waves(40, 10), 2);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).is_sorted_by_key(|planned| planned.at));
    }

    #[test]
    fn only_what_is_far_ahead_has_a_schedule() {
        let planned = draw(7, &two_waves(40, 10), 3);
        assert_eq!(planned.iter().filter(|planned| planned.has_schedule).count(), 10);
        let [near, far] = two_waves(40, 10);
        for planned in planned {
            let wave = if planned.has_schedule { far } else { near };
            assert!((wave.first..=wave.last).contains(&planned.at), "{planned:?}");
        }
    }
}
