//! The registry: which functions and versions this binary has.

mod collect;
mod migrate;
mod policy;
mod registration;
mod types;

pub use collect::{Registry, RegistryError, RegistryErrors};
pub(crate) use policy::HandleTypes;
pub use policy::{
    DEFAULT_VERSION_VARIABLE, DefaultVersions, MatchStrategy, MismatchStrategy, PolicyError, VersionChoice,
};
pub use registration::{
    ActivityRunner, ErasedActivity, ErasedOrchestrator, Migration, OrchestratorRunner, Registration, Runner,
    SourcePlace, Upgrade,
};
#[doc(hidden)]
pub use registration::{answer_mock, erase_activity, erase_blocking, erase_migration, erase_orchestrator};
pub use types::TypeInfo;
