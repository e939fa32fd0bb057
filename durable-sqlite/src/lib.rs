//! The SQLite task hub of durable functions: one file, crash-proof, shared by the processes of one machine.
//!
//! ```no_run
//! use durable_sqlite::SqliteHub;
//! # fn main() -> Result<(), durable_core::hub::HubError> {
//! let hub = SqliteHub::at("shop.db").open()?;
//! # Ok(())
//! # }
//! ```
//!
//! One thread writes. It takes every request that waits, runs all of them in one transaction, and answers when the
//! disk has it, so that many requests share one write. Reads have connections of their own. Nothing is polled while
//! there is work: a commit wakes whoever waits for it, in this process directly and in others by a doorbell.

#![forbid(unsafe_code)]

mod activity;
mod amend;
mod busy;
mod changes;
mod checkpoint;
mod client;
mod clockwork;
mod code;
mod counts;
mod delivery;
mod dispatch;
mod doorbell;
mod ending;
mod error;
mod fence;
mod fired;
mod first_turn;
mod frame;
mod history;
mod hub;
mod import;
mod inbox;
mod instance;
mod known;
mod listing;
mod node;
mod operation;
mod options;
mod outgoing;
mod packed;
mod purge;
mod query;
mod reader;
mod record;
mod renewal;
mod schema;
mod serve;
mod signal;
mod start;
mod stats;
mod syncing;
mod timer;
mod turn;
mod tx;
mod upkeep;
mod waiting;
mod waking;
mod worker;
mod writer;

// For the helpers that the tests of the crate share with those beside it.
#[cfg(test)]
extern crate self as durable_sqlite;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;

pub use hub::SqliteHub;
pub use options::{SqliteOptions, Synchronous};
pub use stats::SqliteStats;
