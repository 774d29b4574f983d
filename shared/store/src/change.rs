//! Writes the expressions of a conditional update, with a placeholder for every name (DynamoDB reserves hundreds), and
//! sends it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::Result;
use domain::id::OwnerId;
use jiff::Timestamp;

use crate::failure::failed;
use crate::post_item::Item;

/// What an `UpdateItem` or a condition says, with the names and values that it uses.
#[derive(Debug, Default)]
pub(crate) struct Change {
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
    conditions: Vec<String>,
    names: Vec<String>,
    values: Vec<AttributeValue>,
}

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Updated {
    /// Done: the item as it stands now.
    Done(Item),
    /// The condition did not hold: the item as it stands.
    Refused(Option<Item>),
}

impl Change {
    /// Makes the change by one `UpdateItem`. A refusal brings the item along, so that nobody has to read it.
    pub(crate) async fn send(&self, client: &Client, table: &str, key: Item) -> Result<Updated> {
        let answer = client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(self.update_expression())
            .set_condition_expression(self.condition_expression())
            .set_expression_attribute_names(Some(self.names()))
            .set_expression_attribute_values(self.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Updated::Done(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Updated::Refused(refusal.item.clone().filter(|item| !item.is_empty())))
                }
                _ => Err(failed(error)),
            },
        }
    }

    /// The placeholder for a path of attribute names.
    pub(crate) fn path(&mut self, path: &[&str]) -> String {
        let parts: Vec<String> = path.iter().map(|part| self.name(part)).collect();
        parts.join(".")
    }

    /// The placeholder for a value.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":v{}", self.values.len() - 1)
    }

    /// Gives the attribute this value.
    pub(crate) fn set(&mut self, path: &[&str], value: AttributeValue) {
        let value = self.value(value);
        self.set_to(path, &value);
    }

    /// Gives the attribute what this operand yields.
    pub(crate) fn set_to(&mut self, path: &[&str], operand: &str) {
        let path = self.path(path);
        self.set.push(format!("{path} = {operand}"));
    }

    /// Gives the attribute this value, or takes it away when there is none.
    pub(crate) fn put(&mut self, path: &[&str], value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(path, value),
            None => self.remove(path),
        }
    }

    /// Takes the attribute away.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.remove.push(path);
    }

    /// Adds a number to the attribute, or the members of a set; not there is zero, or empty. Only for attributes of the item
    /// itself.
    pub(crate) fn add(&mut self, path: &[&str], what: AttributeValue) {
        let (path, what) = (self.path(path), self.value(what));
        self.add.push(format!("{path} {what}"));
    }

    /// Takes the members of this set out of the attribute's.
    pub(crate) fn delete(&mut self, path: &[&str], members: AttributeValue) {
        let (path, members) = (self.path(path), self.value(members));
        self.delete.push(format!("{path} {members}"));
    }

    /// Demands that this holds, together with everything else that is demanded.
    pub(crate) fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Demands that the attribute has this value.
    pub(crate) fn require_equal(&mut self, path: &[&str], value: AttributeValue) {
        let condition = self.compare(path, "=", value);
        self.require(condition);
    }

    /// Demands that the attribute has this value, or that there is none when that is none.
    pub(crate) fn require_same(&mut self, path: &[&str], value: Option<AttributeValue>) {
        let condition = match value {
            Some(value) => self.compare(path, "=", value),
            None => self.absent(path),
        };
        self.require(condition);
    }

    /// A condition that compares the attribute with a value; false when there is no such attribute.
    pub(crate) fn compare(&mut self, path: &[&str], operator: &str, value: AttributeValue) -> String {
        let (path, value) = (self.path(path), self.value(value));
        format!("{path} {operator} {value}")
    }

    /// A condition that the attribute is not there.
    pub(crate) fn absent(&mut self, path: &[&str]) -> String {
        format!("attribute_not_exists({})", self.path(path))
    }

    /// The update expression.
    pub(crate) fn update_expression(&self) -> String {
        let clause = |verb: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{verb} {} ", parts.join(", ")) }
        };
        let clauses =
            [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add), ("DELETE", &self.delete)];
        clauses.map(|(verb, parts)| clause(verb, parts)).concat()
    }

    /// The condition expression; `None` when nothing is demanded.
    pub(crate) fn condition_expression(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// What the name placeholders stand for.
    pub(crate) fn names(&self) -> HashMap<String, String> {
        self.names.iter().enumerate().map(|(at, name)| (format!("#n{at}"), name.clone())).collect()
    }

    /// What the value placeholders stand for; `None` when there are none, because DynamoDB refuses an empty map.
    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let values = self.values.iter().enumerate().map(|(at, value)| (format!(":v{at}"), value.clone()));
        (!self.values.is_empty()).then(|| values.collect())
    }

    fn name(&mut self, name: &str) -> String {
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#n{at}")
    }
}

/// A key of a table whose hash key is the owner.
pub(crate) fn owner_key(owner: &OwnerId, range: &str, id: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("owner".to_owned(), text(&owner.0)), (range.to_owned(), text(id))])
}

/// Whether an item can bear this name: DynamoDB refuses to look for one that cannot, and whoever calls may ask.
///
/// A sort key has 1 to 1,024 bytes. Source:
/// <https://www.cloudmaterials.com/en/blog-entry/dynamodb-primary-key-fields-and-secondary-indexes-overview> (read
/// 2026-11-24), which repeats AWS's own page of constraints; dynoxide refuses beyond both ends.
pub(crate) fn can_be_key(id: &str) -> bool {
    (1..=1024).contains(&id.len())
}

/// The partition of a sparse index that what bears this name belongs to, for ever: FNV-1a of the name.
pub(crate) fn shard(name: &str, shards: u8) -> u8 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % u64::from(shards)) as u8
}

/// A text.
pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A whole number.
pub(crate) fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// A time as items hold it: milliseconds since 1970.
pub(crate) fn millisecond(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}
