//! Items as DynamoDB writes them down and measures them.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::post_item::Item;

/// The item in DynamoDB's own JSON, names in order.
pub(crate) fn json_of(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), json_of_value(value))).collect())
}

/// The bytes that DynamoDB bills.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html> (read
/// 2026-11-23): UTF-8 bytes of names and texts; numbers about one byte for two digits and one more; lists and maps
/// three bytes and one for each member.
pub(crate) fn size_of(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn json_of_value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::B(bytes) => json!({ "B": bytes.as_ref() }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::L(items) => json!({ "L": items.iter().map(json_of_value).collect::<Vec<_>>() }),
        AttributeValue::M(item) => json!({ "M": json_of(item) }),
        other => panic!("no item of ours holds {other:?}"),
    }
}

fn size_of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::Bool(_) => 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(items) => 3 + items.iter().map(|item| 1 + size_of_value(item)).sum::<usize>(),
        AttributeValue::M(item) => 3 + item.len() + size_of(item),
        other => panic!("no item of ours holds {other:?}"),
    }
}
