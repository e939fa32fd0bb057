//! When a message is to be seen first.

use durable_core::Timestamp;
use durable_core::history::EventKind;

use super::{MessageData, WireEvent};
use crate::value::Ticks;

/// What stands before the time of an entity's operation, in the name of its event.
const SCHEDULED_OPERATION: &str = "op@";

impl MessageData {
    /// Returns the moment before which nobody should see the message: a timer's due time, a scheduled start, the time of
    /// an entity's operation. `None` means at once.
    ///
    /// Put in a queue, it is hidden for so long, at most 7 days. Who sees it too early puts it back.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let WireEvent::Known(known) = &self.event else {
            return None;
        };
        match &known.event.kind {
            EventKind::TimerFired { fire_at, .. } => Some(*fire_at),
            EventKind::ExecutionStarted(started) => started.scheduled_start,
            EventKind::EventRaised { name, .. } if self.target.instance.starts_with('@') => {
                let time = name.as_str().strip_prefix(SCHEDULED_OPERATION)?;
                Ticks::parse(time).map(Timestamp::from)
            }
            EventKind::OrchestratorStarted
            | EventKind::OrchestratorCompleted
            | EventKind::ExecutionCompleted(_)
            | EventKind::ExecutionTerminated { .. }
            | EventKind::ExecutionSuspended { .. }
            | EventKind::ExecutionResumed { .. }
            | EventKind::ExecutionRewound { .. }
            | EventKind::ContinueAsNew { .. }
            | EventKind::TaskScheduled { .. }
            | EventKind::TaskCompleted { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::SubOrchestrationInstanceCreated { .. }
            | EventKind::SubOrchestrationInstanceCompleted { .. }
            | EventKind::SubOrchestrationInstanceFailed { .. }
            | EventKind::TimerCreated { .. }
            | EventKind::EventSent { .. }
            | EventKind::EventRaised { .. }
            | EventKind::Marker(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use durable_core::{EventName, Payload, TaskId};

    use super::super::Address;
    use super::super::tests::client_start;
    use super::*;

    fn due(kind: EventKind, target: &str) -> Option<Timestamp> {
        let mut message = client_start();
        let event = durable_core::history::Event::new(Timestamp::from_micros(0), kind);
        (message.event, message.target) = (WireEvent::of(event), Address::new(target, None));
        message.due()
    }

    #[test]
    fn timers_scheduled_starts_and_operations_of_entities_have_a_time() {
        let at = Timestamp::from_micros(7_000_000);
        let fired = EventKind::TimerFired {
            task: TaskId(1),
            fire_at: at,
        };
        assert_eq!(due(fired, "a"), Some(at));

        let mut message = client_start();
        assert_eq!(message.due(), None);
        if let WireEvent::Known(known) = &mut message.event
            && let EventKind::ExecutionStarted(started) = &mut known.event.kind
        {
            started.scheduled_start = Some(at);
        }
        assert_eq!(message.due(), Some(at));

        let raised = |name| EventKind::EventRaised {
            name: EventName::new(name).unwrap(),
            input: Payload::unit(),
        };
        assert_eq!(
            due(raised("op@1970-01-01T00:00:07.0000000Z"), "@counter@a"),
            Some(at)
        );
        assert_eq!(due(raised("op@1970-01-01T00:00:07.0000000Z"), "a"), None);
        assert_eq!(due(raised("op"), "@counter@a"), None);
    }
}
