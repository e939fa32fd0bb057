//! The status object.

use durable_core::Timestamp;
use durable_core::hub::{InstanceRecord, InstanceStatus};
use serde_json::{Value, json};

use super::value_of;

/// What of an instance is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) input: bool,
}

/// Makes the status object of an instance.
pub(crate) fn status_object(record: &InstanceRecord, shown: Shown) -> Value {
    json!({
        "name": record.name,
        "instanceId": record.instance,
        "runtimeStatus": runtime_status(record.status),
        "input": shown.input.then(|| value_of(&record.input)),
        "customStatus": record.custom_status.as_ref().map(value_of),
        "output": output(record),
        "createdTime": whole_seconds(record.created_at),
        "lastUpdatedTime": whole_seconds(record.updated_at),
    })
}

/// The output; of one that failed the reason, as Durable Functions has it.
fn output(record: &InstanceRecord) -> Value {
    match record.status {
        InstanceStatus::Failed | InstanceStatus::Canceled => record
            .failure
            .as_ref()
            .map_or(Value::Null, |failure| failure.to_string().into()),
        InstanceStatus::Terminated => record
            .failure
            .as_ref()
            .map_or(Value::Null, |failure| failure.message.clone().into()),
        InstanceStatus::Pending
        | InstanceStatus::Running
        | InstanceStatus::Suspended
        | InstanceStatus::Completed => record.output.as_ref().map_or(Value::Null, value_of),
    }
}

/// Returns the name of a state in `runtimeStatus`.
pub(crate) fn runtime_status(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Pending => "Pending",
        InstanceStatus::Running => "Running",
        InstanceStatus::Suspended => "Suspended",
        InstanceStatus::Completed => "Completed",
        InstanceStatus::Failed => "Failed",
        InstanceStatus::Canceled => "Canceled",
        InstanceStatus::Terminated => "Terminated",
    }
}

/// Writes a moment as `yyyy-MM-ddTHH:mm:ssZ`: what is less than a second is cut off.
pub(crate) fn whole_seconds(moment: Timestamp) -> String {
    let micros = moment.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_whole_seconds() {
        let text = |micros| whole_seconds(Timestamp::from_micros(micros));
        assert_eq!(text(1_795_225_380_999_999), "2026-11-21T01:43:00Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59Z");
    }
}
