//! What is sent when: drawn from a seed, so that the same run can be had again.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::e2e::{Account, Visitor, scheduled};

/// Of so many posts one shows a picture; on Instagram, which takes no words alone, each does.
const PICTURE_ONE_IN: u32 = 3;
/// Of so many posts one is a thread on X, of this many parts.
const THREAD_ONE_IN: u32 = 5;
const PARTS: usize = 3;
/// Of so many posts one has a first comment where there are some.
const COMMENT_ONE_IN: u32 = 4;

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

/// Where a post goes beside X.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Beside {
    Member,
    Organization,
    Page,
    Instagram,
}

/// One post, to X and to one other account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Which of the people sends it.
    pub(crate) person: usize,
    /// Its parts, each unlike any other of the plan; on X they are a thread.
    pub(crate) parts: Vec<String>,
    /// What its author says below it, except on X.
    pub(crate) comment: Option<String>,
    /// Whether it shows its person's picture.
    pub(crate) has_picture: bool,
    /// When it is due, to the millisecond.
    pub(crate) at: Timestamp,
    /// Where it goes beside X.
    pub(crate) beside: Beside,
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
            let name = format!("Post {number} of run {seed}: {:08x} (#bell & more)", random.u32(..));
            let beside = Beside::ALL[random.usize(..Beside::ALL.len())];
            let is_thread = random.u32(..THREAD_ONE_IN) == 0;
            let has_comment = random.u32(..COMMENT_ONE_IN) == 0;
            let has_picture = random.u32(..PICTURE_ONE_IN) == 0 || beside == Beside::Instagram;
            planned.push(Planned {
                person: number % people,
                comment: has_comment.then(|| format!("{name}, and a comment")),
                parts: if is_thread {
                    (1..=PARTS).map(|part| format!("{name}, part {part}")).collect()
                } else {
                    vec![name]
                },
                has_picture,
                at: wave.first + SignedDuration::from_millis(i64::try_from(offset_ms).unwrap_or(i64::MAX)),
                beside,
                has_schedule: wave.is_far,
            });
        }
    }
    planned
}

impl Beside {
    pub(crate) const ALL: [Self; 4] = [Self::Member, Self::Organization, Self::Page, Self::Instagram];

    pub(crate) fn platform(self) -> &'static str {
        match self {
            Self::Member | Self::Organization => "linkedin",
            Self::Page => "facebook",
            Self::Instagram => "instagram",
        }
    }

    fn of(self, person: &Visitor) -> &Account {
        match self {
            Self::Member => person.member(),
            Self::Organization => person.organization(),
            Self::Page => person.page(),
            Self::Instagram => person.business(),
        }
    }
}

impl Planned {
    /// Where it goes.
    pub(crate) fn on<'a>(&self, people: &'a [Visitor]) -> [&'a Account; 2] {
        let person = &people[self.person];
        [person.x(), self.beside.of(person)]
    }

    /// Everything that shall be live on this platform, in order: a thread's parts, or the post and its comment.
    pub(crate) fn shown_on(&self, platform: &str) -> Vec<String> {
        if platform == "x" {
            return self.parts.clone();
        }
        [self.parts.join("\n\n")].into_iter().chain(self.comment.clone()).collect()
    }

    /// As its person schedules it.
    pub(crate) fn body(&self, on: [&Account; 2], picture: &str) -> Value {
        let mut body = scheduled(&self.parts.join("\n---\n"), &on, self.at);
        if self.has_picture {
            body["media"] = json!([{ "mediaId": picture, "altText": "A bell" }]);
        }
        if let Some(comment) = &self.comment {
            body["targets"][1]["options"] = json!({ "firstComment": comment });
        }
        body
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn every_place_gets_posts_of_every_kind() {
        let kinds = |planned: &Planned| {
            let is_thread = planned.parts.len() > 1;
            (planned.beside, planned.has_picture, is_thread, planned.comment.is_some())
        };
        let kinds: BTreeSet<_> = draw(7, &two_waves(400, 0), 2).iter().map(kinds).collect();
        // Instagram has none without a picture.
        assert_eq!(kinds.len(), 3 * 8 + 4, "{kinds:?}");
    }

    #[test]
    fn all_that_is_shown_differs_from_all_else() {
        let planned = draw(7, &two_waves(90, 10), 2);
        let shown: Vec<String> =
            planned.iter().flat_map(|it| [it.shown_on("x"), it.shown_on("facebook")]).flatten().collect();
        let singles = planned.iter().filter(|it| it.parts.len() == 1).count();
        // One part alone says the same on both.
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len() - singles);
    }
}
