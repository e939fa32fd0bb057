//! Activities: what an activity's body is given.

mod cancel;
mod context;
mod state;

pub use cancel::CancelToken;
pub(crate) use context::ActivityHost;
pub use context::{ActivityContext, ActivityInfo, CompletesLater};
pub use state::StateMap;
