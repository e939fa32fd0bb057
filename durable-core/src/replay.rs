//! Replay: the pure heart of the engine.
//!
//! `step(history, new events, code) → Decision`, synchronously: no clock, no I/O, no randomness that is not recorded,
//! no hub. An [`Execution`] is the same thing kept in memory between turns, so that a history is replayed once and not
//! every turn.
//!
//! ```text
//!  history ──► Execution::load ──► polls the orchestrator after each event, matches what it attempts
//!                    │             against what was recorded; the first difference is a `Halt`
//!                    ▼
//!  messages ─► Execution::turn ──► Decision { events to append, outgoing, outcome }
//! ```

mod action;
mod checked;
mod difference;
mod engine;
mod execution;
mod foreign;
mod halt;
mod mailbox;
mod matcher;
mod panic;
mod random;
mod recorded;
mod task;
mod wake;

pub(crate) use action::Attempt;
pub use checked::{CheckedExecution, DETERMINISM_CHECKS_VARIABLE, DeterminismChecks, UnknownChecks};
pub use difference::{Difference, InputChange};
pub(crate) use engine::{Engine, EngineRef, NextInput, Waiting};
pub use execution::{Code, Decision, Execution, Incoming, TurnInput, step};
pub use halt::{Halt, HaltReason};
pub(crate) use mailbox::Ticket;
pub(crate) use panic::text_of as panic_text;
pub(crate) use random::Random;
pub(crate) use recorded::RetryRecord;
pub(crate) use task::{TaskClass, TaskResult};
pub(crate) use wake::{Waiter, Woken};
