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
    /// A second request to stop came before the first was fulfilled.
    #[error(
        "stopped at once by a second request, without waiting for what ran; \
         nothing is lost: it is run again when the lease of this process has run out"
    )]
    Interrupted,
    /// The worker's task ended abnormally.
    #[error("the worker stopped abnormally: {0}")]
    Stopped(String),
}
