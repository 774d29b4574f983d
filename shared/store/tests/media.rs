//! The contract of the media shelf on DynamoDB, and what only DynamoDB knows.

mod tables;

use store::MediaStore;

testkit::media_shelf_contract!(MediaStore::new(&tables::start().await, "MediaTable"));

#[test]
fn dynamodb_tidies_media_up_by_the_attribute_that_we_write() {
    let tables = tables::tables();
    let (_, media) = tables.iter().find(|(name, _)| name == "MediaTable").unwrap();
    assert_eq!(media["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(media["TimeToLiveSpecification"]["Enabled"], true);
}
