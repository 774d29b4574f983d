//! The contract of analytics on DynamoDB.

mod tables;

use store::AnalyticsStore;

testkit::analytics_contract!(AnalyticsStore::new(&tables::start().await, "AnalyticsTable"));
