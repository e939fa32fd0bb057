//! What can go wrong, what to do then, and the exit codes.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    /// It ran, and found something that must not be.
    Findings = 1,
    /// It was called wrongly.
    Usage = 2,
    /// It could not run.
    CannotRun = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was asked for does not exist or is not clear.
    #[error("{problem}")]
    Usage { problem: String, help: String },
    /// It was refused, for the reasons that are named.
    #[error("{problem}")]
    Refused { problem: String, help: String },
    #[error("{problem}")]
    Failed { problem: String, help: String },
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
}

impl Error {
    pub(crate) fn usage(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            problem: problem.into(),
            help: help.into(),
        }
    }

    pub(crate) fn refused(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused {
            problem: problem.into(),
            help: help.into(),
        }
    }

    pub(crate) fn failed(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Failed {
            problem: problem.into(),
            help: help.into(),
        }
    }

    /// Returns what to do next.
    pub(crate) fn help(&self) -> &str {
        match self {
            Self::Usage { help, .. } | Self::Refused { help, .. } | Self::Failed { help, .. } => help,
            Self::File { .. } => "check that the file exists and that you may read and write it",
            Self::Syntax { .. } => "the file must be valid Rust: run `cargo check` first",
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Refused { .. } => Exit::Findings,
            Self::Failed { .. } | Self::File { .. } | Self::Syntax { .. } => Exit::CannotRun,
        }
    }
}
