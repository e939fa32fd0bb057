//! How a built-in command ends.

use std::error::Error;
use std::io::Write as _;

/// How a built-in command ended; its number is the exit code of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and nothing was found.
    Ok = 0,
    /// Done, and there are findings: what was checked must not be deployed.
    Findings = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// It could not be done: the hub cannot be read, the folder not be written.
    CannotRun = 3,
}

impl Exit {
    /// Ends the program, unless it may go on: `main` knows no other exit code than 0 and 1.
    pub(crate) fn leave(self) {
        if self != Self::Ok {
            std::process::exit(self as i32);
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failed {
    /// The arguments make no sense.
    Usage(String),
    /// It could not be done.
    CannotRun(Box<dyn Error + Send + Sync>),
}

impl Failed {
    /// Tells it on standard error.
    pub(super) fn tell(self, program: &str) -> Exit {
        let mut stderr = std::io::stderr();
        // If standard error is closed, nobody wants to know.
        match self {
            Self::Usage(text) => {
                let _ = writeln!(
                    stderr,
                    "error: {text}\n  help: `{program} durable help` shows the commands and their options"
                );
                Exit::Usage
            }
            Self::CannotRun(error) => {
                let _ = writeln!(stderr, "error: {error}");
                let (mut said, mut source) = (error.to_string(), error.source());
                while let Some(cause) = source {
                    let text = cause.to_string();
                    if !said.contains(&text) {
                        let _ = writeln!(stderr, "  because: {text}");
                    }
                    (said, source) = (text, cause.source());
                }
                Exit::CannotRun
            }
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::CannotRun(Box::new(error))
    }
}
