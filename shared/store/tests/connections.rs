//! The contract of connections on DynamoDB.

mod tables;

use store::ConnectionStore;

testkit::connections_contract!(ConnectionStore::new(&tables::start().await, "ConnectionsTable"));
