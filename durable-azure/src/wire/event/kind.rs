//! The names and numbers of the framework's events and statuses.

const NAMESPACE: &str = "DurableTask.Core.History.";
const SUFFIX: &str = "Event";

/// The names of all events; the place of each is its number in `EventType`.
pub(in crate::wire) const EVENT_TYPES: [&str; 22] = [
    "ExecutionStarted",
    "ExecutionCompleted",
    "ExecutionFailed",
    "ExecutionTerminated",
    "TaskScheduled",
    "TaskCompleted",
    "TaskFailed",
    "SubOrchestrationInstanceCreated",
    "SubOrchestrationInstanceCompleted",
    "SubOrchestrationInstanceFailed",
    "TimerCreated",
    "TimerFired",
    "OrchestratorStarted",
    "OrchestratorCompleted",
    "EventSent",
    "EventRaised",
    "ContinueAsNew",
    "GenericEvent",
    "HistoryState",
    "ExecutionSuspended",
    "ExecutionResumed",
    "ExecutionRewound",
];

/// The names of all statuses; the place of each is its number.
const STATUSES: [&str; 8] = [
    "Running",
    "Completed",
    "ContinuedAsNew",
    "Failed",
    "Canceled",
    "Terminated",
    "Pending",
    "Suspended",
];

/// The members that are objects. In a row they are JSON text, and `null` is text too.
const NESTED: [&str; 5] = [
    "OrchestrationInstance",
    "ParentInstance",
    "Tags",
    "FailureDetails",
    "ParentTraceContext",
];

/// Returns the full name of an event's type.
pub(in crate::wire) fn type_of_name(name: &str) -> String {
    // `GenericEvent` has the suffix in its name already.
    let suffix = if name.ends_with(SUFFIX) { "" } else { SUFFIX };
    [NAMESPACE, name, suffix].concat()
}

/// Returns the name of an event from the full name of its type.
pub(in crate::wire) fn name_of_type(ty: &str) -> &str {
    let name = ty.strip_prefix(NAMESPACE).unwrap_or(ty);
    match name.strip_suffix(SUFFIX) {
        None | Some("Generic") => name,
        Some(name) => name,
    }
}

/// Returns the number of a status.
pub(in crate::wire) fn number_of_status(name: &str) -> Option<i32> {
    let at = STATUSES.iter().position(|status| *status == name)?;
    i32::try_from(at).ok()
}

/// Returns the name of a status.
pub(in crate::wire) fn status_of_number(number: i64) -> Option<&'static str> {
    STATUSES.get(usize::try_from(number).ok()?).copied()
}

/// Returns whether a member is an object.
pub(in crate::wire) fn is_nested(member: &str) -> bool {
    NESTED.contains(&member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_found_by_its_type() {
        for name in EVENT_TYPES {
            assert_eq!(name_of_type(&type_of_name(name)), name);
        }
        assert_eq!(
            type_of_name("TaskScheduled"),
            "DurableTask.Core.History.TaskScheduledEvent"
        );
        assert_eq!(
            type_of_name("GenericEvent"),
            "DurableTask.Core.History.GenericEvent"
        );
        assert_eq!(name_of_type("Other.Thing"), "Other.Thing");
    }

    #[test]
    fn statuses_are_numbered() {
        assert_eq!(number_of_status("ContinuedAsNew"), Some(2));
        assert_eq!(number_of_status("Suspended"), Some(7));
        assert_eq!(status_of_number(5), Some("Terminated"));
        assert_eq!((status_of_number(8), status_of_number(-1)), (None, None));
    }
}
