//! The command as users run it: on real packages, with real cargo.

mod audit;
mod checkouts;
mod corpus;
mod freeze;
mod help;
mod lint;
#[cfg(unix)]
mod pipelines;
mod project;
mod prune;
mod release;
#[cfg(unix)]
mod unwritable;
mod walkthrough;
