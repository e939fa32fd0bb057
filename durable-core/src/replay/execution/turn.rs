//! One live turn.

use std::panic::Location;

use super::ending::Parts;
use super::{Event, EventKind, Execution, Halt, Message, Outgoing, can_carry};
use crate::decision::{CustomStatus, TurnOutcome};
use crate::history::{ENGINE_SEMANTICS, ExecutionStarted, Marker, MarkerKind};
use crate::hub::MessageReceipt;
use crate::id::ExecutionId;
use crate::replay::checked::Made;
use crate::replay::recorded::MARKER_FORM;
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

/// What a turn is made from, besides the execution.
#[derive(Debug, Clone)]
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
        self.make(input).map(|made| made.decision)
    }

    /// Makes one turn, and tells where its steps stand in the user's source.
    pub(in crate::replay) fn make(&mut self, input: TurnInput) -> Result<Made, Halt> {
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
            places: Vec::new(),
        };
        for message in messages {
            self.take_message(&mut turn, message, resolved)?;
        }
        if turn.events.is_empty() {
            return Ok(self.made(self.nothing(consumed), Vec::new()));
        }
        // Of a shadow, what the first run waits for tells more.
        if turn.terminated.is_none() && !self.is_shadow() {
            self.check_progress()?;
        }
        let version = self.changed_version(&turn.events);
        let outgoing = self.gather(&mut turn)?;
        let places = std::mem::take(&mut turn.places);
        let decision = self.finish(
            turn,
            Parts {
                consumed,
                outgoing,
                version,
                next_execution,
            },
        )?;
        Ok(self.made(decision, places))
    }

    fn made(&self, decision: Decision, places: Vec<(u64, &'static Location<'static>)>) -> Made {
        Made {
            decision,
            places,
            waiting: self.waiting(),
        }
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
            let of_this_execution_only = message.execution.is_some();
            match &message.event.kind {
                EventKind::EventRaised { .. } => turn.unread.push(message.event),
                kind if can_carry(kind) && !of_this_execution_only => turn.unread.push(message.event),
                _ => {}
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
        let recorded = self.prescribed.as_mut().map(std::mem::take).unwrap_or_default();
        self.begin(started, recorded, false)?;
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
            .is_some_and(|wanted| !engine.identity.accepts(wanted, message.event.kind.answered()))
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

    pub(super) fn position_after(&self, turn: &Turn) -> u64 {
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
pub(super) struct Turn {
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
    /// What came after the end and may be carried over.
    pub(super) unread: Vec<Event>,
    pub(super) terminated: Option<String>,
    /// Where in the user's source the events were attempted, by their index in the history.
    pub(super) places: Vec<(u64, &'static Location<'static>)>,
}

fn marker(at: Timestamp, kind: MarkerKind, data: String) -> Event {
    Event::new(
        at,
        EventKind::Marker(Marker {
            kind,
            version: MARKER_FORM,
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
