//! A scripted driver for executions, and the durable functions that the tests call.

mod driver;
#[macro_use]
mod functions;

pub(crate) use driver::{
    Driver, Turn, at, cancel, decisions, event, execution_id, failed, failure, fired, incoming, ok, resume,
    suspend, terminate,
};
pub(crate) use durable_core::decision::{Outgoing, TurnOutcome};
pub(crate) use durable_core::history::{CompletionStatus, Event, EventKind, Marker, MarkerKind};
pub(crate) use durable_core::orchestration::{Selected, block, minutes, seconds};
pub(crate) use durable_core::replay::{Code, DeterminismChecks, Execution, HaltReason};
pub(crate) use durable_core::{
    CallError, ExecutionId, Failure, FailureDetails, FailureOrigin, InstanceId, OrchestrationContext,
    Payload, RecordedVersion, RetryPolicy, TaskId, Version,
};
pub(crate) use functions::*;
pub(crate) use serde_json::{Value, json};
