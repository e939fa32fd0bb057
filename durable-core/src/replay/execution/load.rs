//! Loading: the replay of a whole history.

use std::collections::VecDeque;

use super::{Code, Execution, Halt, HaltReason, Recorded, RootWake, divergence, is_decision, who};
use crate::decision::{ActivityOrder, Outgoing};
use crate::history::{CompletionStatus, Event, EventKind};
use crate::id::TaskId;
use crate::time::Timestamp;

impl Execution {
    /// Makes the execution that a history describes, by replaying it. An empty history makes a fresh one.
    pub fn load(code: Code, history: &[Event]) -> Result<Self, Halt> {
        let mut execution = Self {
            code,
            engine: None,
            future: None,
            finished: None,
            root: RootWake::new_woken(),
            event_count: u64::try_from(history.len()).unwrap_or(u64::MAX),
            suspended: false,
            held_back: VecDeque::new(),
            reorders: Vec::new(),
        };
        let mut recorded = Some(Recorded::scan(history)?);
        let mut turn_time = None;
        for (position, event) in (0_u64..).zip(history) {
            if matches!(event.kind, EventKind::OrchestratorStarted) {
                turn_time = Some(event.at);
            }
            let replayed = execution.replay_event(position, event, &mut recorded, turn_time);
            replayed.map_err(|halt| halt.at_step(position))?;
        }
        if !history.last().is_some_and(|event| is_terminal(&event.kind)) {
            execution.match_turn_end(execution.event_count, None)?;
        }
        if let Some(engine) = &execution.engine {
            engine.get().replaying = false;
        }
        if history
            .last()
            .is_some_and(|event| matches!(event.kind, EventKind::ExecutionRewound { .. }))
        {
            execution.reorders = execution.orders_of_open_tasks(history);
        }
        Ok(execution)
    }

    fn replay_event(
        &mut self,
        position: u64,
        event: &Event,
        recorded: &mut Option<Recorded>,
        turn_time: Option<Timestamp>,
    ) -> Result<(), Halt> {
        match &event.kind {
            EventKind::OrchestratorStarted => {
                self.match_turn_end(position, Some(&event.kind))?;
                if let Some(engine) = &self.engine {
                    engine.get().now = event.at;
                }
                Ok(())
            }
            EventKind::OrchestratorCompleted => {
                if self.ended_by_record() {
                    Ok(())
                } else {
                    self.match_turn_end(position, Some(&event.kind))
                }
            }
            EventKind::ExecutionStarted(started) => {
                let Some(recorded) = recorded.take() else {
                    return Err(Halt::new(
                        HaltReason::Unreadable,
                        "the history has a second `ExecutionStarted`",
                    ));
                };
                self.begin(started, recorded, true)?;
                let engine = self.engine()?.clone();
                engine.get().now = turn_time.unwrap_or(event.at);
                engine.get().position = position;
                self.poll()
            }
            EventKind::ExecutionCompleted(status) => self.replay_completion(position, status, &event.kind),
            EventKind::ContinueAsNew { .. } => {
                if self.engine()?.get().next.is_some() {
                    self.forget_outcome()
                } else {
                    self.unlike(position, &event.kind)
                }
            }
            kind if is_decision(kind) => self.match_step(position, kind),
            _ => self.apply(position, event),
        }
    }

    /// Compares a recorded end with what the code did.
    fn replay_completion(
        &mut self,
        position: u64,
        status: &CompletionStatus,
        kind: &EventKind,
    ) -> Result<(), Halt> {
        match (status, &self.finished) {
            // No code runs for a termination.
            (CompletionStatus::Terminated(_), _)
            | (CompletionStatus::Completed(_), Some(Ok(_)))
            | (CompletionStatus::Failed(_) | CompletionStatus::Canceled(_), Some(Err(_))) => {
                self.forget_outcome()
            }
            (
                CompletionStatus::Completed(_) | CompletionStatus::Failed(_) | CompletionStatus::Canceled(_),
                Some(_) | None,
            ) => self.unlike(position, kind),
        }
    }

    /// The recorded outcome agrees with the code's, so the turn's end has nothing left to compare.
    fn forget_outcome(&mut self) -> Result<(), Halt> {
        self.future = None;
        self.finished = None;
        self.engine()?.get().next = None;
        Ok(())
    }

    fn ended_by_record(&self) -> bool {
        self.engine.is_some() && self.future.is_none() && !self.is_finished()
    }

    fn unlike(&self, position: u64, kind: &EventKind) -> Result<(), Halt> {
        let engine = self.engine()?.get();
        let otherwise = self.instead_of_a_step();
        Err(divergence(
            &who(&engine.identity),
            position,
            Some(kind),
            engine.actions.front(),
            otherwise,
        ))
    }

    /// Returns what the open tasks sent when they were scheduled, from the events that recorded them.
    fn orders_of_open_tasks(&self, history: &[Event]) -> Vec<(TaskId, Outgoing)> {
        let Some(engine) = &self.engine else {
            return Vec::new();
        };
        let engine = engine.get();
        history
            .iter()
            .filter_map(order_of)
            .filter(|(task, _)| engine.tasks.is_open(*task))
            .collect()
    }
}

fn order_of(event: &Event) -> Option<(TaskId, Outgoing)> {
    match &event.kind {
        EventKind::TaskScheduled {
            task,
            name,
            version,
            input,
        } => {
            let order = ActivityOrder {
                task: *task,
                name: name.clone(),
                version: version.clone(),
                input: input.clone(),
                attempt: 1,
                deadline: None,
                queue: None,
                trace: event.trace.clone(),
            };
            Some((*task, Outgoing::Activity(order)))
        }
        EventKind::TimerCreated { task, fire_at } => Some((
            *task,
            Outgoing::Timer {
                task: *task,
                fire_at: *fire_at,
            },
        )),
        // A child is an instance of its own: whoever rewinds the parent sees to it.
        _ => None,
    }
}

fn is_terminal(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::ExecutionCompleted(_)
            | EventKind::ContinueAsNew { .. }
            | EventKind::ExecutionTerminated { .. }
    )
}
