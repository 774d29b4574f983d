//! The contract of OAuth states on DynamoDB, and what only DynamoDB knows.

mod tables;

use store::OAuthStateStore;

testkit::oauth_states_contract!(OAuthStateStore::new(&tables::start().await, "OAuthStatesTable"));

#[test]
fn dynamodb_tidies_states_up_by_the_attribute_that_we_write() {
    let tables = tables::tables();
    let (_, states) = tables.iter().find(|(name, _)| name == "OAuthStatesTable").unwrap();
    assert_eq!(states["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(states["TimeToLiveSpecification"]["Enabled"], true);
}
