//! `cargo xtask fill`: a person's month full of posts, to see how the page bears it.
//!
//! Through the API a person may schedule fifty an hour, so that a month of a thousand is made of copies: one post is
//! scheduled as anybody would, and its row is put into the table again under other names and times. The copies stand in no
//! index of what is due, and nothing sends them.

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::caller::{Caller, DYNAMODB};
use crate::e2e::{Account, Visitor, World};
use crate::http;
use crate::places::Places;
use crate::stack::Stack;

/// The table of posts, as the template calls it.
const TABLE: &str = "Posts";
/// What DynamoDB takes in one call.
const BATCH: usize = 25;
const QUARTER_S: i64 = 900;

const TEXTS: [&str; 8] = [
    "The bells are back: come and hear them on Saturday at noon.",
    "How a carillon is tuned, in twelve pictures.",
    "We are looking for two ringers. No experience needed, only arms.",
    "New opening hours from Monday. The tower is open until seven.",
    "Behind the scenes: greasing a clapper at forty metres.",
    "Thank you! 312 of you came to the night of the towers.",
    "The clock was eleven seconds fast. It is not any more.",
    "What the great bell weighs, and how it came up the stairs.",
];

/// What `fill` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whose calendar; somebody new is connected first.
    #[arg(default_value = "carillon")]
    name: String,
    /// How many posts.
    #[arg(long, default_value_t = 1000)]
    posts: usize,
}

/// Fills the month after this one.
pub(crate) async fn run(args: Args) -> Result<()> {
    let stack = Stack::read(Places::of_up().stack_json())?;
    let first = next_month(&stack, &args.name, args.posts).await?;
    println!("{} has {} posts in {}.", args.name, args.posts, first.strftime("%B %Y"));
    Ok(())
}

/// Puts so many posts into the next month of this person, and answers its first day.
///
/// # Errors
/// When the API or the emulator refuse.
pub(crate) async fn next_month(stack: &Stack, name: &str, count: usize) -> Result<Date> {
    let world = World::new(http::client()?, stack.clone());
    let visitor = Visitor::named(&world, name).await?;
    let first = Timestamp::now().to_zoned(TimeZone::UTC).date().last_of_month().tomorrow()?;
    let (begins, ends) = (midnight(first)?, midnight(first.last_of_month().tomorrow()?)?);
    let quarters = (ends.as_second() - begins.as_second()) / QUARTER_S;
    let caller = Caller::root(world.client(), stack);
    let table = stack.tables.get(TABLE).context("no table of posts")?;
    let stored = async |post_id: &str| -> Result<Option<Value>> {
        let key = json!({ "owner": { "S": format!("person-{name}") }, "postId": { "S": post_id } });
        let found = caller.call(DYNAMODB, "GetItem", &json!({ "TableName": table, "Key": key })).await?;
        Ok(found.get("Item").filter(|item| item.is_object()).cloned())
    };
    let mut models = Vec::new();
    for (index, on) in choices(&visitor).into_iter().enumerate() {
        // Whoever was filled before stays as full as that: the first copies are models enough.
        let model = match stored(&id_of(begins, index)).await? {
            Some(copy) => copy,
            None => {
                let post = visitor.schedule(TEXTS[index % TEXTS.len()], &on, begins + 20.minutes()).await?;
                let post_id = post["id"].as_str().context("a post has an id")?;
                stored(post_id).await?.context("the post that was just scheduled is not in the table")?
            }
        };
        models.push(model);
    }
    let copies = (0..count.saturating_sub(models.len())).map(|place| {
        // Spread evenly, at full quarters of an hour.
        let after = quarters * place as i64 / count as i64;
        copy(&models[place % models.len()], place, begins, after * QUARTER_S)
    });
    let copies = copies.collect::<Result<Vec<Value>>>()?;
    for batch in copies.chunks(BATCH) {
        let puts: Vec<Value> = batch.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
        let mut items = serde_json::Map::new();
        items.insert(table.clone(), Value::Array(puts));
        caller.call(DYNAMODB, "BatchWriteItem", &json!({ "RequestItems": items })).await?;
    }
    Ok(first)
}

/// To one account, to two, to three.
fn choices(visitor: &Visitor) -> [Vec<&Account>; 4] {
    [
        vec![visitor.x()],
        vec![visitor.member(), visitor.x()],
        vec![visitor.organization(), visitor.page()],
        vec![visitor.x(), visitor.member(), visitor.page()],
    ]
}

fn midnight(date: Date) -> Result<Timestamp> {
    Ok(date.to_zoned(TimeZone::UTC)?.timestamp())
}

/// The id of a copy: the same in each run, so that filling again replaces.
fn id_of(begins: Timestamp, place: usize) -> String {
    format!("pst_{:08x}{place:024x}", begins.as_second())
}

/// The same post under another name and time, in no index of what is due.
fn copy(model: &Value, place: usize, begins: Timestamp, after_s: i64) -> Result<Value> {
    let mut item = model.clone();
    let id = id_of(begins, place);
    let at = begins + after_s.seconds();
    let row = item.as_object_mut().context("a row is an object")?;
    row.insert("postId".into(), json!({ "S": id }));
    let calendar = format!("{}#{id}", at.strftime("%Y-%m-%dT%H:%M:%S.000Z"));
    row.insert("calendarAt".into(), json!({ "S": calendar }));
    row.insert("text".into(), json!({ "S": TEXTS[place % TEXTS.len()] }));
    row.remove("shard");
    row.remove("dueAt");
    Ok(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_its_own_name_and_time_and_is_due_nowhere() {
        let model = json!({
            "postId": { "S": "pst_1" }, "calendarAt": { "S": "x" }, "dueAt": { "S": "x" }, "shard": { "N": "0" },
            "text": { "S": "a" }, "owner": { "S": "o" },
        });
        let begins: Timestamp = "2027-01-01T00:00:00Z".parse().expect("an instant");
        let copy = copy(&model, 3, begins, 900).expect("a copy");
        assert_eq!(copy["postId"]["S"], id_of(begins, 3));
        assert!(copy["calendarAt"]["S"].as_str().expect("text").starts_with("2027-01-01T00:15:00.000Z#pst_"));
        assert!(copy.get("dueAt").is_none() && copy.get("shard").is_none());
        assert_eq!(copy["owner"]["S"], "o");
    }
}
