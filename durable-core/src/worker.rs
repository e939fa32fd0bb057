//! The worker: the part of a process that executes.
//!
//! ```text
//!            fetch_turns
//!  hub ───────────────────► dispatcher ─────────────► turn threads   (one per core, no tokio context)
//!   ▲ ▲                                               │ ▲   │ ▲
//!   │ │       commit, load_history, release           │ │   │ │ results
//!   │ └───────────────────────────────────────────────┘ │   │ │
//!   │         the answers wake the thread itself ───────┘   ▼ │ activities that a commit handed over
//!   └─────────────────────────────────────────────────► activity runner   (tokio tasks, limited)
//!            fetch_activities, heartbeat, park
//! ```
//!
//! No task stands between a turn thread and the hub: it polls its own calls, and their wakers are messages to it. It takes
//! everything that waits for it, makes the turns, and commits them as one batch.
//!
//! An instance lives on one turn thread for as long as the worker owns it, so its turns never run at the same time,
//! and its future need not be `Send`.

mod activities;
mod build;
mod calls;
mod code;
mod committer;
mod dispatcher;
mod error;
mod mismatch;
mod missing;
mod options;
mod race;
mod resident;
mod room;
mod run;
mod turn_thread;

pub use crate::replay::DeterminismChecks;
pub use error::{MissingVersion, WorkerError};
pub use options::{MissingVersions, Worker, WorkerOptions};
