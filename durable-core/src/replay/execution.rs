//! An execution in memory: the polled future and the engine it shares.

mod compare;
mod ending;
mod gather;
mod load;
mod matching;
mod shadow;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::engine::EngineRef;
use super::foreign::Evidence;
use super::halt::{Halt, HaltReason};
use super::panic;
use super::recorded::Recorded;
use super::task::TaskResult;
use super::wake::Decoy;
use crate::decision::Outgoing;
use crate::history::{Event, EventKind, ExecutionStarted, MarkerKind};
use crate::hub::Message;
use crate::id::{InstanceId, TaskId};
use crate::orchestration::OrchestrationContext;
use crate::registry::{ErasedOrchestrator, OrchestratorRunner};
use crate::version::{RecordedVersion, Version};

pub use turn::{Decision, Incoming, TurnInput};

/// The code of one version of an orchestrator.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The version, as the binary has it.
    pub version: Version,
    /// How it is started.
    pub runner: OrchestratorRunner,
}

/// What replay does with the input that the code gives to a recorded step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inputs {
    /// It is not even encoded: the history has it.
    Recorded,
    /// It is compared with the recorded one.
    Compared,
}

/// One execution, kept in memory from turn to turn. Lives on one thread.
#[allow(
    missing_debug_implementations,
    reason = "implemented below: the future has no Debug"
)]
pub struct Execution {
    code: Code,
    /// `None` until the first event says who runs.
    engine: Option<EngineRef>,
    future: Option<ErasedOrchestrator>,
    finished: Option<TaskResult>,
    /// Whether the history has an end: nothing follows it.
    ended: bool,
    decoy: Arc<Decoy>,
    /// How many events the history has.
    event_count: u64,
    suspended: bool,
    /// Events that arrived while suspended, with their index.
    held_back: VecDeque<(u64, Event)>,
    /// What the open tasks of a just loaded history sent when they were scheduled.
    reorders: Vec<(TaskId, Outgoing)>,
    /// Of a shadow: what it is told before its engine exists.
    prescribed: Option<Recorded>,
    /// The version that the instance was moved to before it began.
    moved: Option<RecordedVersion>,
    /// The code's version, if the history was begun by others and has none: the next turn says which one it is.
    unresolved: Option<Version>,
    /// Whether the history was rewound and no turn has followed: the next turn sends the orders again.
    rewound: bool,
    inputs: Inputs,
}

impl std::fmt::Debug for Execution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution")
            .field("event_count", &self.event_count)
            .finish_non_exhaustive()
    }
}

/// Makes one turn from a history and new messages. Pure: the same arguments give the same decision.
pub fn step(code: Code, history: &[Event], input: TurnInput) -> Result<Decision, Halt> {
    Execution::load(code, history)?.turn(input)
}

impl Execution {
    /// Returns how many events the history has.
    pub fn event_count(&self) -> u64 {
        self.event_count
    }

    /// Returns whether a turn until now has called this task, so that an answer to it can be applied.
    pub fn has_scheduled(&self, task: TaskId) -> bool {
        let next = self.engine.as_ref().map(|engine| engine.get().peek_task());
        next.is_some_and(|next| task < next)
    }

    /// Returns what the open tasks of a just loaded history sent when they were scheduled.
    ///
    /// A rewind sends them again. Sub-orchestrations are not among them: a child is an instance of its own.
    pub fn open_orders(&self) -> impl Iterator<Item = &Outgoing> {
        self.reorders.iter().map(|(_, sent)| sent)
    }

    /// Returns the sub-orchestrations that a just loaded history waits for, each with its task.
    pub fn open_children(&self) -> Vec<(TaskId, InstanceId)> {
        let engine = self.engine.as_ref();
        engine
            .map(|engine| engine.get().open_children())
            .unwrap_or_default()
    }

    /// Returns whether the orchestrator has returned or continued as new, or the execution was terminated.
    pub fn is_finished(&self) -> bool {
        self.ended
            || self.finished.is_some()
            || self
                .engine
                .as_ref()
                .is_some_and(|engine| engine.get().next.is_some())
    }

    fn engine(&self) -> Result<&EngineRef, Halt> {
        self.engine.as_ref().ok_or_else(|| {
            Halt::new(
                HaltReason::Unreadable,
                "the history does not begin with `ExecutionStarted`",
            )
        })
    }

    /// Makes the future of a start.
    fn begin(&mut self, started: &ExecutionStarted, recorded: Recorded, replaying: bool) -> Result<(), Halt> {
        if self.engine.is_some() {
            return Err(Halt::new(
                HaltReason::Unreadable,
                "the history has a second `ExecutionStarted`",
            ));
        }
        let engine = EngineRef::new(started.clone(), recorded);
        engine.get().replaying = replaying;
        engine.get().shadow = self.is_shadow();
        engine.get().input_changes = match self.inputs {
            Inputs::Compared => Some(Vec::new()),
            Inputs::Recorded => None,
        };
        if let Some(version) = self.moved.take() {
            engine.get().identity.version = version;
        }
        if replaying && engine.get().identity.version == RecordedVersion::Blank {
            // Ours says it before any code runs; a host of the Durable Task Framework has none.
            self.unresolved = Some(self.code.version);
            engine.get().identity.version = self.code.version.into();
        }
        let ctx = OrchestrationContext::new(engine.clone());
        let (runner, input) = (self.code.runner, started.input.clone());
        let future = panic::catch(move || runner(ctx, input));
        self.engine = Some(engine);
        self.future = Some(future.map_err(|caught| self.panicked(&caught))?);
        Ok(())
    }

    /// Applies one event and lets the orchestrator react to it.
    fn apply(&mut self, position: u64, event: &Event) -> Result<(), Halt> {
        let engine = self.engine()?.clone();
        engine.get().position = position;
        if self.suspended && can_wait(&event.kind) {
            if let Some(task) = event.kind.answered() {
                // In a replayed history nobody has asked yet whether the result is the first one.
                engine.get().tasks.accept(task);
            }
            self.held_back.push_back((position, event.clone()));
            return Ok(());
        }
        self.put(&engine, event);
        self.poll()?;
        while !self.suspended
            && !self.is_finished()
            && let Some((position, held)) = self.held_back.pop_front()
        {
            engine.get().position = position;
            self.put(&engine, &held);
            self.poll()?;
        }
        Ok(())
    }

    /// Puts an event into the engine without polling.
    fn put(&mut self, engine: &EngineRef, event: &Event) {
        match &event.kind {
            EventKind::TaskCompleted { task, result }
            | EventKind::SubOrchestrationInstanceCompleted { task, result } => {
                engine.complete(*task, Ok(result.clone()));
            }
            EventKind::TaskFailed { task, failure }
            | EventKind::SubOrchestrationInstanceFailed { task, failure } => {
                engine.complete(*task, Err(failure.clone()));
            }
            EventKind::TimerFired { task, .. } => engine.complete(*task, Ok(crate::Payload::unit())),
            EventKind::EventRaised { name, input } => engine.put_event(name.clone(), event.at, input.clone()),
            EventKind::ExecutionSuspended { .. } => self.suspended = true,
            EventKind::ExecutionResumed { .. } => self.suspended = false,
            EventKind::ExecutionRewound {
                execution, version, ..
            } => {
                self.rewound = true;
                engine.get().rewind(execution.clone(), version.clone());
            }
            EventKind::Marker(marker) if marker.kind == MarkerKind::CancelRequested => {
                let reason = serde_json::from_str(&marker.data).unwrap_or_else(|_| marker.data.clone());
                engine.request_cancel(reason);
            }
            EventKind::Marker(marker)
                if marker.kind == MarkerKind::VersionResolved || marker.kind == MarkerKind::Moved =>
            {
                if let Ok(version) = serde_json::from_str(&marker.data) {
                    engine.get().identity.version = version;
                }
            }
            EventKind::Marker(_)
            | EventKind::OrchestratorStarted
            | EventKind::OrchestratorCompleted
            | EventKind::ExecutionStarted(_)
            | EventKind::ExecutionCompleted(_)
            | EventKind::ExecutionTerminated { .. }
            | EventKind::ContinueAsNew { .. }
            | EventKind::TaskScheduled { .. }
            | EventKind::SubOrchestrationInstanceCreated { .. }
            | EventKind::TimerCreated { .. }
            | EventKind::EventSent { .. } => {}
        }
    }

    /// Polls the orchestrator for as long as something woke it.
    fn poll(&mut self) -> Result<(), Halt> {
        let engine = self.engine()?.clone();
        while !self.is_finished() && engine.get().polling.take_woken() {
            let Some(future) = self.future.as_mut() else {
                return Ok(());
            };
            let silent = engine.get().begin_poll();
            let (polled, touch) = self.decoy.watch(|waker| {
                let mut cx = Context::from_waker(waker);
                run(silent, || future.as_mut().poll(&mut cx))
            });
            if let Some(halt) = engine.get().halt.take() {
                return Err(halt);
            }
            let polled = polled.map_err(|caught| self.panicked(&caught))?;
            if let Some(touch) = touch {
                return Err(Evidence::Touched(touch).report(&engine.get()));
            }
            if let Poll::Ready(result) = polled {
                self.finished = Some(result);
            }
            engine.get().polling.end_poll();
        }
        if self.is_finished() {
            // Pending calls are dropped with the future, and so cancelled, before the turn's messages are gathered.
            self.drop_future()?;
        }
        Ok(())
    }

    /// Drops the future with everything that the user's code holds in it.
    fn drop_future(&mut self) -> Result<(), Halt> {
        let Some(future) = self.future.take() else {
            return Ok(());
        };
        let silent = self
            .engine
            .as_ref()
            .is_some_and(|engine| engine.get().is_repeating());
        run(silent, move || drop(future)).map_err(|caught| self.panicked(&caught))
    }

    /// Checks at the end of a turn that something can go on with the orchestrator.
    fn check_progress(&self) -> Result<(), Halt> {
        let engine = self.engine()?.get();
        if engine.polling.is_stuck() && self.finished.is_none() && engine.next.is_none() {
            return Err(Evidence::NothingToWaitFor.report(&engine));
        }
        Ok(())
    }

    fn panicked(&self, caught: &panic::Caught) -> Halt {
        if let (Some(engine), Some(evidence)) = (&self.engine, Evidence::of_panic(caught)) {
            return evidence.report(&engine.get());
        }
        let (who, step) = match &self.engine {
            Some(engine) => {
                let engine = engine.get();
                let started = &engine.identity.started;
                (
                    format!(
                        "orchestrator `{}` version {}",
                        started.name, engine.identity.version
                    ),
                    engine.position,
                )
            }
            None => ("the orchestrator".to_owned(), 0),
        };
        let halt = Halt::new(HaltReason::Panic, format!("{who} panicked: {}", caught.message)).at_step(step);
        match &caught.place {
            Some(place) => halt.at_place(place),
            None => halt,
        }
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        // Leaving memory is no cancellation: the calls go on, and the history brings the future back.
        if let Some(engine) = &self.engine {
            engine.get().closing = true;
        }
        // Nobody is left to whom a value whose drop panics could be reported.
        drop(self.drop_future());
    }
}

/// Runs the user's code: its panic is caught, and while it only repeats what was done already, its logs are silent.
fn run<T>(silent: bool, code: impl FnOnce() -> T) -> Result<T, panic::Caught> {
    panic::catch(|| {
        if silent {
            tracing::dispatcher::with_default(&tracing::Dispatch::none(), code)
        } else {
            code()
        }
    })
}

/// Returns whether a message is for the instance rather than for one execution, so that the next one gets it.
fn can_carry(kind: &EventKind) -> bool {
    match kind {
        EventKind::EventRaised { .. }
        | EventKind::ExecutionTerminated { .. }
        | EventKind::ExecutionSuspended { .. }
        | EventKind::ExecutionResumed { .. } => true,
        EventKind::Marker(marker) => marker.kind == MarkerKind::CancelRequested,
        EventKind::OrchestratorStarted
        | EventKind::OrchestratorCompleted
        | EventKind::ExecutionStarted(_)
        | EventKind::ExecutionCompleted(_)
        | EventKind::ExecutionRewound { .. }
        | EventKind::ContinueAsNew { .. }
        | EventKind::TaskScheduled { .. }
        | EventKind::TaskCompleted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::SubOrchestrationInstanceCreated { .. }
        | EventKind::SubOrchestrationInstanceCompleted { .. }
        | EventKind::SubOrchestrationInstanceFailed { .. }
        | EventKind::TimerCreated { .. }
        | EventKind::TimerFired { .. }
        | EventKind::EventSent { .. } => false,
    }
}

/// Returns whether a suspended execution keeps the event for later.
fn can_wait(kind: &EventKind) -> bool {
    match kind {
        EventKind::TaskCompleted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::SubOrchestrationInstanceCompleted { .. }
        | EventKind::SubOrchestrationInstanceFailed { .. }
        | EventKind::TimerFired { .. }
        | EventKind::EventRaised { .. } => true,
        EventKind::Marker(marker) => marker.kind == MarkerKind::CancelRequested,
        EventKind::OrchestratorStarted
        | EventKind::OrchestratorCompleted
        | EventKind::ExecutionStarted(_)
        | EventKind::ExecutionCompleted(_)
        | EventKind::ExecutionTerminated { .. }
        | EventKind::ExecutionSuspended { .. }
        | EventKind::ExecutionResumed { .. }
        | EventKind::ExecutionRewound { .. }
        | EventKind::ContinueAsNew { .. }
        | EventKind::TaskScheduled { .. }
        | EventKind::SubOrchestrationInstanceCreated { .. }
        | EventKind::TimerCreated { .. }
        | EventKind::EventSent { .. } => false,
    }
}
