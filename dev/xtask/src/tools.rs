//! The virtual environments: the emulator's, the tools', and that of what asks the API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::needs::PYTHON;
use crate::places::Places;

/// The emulator and what it needs.
pub(crate) const CLOUD: Venv = Venv { name: "cloud", requirements: "dev/cloud/requirements.txt" };
/// `sam`, `cfn-lint`, `cargo-lambda`, `aws`: they pin another botocore than the emulator.
pub(crate) const TOOLS: Venv = Venv { name: "tools", requirements: "dev/cloud/tools-requirements.txt" };
/// `schemathesis`: it pins another `click` than `sam`.
pub(crate) const ASKER: Venv = Venv { name: "asker", requirements: "dev/document/requirements.txt" };

/// A virtual environment and the file that pins what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Venv {
    name: &'static str,
    requirements: &'static str,
}

impl Venv {
    /// A program in it.
    pub(crate) fn program(self, places: &Places, program: &str) -> PathBuf {
        places.venv(self.name).join("bin").join(program)
    }

    /// Makes it, unless it is there as its requirements say.
    ///
    /// The stamp is written last: an interrupted making is done again from the start.
    ///
    /// # Errors
    /// When Python or pip fail; pip has told why on the terminal.
    pub(crate) async fn ensure(self, places: &Places) -> Result<()> {
        let folder = places.venv(self.name);
        let stamp = folder.join("belfry-stamp");
        let wanted = self.stamp(places)?;
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        println!("Installing {} into target/tools/{} (once)", self.requirements, self.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        run(Command::new(PYTHON).args(["-m", "venv"]).arg(&folder)).await?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "-r"]);
        run(pip.arg(places.root().join(self.requirements))).await?;
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
    }

    fn stamp(self, places: &Places) -> Result<String> {
        let path = places.root().join(self.requirements);
        let pins = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // A venv names its own folder inside its scripts, so a moved checkout needs a new one.
        Ok(format!("{} {}", hash(&pins), places.venv(self.name).display()))
    }
}

/// SHA-256 as hex.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs a command to its end with its output on the terminal.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) async fn run(command: &mut Command) -> Result<()> {
    let name = shown(command);
    let status = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("cannot start {name}"))?;
    ensure!(status.success(), "{name} failed ({status})");
    Ok(())
}

/// Program and first arguments, for messages.
fn shown(command: &Command) -> String {
    let command = command.as_std();
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().take(3).map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program.into_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_bytes() {
        assert!(hash(b"").starts_with("e3b0c44298fc1c14"));
        assert_ne!(hash(b"a"), hash(b"b"));
    }

    #[test]
    fn a_changed_pin_or_a_moved_checkout_asks_for_a_new_environment() {
        let here = Places::of_up();
        assert_ne!(CLOUD.stamp(&here).expect("a stamp"), TOOLS.stamp(&here).expect("a stamp"));
    }

    #[tokio::test]
    async fn a_command_that_fails_is_named() {
        let complaint = run(Command::new("cargo").arg("no-such-subcommand").stderr(Stdio::null()))
            .await
            .expect_err("it fails")
            .to_string();
        assert!(complaint.starts_with("cargo no-such-subcommand failed"), "{complaint}");
    }
}
