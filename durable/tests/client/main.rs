//! The client: every operation, with the texts that its users see.

#[path = "../support/mod.rs"]
mod support;

mod ending;
mod functions;
mod listing;
mod outside;
mod rewind;
mod rewind_family;
mod signals;
mod start;
