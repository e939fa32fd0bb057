//! The registry: which functions and versions this binary has.

mod registration;
mod types;

pub use registration::{
    ActivityRunner, ErasedActivity, ErasedOrchestrator, Migration, OrchestratorRunner, Registration, Runner,
    SourcePlace, Upgrade,
};
#[doc(hidden)]
pub use registration::{erase_activity, erase_blocking, erase_migration, erase_orchestrator};
pub use types::TypeInfo;
