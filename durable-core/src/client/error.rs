//! The errors of the client boundary.

use std::fmt;

use crate::failure::{CallError, FailureDetails};
use crate::hub::{Fence, HubError, InstanceRecord};
use crate::id::{ExecutionId, InstanceId};
use crate::name::NameError;
use crate::payload::PayloadError;
use crate::registry::{PolicyError, RegistryErrors};
use crate::replay::Halt;
use crate::version::{RecordedVersion, Version};

/// Why a client operation did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The hub failed or refused.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// An id or name is malformed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A value could not be encoded or decoded.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A value that was to be stored could not be encoded.
    #[error("{what}: {source}")]
    Unencodable {
        /// What it was for.
        what: String,
        /// Why not.
        source: PayloadError,
    },
    /// No version could be chosen.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The functions of the binary contradict each other.
    #[error(transparent)]
    Registry(#[from] RegistryErrors),
    /// The id is taken, and the start does not allow that.
    #[error(
        "instance `{}` exists already: orchestrator `{}` version {}, {}; choose another id or allow reuse with `.on_existing(..)`",
        .0.instance, .0.name, .0.version, .0.status
    )]
    AlreadyExists(Box<InstanceRecord>),
    /// New instances are held back: a deployment is under way.
    #[error("the start was not accepted: {0}")]
    Fenced(Box<Fence>),
    /// There is no such instance.
    #[error("there is no instance `{0}`")]
    NotFound(InstanceId),
    /// The instance keeps no history of such an execution.
    #[error("instance `{instance}` has no history of execution `{execution}`")]
    NoExecution {
        /// The instance.
        instance: InstanceId,
        /// The execution.
        execution: ExecutionId,
    },
    /// The instance's state forbids the operation.
    #[error("instance `{instance}` is {status}, so it cannot be {operation}")]
    WrongState {
        /// The instance.
        instance: InstanceId,
        /// Its state.
        status: crate::hub::InstanceStatus,
        /// What was asked for.
        operation: &'static str,
    },
    /// The history does not replay on the wanted version.
    #[error(
        "instance `{instance}` cannot be moved to version {wanted}, {}\n  \
         help: it goes on with version {stays}; let it end there, or move it at continue-as-new",
        trial(halt)
    )]
    TrialReplay {
        /// The instance.
        instance: InstanceId,
        /// The version on which it stays.
        stays: RecordedVersion,
        /// The version wanted.
        wanted: Version,
        /// The first difference.
        halt: Box<Halt>,
    },
}

/// Words why a history does not replay on another version. The halt's own text is about code that was edited.
fn trial(halt: &Halt) -> String {
    match (&halt.difference, halt.step) {
        (Some(difference), Some(step)) => format!(
            "whose code does not make the steps that it has recorded\n  step {step} of its history\n    \
             recorded:  {}\n    attempted: {}",
            difference.recorded, difference.attempted
        ),
        (_, _) => format!("on whose code its history does not replay: {halt}"),
    }
}

impl ClientError {
    /// Says what could not be encoded.
    pub(super) fn unencodable(what: impl Into<String>) -> impl FnOnce(PayloadError) -> Self {
        let what = what.into();
        move |source| Self::Unencodable { what, source }
    }
}

/// Why an instance that was waited for did not return a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError<E> {
    /// The orchestrator returned its own error.
    App(E),
    /// It was terminated, with the reason.
    Terminated(String),
    /// It was asked to cancel and returned an error.
    Canceled(FailureDetails),
    /// It failed in another way.
    Failed(FailureDetails),
    /// The client could not find out.
    Client(ClientError),
}

impl<E> From<CallError<E>> for RunError<E> {
    fn from(error: CallError<E>) -> Self {
        let of = |origin, text: &str| FailureDetails::new(origin, text, text);
        match error {
            CallError::App(error) => Self::App(error),
            CallError::Payload(details) | CallError::Failed(details) => Self::Failed(details),
            CallError::HeartbeatTimeout => Self::Failed(FailureDetails::heartbeat_timeout()),
            CallError::Timeout => Self::Failed(of(crate::FailureOrigin::Timeout, "Timeout")),
            CallError::Cancelled => Self::Canceled(of(crate::FailureOrigin::Cancelled, "Cancelled")),
            CallError::Terminated => Self::Terminated(String::new()),
        }
    }
}

impl<E> From<ClientError> for RunError<E> {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl<E: fmt::Display> fmt::Display for RunError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Terminated(reason) => write!(f, "the instance was terminated: {reason}"),
            Self::Canceled(details) => write!(f, "the instance was canceled: {details}"),
            Self::Failed(details) => details.fmt(f),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for RunError<E> {}
