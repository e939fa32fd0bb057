//! An instance that a turn thread holds.

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
        if self.session != work.session {
            // After a lost and regained ownership the hub hands out again, from the first on, what was not consumed. What
            // is held may be later messages without the earlier ones.
            self.session = work.session;
            self.mailbox.clear();
        }
        self.mailbox.extend(work.messages.into_iter().map(Incoming::from));
        self.permits.push(permit);
    }

    /// Returns what becomes of fetched work.
    pub(super) fn fits(&self, work: &TurnWork) -> Fit {
        let same = self.execution_id == work.execution;
        match self.phase {
            Phase::Idle if !same => Fit::Replaces,
            // Within an ownership nobody else moves the history on. The work may tell of it as it was before the last
            // commit of this worker, and what was handed out in between is held.
            Phase::Idle if self.session == work.session => Fit::Continues,
            Phase::Idle => match &self.execution {
                Some(execution) if execution.event_count() != work.event_count => Fit::Replaces,
                Some(_) | None => Fit::Continues,
            },
            Phase::Loading if same => Fit::Continues,
            Phase::Committing if same && self.after == After::Stay => Fit::Continues,
            Phase::Loading | Phase::Committing | Phase::Leaving => Fit::Waits,
        }
    }

    /// Separates the results of what no committed turn of this execution has called, and returns them. Where activities
    /// are sent out before a turn is committed, such a result can be there: of a turn that was made elsewhere and never
    /// committed. Applied here, it would enter the history before what it answers.
    pub(super) fn take_unexplained_results(&mut self) -> Vec<LocalResult> {
        let is_unexplained = |result: &mut LocalResult| {
            let execution = self.execution.as_ref();
            execution.is_none_or(|execution| !execution.has_scheduled(result.key.task))
        };
        self.results.extract_if(.., is_unexplained).collect()
    }

    /// Takes every result that no accepted commit has carried.
    pub(super) fn take_results(&mut self) -> Vec<LocalResult> {
        let mut results = std::mem::take(&mut self.in_flight);
        results.append(&mut self.results);
        results
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;
    use crate::history::{ExecutionStarted, Tags};
    use crate::hub::{Message, MessageReceipt};
    use crate::id::{InstanceId, TaskId};
    use crate::replay::TurnInput;
    use crate::version::Version;

    /// Work with messages of those numbers, handed out under an ownership.
    fn work(ownership: u64, numbers: &[u64]) -> TurnWork {
        let message = |number: &u64| Message {
            receipt: MessageReceipt(*number),
            execution: None,
            event: Event::new(
                Timestamp::from_micros(0),
                EventKind::ExecutionResumed {
                    reason: number.to_string(),
                },
            ),
        };
        TurnWork {
            instance: InstanceId::new("listener").unwrap(),
            execution: ExecutionId::new("first").unwrap(),
            name: WireName::new("listener").unwrap(),
            version: RecordedVersion::Known(Version::new("1").unwrap()),
            event_count: 4,
            messages: numbers.iter().map(message).collect(),
            session: Session::new(ownership),
        }
    }

    fn permit() -> OwnedSemaphorePermit {
        Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap()
    }

    /// The turn that begins an execution.
    fn first_turn(execution: &ExecutionId) -> TurnInput {
        let started = ExecutionStarted {
            instance: InstanceId::new("listener").unwrap(),
            execution: execution.clone(),
            name: WireName::new("listener").unwrap(),
            version: RecordedVersion::Known(Version::ONE),
            input: Payload::unit(),
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: Tags::new(),
        };
        let now = Timestamp::from_micros(0);
        let start = Incoming {
            receipt: None,
            execution: None,
            event: Event::new(now, EventKind::ExecutionStarted(Box::new(started))),
        };
        TurnInput {
            now,
            messages: vec![start],
            resolved: None,
            next_execution: ExecutionId::from_random(2),
        }
    }

    fn receipts(resident: &Resident) -> Vec<u64> {
        let receipts = resident.mailbox.iter().filter_map(|message| message.receipt);
        receipts.map(|receipt| receipt.0).collect()
    }

    #[test]
    fn later_messages_of_an_ownership_follow_the_earlier_ones() {
        let mut resident = Resident::new(1, work(1, &[5]), permit());
        let more = work(1, &[6, 7]);
        assert_eq!(resident.fits(&more), Fit::Continues);
        resident.extend(more, permit());
        assert_eq!(receipts(&resident), [5, 6, 7]);
    }

    /// Found by killing workers: message 7 was under way to the thread when the release of the instance was answered. The
    /// thread, which had forgotten the instance, took it for the first, and 5 and 6, handed out anew, came after it.
    #[test]
    fn a_message_of_an_ownership_that_has_passed_does_not_overtake_the_earlier_ones() {
        let mut resident = Resident::new(1, work(1, &[7]), permit());
        let anew = work(3, &[5, 6, 7]);
        assert_eq!(resident.fits(&anew), Fit::Continues);
        resident.extend(anew, permit());
        assert_eq!(receipts(&resident), [5, 6, 7]);
        assert!(resident.session == Session::new(3_u64));
    }

    /// Found by killing workers: work that was read before a commit of the same ownership reached the thread after the
    /// answer to it. The thread took what it held for outdated, and lost message 6 until another ownership.
    #[test]
    fn work_that_was_read_before_the_last_commit_goes_on_with_what_is_held() {
        let mut resident = Resident::new(1, work(1, &[5]), permit());
        let checks = crate::replay::DeterminismChecks::Off;
        let code = crate::replay::Code {
            version: Version::new("1").unwrap(),
            runner: |_, _| unreachable!("nothing is run"),
        };
        resident.execution = Some(CheckedExecution::load(code, &[], checks).unwrap());
        resident.mailbox.clear();
        resident.phase = Phase::Committing;
        resident.extend(work(1, &[6]), permit());
        resident.phase = Phase::Idle;
        let read_before = work(1, &[7]);
        assert_eq!(resident.fits(&read_before), Fit::Continues);
        resident.extend(read_before, permit());
        assert_eq!(receipts(&resident), [6, 7]);
        // Another ownership has made turns since.
        assert_eq!(resident.fits(&work(3, &[8])), Fit::Replaces);
    }

    /// Found with a node that stood still: the activities of a first turn that it never stored were run by the next owner,
    /// before this had made its own first turn.
    #[test]
    fn the_result_of_what_no_turn_has_called_is_not_applied() {
        let mut resident = Resident::new(1, work(1, &[5]), permit());
        let result = LocalResult {
            key: ActivityKey {
                instance: InstanceId::new("listener").unwrap(),
                execution: resident.execution_id.clone(),
                task: TaskId(0),
            },
            session: Session::new(2_u64),
            result: Ok(Payload::unit()),
        };
        let code = crate::replay::Code {
            version: Version::new("1").unwrap(),
            runner: |ctx, _| {
                Box::pin(async move {
                    ctx.timer(std::time::Duration::from_mins(1)).await;
                    Ok(Payload::unit())
                })
            },
        };
        let checks = crate::replay::DeterminismChecks::Off;
        resident.execution = Some(CheckedExecution::load(code, &[], checks).unwrap());
        resident.results.push(result.clone());
        let tasks_of = |results: Vec<LocalResult>| -> Vec<TaskId> {
            results.into_iter().map(|result| result.key.task).collect()
        };
        assert_eq!(tasks_of(resident.take_unexplained_results()), [TaskId(0)]);
        assert!(resident.results.is_empty());

        let execution = resident.execution.as_mut().unwrap();
        let first = execution.turn(first_turn(&resident.execution_id)).unwrap();
        assert_eq!(first.outgoing.len(), 1);
        resident.results.push(result);
        assert_eq!(tasks_of(resident.take_unexplained_results()), []);
        assert_eq!(tasks_of(resident.take_results()), [TaskId(0)]);
    }

    #[test]
    fn sessions_of_different_tokens_differ() {
        assert!(Session::new(1_u64) == Session::new(1_u64));
        assert!(Session::new(1_u64) != Session::new(2_u64));
        assert!(Session::new(1_u64) != Session::new(1_i64));
    }
}
