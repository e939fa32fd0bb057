//! Drives one instance: it holds the history, delivers messages by a clock of its own, and can lose the execution.

use durable_core::decision::{CustomStatus, NextExecution, Outgoing, TurnOutcome};
use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, Marker, MarkerKind, Tags};
use durable_core::replay::{
    CheckedExecution, Code, Decision, DeterminismChecks, Execution, Halt, Incoming, TurnInput,
};
use durable_core::{
    EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, RecordedVersion, TaskId,
    Timestamp, Version, WireName,
};
use serde::Serialize;

/// What one turn decided, in a form that can be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    pub(crate) events: Vec<Event>,
    pub(crate) outgoing: Vec<Outgoing>,
    pub(crate) custom_status: CustomStatus,
    pub(crate) version: Option<RecordedVersion>,
    pub(crate) suspended: bool,
    pub(crate) outcome: TurnOutcome,
}

impl From<Decision> for Turn {
    fn from(decision: Decision) -> Self {
        Self {
            events: decision.events,
            outgoing: decision.outgoing,
            custom_status: decision.custom_status,
            version: decision.version,
            suspended: decision.suspended,
            outcome: decision.outcome,
        }
    }
}

impl Turn {
    /// Returns the instance's result, if the turn ended it well.
    pub(crate) fn result(&self) -> Option<serde_json::Value> {
        match &self.outcome {
            TurnOutcome::Ended(CompletionStatus::Completed(value)) => value.decode().ok(),
            _ => None,
        }
    }

    /// Returns what follows, if the turn continued as new.
    pub(crate) fn next(&self) -> Option<&NextExecution> {
        match &self.outcome {
            TurnOutcome::ContinuedAsNew(next) => Some(next),
            _ => None,
        }
    }
}

pub(crate) struct Driver {
    pub(crate) code: Code,
    pub(crate) started: ExecutionStarted,
    pub(crate) history: Vec<Event>,
    /// Microseconds since 1970; each turn adds one second.
    pub(crate) clock: i64,
    /// Whether the execution is lost after each turn.
    pub(crate) forgetful: bool,
    /// What a blank version is resolved to.
    pub(crate) resolved: Option<Version>,
    /// Every turn so far: the clock, the messages it was given, and what it decided.
    pub(crate) turns: Vec<(i64, Vec<Event>, Turn)>,
    /// Every orchestrator of these tests must pass them.
    pub(crate) checks: DeterminismChecks,
    execution: Option<CheckedExecution>,
}

impl Driver {
    /// Makes the first turn of an instance.
    pub(crate) fn start(code: Code, input: impl Serialize) -> Self {
        let mut driver = Self::new(code, input);
        driver.begin();
        driver
    }

    /// Makes the first turn of an instance whose turns are made once, so that what they do can be counted.
    pub(crate) fn start_unchecked(code: Code, input: impl Serialize) -> Self {
        let mut driver = Self::new(code, input);
        driver.checks = DeterminismChecks::Off;
        driver.begin();
        driver
    }

    /// Makes a driver whose first turn has not been made.
    pub(crate) fn new(code: Code, input: impl Serialize) -> Self {
        let started = ExecutionStarted {
            instance: InstanceId::new("order-42").unwrap(),
            execution: execution_id(1),
            name: WireName::new("shop").unwrap(),
            version: RecordedVersion::Known(code.version),
            input: Payload::encode(&input).unwrap(),
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: Tags::new(),
        };
        Self {
            code,
            started,
            history: Vec::new(),
            clock: 1_000_000_000_000_000,
            forgetful: false,
            resolved: None,
            turns: Vec::new(),
            checks: DeterminismChecks::ShadowAndReplay,
            execution: None,
        }
    }

    /// Makes the first turn.
    pub(crate) fn begin(&mut self) -> Turn {
        self.begin_with([])
    }

    /// Makes the first turn with messages that arrived with the start.
    pub(crate) fn begin_with(&mut self, kinds: impl IntoIterator<Item = EventKind>) -> Turn {
        let start = EventKind::ExecutionStarted(Box::new(self.started.clone()));
        self.deliver(std::iter::once(start).chain(kinds))
    }

    /// Makes one turn with messages.
    pub(crate) fn deliver(&mut self, kinds: impl IntoIterator<Item = EventKind>) -> Turn {
        self.try_deliver(kinds).unwrap()
    }

    /// Makes one turn with messages, or says why the execution cannot go on. Then nothing is appended.
    pub(crate) fn try_deliver(&mut self, kinds: impl IntoIterator<Item = EventKind>) -> Result<Turn, Halt> {
        self.clock += 1_000_000;
        let now = Timestamp::from_micros(self.clock);
        let messages: Vec<Event> = kinds.into_iter().map(|kind| Event::new(now, kind)).collect();
        self.try_take(messages)
    }

    /// Makes one turn with messages that have their own times.
    pub(crate) fn try_take(&mut self, messages: Vec<Event>) -> Result<Turn, Halt> {
        let incoming = messages
            .iter()
            .map(|event| incoming(event.clone(), None))
            .collect();
        let turn = self.try_receive(incoming)?;
        self.turns.push((self.clock, messages, turn.clone()));
        Ok(turn)
    }

    /// Makes one turn with messages that may be meant for a certain execution.
    pub(crate) fn try_receive(&mut self, messages: Vec<Incoming>) -> Result<Turn, Halt> {
        let mut execution = match self.execution.take() {
            Some(execution) => execution,
            None => CheckedExecution::load(self.code, &self.history, self.checks)?,
        };
        let before = self.history.len();
        assert_eq!(
            execution.event_count(),
            before as u64,
            "the execution counts the history's events"
        );
        let input = TurnInput {
            now: Timestamp::from_micros(self.clock),
            messages,
            resolved: self.resolved,
            next_execution: execution_id(2 + u128::from(self.started.generation)),
        };
        let turn = Turn::from(execution.turn(input)?);
        self.history.extend(turn.events.iter().cloned());
        assert_eq!(execution.event_count(), self.history.len() as u64);
        if !self.forgetful {
            self.execution = Some(execution);
        }
        Ok(turn)
    }

    /// Loses the execution: the next turn loads it from the history.
    pub(crate) fn crash(&mut self) -> &mut Self {
        self.execution = None;
        self
    }

    /// Loses the execution and goes on with other code, as after a deployment.
    pub(crate) fn deploy(&mut self, code: Code) -> &mut Self {
        self.code = code;
        self.crash()
    }

    /// Replays the history so far on the driver's code.
    pub(crate) fn load(&self) -> Result<Execution, Halt> {
        Execution::load(self.code, &self.history)
    }

    /// Goes over to the execution that follows, and makes its first turn with what was carried over.
    pub(crate) fn follow(&mut self, next: &NextExecution) -> Turn {
        self.started = next.started.clone();
        self.history.clear();
        self.crash();
        self.clock += 1_000_000;
        let start = EventKind::ExecutionStarted(Box::new(self.started.clone()));
        let mut messages = vec![Event::new(Timestamp::from_micros(self.clock), start)];
        messages.extend(next.carried.iter().cloned());
        self.try_take(messages).unwrap()
    }
}

pub(crate) fn execution_id(number: u128) -> ExecutionId {
    ExecutionId::from_random(number << 96 | number)
}

pub(crate) fn incoming(event: Event, execution: Option<ExecutionId>) -> Incoming {
    Incoming {
        receipt: None,
        execution,
        event,
    }
}

/// Returns the decisions of a history or turn in the words of the format: `TaskScheduled #0`, `Marker SideEffect #1`.
pub(crate) fn decisions(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::TaskScheduled { task, name, .. } => Some(format!("{task:?} call {name}")),
            EventKind::SubOrchestrationInstanceCreated { task, name, .. } => {
                Some(format!("{task:?} child {name}"))
            }
            EventKind::TimerCreated { task, .. } => Some(format!("{task:?} timer")),
            EventKind::EventSent { task, name, .. } => Some(format!("{task:?} send {name}")),
            EventKind::Marker(marker) => {
                let task = marker.task?;
                Some(format!("{task:?} {:?}", marker.kind))
            }
            _ => None,
        })
        .collect()
}

/// An activity's success.
pub(crate) fn ok(task: u32, value: impl Serialize) -> EventKind {
    EventKind::TaskCompleted {
        task: TaskId(task),
        result: Payload::encode(&value).unwrap(),
    }
}

/// An activity's failure.
pub(crate) fn failed(task: u32, failure: FailureDetails) -> EventKind {
    EventKind::TaskFailed {
        task: TaskId(task),
        failure,
    }
}

/// A failure that may be retried.
pub(crate) fn failure(message: &str) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Infrastructure, "Outage", message)
}

/// A timer that fires.
pub(crate) fn fired(task: u32) -> EventKind {
    EventKind::TimerFired {
        task: TaskId(task),
        fire_at: Timestamp::from_micros(0),
    }
}

/// An external event.
pub(crate) fn event(name: &str, value: impl Serialize) -> EventKind {
    EventKind::EventRaised {
        name: EventName::new(name).unwrap(),
        input: Payload::encode(&value).unwrap(),
    }
}

pub(crate) fn suspend() -> EventKind {
    EventKind::ExecutionSuspended {
        reason: "maintenance".into(),
    }
}

pub(crate) fn resume() -> EventKind {
    EventKind::ExecutionResumed {
        reason: "done".into(),
    }
}

pub(crate) fn terminate() -> EventKind {
    EventKind::ExecutionTerminated {
        reason: "by hand".into(),
    }
}

/// A request to cancel.
pub(crate) fn cancel(reason: &str) -> EventKind {
    EventKind::Marker(Marker {
        kind: MarkerKind::CancelRequested,
        version: 1,
        task: None,
        data: serde_json::to_string(reason).unwrap(),
    })
}

/// A moment `seconds` after the driver's first turn.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_000_000_001_000_000 + seconds * 1_000_000)
}
