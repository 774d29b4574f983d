//! What is wrong with a post, or worth knowing, before anything of it is sent.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The platform would certainly refuse the post.
    Error,
    /// The post may go, and something about it will not be as one might think.
    Warning,
}

/// Which part of the request it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The connection.
    Connection,
    /// The words.
    Text,
    /// What the platform offers beyond the text.
    Options,
    /// All the files together.
    Files,
    /// One file, by its place from 0.
    File(usize),
}

/// A reason why a platform would certainly refuse, or something that the person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable, snake_case.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Which part of the request it is about.
    pub about: About,
    /// What is wrong and what to do.
    pub detail: String,
}

impl Problem {
    /// Something that the platform would certainly refuse.
    pub fn error(code: &'static str, about: About, detail: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, about, detail: detail.into() }
    }

    /// Something worth knowing.
    pub fn warning(code: &'static str, about: About, detail: impl Into<String>) -> Self {
        Self { code, severity: Severity::Warning, about, detail: detail.into() }
    }

    /// Whether the platform would certainly refuse the post for it.
    pub fn is_error(&self) -> bool {
        match self.severity {
            Severity::Error => true,
            Severity::Warning => false,
        }
    }
}
