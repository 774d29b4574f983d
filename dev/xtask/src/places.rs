//! Where things lie: everything made on this machine is under `target/`.

use std::env;
use std::path::{Path, PathBuf};

/// The folders that one run of the local cloud uses.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    root: PathBuf,
    state: PathBuf,
    stack_json: PathBuf,
    is_private: bool,
}

impl Places {
    /// Those of `cargo xtask up`.
    pub(crate) fn of_up() -> Self {
        let root = root();
        let local = root.join("target/local");
        Self { state: local.join("state"), stack_json: local.join("stack.json"), root, is_private: false }
    }

    /// Those of a run that must not meet a running `up`.
    pub(crate) fn private(name: &str) -> Self {
        let root = root();
        let state = root.join("target").join(name);
        Self { stack_json: state.join("stack.json"), state, root, is_private: true }
    }

    /// The workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What survives a stop: `reset` deletes it.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// There while, and only while, everything is ready.
    pub(crate) fn stack_json(&self) -> &Path {
        &self.stack_json
    }

    /// Which processes this run started.
    pub(crate) fn run_json(&self) -> PathBuf {
        self.state.join("run.json")
    }

    /// The output of one process.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.state.join("logs").join(format!("{name}.log"))
    }

    /// Where the emulator writes down what crosses it, in a private run: that of an `up` would grow for days.
    pub(crate) fn record(&self) -> Option<PathBuf> {
        self.is_private.then(|| self.state.join("record.jsonl"))
    }

    /// A binary that `cargo build --profile local` made.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.root.join("target/local").join(name)
    }

    /// The virtual environment of the emulator or of the tools.
    pub(crate) fn venv(&self, name: &str) -> PathBuf {
        self.root.join("target/tools").join(name)
    }
}

/// The workspace this tool was built in.
fn root() -> PathBuf {
    // Cargo sets it for `cargo xtask`; a binary started by hand knows where it was built.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.ancestors().nth(2).map_or_else(|| manifest.clone(), Path::to_path_buf)
}
