//! The workloads, one per file. Each measures the raw limit and itself, one after the other, so that both meet the same machine.

pub(crate) mod burst;
pub(crate) mod check;
pub(crate) mod fan_out;
pub(crate) mod functions;
pub(crate) mod latency;
pub(crate) mod size;
pub(crate) mod steps;
