//! `durable`, run as people run it, on a hub that a real program has filled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[cfg(feature = "azure")]
mod azure;
mod console;
mod documents;
mod errors;
mod gate;
mod help;
mod https;
mod hub;
mod keys;
mod looks;
mod otlp;
mod purges;
mod readme;
mod remote;
mod serve;
mod served;
mod shell;
mod spawned;
mod starts;
mod writes;
