//! The workloads, one per file. Each measures the raw limit and itself, one after the other, so that both meet the same machine.

pub(crate) mod build;
pub(crate) mod burst;
pub(crate) mod check;
pub(crate) mod cold;
pub(crate) mod fan_out;
pub(crate) mod functions;
pub(crate) mod growth;
pub(crate) mod idle;
pub(crate) mod latency;
pub(crate) mod listing;
pub(crate) mod processes;
pub(crate) mod size;
pub(crate) mod steps;
pub(crate) mod timers;
