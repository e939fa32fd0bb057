//! An instance that a turn thread holds.

use std::collections::BTreeSet;

use tokio::sync::OwnedSemaphorePermit;

use crate::failure::FailureDetails;
use crate::history::{Event, EventKind};
use crate::hub::{ActivityCompletion, ActivityKey, Session, TurnWork};
use crate::id::ExecutionId;
use crate::metrics::{self, Level, TurnTally};
use crate::name::WireName;
use crate::payload::Payload;
use crate::replay::{CheckedExecution, Incoming};
use crate::time::Timestamp;
use crate::trace::ExecutionTrace;
use crate::version::RecordedVersion;

/// The result of an activity that this worker ran.
#[derive(Debug, Clone)]
pub(super) struct LocalResult {
    pub(super) key: ActivityKey,
    pub(super) session: Session,
    pub(super) result: Result<Payload, FailureDetails>,
}

impl LocalResult {
    /// Returns the message that a turn takes.
    pub(super) fn to_incoming(&self, at: Timestamp) -> Incoming {
        let task = self.key.task;
        let kind = match &self.result {
            Ok(result) => EventKind::TaskCompleted {
                task,
                result: result.clone(),
            },
            Err(failure) => EventKind::TaskFailed {
                task,
                failure: failure.clone(),
            },
        };
        Incoming {
            receipt: None,
            execution: Some(self.key.execution.clone()),
            event: Event::new(at, kind),
        }
    }

    /// Returns the completion that a commit carries.
    pub(super) fn to_completion(&self, applied: bool) -> ActivityCompletion {
        ActivityCompletion {
            session: self.session.clone(),
            result: self.result.clone(),
            applied,
        }
    }
}

/// What a resident is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing: it waits for messages.
    Idle,
    /// Its history is being read.
    Loading,
    /// A turn of it is being committed.
    Committing,
    /// It is being given up: until the hub has said so, it would be handed out again with its messages out of order.
    Leaving,
}

/// What becomes of work that is fetched for an instance that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It goes on with what is held.
    Continues,
    /// What is held is out of date.
    Replaces,
    /// That is known only when the hub has answered.
    Waits,
}

/// What follows an accepted commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It stays.
    Stay,
    /// It leaves memory: it ended, was blocked, or another execution follows.
    Leave,
}

/// An instance that a turn thread holds.
#[derive(Debug)]
pub(super) struct Resident {
    /// Tells it from an earlier and a later resident of the same instance: an answer is for one of them.
    pub(super) serial: u64,
    pub(super) session: Session,
    pub(super) execution_id: ExecutionId,
    pub(super) name: WireName,
    pub(super) version: RecordedVersion,
    pub(super) event_count: u64,
    pub(super) execution: Option<CheckedExecution>,
    pub(super) mailbox: Vec<Incoming>,
    pub(super) results: Vec<LocalResult>,
    /// Results that the commit under way carries.
    pub(super) in_flight: Vec<LocalResult>,
    pub(super) after: After,
    pub(super) phase: Phase,
    /// A blocked instance is offered for another try even without messages.
    pub(super) try_again: bool,
    /// The place in the order of eviction while idle.
    pub(super) idle_since: Option<u64>,
    /// Held while there is something to do, so that fetches wait when too much is under way.
    pub(super) permits: Vec<OwnedSemaphorePermit>,
    /// Work that came while it could not be told whether it goes on from here.
    pub(super) later: Vec<(TurnWork, OwnedSemaphorePermit)>,
    /// What the turn under way will have done.
    pub(super) tally: TurnTally,
    /// The trace that the execution belongs to.
    pub(super) trace: ExecutionTrace,
    /// Up while a turn is made or waits for its commit.
    pub(super) turning: Option<Level>,
    _held: Level,
}

impl Resident {
    pub(super) fn new(serial: u64, work: TurnWork, permit: OwnedSemaphorePermit) -> Self {
        let try_again = work.messages.is_empty();
        Self {
            serial,
            session: work.session,
            execution_id: work.execution,
            name: work.name,
            version: work.version,
            event_count: work.event_count,
            execution: None,
            mailbox: work.messages.into_iter().map(Incoming::from).collect(),
            results: Vec::new(),
            in_flight: Vec::new(),
            after: After::Stay,
            phase: Phase::Idle,
            try_again,
            idle_since: None,
            permits: vec![permit],
            later: Vec::new(),
            tally: TurnTally::default(),
            trace: ExecutionTrace::default(),
            turning: None,
            _held: Level::raised(&metrics::RESIDENT_EXECUTIONS),
        }
    }

    pub(super) fn has_work(&self) -> bool {
        self.try_again || !self.mailbox.is_empty() || !self.results.is_empty()
    }

    /// Takes further messages of the same execution.
    pub(super) fn extend(&mut self, work: TurnWork, permit: OwnedSemaphorePermit) {
        self.session = work.session;
        // After a lost and regained ownership the hub hands out again what was not consumed.
        let known: BTreeSet<_> = self.mailbox.iter().filter_map(|held| held.receipt).collect();
        let new = work
            .messages
            .into_iter()
            .filter(|message| !known.contains(&message.receipt));
        self.mailbox.extend(new.map(Incoming::from));
        self.permits.push(permit);
    }

    /// Returns what becomes of fetched work.
    pub(super) fn fits(&self, work: &TurnWork) -> Fit {
        let same = self.execution_id == work.execution;
        match self.phase {
            Phase::Idle => match &self.execution {
                Some(execution) if !same || execution.event_count() != work.event_count => Fit::Replaces,
                None if !same => Fit::Replaces,
                Some(_) | None => Fit::Continues,
            },
            Phase::Loading if same => Fit::Continues,
            Phase::Committing if same && self.after == After::Stay => Fit::Continues,
            Phase::Loading | Phase::Committing | Phase::Leaving => Fit::Waits,
        }
    }

    /// Takes every result that no accepted commit has carried.
    pub(super) fn take_results(&mut self) -> Vec<LocalResult> {
        let mut results = std::mem::take(&mut self.in_flight);
        results.append(&mut self.results);
        results
    }
}
