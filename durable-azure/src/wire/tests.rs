//! The form of what is stored, held against samples and against itself.

pub(super) mod arbitrary;
mod documentation;
mod golden;
mod golden_rows;
mod hostile;
mod order;
mod reading;
mod round_trip;

pub(in crate::wire) use golden::client_start;
