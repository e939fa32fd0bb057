//! The registry: which functions and versions this binary has.

mod callee;
mod collect;
mod locks;
mod migrate;
mod policy;
mod print;
mod registration;
mod types;

pub use callee::{Callee, Helper};
pub use collect::{Registry, RegistryError, RegistryErrors};
pub use locks::{LockFile, Unregistered};
pub(crate) use policy::HandleTypes;
pub use policy::{
    DEFAULT_VERSION_VARIABLE, DefaultVersions, MatchStrategy, MismatchStrategy, PolicyError, VersionChoice,
};
pub(crate) use print::hex;
pub use print::{BodyFingerprint, FingerprintError};
pub use registration::{
    ActivityRunner, ErasedActivity, ErasedOrchestrator, Migration, OrchestratorRunner, Registration, Runner,
    SourcePlace, Upgrade,
};
#[doc(hidden)]
pub use registration::{
    Row, answer_mock, erase_activity, erase_blocking, erase_migration, erase_orchestrator,
    erase_orchestrator_body,
};
pub use types::TypeInfo;
