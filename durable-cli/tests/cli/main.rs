//! The command as users run it: on real packages, with real cargo.

mod freeze;
mod lint;
mod project;
