//! Tools for testing durable functions and hubs.
//!
//! - [`MemoryHub`]: a hub in memory, and the executable specification of the hub contract.
//! - [`ManualClock`]: time that moves only when a test says so.

#![forbid(unsafe_code)]

mod clock;
mod memory;
mod random;

pub use clock::ManualClock;
pub use memory::MemoryHub;
pub use random::SeededBits;
