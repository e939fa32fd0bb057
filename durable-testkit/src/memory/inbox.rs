//! How messages reach an instance.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{Message, MessageReceipt};
use durable_core::{ExecutionId, InstanceId, Timestamp};

use super::state::{Instance, State, Timer, Waiting};

impl State {
    /// Puts an event into an instance's inbox, behind everything that waits there.
    ///
    /// Without effect if the instance is gone or has ended, or if the event is for another execution than the current.
    pub(super) fn deliver(&mut self, to: &InstanceId, execution: Option<ExecutionId>, event: Event) -> bool {
        let now = self.now;
        self.deliver_since(to, execution, event, now)
    }

    fn deliver_since(
        &mut self,
        to: &InstanceId,
        execution: Option<ExecutionId>,
        event: Event,
        since: Timestamp,
    ) -> bool {
        let receipt = MessageReceipt(self.next_number());
        let Some(instance) = self
            .instances
            .get_mut(to)
            .filter(|instance| instance.accepts(execution.as_ref()))
        else {
            return false;
        };
        instance
            .inbox
            .push_back(Waiting::new(receipt, execution, event, since));
        true
    }

    /// Puts the result of a task into the inbox of the execution that called it.
    pub(super) fn deliver_result(
        &mut self,
        to: &InstanceId,
        execution: &ExecutionId,
        kind: EventKind,
    ) -> bool {
        let event = Event::new(self.now, kind);
        self.deliver(to, Some(execution.clone()), event)
    }

    /// Puts a message for whichever execution is current into an inbox.
    pub(super) fn deliver_to_any(&mut self, to: &InstanceId, kind: EventKind) -> bool {
        let event = Event::new(self.now, kind);
        self.deliver(to, None, event)
    }

    /// Sends a timer back as an event. It became ready when it was due, even if nobody looked then.
    pub(super) fn fire(&mut self, timer: Timer, fire_at: Timestamp) {
        let event = Event::new(
            self.now,
            EventKind::TimerFired {
                task: timer.task,
                fire_at,
            },
        );
        self.deliver_since(&timer.instance, Some(timer.execution), event, fire_at);
    }
}

impl Instance {
    fn accepts(&self, execution: Option<&ExecutionId>) -> bool {
        !self.is_ended() && execution.is_none_or(|execution| self.goes_on_from(execution))
    }
}

impl Waiting {
    pub(super) fn new(
        receipt: MessageReceipt,
        execution: Option<ExecutionId>,
        event: Event,
        since: Timestamp,
    ) -> Self {
        Self {
            message: Message {
                receipt,
                execution,
                event,
            },
            since,
            handed_out: false,
        }
    }
}
