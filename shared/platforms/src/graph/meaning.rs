//! The numbers of Meta's errors, and what each means.

/// What a refusal comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Too many calls.
    Limited,
    /// Held back as a spammer.
    SpamBlock,
    /// As much published as may be within a day.
    PublishingLimit,
    /// The token is not accepted.
    Reconnect,
    /// The person must do something on the platform.
    AtTheAccount,
    /// The account or the app lacks a right.
    NotPermitted,
    /// It is gone, or not shown to us.
    NotFound,
    /// There are no numbers of it.
    NoInsights,
    /// The content is refused.
    Content,
    /// The words are too many.
    TooLong,
    /// The page that it links to is refused.
    Link,
    /// It is there already.
    Duplicate,
    /// What was made ahead of time must be made again.
    Unprepared,
    /// What was made ahead of time is still worked on.
    NotReady,
    /// Nothing happened and the reason passes.
    TryAgain,
    /// Whether anything happened is not known.
    Unknown,
    /// Our app, or its secret, is refused.
    App,
}

/// A number that means the same wherever it stands: as a sub-code, as a code, in the status of a container.
pub(super) fn of_number(number: i64) -> Option<Meaning> {
    Some(match number {
        // A post is never sent again after this one: the container may have been published, and would be refused as gone.
        2_207_001 => Meaning::Unknown,
        2_207_003 | 2_207_032 => Meaning::TryAgain,
        2_207_004
        | 2_207_005
        | 2_207_009
        | 2_207_023
        | 2_207_026
        | 2_207_028
        | 2_207_035..=2_207_037
        | 2_207_040
        | 2_207_057
        | 2_207_077
        | 2_207_081
        | 2_207_085 => Meaning::Content,
        2_207_010 => Meaning::TooLong,
        2_207_006 | 2_207_008 | 2_207_020 | 2_207_052 | 2_207_053 | 2_207_082 => Meaning::Unprepared,
        2_207_027 => Meaning::NotReady,
        2_207_042 => Meaning::PublishingLimit,
        2_207_050 => Meaning::AtTheAccount,
        2_207_051 => Meaning::SpamBlock,
        // Pages: a picture too large, a film of another shape, length or speed, a policy.
        1_366_046 | 1_363_040 | 1_363_127..=1_363_129 | 1_346_003 | 1_404_102 => Meaning::Content,
        // The pictures of an attempt whose refusal was none.
        1_366_051 => Meaning::Duplicate,
        1_390_008 => Meaning::Limited,
        1_404_078 | 1_404_112 | 4_854_002 | 2_853_006 => Meaning::NotPermitted,
        1_609_005 | 1_609_008 => Meaning::Link,
        1_363_047 | 1_609_010 => Meaning::TryAgain,
        2_874_008 | 2_932_001..=2_932_010 => Meaning::NoInsights,
        _ => return None,
    })
}

/// The meaning of a code whose sub-code says nothing more.
pub(super) fn of_code(code: i64) -> Option<Meaning> {
    Some(match code {
        1 | 2 => Meaning::Unknown,
        4 | 17 | 32 | 341 | 613 | 80_000..=80_999 => Meaning::Limited,
        9 => Meaning::PublishingLimit,
        3 | 10 | 200..=299 => Meaning::NotPermitted,
        24 | 9_004 => Meaning::Unprepared,
        25 => Meaning::AtTheAccount,
        101 => Meaning::App,
        102 | 190 => Meaning::Reconnect,
        352 | 36_000 | 36_001 | 36_003 => Meaning::Content,
        36_004 => Meaning::TooLong,
        368 => Meaning::SpamBlock,
        506 => Meaning::Duplicate,
        9_007 => Meaning::NotReady,
        other => return of_number(other),
    })
}
