//! What generated code names. Not part of the public interface: contents may change between releases.

mod codegen;
mod released;

pub use inventory;

pub use crate::deterministic::{
    DeterministicFn, KnownOrder, Onto, Probe, Walk, assert_callable, assert_nameable, awaitable, returned,
    unmarked,
};

pub use crate::function::{
    ActivityFunction, CallOptions, DurableFunction, FunctionContext, Invocation, MigrateInto,
    OrchestratorFunction, Outcome, Recordable, RecordableError,
};
pub use crate::registry::{
    ActivityRunner, BodyFingerprint, Callee, ErasedActivity, ErasedOrchestrator, Helper, LockFile, Migration,
    Registration, Row, Runner, SourcePlace, TypeInfo, Upgrade, answer_mock, erase_blocking, erase_migration,
    erase_orchestrator_body,
};
pub use crate::retry::RetryPolicy;
pub use crate::{ActivityContext, FailureDetails, OrchestrationContext, Payload, Version};

pub use self::codegen::{
    NoSchema, SchemaProbe, assert_payloads, assert_upgrade, call_options, invoke, registration, retry_policy,
    same_input,
};
pub use self::released::{CalleeProbe, FindsCallee, NoHandle, assert_callee, assert_schema, fingerprint};
pub use crate::function::PlainFunction;
pub use crate::schema::{DurableSchema, Field, Fingerprint, Schema, Tagging, Variant};
pub use crate::{
    __durable_callees as callees, __durable_helpers as helpers, __durable_locked_callee as locked_callee,
    __durable_locked_helper as locked_helper, __durable_locked_schema as locked_schema,
    __durable_manifest as manifest, __durable_place as place, __durable_type_info as type_info,
    __durable_walk as walk, __durable_walk_to as walk_to,
};
