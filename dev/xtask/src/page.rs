//! The web page: what npm installs, checks, tests and builds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::places::Places;
use crate::stack::Stack;
use crate::tools::{hash, run};
use crate::{fill, needs};

/// What is made in `web/` and is no source.
const MADE: [&str; 2] = ["node_modules", "schema.d.ts"];
/// Whose next month is full, and how full: as `web/browser/month.browser.ts` has it.
const CROWDED: &str = "carillon";
const CROWD: usize = 1_000;
/// From it the page's types are made.
const DOCUMENT: &str = "functions/describe-api/src/openapi.json";

/// Where the built page lies.
pub(crate) fn folder(places: &Places) -> PathBuf {
    places.root().join("target/web")
}

/// Installs and builds, as far as sources or pins have changed.
///
/// # Errors
/// When npm fails; it has told why on the terminal.
pub(crate) async fn ensure_built(places: &Places) -> Result<()> {
    ensure_installed(places).await?;
    let stamp = places.root().join("target/web-stamp");
    let wanted = mark(places.root())?;
    if folder(places).join("index.html").exists()
        && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted)
    {
        return Ok(());
    }
    println!("Building the web page");
    run(&mut npm(places, &["run", "--silent", "build", "--", "--logLevel", "warn"])).await?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Types, lints and format.
///
/// # Errors
/// When one of them complains.
pub(crate) async fn check(places: &Places) -> Result<()> {
    ensure_installed(places).await?;
    run(&mut npm(places, &["run", "--silent", "check"])).await
}

/// The tests that need no browser.
///
/// # Errors
/// When one fails.
pub(crate) async fn test(places: &Places) -> Result<()> {
    ensure_installed(places).await?;
    run(&mut npm(places, &["test", "--silent"])).await
}

/// The page in a real browser, on a running stack that serves it. `words` choose among the scenarios.
///
/// # Errors
/// When a scenario fails, or no browser is there.
pub(crate) async fn browse(
    places: &Places,
    stack_json: &Path,
    stack: &Stack,
    words: &[String],
) -> Result<()> {
    let mut browser = browser(places, stack_json, stack).await?;
    run(browser.args(words)).await.with_context(|| format!("on {}", stack.web_url))
}

/// How quickly a full month can be used, against an empty one, on the stack that is up.
///
/// # Errors
/// When the page cannot be walked.
pub(crate) async fn measure(places: &Places, stack: &Stack) -> Result<()> {
    let mut browser = browser(places, places.stack_json(), stack).await?;
    run(browser.args(["--disable-console-intercept"]).env("BELFRY_MEASURE", "yes")).await
}

/// The scenarios in a browser, once there is a month full of posts.
async fn browser(places: &Places, stack_json: &Path, stack: &Stack) -> Result<Command> {
    ensure_installed(places).await?;
    fill::next_month(stack, CROWDED, CROWD).await?;
    let mut npm = npm(places, &["run", "--silent", "browser", "--"]);
    npm.env("BELFRY_STACK", stack_json).env("BELFRY_CHROMIUM", needs::chromium()?);
    Ok(npm)
}

async fn ensure_installed(places: &Places) -> Result<()> {
    let web = places.root().join("web");
    let lock = web.join("package-lock.json");
    let pins = hash(&fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?);
    let stamp = web.join("node_modules/belfry-stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == pins) {
        return Ok(());
    }
    println!("Installing web/package-lock.json into web/node_modules (once)");
    run(&mut npm(places, &["ci", "--no-audit", "--no-fund", "--loglevel", "error"])).await?;
    fs::write(&stamp, pins).with_context(|| format!("cannot write {}", stamp.display()))
}

fn npm(places: &Places, arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(arguments).current_dir(places.root().join("web"));
    npm
}

/// What tells one state of the sources from the next.
fn mark(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    gather(&root.join("web"), &mut files)?;
    files.push(root.join(DOCUMENT));
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        all.extend(file.to_string_lossy().bytes());
        all.extend(hash(&bytes).bytes());
    }
    Ok(hash(&all))
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if MADE.iter().any(|made| path.ends_with(made)) {
            continue;
        }
        if path.is_dir() { gather(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    #[test]
    fn the_page_is_built_anew_when_a_source_or_the_document_changed_and_not_for_what_is_made() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        write(root, "web/src/a.ts", "1");
        write(root, DOCUMENT, "{}");
        let first = mark(root).expect("a mark");
        write(root, "web/node_modules/b/index.js", "2");
        write(root, "web/src/api/schema.d.ts", "3");
        assert_eq!(mark(root).expect("a mark"), first);
        write(root, "web/src/a.ts", "4");
        let second = mark(root).expect("a mark");
        assert_ne!(second, first);
        write(root, DOCUMENT, "{ }");
        assert_ne!(mark(root).expect("a mark"), second);
    }
}
