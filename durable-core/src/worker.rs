//! The worker: the part of a process that executes.
//!
//! ```text
//!            fetch_turns                     turn threads (one per core, no tokio context)
//!  hub ───────────────────► dispatcher ─────► resident executions ──┐
//!   ▲                                          ▲        ▲           │ commits, loads, releases
//!   │        results of local activities ──────┘        │           ▼
//!   ├──────────────────────────────────────────── committer (one batch at a time)
//!   │                                                   │ activities owned by the commit
//!   │        fetch_activities                           ▼
//!   └───────────────────► activity runner ◄─────────────┘   (tokio tasks, limited)
//! ```
//!
//! An instance lives on one turn thread for as long as the worker owns it, so its turns never run at the same time,
//! and its future need not be `Send`.

mod activities;
mod build;
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
