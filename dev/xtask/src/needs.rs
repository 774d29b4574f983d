//! What must be on the machine before anything else, and how to get it.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, bail};

/// Looks for one thing, and says how to get it if it is missing.
pub(crate) type Need = fn() -> Option<&'static str>;

/// What every command needs.
const ALWAYS: [Need; 3] = [python, compiler, cargo];

/// Checks everything at once, so that a fresh machine is put right in one go.
///
/// # Errors
/// One sentence for each thing that is missing.
pub(crate) fn ensure_present(more: &[Need]) -> Result<()> {
    let missing: Vec<&str> = ALWAYS.iter().chain(more).filter_map(|need| need()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", missing.join("\n"))
}

/// Node.js, for the web page.
pub(crate) fn node() -> Option<&'static str> {
    let is_new = "const [a, b] = process.versions.node.split('.'); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)";
    if !succeeds("node", &["-e", ""]) || !succeeds("npm", &["--version"]) {
        return Some(
            "Node.js is missing, which the web page needs: install Node.js 20.19 or newer with npm, or leave the page out with --no-web.",
        );
    }
    (!succeeds("node", &["-e", is_new]))
        .then_some("`node` is older than 20.19: the web page's tools need Node.js 20.19 or newer.")
}

/// A browser, for the tests of the web page.
pub(crate) fn browser() -> Option<&'static str> {
    chromium().is_err().then_some(
        "Chromium is missing, in which the web page is tested: install it (Debian: apt-get install chromium).",
    )
}

/// The browser's program, by its whole path.
///
/// # Errors
/// When none is on the PATH.
pub(crate) fn chromium() -> Result<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&folders).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|place| place.is_file()).ok_or_else(|| anyhow!("no Chromium is on the PATH"))
}

/// The Python that makes the virtual environments.
pub(crate) const PYTHON: &str = "python3";

fn python() -> Option<&'static str> {
    if !succeeds(PYTHON, &["-c", ""]) {
        return Some(
            "Python is missing: install Python 3.11 or newer as `python3` (Debian: apt-get install python3 python3-venv).",
        );
    }
    if !succeeds(PYTHON, &["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]) {
        return Some("`python3` is older than 3.11: the AWS emulator needs Python 3.11 or newer.");
    }
    if !succeeds(PYTHON, &["-c", "import venv, ensurepip"]) {
        return Some("Python's `venv` module is missing: install it (Debian: apt-get install python3-venv).");
    }
    None
}

fn compiler() -> Option<&'static str> {
    let found = ["c++", "g++", "clang++"].iter().any(|compiler| succeeds(compiler, &["--version"]));
    (!found).then_some(
        "A C++ compiler is missing, which counting a tweet's characters needs: install one (Debian: apt-get install g++).",
    )
}

fn cargo() -> Option<&'static str> {
    (!succeeds("cargo", &["--version"])).then_some("`cargo` is not on the PATH: install Rust with rustup.")
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_does_not_succeed() {
        assert!(!succeeds("belfry-no-such-program", &[]));
    }
}
