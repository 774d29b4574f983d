//! The people who have accounts here, ready-made or made the first time somebody approves as them.
//!
//! Everything about a person follows from the name, so that ids are the same on every machine.

use sha2::{Digest, Sha256};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The people that every consent page offers.
pub(crate) const READY_MADE: [&str; 3] = ["ada", "grace", "linus"];

/// Somebody with an X account, a LinkedIn membership, a Facebook user and an Instagram account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Person {
    name: String,
}

/// A LinkedIn Page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Organization {
    /// The number in its URN.
    pub(crate) id: u64,
    /// The name people see.
    pub(crate) name: String,
    /// The last segment of its public address.
    pub(crate) vanity: String,
}

/// A member's role at an organization.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Membership {
    /// Where.
    pub(crate) organization: Organization,
    /// LinkedIn's name of the role, such as `ADMINISTRATOR`.
    pub(crate) role: &'static str,
}

impl Organization {
    /// `urn:li:organization:…`.
    pub(crate) fn urn(&self) -> String {
        format!("urn:li:organization:{}", self.id)
    }
}

impl Person {
    /// The person of that name; `None` unless it is 1–40 characters of `a-z`, `0-9` and `-`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let fits = (1..=40).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self { name: name.to_owned() })
    }

    /// The name as in `sandbox_approve`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name people see: `mary-ann` is `Mary Ann`.
    pub(crate) fn display(&self) -> String {
        match self.name.as_str() {
            "ada" => "Ada Lovelace".to_owned(),
            "grace" => "Grace Hopper".to_owned(),
            "linus" => "Linus Pauling".to_owned(),
            name => {
                name.split('-').filter(|part| !part.is_empty()).map(capitalized).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The X user id: 19 digits.
    pub(crate) fn x_id(&self) -> String {
        (1_000_000_000_000_000_000 + number("x", &self.name) % 900_000_000_000_000_000).to_string()
    }

    /// The X handle without the `@`: at most 15 of the characters that X allows.
    pub(crate) fn x_username(&self) -> String {
        let plain = self.name.replace('-', "_");
        if plain.len() <= 15 {
            return plain;
        }
        format!("{}_{:06x}", &plain[..8], number("x-username", &self.name) & 0xff_ffff)
    }

    /// Whether X lets this person write long posts: the names that are or begin with `premium`.
    pub(crate) fn x_premium(&self) -> bool {
        self.name.starts_with("premium")
    }

    /// The LinkedIn member id, opaque.
    pub(crate) fn linkedin_sub(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest("linkedin", &self.name))[..10].to_owned()
    }

    /// `urn:li:person:…`.
    pub(crate) fn linkedin_urn(&self) -> String {
        format!("urn:li:person:{}", self.linkedin_sub())
    }

    /// The organizations at which this person has a role.
    ///
    /// Ada administers two, Grace one, Linus is an analyst at Ada's first, and everybody else administers one.
    pub(crate) fn memberships(&self) -> Vec<Membership> {
        let own = |index, name: &str| Membership {
            organization: organization(&self.name, index, name),
            role: "ADMINISTRATOR",
        };
        match self.name.as_str() {
            "ada" => vec![own(0, "Analytical Engines"), own(1, "Bell Tower Press")],
            "grace" => vec![own(0, "Compiler Works")],
            "linus" => vec![Membership {
                organization: organization("ada", 0, "Analytical Engines"),
                role: "ANALYST",
            }],
            _ => vec![own(0, &format!("{} Works", self.display()))],
        }
    }
}

fn organization(owner: &str, index: u8, name: &str) -> Organization {
    let id = 10_000_000 + number("linkedin-organization", &format!("{owner}/{index}")) % 90_000_000;
    Organization { id, name: name.to_owned(), vanity: name.to_lowercase().replace(' ', "-") }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn digest(purpose: &str, name: &str) -> [u8; 32] {
    Sha256::digest(format!("{purpose}:{name}")).into()
}

/// A number that follows from a name, another one for each purpose.
pub(crate) fn number(purpose: &str, name: &str) -> u64 {
    digest(purpose, name)[..8].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_outside_the_alphabet_is_nobody() {
        for name in ["", "Ada", "a b", "ü", "a_b", &"a".repeat(41)] {
            assert_eq!(Person::named(name), None, "{name}");
        }
    }

    #[test]
    fn ids_follow_from_the_name() {
        let person = Person::named("mary-ann-of-the-long-name").unwrap();
        assert_eq!(person.x_id().len(), 19);
        assert!(person.x_username().len() <= 15);
        assert_eq!(person.display(), "Mary Ann Of The Long Name");
        assert_eq!(person, Person::named("mary-ann-of-the-long-name").unwrap());
        assert_eq!(person.memberships().len(), 1);
    }

    #[test]
    fn ada_administers_two_organizations() {
        let roles: Vec<_> = Person::named("ada").unwrap().memberships().iter().map(|m| m.role).collect();
        assert_eq!(roles, ["ADMINISTRATOR", "ADMINISTRATOR"]);
    }
}
