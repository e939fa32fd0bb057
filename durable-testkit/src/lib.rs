//! Tools for testing durable functions and hubs.
//!
//! - [`MemoryHub`]: a hub in memory, and the executable specification of the hub contract.
//! - [`ManualClock`]: time that moves only when a test says so.
//! - [`conformance`]: the numbered cases that every hub runs (`docs/hub-contract.md`).

#![forbid(unsafe_code)]

mod clock;
pub mod conformance;
mod memory;
mod random;

pub use clock::ManualClock;
pub use memory::MemoryHub;
pub use random::SeededBits;
