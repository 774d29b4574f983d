//! The contract of posts on DynamoDB.

mod tables;

use store::PostStore;

testkit::posts_contract!(PostStore::new(&tables::start().await, "PostsTable"));
