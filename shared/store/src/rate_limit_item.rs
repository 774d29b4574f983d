//! The shape of a register in its table: a slot for each call that is allowed, oldest first.
//!
//! `a0`, `a1` … `a9`, `b0` … hold times in milliseconds since 2026, 0 where there was no call yet. Short names and
//! a late beginning, so that a hundred slots stay one write unit; a digit in each name, so that none is reserved.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::limits::{Register, Rule, Subject};
use domain::{Error, Result};
use jiff::Timestamp;

use crate::change::{number, text};
use crate::post_item::Item;

/// One conditional update.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) update: String,
    pub(crate) condition: String,
    pub(crate) names: Option<HashMap<String, String>>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

/// Takes in a call: every time moves one slot down, and `at` takes the last. Condition: the oldest call has left the
/// window, and the newest is not later than this one.
///
/// This may be said in one expression because DynamoDB reads every operand as it was before the update.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>
/// (read 2026-11-24). `ttl` is reserved, hence `#ttl`.
pub(crate) fn taking(rule: Rule, at: Timestamp) -> Write {
    let last = slot(slots(rule) - 1);
    let mut values = values(rule, at);
    values.insert(":at".to_owned(), number(since_epoch(at)));
    // For DynamoDB, which tidies up within days: an item that has left the window says nothing any more.
    values.insert(":ttl".to_owned(), number((at + rule.limit.window()).as_second() + 1));
    let moves: String = moves(rule).iter().map(|it| format!("{it},")).collect();
    Write {
        update: format!("SET {moves}{last}=:at,#ttl=:ttl"),
        condition: format!("{} AND (attribute_not_exists({last}) OR {last}<=:at)", has_room()),
        names: Some(HashMap::from([("#ttl".to_owned(), "ttl".to_owned())])),
        values,
    }
}

/// Takes in a call that was overtaken: it counts as made together with the newest one, whose time stays in the last
/// slot, whatever it is by then. `newest` is what it was at least; the register must have more than one slot.
///
/// So one repeat is enough, however many others are overtaking meanwhile. Naming the time would lose against each.
pub(crate) fn joining(rule: Rule, newest: Timestamp) -> Write {
    Write {
        update: format!("SET {}", moves(rule).join(",")),
        condition: has_room(),
        names: None,
        values: values(rule, newest),
    }
}

/// Every time moves one slot down.
fn moves(rule: Rule) -> Vec<String> {
    (1..slots(rule)).map(|at| format!("{}=if_not_exists({},:none)", slot(at - 1), slot(at))).collect()
}

/// The oldest call has left the window.
fn has_room() -> String {
    let first = slot(0);
    format!("(attribute_not_exists({first}) OR {first}<=:left)")
}

/// What [`moves`] and [`has_room`] need of a call.
fn values(rule: Rule, at: Timestamp) -> HashMap<String, AttributeValue> {
    let mut values = HashMap::from([(":left".to_owned(), number(since_epoch(at - rule.limit.window())))]);
    // A single slot has nowhere to move to, and DynamoDB refuses a value that no expression uses.
    if slots(rule) > 1 {
        values.insert(":none".to_owned(), number(0));
    }
    values
}

/// The key of a register.
pub(crate) fn key(subject: &Subject, rule: Rule) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("subject".to_owned(), text(&subject_key(subject))),
        ("limit".to_owned(), text(&limit_key(rule))),
    ])
}

/// The hash key of all registers of a subject.
pub(crate) fn subject_key(subject: &Subject) -> String {
    match subject {
        Subject::Owner(owner) => format!("owner#{}", owner.0),
        Subject::Address(address) => format!("address#{address}"),
    }
}

/// The range key of a register. The allowance is a part of it, so that another one starts afresh.
pub(crate) fn limit_key(rule: Rule) -> String {
    format!("{}#{}", rule.limit.name(), rule.allowance.calls())
}

/// Whether the item holds the register of this rule.
pub(crate) fn is_of(item: &Item, rule: Rule) -> bool {
    item.get("limit").and_then(|limit| limit.as_s().ok()) == Some(&limit_key(rule))
}

/// The register in an item.
///
/// # Errors
/// `Broken`, naming the slot, when it is not one of ours.
pub(crate) fn from_item(item: &Item, rule: Rule) -> Result<Register> {
    let mut accepted = Vec::new();
    for name in (0..slots(rule)).map(slot) {
        let held = item.get(&name).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
        let broken = || Error::broken("rate limit item", format!("{}: slot {name}", limit_key(rule)));
        let since_epoch_ms: i64 = held.ok_or_else(broken)?;
        if since_epoch_ms > 0 {
            accepted.push(Timestamp::from_millisecond(EPOCH_MS + since_epoch_ms).map_err(|_| broken())?);
        }
    }
    Ok(Register::new(rule, accepted))
}

/// 2026-01-01T00:00:00Z, from which slots count.
const EPOCH_MS: i64 = 1_767_225_600_000;

fn since_epoch(at: Timestamp) -> i64 {
    at.as_millisecond() - EPOCH_MS
}

fn slots(rule: Rule) -> usize {
    rule.allowance.calls().into()
}

fn slot(at: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(at / 10).unwrap_or(u8::MAX - b'a'));
    format!("{letter}{}", at % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::id::OwnerId;
    use domain::limits::{Allowance, Limit};
    use insta::assert_json_snapshot;

    use super::*;
    use crate::shape::{json_of, size_of};

    fn rule(limit: Limit, calls: u8) -> Rule {
        Rule { limit, allowance: Allowance::new(calls).unwrap() }
    }

    /// A register whose every slot holds a call, as late as they may come.
    fn full(subject: &Subject, rule: Rule) -> Item {
        let now: Timestamp = "2029-02-01T12:34:56.789Z".parse().unwrap();
        let values = taking(rule, now).values;
        let mut item = key(subject, rule);
        item.extend((0..slots(rule)).map(|at| (slot(at), values[":at"].clone())));
        item.insert("ttl".to_owned(), values[":ttl"].clone());
        item
    }

    #[test]
    fn a_register_has_this_shape() {
        let (owner, rule) = (Subject::Owner(OwnerId("alice".into())), rule(Limit::PublishMulti, 12));
        assert_json_snapshot!(json_of(&full(&owner, rule)));
        let writes = [taking(rule, Timestamp::UNIX_EPOCH), joining(rule, Timestamp::UNIX_EPOCH)];
        assert_json_snapshot!(writes.map(|write| [write.update, write.condition]));
    }

    #[test]
    fn a_hundred_calls_of_a_common_subject_are_one_write_unit() {
        // Subjects of Cognito and of most other issuers are UUIDs; the longest address is one of IPv6.
        let owner = Subject::Owner(OwnerId("c5f1b1de-2e9c-4f7b-9a3e-0d6f3b8f4a11".into()));
        let address = Subject::Address("2001:0db8:aaaa:bbbb:cccc:dddd:eeee:ffff".parse().unwrap());
        for (subject, limit) in [(owner, Limit::Analytics), (address, Limit::Public)] {
            let bytes = size_of(&full(&subject, rule(limit, 100)));
            assert!(bytes <= 1024, "{bytes} bytes");
        }
    }

    #[test]
    fn the_largest_allowance_fits_into_one_expression() {
        let rule = rule(Limit::PublishMulti, Allowance::MAX.calls());
        let Write { update, condition, .. } = taking(rule, Timestamp::UNIX_EPOCH);
        assert!(update.len() <= 4096, "{} bytes", update.len());
        let operators = |text: &str| text.matches(['=', '(']).count() + text.matches(" AND ").count();
        assert!(operators(&update) <= 300, "{} operators", operators(&update));
        assert!(condition.len() <= 200);
    }

    #[test]
    fn every_slot_has_a_name_of_its_own_with_a_digit() {
        let names: BTreeSet<String> = (0..130).map(slot).collect();
        assert_eq!(names.len(), usize::from(Allowance::MAX.calls()));
        assert!(
            names.iter().all(|name| name.len() == 2 && name.ends_with(|last: char| last.is_ascii_digit()))
        );
    }

    #[test]
    fn an_item_that_is_not_ours_is_broken_and_named() {
        use std::error::Error as _;
        let (owner, rule) = (Subject::Owner(OwnerId("alice".into())), rule(Limit::OAuth, 10));
        let mut item = full(&owner, rule);
        item.insert("a3".to_owned(), text("noon"));
        let Err(error @ Error::Broken { .. }) = from_item(&item, rule) else { panic!("noon is no time") };
        assert_eq!(error.source().unwrap().to_string(), "oauth#10: slot a3");
    }
}
