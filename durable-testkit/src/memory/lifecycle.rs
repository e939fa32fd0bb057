//! The life of an instance: how it begins, goes on as another execution, and ends.

use std::collections::VecDeque;

use durable_core::history::{ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted};
use durable_core::hub::{InstanceStatus, MessageReceipt, NextExecution};
use durable_core::{ExecutionId, FailureDetails, FailureOrigin, InstanceId};

use super::commit::ended_as;
use super::state::{Instance, Ownership, State, Waiting};

impl State {
    /// Creates an instance, in place of an ended one with the same id, if there is one.
    pub(super) fn create(&mut self, started: ExecutionStarted, first: Event, policy: ChildPolicy) {
        let id = started.instance.clone();
        let instance = Instance {
            number: self.next_number(),
            first_execution: started.execution.clone(),
            rewound: Vec::new(),
            version: started.version.clone(),
            status: InstanceStatus::Pending,
            created_at: self.now,
            updated_at: self.now,
            ended_at: None,
            output: None,
            failure: None,
            custom_status: None,
            blocked: None,
            policy,
            owner: Ownership::default(),
            history: Vec::new(),
            inbox: VecDeque::new(),
            started: started.clone(),
        };
        self.instances.insert(id.clone(), instance);
        self.deliver(&id, Some(started.execution), first);
    }

    /// Ends an execution for good: nothing of it is outstanding any more.
    pub(super) fn end(&mut self, id: &InstanceId, status: CompletionStatus) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        (instance.status, instance.output, instance.failure) = ended_as(status);
        instance.ended_at = Some(now);
        instance.updated_at = now;
        instance.blocked = None;
        instance.inbox.clear();
        instance.owner.revoke();
        let execution = instance.execution().clone();
        self.drop_outstanding(id, &execution);
    }

    /// Ends an instance without running any of its code. Without effect if it has ended.
    pub(super) fn terminate(&mut self, id: &InstanceId, reason: &str, recursive: bool) {
        let now = self.now;
        let Some(instance) = self.instances.get_mut(id).filter(|instance| !instance.is_ended()) else {
            return;
        };
        let status = CompletionStatus::Terminated(reason.to_owned());
        let terminated = EventKind::ExecutionTerminated {
            reason: reason.to_owned(),
        };
        if instance.history.is_empty() {
            // The first turn never was, and still a history begins with its first event.
            let first = EventKind::ExecutionStarted(Box::new(instance.started.clone()));
            instance.history.push(Event::new(now, first));
        }
        let completed = EventKind::ExecutionCompleted(status.clone());
        instance
            .history
            .extend([terminated, completed].map(|kind| Event::new(now, kind)));
        let parent = instance.started.parent.clone();
        let execution = instance.execution().clone();
        // Ended first, so that children which point back at it find nothing to do.
        self.end(id, status);
        self.tell_parent(parent, reason);
        self.settle_children(id, &execution, reason, recursive);
    }

    /// Replaces the execution by the next one. The owner stays the owner.
    pub(super) fn continue_as_new(&mut self, id: &InstanceId, next: NextExecution) {
        let first = next.first_event(self.now);
        let NextExecution { started, carried, .. } = next;
        let Some(instance) = self.instances.get(id) else {
            return;
        };
        let old = instance.execution().clone();
        self.drop_outstanding(id, &old);
        let mut inbox = VecDeque::from([self.waiting(Some(started.execution.clone()), first)]);
        inbox.extend(carried.into_iter().map(|event| self.waiting(None, event)));
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        instance.replace_execution(started, inbox);
        instance.rewound.clear();
        instance.history.clear();
    }

    fn waiting(&mut self, execution: Option<ExecutionId>, event: Event) -> Waiting {
        Waiting::new(MessageReceipt(self.next_number()), execution, event, self.now)
    }
}

impl Instance {
    /// Makes another execution the current one. What waits for the old one is dropped; what is for any is kept,
    /// behind `before`.
    pub(super) fn replace_execution(&mut self, started: ExecutionStarted, before: VecDeque<Waiting>) {
        let waiting = std::mem::replace(&mut self.inbox, before);
        self.inbox.extend(
            waiting
                .into_iter()
                .filter(|waiting| waiting.message.execution.is_none()),
        );
        self.version = started.version.clone();
        self.started = started;
    }
}

/// Returns the failure of an instance that was terminated.
pub(super) fn terminated(reason: String) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason).non_retriable()
}
