//! Tools for testing durable functions and hubs.
//!
//! - [`TestApp`]: runs orchestrators in virtual time, with activities replaced by mocks.
//! - [`MemoryHub`]: a hub in memory, and the executable specification of the hub contract.
//! - [`ManualClock`]: time that moves only when a test says so.
//! - [`read_history`] and [`replay_history`]: histories kept from production, replayed on the code of today.
//! - [`conformance`]: the numbered cases that every hub runs (`docs/hub-contract.md`).
//! - [`FaultyHub`] and [`RecordingHub`]: any hub, failing at the n-th operation or writing down what is asked of it; and
//!   [`SlowHub`]: any hub, held up and let go on.

#![forbid(unsafe_code)]

mod app;
mod clock;
pub mod conformance;
mod fault;
mod intercept;
mod memory;
mod random;
mod recorder;
mod slow;

pub use app::{Mocked, RunningTest, TestApp};
pub use clock::ManualClock;
pub use durable_core::history_file::{
    HistoryFileError, read_history, replay_history, replay_history_on, write_history,
};
pub use fault::{Fault, FaultyHub};
pub use intercept::{Operation, OperationKind};
pub use memory::MemoryHub;
pub use random::SeededBits;
pub use recorder::{RecordedOperation, RecordingHub};
pub use slow::SlowHub;
