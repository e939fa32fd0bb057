//! Whole programs on an Azure Storage account, which the emulator plays.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod charge;
#[path = "../checker/mod.rs"]
mod checker;
mod faults;
mod interop;
mod load;
mod place;
mod secondary;
mod transfer;
