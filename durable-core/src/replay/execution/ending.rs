//! The end of a turn, and of an execution.

use super::turn::{Decision, Turn};
use super::{Execution, Halt, can_carry};
use crate::decision::{CustomStatus, NextExecution, Outgoing, TurnOutcome};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use crate::hub::MessageReceipt;
use crate::id::ExecutionId;
use crate::replay::engine::NextInput;
use crate::replay::task::TaskResult;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

impl Execution {
    /// Ends a turn: says how, and writes what its history ends with.
    pub(super) fn finish(&mut self, mut turn: Turn, parts: Parts) -> Result<Decision, Halt> {
        let Parts {
            consumed,
            mut outgoing,
            version,
            next_execution,
        } = parts;
        let engine = self.engine()?.clone();
        let next = engine.get().next.take();
        let (last, outcome) = if let Some(reason) = turn.terminated.take() {
            // A value whose drop panics cannot stop a termination.
            drop(self.drop_future());
            ended(CompletionStatus::Terminated(reason))
        } else if let Some(next) = next {
            self.continued(&mut turn, next, next_execution)?
        } else if let Some(result) = self.finished.take() {
            ended(self.completion(result)?)
        } else {
            (None, TurnOutcome::Waiting)
        };
        self.ended = !matches!(outcome, TurnOutcome::Waiting);
        if let TurnOutcome::Ended(status) = &outcome {
            outgoing.extend(self.answer_to_parent(turn.now, status)?);
        }
        turn.events.extend(last.map(|kind| Event::new(turn.now, kind)));
        turn.events
            .push(Event::new(turn.now, EventKind::OrchestratorCompleted));
        self.event_count = self.position_after(&turn);
        let custom_status = engine
            .get()
            .custom_status
            .take()
            .map_or(CustomStatus::Unchanged, CustomStatus::Set);
        let suspended = self.suspended;
        Ok(Decision {
            consumed,
            events: turn.events,
            outgoing,
            custom_status,
            version,
            suspended,
            outcome,
        })
    }

    /// Makes the execution that follows: the next input, and everything that nobody read.
    fn continued(
        &mut self,
        turn: &mut Turn,
        next: NextInput,
        execution: ExecutionId,
    ) -> Result<(Option<EventKind>, TurnOutcome), Halt> {
        let engine = self.engine()?.clone();
        let mut engine = engine.get();
        let version = next
            .version
            .map_or_else(|| engine.identity.version.clone(), RecordedVersion::Known);
        let started = ExecutionStarted {
            execution: execution.clone(),
            version: version.clone(),
            input: next.input.clone(),
            generation: engine.identity.started.generation.saturating_add(1),
            scheduled_start: None,
            ..engine.identity.started.clone()
        };
        let unread = engine.mailbox.drain().into_iter();
        let mut carried: Vec<Event> = unread
            .map(|(name, unread)| {
                Event::new(
                    unread.at,
                    EventKind::EventRaised {
                        name,
                        input: unread.input,
                    },
                )
            })
            .collect();
        let held = self.held_back.drain(..).map(|(_, event)| event);
        carried.extend(held.filter(|event| can_carry(&event.kind)));
        carried.append(&mut turn.unread);
        let event = EventKind::ContinueAsNew {
            next: execution,
            version,
            input: next.input,
        };
        Ok((
            Some(event),
            TurnOutcome::ContinuedAsNew(Box::new(NextExecution {
                started,
                carried,
                trace: None,
            })),
        ))
    }

    fn completion(&self, result: TaskResult) -> Result<CompletionStatus, Halt> {
        let cancelled = self.engine()?.get().cancel_reason.is_some();
        Ok(match result {
            Ok(value) => CompletionStatus::Completed(value),
            Err(failure) if cancelled => CompletionStatus::Canceled(failure),
            Err(failure) => CompletionStatus::Failed(failure),
        })
    }

    /// Tells the caller of a sub-orchestration how it ended.
    fn answer_to_parent(&self, at: Timestamp, status: &CompletionStatus) -> Result<Option<Outgoing>, Halt> {
        let engine = self.engine()?.get();
        let Some(parent) = &engine.identity.started.parent else {
            return Ok(None);
        };
        let task = parent.task;
        let failed = |failure| EventKind::SubOrchestrationInstanceFailed { task, failure };
        let kind = match status {
            CompletionStatus::Completed(result) => EventKind::SubOrchestrationInstanceCompleted {
                task,
                result: result.clone(),
            },
            CompletionStatus::Failed(failure) => failed(failure.clone()),
            CompletionStatus::Canceled(failure) => failed(FailureDetails {
                origin: FailureOrigin::Cancelled,
                ..failure.clone()
            }),
            CompletionStatus::Terminated(reason) => failed(
                FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason.clone()).non_retriable(),
            ),
        };
        let to = parent.instance.clone();
        Ok(Some(Outgoing::Send {
            to,
            execution: Some(parent.execution.clone()),
            event: Event::new(at, kind),
        }))
    }
}

/// What is carried to the end of a turn.
pub(super) struct Parts {
    pub(super) consumed: Vec<MessageReceipt>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) version: Option<RecordedVersion>,
    pub(super) next_execution: ExecutionId,
}

fn ended(status: CompletionStatus) -> (Option<EventKind>, TurnOutcome) {
    (
        Some(EventKind::ExecutionCompleted(status.clone())),
        TurnOutcome::Ended(status),
    )
}
