//! What the emulator's burst works on: a table, a key and somebody with rights, all gone afterwards.

use anyhow::{Context, Result};
use aws_credential_types::Credentials;
use serde_json::{Value, json};

use crate::caller::{Caller, DYNAMODB, KMS};
use crate::cloud::{Call, Cloud};

/// About the length of an item with a post of one target.
const TEXT: usize = 700;
const POLICY: &str = "measure";

/// A place to play in.
pub(crate) struct Scratch {
    /// Of the table and of the user.
    pub(crate) name: String,
    /// Whose signature and rights the emulator checks at every call, as it does for a function.
    pub(crate) caller: Caller,
    /// Something sealed, to be opened.
    pub(crate) sealed: Value,
    root: Caller,
    key: Value,
    keys_id: String,
}

impl Scratch {
    /// Makes it, with an item for each of so many posts.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub(crate) async fn make(root: &Caller, cloud: &Cloud, posts: usize) -> Result<Self> {
        let name = format!("measure-{:08x}", fastrand::u32(..));
        let rights = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": ["dynamodb:UpdateItem", "dynamodb:GetItem", "kms:Decrypt", "events:PutEvents"],
            "Resource": "*",
        }] });
        let rights = json!({ "UserName": name, "PolicyName": POLICY, "PolicyDocument": rights.to_string() });
        cloud.ask_one(Call::new("iam", "create_user", json!({ "UserName": name }))).await?;
        cloud.ask_one(Call::new("iam", "put_user_policy", rights)).await?;
        let made = cloud.ask_one(Call::new("iam", "create_access_key", json!({ "UserName": name }))).await?;
        let text =
            |field: &str| made["AccessKey"][field].as_str().map(str::to_owned).context("no access key");
        let keys =
            Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?, None, None, "a scratch user");
        let key = root.call(KMS, "CreateKey", &json!({})).await?["KeyMetadata"]["KeyId"].take();
        let sealed = json!({ "KeyId": key, "Plaintext": "c2VjcmV0" });
        let sealed = root.call(KMS, "Encrypt", &sealed).await?["CiphertextBlob"].take();
        fill(root, &name, posts).await?;
        let (keys_id, caller) = (keys.access_key_id().to_owned(), root.with(keys));
        Ok(Self { name, caller, sealed, root: root.clone(), key, keys_id })
    }

    /// Takes all of it away again.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub(crate) async fn remove(self, cloud: &Cloud) -> Result<()> {
        let Self { name, root, key, keys_id, .. } = self;
        root.call(DYNAMODB, "DeleteTable", &json!({ "TableName": name })).await?;
        root.call(KMS, "ScheduleKeyDeletion", &json!({ "KeyId": key, "PendingWindowInDays": 7 })).await?;
        let access_key = json!({ "UserName": name, "AccessKeyId": keys_id });
        cloud.ask_one(Call::new("iam", "delete_access_key", access_key)).await?;
        let policy = json!({ "UserName": name, "PolicyName": POLICY });
        cloud.ask_one(Call::new("iam", "delete_user_policy", policy)).await?;
        cloud.ask_one(Call::new("iam", "delete_user", json!({ "UserName": name }))).await?;
        Ok(())
    }
}

async fn fill(root: &Caller, table: &str, posts: usize) -> Result<()> {
    let wanted = json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    root.call(DYNAMODB, "CreateTable", &wanted).await?;
    for post in 0..posts {
        let item = json!({ "id": { "S": post.to_string() }, "text": { "S": "x".repeat(TEXT) } });
        root.call(DYNAMODB, "PutItem", &json!({ "TableName": table, "Item": item })).await?;
    }
    Ok(())
}
