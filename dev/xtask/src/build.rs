//! Builds the functions and what runs beside them, and lays the binaries where the template looks for them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::places::Places;
use crate::tools::run;

/// The functions: folder, crate, binary and resource have one name.
///
/// # Errors
/// When `functions/` cannot be read.
pub(crate) fn functions(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("functions");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// One call of cargo for all of it, so that nothing is compiled twice.
///
/// # Errors
/// When it does not compile; cargo has told why.
pub(crate) async fn everything(places: &Places) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(places.root()).args(["build", "--profile", "local", "-p", "sandbox", "-p", "issuer"]);
    for function in functions(places.root())? {
        cargo.args(["-p", &function]);
    }
    forget_own_package(&mut cargo);
    run(&mut cargo).await?;
    stage(places)
}

/// The workspace's tests, ready to be run: by nextest where it is installed, else by cargo.
///
/// Whoever wants only some of them adds to this call: another choice of packages or features would compile anew.
pub(crate) async fn tests(places: &Places) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(places.root());
    if has_nextest().await {
        cargo.args(["nextest", "run", "--cargo-profile", "local", "--workspace", "--no-fail-fast"]);
    } else {
        cargo.args(["test", "--profile", "local", "--workspace", "--no-fail-fast"]);
    }
    forget_own_package(&mut cargo);
    cargo
}

async fn has_nextest() -> bool {
    let mut asked = Command::new("cargo");
    asked.args(["nextest", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().await.is_ok_and(|status| status.success())
}

/// Cargo tells a program it runs which package that is; a cargo within must not hear it, or it builds anew.
pub(crate) fn forget_own_package(cargo: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            cargo.env_remove(name);
        }
    }
}

/// Lays each binary as `target/lambda/<name>/bootstrap`, where `CodeUri` points.
fn stage(places: &Places) -> Result<()> {
    for function in functions(places.root())? {
        let folder = places.root().join("target/lambda").join(&function);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (from, to) = (places.binary(&function), folder.join("bootstrap"));
        if to.exists() {
            fs::remove_file(&to).with_context(|| format!("cannot replace {}", to.display()))?;
        }
        // A link costs nothing; across file systems only a copy works.
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(|_| ()))
            .with_context(|| format!("cannot lay {} as {}", from.display(), to.display()))?;
    }
    Ok(())
}

/// What tells one build of a function from the next, by name: cargo writes a binary anew only when it changed.
///
/// # Errors
/// When a binary was not built.
pub(crate) fn marks(places: &Places) -> Result<BTreeMap<String, String>> {
    let mark = |name: String| {
        let path = bootstrap(places, &name);
        let about = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok((name, format!("{} {}", about.len(), written.as_nanos())))
    };
    functions(places.root())?.into_iter().map(mark).collect()
}

/// The staged binary of a function.
pub(crate) fn bootstrap(places: &Places, function: &str) -> PathBuf {
    places.root().join("target/lambda").join(function).join("bootstrap")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_with_a_crate_is_a_function() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["publish-post", "cancel-post", "notes"] {
            fs::create_dir_all(root.path().join("functions").join(name)).expect("made");
        }
        for name in ["publish-post", "cancel-post"] {
            fs::write(root.path().join("functions").join(name).join("Cargo.toml"), "").expect("written");
        }
        assert_eq!(functions(root.path()).expect("functions"), ["cancel-post", "publish-post"]);
    }
}
