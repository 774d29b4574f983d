//! The order of the house: what bears one name everywhere, and which arrows there are.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

type Names = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn names_in(folder: &str) -> Names {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let name = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.unwrap().path())).collect()
}

/// `SchedulePostFunction` for `schedule-post`.
fn resource_of(function: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    function.split('-').map(capital).collect::<String>() + "Function"
}

/// Every function of the template: its resource, its `CodeUri`, its binary, its routes.
fn functions_of_the_template() -> BTreeMap<String, (String, String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let text_at = |node: &Yaml<'_>, path: &[&str]| {
        let found = path.iter().try_fold(node, |node, key| node.as_mapping_get(key));
        found.and_then(Yaml::as_str).map(str::to_owned)
    };
    let resources = documents[0].as_mapping_get("Resources").unwrap().as_mapping().unwrap();
    let functions =
        resources.iter().filter(|(_, it)| text_at(it, &["Type"]).unwrap() == "AWS::Serverless::Function");
    functions
        .map(|(name, resource)| {
            let code = text_at(resource, &["Properties", "CodeUri"]).unwrap();
            let binary = text_at(resource, &["Metadata", "BuildProperties", "Binary"]).unwrap();
            let events = resource.as_mapping_get("Properties").unwrap().as_mapping_get("Events").unwrap();
            let route = |event: &Yaml<'_>| {
                let part = |name| text_at(event, &["Properties", name]);
                Some(format!("{} {}", part("Method")?, part("Path")?))
            };
            let routes = events.as_mapping().unwrap().values().filter_map(route).collect();
            (name.as_str().unwrap().to_owned(), (code, binary, routes))
        })
        .collect()
}

/// Our crates and those of our crates that each depends on outside of tests; and all crates that `domain` reaches.
fn arrows() -> (BTreeMap<String, Names>, Names) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked"]).current_dir(root());
    let metadata: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names: BTreeMap<String, String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (text(&it["id"]), text(&it["name"])))
        .collect();
    let members: Names = metadata["workspace_members"].as_array().unwrap().iter().map(text).collect();
    let mut all: BTreeMap<String, Names> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let is_normal =
            |it: &&Value| it["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        let targets = node["deps"].as_array().unwrap().iter().filter(is_normal).map(|it| text(&it["pkg"]));
        all.insert(text(&node["id"]), targets.collect());
    }
    let ours = members.iter().map(|id| {
        let targets =
            all[id].iter().filter(|target| members.contains(*target)).map(|target| names[target].clone());
        (names[id].clone(), targets.collect())
    });
    let domain = members.iter().find(|id| names[*id] == "domain").unwrap();
    let (mut reached, mut open) = (Names::new(), vec![domain.clone()]);
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(all[&id].iter().cloned());
        }
    }
    (ours.collect(), reached.iter().map(|id| names[id].clone()).collect())
}

#[test]
fn folder_binary_resource_and_event_bear_the_same_name() {
    let folders = names_in("functions");
    let template = functions_of_the_template();
    assert_eq!(names_in("events"), folders);
    let resources: Names = folders.iter().map(|folder| resource_of(folder)).collect();
    assert_eq!(template.keys().cloned().collect::<Names>(), resources);
    for folder in &folders {
        let (code, binary, _) = &template[&resource_of(folder)];
        assert_eq!((code, binary), (&format!("target/lambda/{folder}/"), folder));
        assert!(arrows().0.contains_key(folder), "functions/{folder} must be a crate of that name");
    }
}

#[test]
fn the_document_describes_exactly_the_routes_of_the_template() {
    let routes: Names = functions_of_the_template().into_values().flat_map(|(_, _, routes)| routes).collect();
    let text = std::fs::read_to_string(root().join("functions/describe-api/src/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut described = Names::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        described.extend(
            operations.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    assert_eq!(described, routes);
}

#[test]
fn arrows_point_down_and_never_sideways() {
    let (arrows, _) = arrows();
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Names>();
    let floors = [
        ("domain", set(&[])),
        ("aws", set(&["domain"])),
        ("api", set(&["domain"])),
        ("platforms", set(&["domain"])),
        ("store", set(&["aws", "domain"])),
        ("media", set(&["aws", "domain"])),
        ("queue", set(&["aws", "domain"])),
        ("vault", set(&["aws", "domain"])),
        ("testkit", set(&["domain"])),
        ("document", set(&["api", "domain"])),
        ("sandbox", set(&[])),
        ("issuer", set(&[])),
        ("xtask", set(&[])),
    ];
    for (room, may) in floors {
        assert!(arrows[room].is_subset(&may), "{room} depends on {:?}", arrows[room].difference(&may));
    }
    let shared = set(&["api", "aws", "domain", "media", "platforms", "queue", "store", "vault"]);
    for function in names_in("functions") {
        let more: Vec<_> = arrows[&function].difference(&shared).collect();
        assert!(more.is_empty(), "functions/{function} depends on {more:?}");
    }
}

#[test]
fn the_domain_reaches_no_crate_that_does_io() {
    let (_, reached) = arrows();
    let forbidden =
        ["tokio", "mio", "socket2", "hyper", "reqwest", "axum", "rustls", "lambda_runtime", "getrandom"];
    let found: Vec<_> =
        reached.iter().filter(|name| forbidden.contains(&name.as_str()) || name.starts_with("aws")).collect();
    assert!(found.is_empty(), "domain reaches {found:?}");
}

#[test]
fn a_function_joins_and_holds_no_rule() {
    for function in names_in("functions") {
        let main = std::fs::read_to_string(root().join(format!("functions/{function}/src/main.rs"))).unwrap();
        assert!(main.lines().count() <= 40, "functions/{function}/src/main.rs is longer than 40 lines");
        assert!(!main.contains("aws_sdk"), "functions/{function} names an SDK type");
    }
}
