//! What a record says after a change.

use durable_core::history::{CompletionStatus, ExecutionStarted};
use durable_core::hub::{BlockReport, CustomStatus, InstanceRecord, InstanceStatus};
use durable_core::{FailureDetails, FailureOrigin, Payload, Timestamp};

/// What a record says after a change.
pub(crate) trait Changes {
    /// It ended.
    fn end(&mut self, status: CompletionStatus, now: Timestamp);
    /// It waits, or is suspended.
    fn go_on(&mut self, suspended: bool);
    /// Another execution follows.
    fn continue_with(&mut self, next: &ExecutionStarted);
    /// The turn could not be made.
    fn block(&mut self, report: BlockReport);
    /// The turn set the custom status.
    fn set_custom_status(&mut self, status: CustomStatus);
}

impl Changes for InstanceRecord {
    fn end(&mut self, status: CompletionStatus, now: Timestamp) {
        (self.status, self.output, self.failure) = ended_as(status);
        self.ended_at = Some(now);
        self.blocked = None;
    }

    fn go_on(&mut self, suspended: bool) {
        self.blocked = None;
        self.status = if suspended {
            InstanceStatus::Suspended
        } else {
            InstanceStatus::Running
        };
    }

    fn continue_with(&mut self, next: &ExecutionStarted) {
        self.execution = next.execution.clone();
        self.generation = next.generation;
        self.name = next.name.clone();
        self.version = next.version.clone();
        self.input = next.input.clone();
        self.scheduled_start = next.scheduled_start;
        self.tags.clone_from(&next.tags);
        self.parent.clone_from(&next.parent);
        self.event_count = 0;
    }

    fn block(&mut self, report: BlockReport) {
        self.blocked = Some(report);
    }

    fn set_custom_status(&mut self, status: CustomStatus) {
        if let CustomStatus::Set(status) = status {
            self.custom_status = Some(status);
        }
    }
}

/// Returns what a completion means for the record: status, output and failure.
fn ended_as(status: CompletionStatus) -> (InstanceStatus, Option<Payload>, Option<FailureDetails>) {
    match status {
        CompletionStatus::Completed(output) => (InstanceStatus::Completed, Some(output), None),
        CompletionStatus::Failed(failure) => (InstanceStatus::Failed, None, Some(failure)),
        CompletionStatus::Canceled(failure) => (InstanceStatus::Canceled, None, Some(failure)),
        CompletionStatus::Terminated(reason) => (InstanceStatus::Terminated, None, Some(terminated(reason))),
    }
}

/// Returns the failure of an instance that was terminated.
pub(crate) fn terminated(reason: String) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason).non_retriable()
}
