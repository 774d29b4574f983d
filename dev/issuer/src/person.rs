//! Who can sign in: anybody, by a plain name.

use std::fmt;

/// A person's name, lower case: 1–40 of `a–z`, `0–9`, `-`, `_`, `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person(String);

impl Person {
    /// The person of this name, or `None` if it is no plain name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        (1..=40).contains(&name.len()).then_some(())?;
        name.chars().all(plain).then_some(Self(name))
    }

    /// The `sub` claim, the same for the same name for ever: `person-alice`.
    pub(crate) fn subject(&self) -> String {
        format!("person-{}", self.0)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_person_however_it_is_typed() {
        let subject = |name| Person::named(name).map(|person| person.subject());
        assert_eq!(subject(" Alice "), Some("person-alice".to_owned()));
        assert_eq!(subject("alice"), subject("ALICE"));
    }

    #[test]
    fn what_is_no_plain_name_is_nobody() {
        for name in ["", " ", "a b", "<b>", "../x", "ünal", &"a".repeat(41)] {
            assert_eq!(Person::named(name), None, "{name:?}");
        }
    }
}
