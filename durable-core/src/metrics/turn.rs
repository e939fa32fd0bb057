//! What a turn will have done once its commit is accepted.

use std::fmt::Display;

use super::{BLOCKED, EVENTS_RECEIVED, TIMERS_FIRED, TURNS};
use crate::decision::TurnOutcome;
use crate::history::{CompletionStatus, Event, EventKind};

/// Counts what a turn decided, to be told when the hub has accepted it.
#[derive(Debug, Default)]
pub(crate) struct TurnTally {
    outcome: &'static str,
    /// Why it is blocked, if it is.
    reason: Option<String>,
    timers: u64,
    events: u64,
}

impl TurnTally {
    #[inline]
    pub(crate) fn of(outcome: &TurnOutcome, events: &[Event]) -> Self {
        if !cfg!(feature = "metrics") {
            return Self::default();
        }
        let mut tally = Self {
            outcome: name_of(outcome),
            ..Self::default()
        };
        if let TurnOutcome::Blocked(report) = outcome {
            tally.reason = Some(report.reason.clone());
        }
        for event in events {
            tally.timers += u64::from(matches!(event.kind, EventKind::TimerFired { .. }));
            tally.events += u64::from(matches!(event.kind, EventKind::EventRaised { .. }));
        }
        tally
    }

    /// Tells what was counted. Nothing is left.
    #[inline]
    pub(crate) fn tell(&mut self, name: &dyn Display, version: &dyn Display) {
        if !cfg!(feature = "metrics") {
            return;
        }
        let told = std::mem::take(self);
        TURNS.count(&[name, version, &told.outcome]);
        TIMERS_FIRED.add(told.timers, &[name, version]);
        EVENTS_RECEIVED.add(told.events, &[name, version]);
        if let Some(reason) = told.reason {
            BLOCKED.count(&[name, version, &reason]);
        }
    }
}

fn name_of(outcome: &TurnOutcome) -> &'static str {
    match outcome {
        TurnOutcome::Waiting => "waiting",
        TurnOutcome::Ended(CompletionStatus::Completed(_)) => "completed",
        TurnOutcome::Ended(CompletionStatus::Failed(_)) => "failed",
        TurnOutcome::Ended(CompletionStatus::Canceled(_)) => "canceled",
        TurnOutcome::Ended(CompletionStatus::Terminated(_)) => "terminated",
        TurnOutcome::ContinuedAsNew(_) => "continued_as_new",
        TurnOutcome::Blocked(_) => "blocked",
    }
}
