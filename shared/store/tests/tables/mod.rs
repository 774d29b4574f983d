//! A DynamoDB of its own for each test, with the tables that the template declares.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is test code, and each file uses a part of it"
)]

pub(crate) mod counter;

use aws::SdkConfig;
use dynoxide::Database;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

/// Where the tables are declared: there and nowhere else.
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The part of a table's declaration that is also a part of `CreateTable`, under the same names.
const OF_CREATE_TABLE: [&str; 4] =
    ["AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema"];

/// Starts the emulator on a port of its own. It ends with the runtime of the test.
///
/// Tables bear the names of their resources, such as `PostsTable`.
pub(crate) async fn start() -> SdkConfig {
    let address = serve(database()).await;
    aws::config_from(testkit::neighbour::environment(format!("http://{address}"))).unwrap()
}

/// The same, where every call is counted, and where none is.
pub(crate) async fn start_counted() -> (SdkConfig, SdkConfig, counter::Calls) {
    let address = serve(database()).await;
    let (endpoint, calls) = counter::before(address.clone()).await;
    let config = |endpoint| aws::config_from(testkit::neighbour::environment(endpoint)).unwrap();
    (config(endpoint), config(format!("http://{address}")), calls)
}

/// Serves this database, and answers at which host and port.
pub(crate) async fn serve(database: Database) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    address
}

/// An empty database with the template's tables.
pub(crate) fn database() -> Database {
    let database = Database::memory().unwrap();
    for (name, properties) in tables() {
        let mut request = Map::from_iter([("TableName".to_owned(), Value::from(name))]);
        for part in OF_CREATE_TABLE {
            if let Some(value) = properties.get(part) {
                request.insert(part.to_owned(), value.clone());
            }
        }
        database.create_table(serde_json::from_value(request.into()).unwrap()).unwrap();
    }
    database
}

/// Name and properties of each table of the template.
pub(crate) fn tables() -> Vec<(String, Value)> {
    let template = Yaml::load_from_str(TEMPLATE).unwrap();
    let Value::Object(resources) = json(&template[0])["Resources"].clone() else { panic!("no resources") };
    let tables = resources.into_iter().filter(|(_, resource)| resource["Type"] == "AWS::DynamoDB::Table");
    tables.map(|(name, resource)| (name, resource["Properties"].clone())).collect()
}

/// CloudFormation's short forms (`!Ref Name`) lose their tag and keep their argument: no key schema holds any.
fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Tagged(_, inner) => json(inner),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let entries =
                entries.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), json(value)));
            Value::Object(entries.collect())
        }
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Value(Scalar::Boolean(yes)) => (*yes).into(),
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::FloatingPoint(number)) => number.into_inner().into(),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Representation(text, ..) => text.as_ref().into(),
        Yaml::Alias(_) | Yaml::BadValue => panic!("the template has no aliases"),
    }
}
