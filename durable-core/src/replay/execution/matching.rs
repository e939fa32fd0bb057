//! Comparison of the code's steps with the recorded ones, one by one.

use super::{Execution, Halt};
use crate::history::{EventKind, ExecutionStarted, MarkerKind};
use crate::replay::Engine;
use crate::replay::action::{Action, Attempt};
use crate::replay::engine::Identity;
use crate::replay::matcher::{Compared, Instead, divergence, same_step};

impl Execution {
    /// Matches a recorded decision with what the code attempted. `following` is the next event of the history.
    pub(super) fn match_step(
        &mut self,
        position: u64,
        kind: &EventKind,
        following: Option<&EventKind>,
    ) -> Result<(), Halt> {
        let engine = self.engine()?.clone();
        let mut engine = engine.get();
        match engine.actions.front() {
            Some(action) if same_step(&action.attempt, kind) => {
                let matched = engine.actions.pop_front();
                engine.compare_input(position, matched.as_ref(), kind);
                if let EventKind::SubOrchestrationInstanceCreated { task, instance, .. } = kind {
                    engine.tasks.set_child_instance(*task, instance);
                }
                Ok(())
            }
            _ => Err(self.differs(&engine, position, Some(named(kind, following)))),
        }
    }

    /// Checks that the recorded turn ends where the code's turn ends.
    pub(super) fn match_turn_end(&mut self, position: u64, next: Option<&EventKind>) -> Result<(), Halt> {
        let Some(engine) = self.engine.clone() else {
            return Ok(());
        };
        let engine = engine.get();
        if engine.actions.is_empty() && self.finished.is_none() && engine.next.is_none() {
            return Ok(());
        }
        Err(self.differs(&engine, position, next))
    }

    /// Words the difference between a recorded event and what the code did at its place.
    pub(super) fn differs(&self, engine: &Engine, position: u64, recorded: Option<&EventKind>) -> Halt {
        let attempted = attempted(engine);
        let instead = match (&self.finished, &engine.next) {
            (Some(Ok(_)), _) => Instead::Returned,
            (Some(Err(_)), _) => Instead::Failed,
            (None, Some(next)) => Instead::Continued(next.place),
            (None, None) => Instead::Waits(engine.waiting.clone()),
        };
        let compared = if self.is_shadow() {
            // The history that a shadow replays is the one that its own code just made.
            Compared::TwoRuns
        } else {
            Compared::HistoryAndCode
        };
        divergence(
            &who(&engine.identity),
            position,
            recorded,
            attempted,
            &instead,
            compared,
        )
    }
}

/// Returns the first attempted step that says what is called: the marker of a retry policy stands before its call.
fn attempted(engine: &Engine) -> Option<&Action> {
    let first = engine.actions.front()?;
    match &first.attempt {
        Attempt::Marker(marker) if marker.kind == MarkerKind::RetryPolicy => {
            Some(engine.actions.get(1).unwrap_or(first))
        }
        _ => Some(first),
    }
}

/// Likewise of the recorded steps.
fn named<'a>(kind: &'a EventKind, following: Option<&'a EventKind>) -> &'a EventKind {
    match kind {
        EventKind::Marker(marker) if marker.kind == MarkerKind::RetryPolicy => following.unwrap_or(kind),
        _ => kind,
    }
}

pub(super) fn who(identity: &Identity) -> ExecutionStarted {
    ExecutionStarted {
        version: identity.version.clone(),
        ..identity.started.clone()
    }
}
