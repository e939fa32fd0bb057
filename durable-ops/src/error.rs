//! What can go wrong, what to do then, and the exit codes.

use std::error::Error as StdError;
use std::process::ExitCode;

use durable_core::client::ClientError;
use durable_core::hub::{HubError, HubErrorKind};

use crate::form;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Ok = 0,
    /// It ran, and the answer is no: refused, not there, or something was found that must not be.
    Negative = 1,
    /// It was called wrongly.
    Usage = 2,
    /// It could not run.
    CannotRun = 3,
    /// What was waited for did not come in time.
    TimedOut = 4,
    /// It was interrupted: 128 and the number of the signal, as shells count.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to. Each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct Error {
    exit: Exit,
    problem: String,
    help: String,
}

impl Error {
    fn new(exit: Exit, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            exit,
            problem: problem.into(),
            help: help.into(),
        }
    }

    /// The arguments make no sense.
    pub(crate) fn usage(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Usage, problem, help)
    }

    /// The hub says no.
    pub(crate) fn refused(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Negative, problem, help)
    }

    /// It could not be done.
    pub(crate) fn failed(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::CannotRun, problem, help)
    }

    /// It took too long.
    pub(crate) fn timed_out(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::TimedOut, problem, help)
    }

    /// Somebody ended it.
    pub(crate) fn interrupted(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Exit::Interrupted, problem, help)
    }

    /// The hub could not be opened, for whatever reason.
    pub(crate) fn unopened(error: &HubError) -> Self {
        let help = "check that this is the hub of your workers, that you may read and write it, and that this `durable` is not \
                    older than they are";
        Self::failed(with_causes(error), help)
    }

    /// Says instead what to do next.
    #[cfg_attr(
        not(feature = "azure"),
        expect(dead_code, reason = "hubs in accounts need it")
    )]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Returns what to do next.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<HubError> for Error {
    fn from(error: HubError) -> Self {
        let problem = with_causes(&error);
        match error.kind() {
            HubErrorKind::NotFound => Self::refused(problem, "`durable list` shows the instances"),
            HubErrorKind::Conflict => Self::refused(problem, "`durable show ID` tells how it stands now"),
            HubErrorKind::Invalid => {
                Self::usage(problem, "`durable help` shows the commands and their options")
            }
            HubErrorKind::Unavailable => Self::failed(problem, "the hub is busy or out of reach: try again"),
            HubErrorKind::Corrupt => Self::failed(
                problem,
                "check that the place is a task hub, and that this `durable` is not older than the workers",
            ),
            HubErrorKind::Unsupported => Self::failed(
                problem,
                "use the `durable` of the server's release, or the hub itself with `--hub FILE`",
            ),
            HubErrorKind::Denied => Self::failed(
                problem,
                "set DURABLE_KEY to a key of the server that has the scope; whoever runs the server makes one",
            ),
            // Kinds of later releases have their text.
            _ => Self::failed(problem, "look at the hub and its disk, then try again"),
        }
    }
}

impl From<ClientError> for Error {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Hub(error) => error.into(),
            ClientError::NotFound(id) => Self::refused(
                format!("there is no instance `{id}`"),
                "`durable list` shows the instances; is it the right hub?",
            ),
            ClientError::AlreadyExists(record) => Self::refused(
                format!(
                    "instance `{}` exists already: {}, {}",
                    record.instance,
                    form::code(&record.name, &record.version),
                    record.status
                ),
                "choose another `--id`, or say with `--on-existing` what becomes of it",
            ),
            ClientError::Fenced(fence) => Self::refused(
                format!("it was not accepted: {fence}"),
                format!(
                    "wait until it falls; if its deployment is over, `durable gate --release {}`",
                    fence.id
                ),
            ),
            ClientError::Name(error) => Self::usage(error.to_string(), "`durable list` shows ids and names"),
            ClientError::WrongState { .. } => {
                Self::refused(error.to_string(), "`durable show ID` tells how it stands now")
            }
            // The rest needs the code of orchestrators, which is not here.
            other => Self::failed(
                with_causes(&other),
                "use the program that has the orchestrator's code",
            ),
        }
    }
}

/// Words an error and its sources, without saying anything twice.
fn with_causes(error: &dyn StdError) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    said
}
