//! Who speaks: a member or an organization, and whether this member may speak for it.

use crate::linkedin::calls::Caller;
use crate::linkedin::problem::Refusal;

/// The roles that may publish for an organization.
const PUBLISHING: [&str; 3] = ["ADMINISTRATOR", "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER"];

/// The author of a post or the actor of a comment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Author<'a> {
    Member(&'a str),
    Organization(&'a str),
}

impl<'a> Author<'a> {
    /// The author that a field names by URN.
    ///
    /// # Errors
    /// `INVALID_URN_ID` if it is no URN, `INVALID_URN_TYPE` if it is of another kind.
    pub(crate) fn parse(pointer: &str, urn: &'a str) -> Result<Self, Refusal> {
        let malformed =
            || Refusal::field("INVALID_URN_ID", pointer, &format!("\"{urn}\" is not a valid urn"));
        let (kind, id) =
            urn.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':')).ok_or_else(malformed)?;
        let opaque =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let number = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        match kind {
            "person" if opaque => Ok(Self::Member(urn)),
            "organization" if number => Ok(Self::Organization(urn)),
            "person" | "organization" => Err(malformed()),
            _ => Err(Refusal::field(
                "INVALID_URN_TYPE",
                pointer,
                &format!("\"{urn}\" must be a person or an organization"),
            )),
        }
    }

    /// Checks that the token allows to write as this author.
    ///
    /// # Errors
    /// 403 without the scope, as another member, or without a publishing role.
    pub(crate) fn check_writing(self, caller: &Caller, resource: &str) -> Result<(), Refusal> {
        let allowed = match self {
            Self::Member(urn) => caller.has_any(&["w_member_social"]) && urn == caller.person.linkedin_urn(),
            Self::Organization(urn) => {
                caller.has_any(&["w_organization_social"])
                    && caller.role_at(urn).is_some_and(|role| PUBLISHING.contains(&role))
            }
        };
        if allowed { Ok(()) } else { Err(Refusal::access_denied(resource)) }
    }

    /// Checks that the token allows to read this author's posts. For members that takes `r_member_social`,
    /// which is closed.
    ///
    /// # Errors
    /// 403 without the scope or any role.
    pub(crate) fn check_reading(self, caller: &Caller, resource: &str) -> Result<(), Refusal> {
        let allowed = match self {
            Self::Member(_) => caller.has_any(&["r_member_social"]),
            Self::Organization(urn) => {
                caller.has_any(&["r_organization_social"]) && caller.role_at(urn).is_some()
            }
        };
        if allowed { Ok(()) } else { Err(Refusal::access_denied(resource)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_a_person_or_an_organization() {
        assert_eq!(
            Author::parse("/author", "urn:li:person:a_B-9").unwrap(),
            Author::Member("urn:li:person:a_B-9")
        );
        for wrong in ["person:1", "urn:li:person:", "urn:li:organization:x", "urn:li:share:1", ""] {
            assert!(Author::parse("/author", wrong).is_err(), "{wrong}");
        }
    }
}
