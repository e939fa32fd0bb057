//! The programming model, item by item: macros, client, worker and engine together.

#![expect(
    clippy::unused_async,
    reason = "an activity is async, whether or not it awaits"
)]

mod activities;
mod cancelling;
mod children;
mod combining;
mod crash;
mod errors;
mod events;
mod generations;
mod heartbeat;
mod idle;
mod limits;
mod outside;
mod process;
mod retries;
mod saga;
mod several;
mod shutdown;
mod state;
mod support;
mod timers;
mod tracing_once;
