//! Versions: one test for every rule of what happens when.
//!
//! The modules of `releases` stand for binaries that were deployed one after the other.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../support/mod.rs"]
mod support;

mod blank;
mod by_name;
mod calls;
mod continue_as_new;
mod environment;
mod moves;
mod registrations;
mod releases;
mod retire;
mod stalled;
mod start;
mod startup;
mod strategies;
mod turns;
