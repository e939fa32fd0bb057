//! The library's own types that may be part of a payload.

use super::{opaque, scalars};
use crate::failure::{CallError, Failure, FailureDetails};
use crate::id::{ExecutionId, InstanceId, WorkerId};
use crate::name::{EventName, WireName};
use crate::schema::{DurableSchema, Fingerprint, Schema, Tagging, Variant};
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

scalars! {
    Timestamp => "durable::Timestamp",
    InstanceId => "durable::InstanceId",
    ExecutionId => "durable::ExecutionId",
    WorkerId => "durable::WorkerId",
    WireName => "durable::WireName",
    EventName => "durable::EventName",
    Version => "durable::Version",
    RecordedVersion => "string",
}

// Their form is part of the history's format, which has a version of its own.
opaque! {
    Failure => "durable::FailureDetails",
    FailureDetails => "durable::FailureDetails",
}

impl<E: DurableSchema> DurableSchema for CallError<E> {
    const FINGERPRINT: u64 = Fingerprint::new("durable::CallError")
        .number(E::FINGERPRINT)
        .get();
    fn describe() -> Schema {
        let none = || Schema::tuple([]);
        let variants = [
            Variant::new("App", E::describe()),
            Variant::new("Timeout", none()),
            Variant::new("HeartbeatTimeout", none()),
            Variant::new("Cancelled", none()),
            Variant::new("Terminated", none()),
            Variant::new("Payload", FailureDetails::describe()),
            Variant::new("Failed", FailureDetails::describe()),
        ];
        Schema::choice(Tagging::External, variants)
    }
}
