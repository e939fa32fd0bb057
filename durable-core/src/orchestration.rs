//! Orchestrators: what an orchestrator's body is given, and what it can await.

mod block;
mod call;
mod cancelled;
mod context;
mod continue_as_new;
mod event;
mod future;
mod join;
mod raw_call;
mod saga;
mod select;
mod side_effect;
mod timer;
mod uuid;

pub use block::{Block, block};
pub use call::Call;
pub use cancelled::Cancelled;
pub use context::OrchestrationContext;
pub use continue_as_new::ContinueAsNew;
pub use event::ExternalEvent;
pub use future::{BoxDurableFuture, DurableFuture, IntoDurableFuture};
pub use join::{Join, JoinAll, JoinTuple};
pub use saga::{CompensationFailure, Saga};
pub use select::{Select, SelectAll, SelectTuple, Selected};
pub use side_effect::SideEffect;
pub use timer::{Timer, days, hours, minutes, seconds};
pub use uuid::Uuid;
