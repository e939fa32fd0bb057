//! Why an app cannot start or go on.

use durable_core::client::ClientError;
use durable_core::hub::HubError;
use durable_core::registry::{PolicyError, RegistryErrors};
use durable_core::worker::WorkerError;

/// Why an app cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The functions of the binary contradict each other.
    #[error(transparent)]
    Registry(#[from] RegistryErrors),
    /// The version policy is malformed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The hub could not be opened or failed.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The worker could not start or go on.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// A question to the hub failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The built-in command does not exist.
    #[error("there is no command `durable {0}`; there are: durable manifest [--json], durable versions")]
    Command(String),
    /// The worker's task ended abnormally.
    #[error("the worker stopped abnormally: {0}")]
    Stopped(String),
}
