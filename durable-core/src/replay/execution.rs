//! An execution in memory: the polled future and the engine it shares.

mod load;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::engine::EngineRef;
use super::halt::{Halt, HaltReason};
use super::matcher::{divergence, is_decision, same_step};
use super::panic;
use super::recorded::Recorded;
use super::task::TaskResult;
use super::wake::RootWake;
use crate::decision::Outgoing;
use crate::history::{Event, EventKind, ExecutionStarted, MarkerKind};
use crate::hub::Message;
use crate::id::TaskId;
use crate::orchestration::OrchestrationContext;
use crate::registry::{ErasedOrchestrator, OrchestratorRunner};
use crate::version::Version;

pub use turn::{Decision, Incoming, TurnInput};

/// The code of one version of an orchestrator.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The version, as the binary has it.
    pub version: Version,
    /// How it is started.
    pub runner: OrchestratorRunner,
}

/// How often a future may wake itself within one event before the turn is given up.
const SELF_WAKES_MAX: u32 = 10_000;

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
    root: Arc<RootWake>,
    /// How many events the history has.
    event_count: u64,
    suspended: bool,
    /// Events that arrived while suspended, with their index.
    held_back: VecDeque<(u64, Event)>,
    /// What the open tasks of a just rewound history sent when they were scheduled: the next turn sends it again.
    reorders: Vec<(TaskId, Outgoing)>,
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

    /// Returns whether the orchestrator has returned or continued as new.
    pub fn is_finished(&self) -> bool {
        self.finished.is_some()
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
            self.held_back.push_back((position, event.clone()));
            return Ok(());
        }
        self.put(&engine, event);
        self.poll()?;
        while !self.suspended
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
                let mut engine = engine.get();
                engine.identity.lineage.push(execution.clone());
                engine.identity.version = version.clone();
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
        let waker = self.root.waker();
        let mut polls = 0;
        while !self.is_finished() && self.root.take() {
            polls += 1;
            if polls > SELF_WAKES_MAX {
                let message =
                    "the orchestrator wakes itself without end: it awaits something that is not durable";
                return Err(Halt::new(HaltReason::Misuse, message).at_step(engine.get().position));
            }
            let Some(future) = self.future.as_mut() else {
                return Ok(());
            };
            let replaying = engine.get().replaying;
            let polled = panic::catch(|| {
                let mut cx = Context::from_waker(&waker);
                if replaying {
                    // What was logged when the step was first made is not logged again.
                    let none = tracing::Dispatch::none();
                    tracing::dispatcher::with_default(&none, || future.as_mut().poll(&mut cx))
                } else {
                    future.as_mut().poll(&mut cx)
                }
            });
            if let Some(halt) = engine.get().halt.take() {
                return Err(halt);
            }
            match polled {
                Ok(Poll::Ready(result)) => self.finished = Some(result),
                Ok(Poll::Pending) => {}
                Err(caught) => return Err(self.panicked(&caught)),
            }
        }
        if self.is_finished() {
            // Pending calls are dropped with the future, and so cancelled, before the turn's messages are gathered.
            self.future = None;
        }
        Ok(())
    }

    fn panicked(&self, caught: &panic::Caught) -> Halt {
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

    /// Matches a recorded decision with what the code attempted.
    fn match_step(&mut self, position: u64, kind: &EventKind) -> Result<(), Halt> {
        let engine = self.engine()?.clone();
        let mut engine = engine.get();
        match engine.actions.pop_front() {
            Some(action) if same_step(&action.attempt, kind) => {
                if let EventKind::SubOrchestrationInstanceCreated { task, instance, .. } = kind {
                    engine.tasks.set_child_instance(*task, instance);
                }
                Ok(())
            }
            attempted => {
                let otherwise = self.instead_of_a_step();
                Err(divergence(
                    &who(&engine.identity),
                    position,
                    Some(kind),
                    attempted.as_ref(),
                    otherwise,
                ))
            }
        }
    }

    /// Checks that the recorded turn ends where the code's turn ends.
    fn match_turn_end(&mut self, position: u64, next: Option<&EventKind>) -> Result<(), Halt> {
        let Some(engine) = self.engine.clone() else {
            return Ok(());
        };
        let engine = engine.get();
        let attempted = engine.actions.front();
        if attempted.is_some() || self.is_finished_in(&engine) {
            let otherwise = self.instead_of_a_step();
            return Err(divergence(
                &who(&engine.identity),
                position,
                next,
                attempted,
                otherwise,
            ));
        }
        Ok(())
    }

    fn is_finished_in(&self, engine: &super::Engine) -> bool {
        self.finished.is_some() || engine.next.is_some()
    }

    fn instead_of_a_step(&self) -> &'static str {
        match self.finished {
            Some(Ok(_)) => "the orchestrator returned a value",
            Some(Err(_)) => "the orchestrator returned an error",
            None if self.future.is_none() => "the orchestrator continued as new",
            None => "nothing: the orchestrator waits",
        }
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        // Leaving memory is no cancellation: the calls go on, and the history brings the future back.
        if let Some(engine) = &self.engine {
            engine.get().closing = true;
        }
    }
}

fn who(identity: &super::engine::Identity) -> ExecutionStarted {
    ExecutionStarted {
        version: identity.version.clone(),
        ..identity.started.clone()
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
