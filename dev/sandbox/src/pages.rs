//! The Facebook users, Pages and Instagram accounts of people. As everything about them it follows from the name.

use crate::people::{Person, number};

/// Everything that a Page lets somebody do.
const EVERY_TASK: &[&str] = &["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE"];

/// A Facebook Page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Page {
    /// 15 digits.
    pub(crate) id: String,
    /// The name people see.
    pub(crate) name: String,
    /// The last segment of its public address.
    pub(crate) username: String,
    /// The Instagram account that belongs to it.
    pub(crate) instagram: Option<Instagram>,
}

/// An Instagram account for business.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Instagram {
    /// 17 digits.
    pub(crate) id: String,
    /// The name people see.
    pub(crate) name: String,
    /// Without the `@`.
    pub(crate) username: String,
}

/// What somebody may do at a Page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PageRole {
    /// Where.
    pub(crate) page: Page,
    /// Facebook's names of the tasks.
    pub(crate) tasks: &'static [&'static str],
}

impl PageRole {
    /// Whether the person may publish for the Page and for its Instagram account.
    pub(crate) fn may_create(&self) -> bool {
        self.tasks.contains(&"CREATE_CONTENT")
    }
}

impl Instagram {
    /// The address of the account's picture.
    pub(crate) fn picture(&self) -> String {
        format!("https://scontent.cdninstagram.com/{}.jpg", self.id)
    }
}

impl Person {
    /// The Facebook user id: 17 digits, as apps see it.
    pub(crate) fn facebook_id(&self) -> String {
        digits("facebook", self.name(), 10, 15)
    }

    /// The account with a login of its own, which belongs to no Page.
    pub(crate) fn instagram(&self) -> Instagram {
        Instagram {
            id: digits("instagram", self.name(), 17_841, 12),
            name: self.display(),
            username: self.x_username(),
        }
    }

    /// The Pages at which this person has a role.
    ///
    /// Ada has three, of which two have an Instagram account; Grace has one; Linus may look at the numbers of Ada's
    /// first; everybody else has one with an Instagram account.
    pub(crate) fn pages(&self) -> Vec<PageRole> {
        let own = |index, name: &str, instagram| PageRole {
            page: page(self.name(), index, name, instagram),
            tasks: EVERY_TASK,
        };
        match self.name() {
            "ada" => vec![
                own(0, "Analytical Engines", true),
                own(1, "Bell Tower Press", true),
                own(2, "Punched Card Museum", false),
            ],
            "grace" => vec![own(0, "Compiler Works", true)],
            "linus" => {
                vec![PageRole { page: page("ada", 0, "Analytical Engines", true), tasks: &["ANALYZE"] }]
            }
            _ => vec![own(0, &format!("{} Works", self.display()), true)],
        }
    }

    /// The person's role at the Page of that id.
    pub(crate) fn page(&self, id: &str) -> Option<PageRole> {
        self.pages().into_iter().find(|at| at.page.id == id)
    }

    /// The person's role at the Page to which that Instagram account belongs.
    pub(crate) fn page_of_instagram(&self, id: &str) -> Option<PageRole> {
        self.pages().into_iter().find(|at| at.page.instagram.as_ref().is_some_and(|account| account.id == id))
    }
}

fn page(owner: &str, index: u8, name: &str, instagram: bool) -> Page {
    let key = format!("{owner}/{index}");
    let username = name.to_lowercase().replace(' ', ".");
    Page {
        id: digits("facebook-page", &key, 1, 14),
        name: name.to_owned(),
        instagram: instagram.then(|| Instagram {
            id: digits("instagram-of-page", &key, 17_841, 12),
            name: name.to_owned(),
            username: username.replace(['.', '-'], "_"),
        }),
        username,
    }
}

/// `first` and then `count` digits.
fn digits(purpose: &str, key: &str, first: u64, count: u32) -> String {
    let scale = 10_u64.pow(count);
    (first * scale + number(purpose, key) % scale).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ada_has_three_pages_of_which_two_have_an_instagram_account() {
        let pages = Person::named("ada").unwrap().pages();
        let with: Vec<bool> = pages.iter().map(|at| at.page.instagram.is_some()).collect();
        assert_eq!(with, [true, true, false]);
        assert!(pages.iter().all(PageRole::may_create));
    }

    #[test]
    fn linus_may_not_publish() {
        let linus = Person::named("linus").unwrap();
        assert!(!linus.pages()[0].may_create());
        assert_eq!(linus.pages()[0].page.id, Person::named("ada").unwrap().pages()[0].page.id);
    }

    #[test]
    fn the_own_account_is_none_of_the_pages() {
        let person = Person::named("mary-ann").unwrap();
        assert_eq!(person.pages().len(), 1);
        assert!(person.page_of_instagram(&person.instagram().id).is_none());
        assert_eq!((person.facebook_id().len(), person.instagram().id.len()), (17, 17));
        assert_eq!(person.pages()[0].page.id.len(), 15);
    }
}
