//! Activities: what an activity's body is given.

mod cancel;
mod context;
mod state;

pub use cancel::CancelToken;
pub use context::{ActivityContext, ActivityInfo, CompletesLater};
pub(crate) use context::{ActivityHost, HeartbeatReport};
pub use state::StateMap;
