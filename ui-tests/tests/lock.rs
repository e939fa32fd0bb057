//! `durable.lock`, and the settings of `Cargo.toml`, in real packages: what `cargo check` says of edited releases, and what still passes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test fail as the test does"
)]

mod lock {
    mod accepted;
    mod activities;
    mod callees;
    mod file;
    mod helpers;
    mod orchestrators;
    mod package;
    mod schemas;
    mod start;
    mod strict;
}
