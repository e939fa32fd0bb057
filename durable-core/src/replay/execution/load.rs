//! Loading: the replay of a whole history.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Code, Execution, Halt, HaltReason, Inputs, Recorded};
use crate::decision::{ActivityOrder, Outgoing};
use crate::history::{CompletionStatus, Event, EventKind, MarkerKind};
use crate::id::TaskId;
use crate::replay::matcher::is_decision;
use crate::replay::task::{TaskClass, Tasks};
use crate::time::Timestamp;

impl Execution {
    /// Makes the execution that a history describes, by replaying it. An empty history makes a fresh one.
    pub fn load(code: Code, history: &[Event]) -> Result<Self, Halt> {
        Self::replay(code, history, None, Inputs::Recorded)
    }

    /// Replays a history; for a shadow, if there is room for what it is told.
    pub(super) fn replay(
        code: Code,
        history: &[Event],
        prescribed: Option<Recorded>,
        inputs: Inputs,
    ) -> Result<Self, Halt> {
        let mut execution = Self {
            code,
            engine: None,
            future: None,
            finished: None,
            ended: false,
            decoy: Arc::default(),
            event_count: u64::try_from(history.len()).unwrap_or(u64::MAX),
            suspended: false,
            held_back: VecDeque::new(),
            reorders: Vec::new(),
            prescribed,
            moved: None,
            unresolved: None,
            rewound: false,
            inputs,
        };
        let mut recorded = Some(Recorded::scan(history)?);
        let mut turn_time = None;
        for (position, event) in (0_u64..).zip(history) {
            if matches!(event.kind, EventKind::OrchestratorStarted) {
                turn_time = Some(event.at);
            }
            let following = usize::try_from(position).ok().and_then(|at| history.get(at + 1));
            let at = Place {
                position,
                turn_time,
                following: following.map(|event| &event.kind),
            };
            let replayed = execution.replay_event(&at, event, &mut recorded);
            replayed.map_err(|halt| halt.at_step(position))?;
        }
        execution.match_turn_end(execution.event_count, None)?;
        if let Some(engine) = &execution.engine {
            engine.get().replaying = false;
        }
        execution.reorders = execution.orders_of_open_tasks(history);
        Ok(execution)
    }

    fn replay_event(
        &mut self,
        at: &Place<'_>,
        event: &Event,
        recorded: &mut Option<Recorded>,
    ) -> Result<(), Halt> {
        let position = at.position;
        // A hub wrote the start itself, to terminate the instance before its first turn: none of its code ran.
        let before_first_turn = at.turn_time.is_none();
        match &event.kind {
            EventKind::OrchestratorStarted => {
                self.match_turn_end(position, Some(&event.kind))?;
                self.rewound = false;
                if let Some(engine) = &self.engine {
                    engine.get().now = event.at;
                }
                Ok(())
            }
            EventKind::OrchestratorCompleted => self.match_turn_end(position, Some(&event.kind)),
            EventKind::ExecutionStarted(started) => {
                let Some(recorded) = recorded.take() else {
                    return Err(Halt::new(
                        HaltReason::Unreadable,
                        "the history has a second `ExecutionStarted`",
                    ));
                };
                self.begin(started, recorded, true)?;
                let engine = self.engine()?.clone();
                engine.get().now = at.turn_time.unwrap_or(event.at);
                engine.get().position = position;
                if before_first_turn {
                    return Ok(());
                }
                self.poll()
            }
            EventKind::ExecutionCompleted(status) => {
                let agrees = self.agrees_with(status);
                self.replay_end(position, &event.kind, agrees)
            }
            EventKind::ContinueAsNew { .. } => {
                let agrees = self.engine()?.get().next.is_some();
                self.replay_end(position, &event.kind, agrees)
            }
            EventKind::Marker(marker) if marker.kind == MarkerKind::Moved && self.engine.is_none() => {
                self.moved = serde_json::from_str(&marker.data).ok();
                Ok(())
            }
            EventKind::ExecutionTerminated { .. } if before_first_turn => Ok(()),
            kind if is_decision(kind) => self.match_step(position, kind, at.following),
            _ => self.apply(position, event),
        }
    }

    /// Returns whether the code ended as the history says.
    fn agrees_with(&self, status: &CompletionStatus) -> bool {
        match (status, &self.finished) {
            // No code runs for a termination.
            (CompletionStatus::Terminated(_), _)
            | (CompletionStatus::Completed(_), Some(Ok(_)))
            | (CompletionStatus::Failed(_) | CompletionStatus::Canceled(_), Some(Err(_))) => true,
            (
                CompletionStatus::Completed(_) | CompletionStatus::Failed(_) | CompletionStatus::Canceled(_),
                Some(_) | None,
            ) => false,
        }
    }

    /// Compares a recorded end with what the code did: the same end, and no step that was not recorded before it.
    fn replay_end(&mut self, position: u64, kind: &EventKind, agrees: bool) -> Result<(), Halt> {
        let engine = self.engine()?.clone();
        if !agrees || !engine.get().actions.is_empty() {
            return Err(self.differs(&engine.get(), position, Some(kind)));
        }
        // The outcome agrees with the code's, so the turn's end has nothing left to compare.
        self.finished = None;
        engine.get().next = None;
        self.ended = true;
        self.drop_future()
    }

    /// Returns what the open tasks sent when they were scheduled, from the events that recorded them.
    fn orders_of_open_tasks(&self, history: &[Event]) -> Vec<(TaskId, Outgoing)> {
        let Some(engine) = &self.engine else {
            return Vec::new();
        };
        let engine = engine.get();
        history
            .iter()
            .filter_map(|event| order_of(event, &engine.tasks))
            .collect()
    }
}

/// Where the replay of a history stands.
struct Place<'a> {
    position: u64,
    turn_time: Option<Timestamp>,
    following: Option<&'a EventKind>,
}

fn order_of(event: &Event, tasks: &Tasks) -> Option<(TaskId, Outgoing)> {
    match &event.kind {
        EventKind::TaskScheduled {
            task,
            name,
            version,
            input,
        } => {
            let (attempt, heartbeat) = match tasks.open_class(*task)? {
                TaskClass::Activity { attempt, heartbeat } => (*attempt, *heartbeat),
                TaskClass::Child { .. } | TaskClass::Timer | TaskClass::CallTimer => return None,
            };
            let order = ActivityOrder {
                task: *task,
                name: name.clone(),
                version: version.clone(),
                input: input.clone(),
                attempt,
                heartbeat,
                queue: None,
                trace: event.trace.clone(),
            };
            Some((*task, Outgoing::Activity(order)))
        }
        EventKind::TimerCreated { task, fire_at } => {
            let (task, fire_at) = (*task, *fire_at);
            tasks
                .open_class(task)
                .map(|_| (task, Outgoing::Timer { task, fire_at }))
        }
        // A child is an instance of its own: whoever rewinds the parent sees to it.
        _ => None,
    }
}
