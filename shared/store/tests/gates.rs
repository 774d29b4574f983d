//! The contract of gates on DynamoDB, and what only DynamoDB knows.

mod tables;

use store::GateStore;

testkit::gates_contract!(GateStore::new(&tables::start().await, "GatesTable"));

#[test]
fn dynamodb_tidies_gates_up_by_the_attribute_that_we_write() {
    let tables = tables::tables();
    let (_, gates) = tables.iter().find(|(name, _)| name == "GatesTable").unwrap();
    assert_eq!(gates["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(gates["TimeToLiveSpecification"]["Enabled"], true);
}
