//! Builds what the domain decides on out of what a platform said, or did not say.

use domain::Error;
use domain::platform::Platform;
use domain::ports::{Failure, FailureClass};

use crate::wire::Silence;

/// The longest quotation of a platform's words, in characters.
const MAX_QUOTED_CHARS: usize = 300;

/// A failure that tells the person what to do, and then what the platform said, if it said anything.
pub(crate) fn failure(
    platform: Platform,
    class: FailureClass,
    code: &'static str,
    advice: &str,
    said: &str,
) -> Failure {
    let said = shortened(said);
    let title = platform.title();
    let detail = if said.is_empty() { advice.to_owned() } else { format!("{advice} ({title} said: {said})") };
    Failure { class, code, detail }
}

/// What silence means for a request that creates: if it may have arrived, nobody knows the outcome.
pub(crate) fn silent_create(platform: Platform, silence: Silence) -> Failure {
    let title = platform.title();
    match silence {
        Silence::NotSent(why) => not_reached(title, &why),
        Silence::NoAnswer(why) => Failure {
            class: FailureClass::Ambiguous,
            code: "outcome_unknown",
            detail: format!(
                "the post was sent, but {title} did not confirm it ({}); look there before you send it again",
                shortened(&why)
            ),
        },
    }
}

/// What silence means for a request that may be repeated: try again.
pub(crate) fn silent_read(platform: Platform, silence: Silence) -> Failure {
    let title = platform.title();
    match silence {
        Silence::NotSent(why) => not_reached(title, &why),
        Silence::NoAnswer(why) => Failure {
            class: FailureClass::RetrySoon,
            code: "try_again",
            detail: format!("{title} did not answer ({}); it is tried again", shortened(&why)),
        },
    }
}

/// The failure of a create, read as that of a request that changes nothing: an unknown outcome is no harm, and what
/// would be the person's content is our own mistake.
pub(crate) fn of_read(platform: Platform, failure: Failure) -> Failure {
    let title = platform.title();
    match failure.class {
        FailureClass::Ambiguous => Failure {
            class: FailureClass::RetrySoon,
            code: "try_again",
            detail: format!("{title} could not answer just now; it is tried again"),
        },
        FailureClass::Content | FailureClass::Duplicate => Failure {
            class: FailureClass::Operator,
            code: "request_refused",
            detail: format!("{title} refused to be read: {}", failure.detail),
        },
        FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Reconnect
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator => failure,
    }
}

/// The failure of a create, read as that of a request that publishes nothing and may be repeated, such as an upload or
/// a deletion: an unknown outcome is no harm.
pub(crate) fn of_repeatable(platform: Platform, failure: Failure) -> Failure {
    let title = platform.title();
    match failure.class {
        FailureClass::Ambiguous => Failure {
            class: FailureClass::RetrySoon,
            code: "try_again",
            detail: format!("{title} could not do this just now; it is tried again"),
        },
        FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted
        | FailureClass::Unprepared
        | FailureClass::Operator => failure,
    }
}

/// What was made on the platform ahead of time is not there any more.
pub(crate) fn media_gone(platform: Platform, said: &str) -> Failure {
    let title = platform.title();
    let advice = format!("{title} does not accept what was uploaded to it; it is uploaded again");
    failure(platform, FailureClass::Unprepared, "media_gone", &advice, said)
}

/// An answer to a read that came and cannot be read.
pub(crate) fn unreadable(platform: Platform) -> Failure {
    let detail = format!("{} answered in a way that cannot be read; it is tried again", platform.title());
    Failure { class: FailureClass::RetrySoon, code: "try_again", detail }
}

/// A failure while connecting, as the error of a use case.
pub(crate) fn into_error(platform: Platform, failure: Failure) -> Error {
    match failure.class {
        FailureClass::RetrySoon
        | FailureClass::RetryAt(_)
        | FailureClass::Ambiguous
        | FailureClass::Unprepared => Error::unavailable(platform.name(), failure.detail),
        FailureClass::Reconnect
        | FailureClass::Content
        | FailureClass::Duplicate
        | FailureClass::NotPermitted => {
            Error::ConnectionRefused { platform: platform.title(), detail: failure.detail }
        }
        FailureClass::Operator => Error::broken(platform.name(), failure.detail),
    }
}

fn not_reached(title: &str, why: &str) -> Failure {
    Failure {
        class: FailureClass::RetrySoon,
        code: "not_reached",
        detail: format!(
            "{title} could not be reached ({}); nothing was sent, it is tried again",
            shortened(why)
        ),
    }
}

/// One line of at most [`MAX_QUOTED_CHARS`] characters.
fn shortened(words: &str) -> String {
    let mut line = words
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .fold(String::new(), |mut line, word| {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        });
    if let Some((end, _)) = line.char_indices().nth(MAX_QUOTED_CHARS) {
        let end = line[..end].char_indices().next_back().map_or(0, |(last, _)| last);
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_platform_said_is_one_line_of_at_most_three_hundred_characters() {
        let said = "é\n\u{7}".repeat(400);
        let failure = failure(Platform::X, FailureClass::Content, "content_refused", "change it", &said);
        let quoted = failure.detail.strip_prefix("change it (X said: ").unwrap().strip_suffix(')').unwrap();
        assert_eq!(quoted.chars().count(), 300);
        assert!(quoted.ends_with("é…") || quoted.ends_with(" …"), "{quoted}");
        assert!(!quoted.contains('\n'));
    }

    #[test]
    fn a_platform_that_said_nothing_is_not_quoted() {
        let failure = failure(Platform::X, FailureClass::Content, "content_refused", "change it", " \n");
        assert_eq!(failure.detail, "change it");
    }
}
