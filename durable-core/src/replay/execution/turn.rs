//! One live turn.

use super::{Event, EventKind, Execution, Halt, Message, Outgoing, Recorded};
use crate::decision::{CustomStatus, NextExecution, TurnOutcome};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{CompletionStatus, ENGINE_SEMANTICS, ExecutionStarted, Marker, MarkerKind};
use crate::hub::MessageReceipt;
use crate::id::ExecutionId;
use crate::replay::engine::NextInput;
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

/// What a turn is made from, besides the execution.
#[derive(Debug)]
pub struct TurnInput {
    /// The moment of the turn.
    pub now: Timestamp,
    /// The new messages, oldest first.
    pub messages: Vec<Incoming>,
    /// The version a blank one is resolved to, in the first turn.
    pub resolved: Option<Version>,
    /// The id of the execution that follows, should this one continue as new.
    pub next_execution: ExecutionId,
}

/// A message as a turn takes it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// From the hub; `None` for a result that this worker's own activity just brought.
    pub receipt: Option<MessageReceipt>,
    /// The execution it is meant for; `None` for any.
    pub execution: Option<ExecutionId>,
    /// The event.
    pub event: Event,
}

impl From<Message> for Incoming {
    fn from(message: Message) -> Self {
        Self {
            receipt: Some(message.receipt),
            execution: message.execution,
            event: message.event,
        }
    }
}

/// What a turn decides.
#[derive(Debug)]
pub struct Decision {
    /// The messages the turn consumed, with or without effect.
    pub consumed: Vec<MessageReceipt>,
    /// The events to append; empty if no message had an effect.
    pub events: Vec<Event>,
    /// What to send.
    pub outgoing: Vec<Outgoing>,
    /// The change of the custom status.
    pub custom_status: CustomStatus,
    /// The version the instance is on from now on, if that changed.
    pub version: Option<RecordedVersion>,
    /// Whether the instance is suspended after the turn.
    pub suspended: bool,
    /// How the turn ended.
    pub outcome: TurnOutcome,
}

impl Execution {
    /// Makes one turn: applies the messages one at a time, and gathers what the orchestrator decided.
    ///
    /// After an error the execution is of no further use.
    pub fn turn(&mut self, input: TurnInput) -> Result<Decision, Halt> {
        let TurnInput {
            now,
            mut messages,
            resolved,
            next_execution,
        } = input;
        if self.engine.is_none() {
            start_first(&mut messages);
        }
        let consumed = messages.iter().filter_map(|message| message.receipt).collect();
        let mut turn = Turn {
            events: Vec::new(),
            unread: Vec::new(),
            now: self.turn_time(now),
            terminated: None,
        };
        for message in messages {
            self.take_message(&mut turn, message, resolved)?;
        }
        if turn.events.is_empty() {
            return Ok(self.nothing(consumed));
        }
        let version = self.changed_version(&turn.events);
        let outgoing = self.gather(&mut turn)?;
        self.finish(
            turn,
            Parts {
                consumed,
                outgoing,
                version,
                next_execution,
            },
        )
    }

    fn turn_time(&self, now: Timestamp) -> Timestamp {
        // A clock that went backwards must not make `ctx.now()` go backwards.
        self.engine
            .as_ref()
            .map_or(now, |engine| engine.get().now.max(now))
    }

    fn take_message(
        &mut self,
        turn: &mut Turn,
        message: Incoming,
        resolved: Option<Version>,
    ) -> Result<(), Halt> {
        if self.is_finished() || turn.terminated.is_some() {
            // What nobody reads any more is kept only if it may be carried over.
            if let EventKind::EventRaised { .. } = message.event.kind {
                turn.unread.push(message.event);
            }
            return Ok(());
        }
        if !self.accepts(&message) {
            return Ok(());
        }
        if turn.events.is_empty() {
            turn.events
                .push(Event::new(turn.now, EventKind::OrchestratorStarted));
        }
        let event = message.event;
        match &event.kind {
            EventKind::ExecutionStarted(started) => {
                let started = started.clone();
                self.start(turn, event, &started, resolved)
            }
            EventKind::ExecutionTerminated { reason } => {
                turn.terminated = Some(reason.clone());
                turn.events.push(event);
                Ok(())
            }
            _ => {
                let position = self.position_after(turn);
                self.engine()?.get().now = turn.now;
                self.apply(position, &event)?;
                turn.events.push(event);
                Ok(())
            }
        }
    }

    /// Begins a fresh execution and writes what its history begins with.
    fn start(
        &mut self,
        turn: &mut Turn,
        event: Event,
        started: &ExecutionStarted,
        resolved: Option<Version>,
    ) -> Result<(), Halt> {
        let at = turn.now;
        turn.events.push(event);
        turn.events.push(marker(
            at,
            MarkerKind::EngineSemantics,
            ENGINE_SEMANTICS.to_string(),
        ));
        self.begin(started, Recorded::default(), false)?;
        if let (RecordedVersion::Blank, Some(version)) = (&started.version, resolved) {
            let data = serde_json::to_string(&version).unwrap_or_default();
            let resolution = marker(at, MarkerKind::VersionResolved, data);
            let engine = self.engine()?.clone();
            self.put(&engine, &resolution);
            turn.events.push(resolution);
        }
        {
            let mut engine = self.engine()?.get();
            engine.now = at;
            engine.position = self.event_count + 1;
        }
        self.poll()
    }

    /// Returns whether a message has an effect on this execution.
    fn accepts(&self, message: &Incoming) -> bool {
        let Some(engine) = &self.engine else {
            return matches!(message.event.kind, EventKind::ExecutionStarted(_));
        };
        let mut engine = engine.get();
        if message
            .execution
            .as_ref()
            .is_some_and(|wanted| !engine.identity.lineage.contains(wanted))
        {
            return matches!(message.event.kind, EventKind::ExecutionRewound { .. });
        }
        match &message.event.kind {
            EventKind::TaskCompleted { task, .. }
            | EventKind::TaskFailed { task, .. }
            | EventKind::SubOrchestrationInstanceCompleted { task, .. }
            | EventKind::SubOrchestrationInstanceFailed { task, .. }
            | EventKind::TimerFired { task, .. } => engine.tasks.accept(*task),
            EventKind::EventRaised { .. }
            | EventKind::ExecutionTerminated { .. }
            | EventKind::ExecutionSuspended { .. }
            | EventKind::ExecutionResumed { .. }
            | EventKind::ExecutionRewound { .. } => true,
            EventKind::Marker(marker) => marker.kind == MarkerKind::CancelRequested,
            // A repeated start, or an event that is no message.
            EventKind::ExecutionStarted(_)
            | EventKind::OrchestratorStarted
            | EventKind::OrchestratorCompleted
            | EventKind::ExecutionCompleted(_)
            | EventKind::ContinueAsNew { .. }
            | EventKind::TaskScheduled { .. }
            | EventKind::SubOrchestrationInstanceCreated { .. }
            | EventKind::TimerCreated { .. }
            | EventKind::EventSent { .. } => false,
        }
    }

    fn position_after(&self, turn: &Turn) -> u64 {
        self.event_count + u64::try_from(turn.events.len()).unwrap_or(u64::MAX)
    }

    fn changed_version(&self, events: &[Event]) -> Option<RecordedVersion> {
        let changes = events.iter().any(|event| match &event.kind {
            EventKind::Marker(marker) => marker.kind == MarkerKind::VersionResolved,
            _ => false,
        });
        let engine = self.engine.as_ref().filter(|_| changes)?;
        Some(engine.get().identity.version.clone())
    }

    /// Turns attempted steps into events and messages.
    fn gather(&mut self, turn: &mut Turn) -> Result<Vec<Outgoing>, Halt> {
        let engine = self.engine()?.clone();
        let reorders = std::mem::take(&mut self.reorders);
        let (actions, cancels) = {
            let mut engine = engine.get();
            if turn.terminated.is_some() {
                engine.closing = true;
            }
            (
                std::mem::take(&mut engine.actions),
                std::mem::take(&mut engine.cancels),
            )
        };
        let mut outgoing = Vec::with_capacity(actions.len() + cancels.len());
        for action in actions {
            let (kind, sends) = action.attempt.into_parts();
            turn.events.push(Event::new(turn.now, kind));
            outgoing.extend(sends);
        }
        for cancel in cancels {
            cancel_or_withdraw(&mut outgoing, cancel);
        }
        // After a rewind, what the kept history still waits for is sent again.
        let engine = engine.get();
        outgoing.extend(
            reorders
                .into_iter()
                .filter(|(task, _)| engine.tasks.is_open(*task))
                .map(|(_, sent)| sent),
        );
        Ok(outgoing)
    }

    fn finish(&mut self, mut turn: Turn, parts: Parts) -> Result<Decision, Halt> {
        let Parts {
            consumed,
            mut outgoing,
            version,
            next_execution,
        } = parts;
        let engine = self.engine()?.clone();
        let next = engine.get().next.take();
        let (last, outcome) = if let Some(reason) = turn.terminated.take() {
            self.future = None;
            ended(CompletionStatus::Terminated(reason))
        } else if let Some(next) = next {
            self.continued(&mut turn, next, next_execution)?
        } else if let Some(result) = self.finished.take() {
            ended(self.completion(result)?)
        } else {
            (None, TurnOutcome::Waiting)
        };
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

    /// Makes the execution that follows: the next input and every event that nobody read.
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
        carried.extend(held.filter(|event| matches!(event.kind, EventKind::EventRaised { .. })));
        carried.append(&mut turn.unread);
        let event = EventKind::ContinueAsNew {
            next: execution,
            version,
            input: next.input,
        };
        Ok((
            Some(event),
            TurnOutcome::ContinuedAsNew(Box::new(NextExecution { started, carried })),
        ))
    }

    fn completion(&self, result: super::TaskResult) -> Result<CompletionStatus, Halt> {
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

    fn nothing(&self, consumed: Vec<MessageReceipt>) -> Decision {
        Decision {
            consumed,
            events: Vec::new(),
            outgoing: Vec::new(),
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: self.suspended,
            outcome: TurnOutcome::Waiting,
        }
    }
}

/// A turn in the making.
struct Turn {
    now: Timestamp,
    events: Vec<Event>,
    /// External events that came after the end.
    unread: Vec<Event>,
    terminated: Option<String>,
}

/// What is carried to the end of a turn.
struct Parts {
    consumed: Vec<MessageReceipt>,
    outgoing: Vec<Outgoing>,
    version: Option<RecordedVersion>,
    next_execution: ExecutionId,
}

fn ended(status: CompletionStatus) -> (Option<EventKind>, TurnOutcome) {
    (
        Some(EventKind::ExecutionCompleted(status.clone())),
        TurnOutcome::Ended(status),
    )
}

fn marker(at: Timestamp, kind: MarkerKind, data: String) -> Event {
    Event::new(
        at,
        EventKind::Marker(Marker {
            kind,
            version: 1,
            task: None,
            data,
        }),
    )
}

/// Brings the start to the front: nothing can be applied before it.
fn start_first(messages: &mut [Incoming]) {
    let start = messages
        .iter()
        .position(|m| matches!(m.event.kind, EventKind::ExecutionStarted(_)));
    if let Some(at) = start {
        messages.get_mut(..=at).unwrap_or_default().rotate_right(1);
    }
}

/// Sends a cancellation; one of something that this very turn was about to send withdraws that instead.
fn cancel_or_withdraw(outgoing: &mut Vec<Outgoing>, cancel: Outgoing) {
    let withdrawn = outgoing.iter().position(|sent| match (sent, &cancel) {
        (Outgoing::Activity(order), Outgoing::CancelActivity(task)) => order.task == *task,
        (Outgoing::Timer { task: set, .. }, Outgoing::CancelTimer(task)) => set == task,
        (Outgoing::StartChild(child), Outgoing::CancelChild { instance, .. }) => {
            child.started.instance == *instance
        }
        _ => false,
    });
    match withdrawn {
        Some(at) => drop(outgoing.remove(at)),
        None => outgoing.push(cancel),
    }
}
