//! The contract of rate limits on DynamoDB, and what only DynamoDB knows.

mod tables;

use std::time::Duration;

use store::RateLimitStore;

/// With more patience than in earnest: what is shown here is who passes, not how fast a busy machine is.
async fn patient() -> RateLimitStore {
    RateLimitStore::new(&tables::start().await, "RateLimitsTable").waiting(Duration::from_secs(5))
}

testkit::rate_limits_contract!(patient().await);

#[test]
fn dynamodb_tidies_registers_up_by_the_attribute_that_we_write() {
    let tables = tables::tables();
    let (_, limits) = tables.iter().find(|(name, _)| name == "RateLimitsTable").unwrap();
    assert_eq!(limits["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(limits["TimeToLiveSpecification"]["Enabled"], true);
}
