//! The workloads, one per file.

pub(crate) mod check;
pub(crate) mod hello;
pub(crate) mod raw;
pub(crate) mod steps;
