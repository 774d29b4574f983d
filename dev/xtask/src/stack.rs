//! A running stack as others see it: `target/local/stack.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Addresses and names of everything that runs; written when all of it is ready, removed before it stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stack {
    /// Such that `{api_url}/v1/posts` works.
    pub(crate) api_url: String,
    /// The page, also when it is not served.
    pub(crate) web_url: String,
    /// The stand-in for X and LinkedIn.
    pub(crate) sandbox_url: String,
    /// The emulated AWS.
    pub(crate) aws_endpoint: String,
    /// Its region.
    pub(crate) region: String,
    /// Who signs tokens.
    pub(crate) issuer: String,
    /// For whom.
    pub(crate) client_id: String,
    /// Table names by logical id without `Table`: `Posts`.
    pub(crate) tables: BTreeMap<String, String>,
    /// Queue addresses: `prepare`, `publish`, `deadLetters`, `outcomes`.
    pub(crate) queues: BTreeMap<String, String>,
    /// Function names by folder: `schedule-post`.
    pub(crate) functions: BTreeMap<String, String>,
}

impl Stack {
    /// The one that `up` keeps running.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).context("Belfry is not up: start it with `cargo xtask up`.")?;
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not what `up` writes", path.display()))
    }

    /// Writes it in one step, so that nobody reads half.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let beside = path.with_extension("json.tmp");
        fs::write(&beside, serde_json::to_vec_pretty(self)?)
            .and_then(|()| fs::rename(&beside, path))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The folder of a function's resource: `SchedulePostFunction` is `schedule-post`.
pub(crate) fn folder_of(logical_id: &str) -> String {
    let name = logical_id.strip_suffix("Function").unwrap_or(logical_id);
    let mut folder = String::with_capacity(name.len() + 4);
    for (position, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && position > 0 {
            folder.push('-');
        }
        folder.push(letter.to_ascii_lowercase());
    }
    folder
}

/// The name of a table's resource: `PostsTable` is `Posts`.
pub(crate) fn table_of(logical_id: &str) -> String {
    logical_id.strip_suffix("Table").unwrap_or(logical_id).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_called_as_its_folder() {
        assert_eq!(folder_of("SchedulePostFunction"), "schedule-post");
        assert_eq!(folder_of("WatchDueFunction"), "watch-due");
        assert_eq!(folder_of("DescribeApiFunction"), "describe-api");
        assert_eq!(table_of("OAuthStatesTable"), "OAuthStates");
        assert_eq!(table_of("Posts"), "Posts");
    }

    #[test]
    fn the_file_has_the_names_that_others_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stack.json");
        let stack = Stack {
            api_url: "http://a".into(),
            web_url: "http://w".into(),
            sandbox_url: "http://s".into(),
            aws_endpoint: "http://e".into(),
            region: "eu-central-1".into(),
            issuer: "http://i".into(),
            client_id: "belfry-web".into(),
            tables: BTreeMap::new(),
            queues: BTreeMap::new(),
            functions: BTreeMap::new(),
        };
        stack.write(&path).expect("written");
        assert_eq!(Stack::read(&path).expect("read"), stack);
        let text = fs::read_to_string(&path).expect("text");
        for name in
            ["apiUrl", "webUrl", "sandboxUrl", "awsEndpoint", "clientId", "tables", "queues", "functions"]
        {
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn without_a_stack_one_is_told_how_to_start_it() {
        let complaint =
            Stack::read(Path::new("/nonexistent/stack.json")).expect_err("there is none").to_string();
        assert!(complaint.contains("cargo xtask up"));
    }
}
