//! Commits, in two steps: every check before anything is stored, and every effect after all is.

use std::collections::{BTreeSet, HashSet, VecDeque};

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use durable_core::hub::{
    ActivityDemand, ActivityKey, ActivityWork, BlockReport, Commit, CommitError, CustomStatus, HubError,
    HubErrorKind, InstanceRecord, InstanceStatus, MessageReceipt, Session, TurnCommit,
};
use durable_core::{
    BuildId, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, TaskId, Timestamp,
};

use super::activity::ActivityToken;
use super::arriving::Arrival;
use super::fetch::TurnToken;
use super::remembered::REMEMBERED_MAX;
use super::resident::{Block, MessageId, Resident, Sent, Waiting};
use super::state::{Effect, State};
use super::wish::{Wish, Wishes};
use super::worker::{WorkerKey, offers};

/// What the storing of a turn needs to know of its instance.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) record: InstanceRecord,
    pub(crate) first_execution: ExecutionId,
    pub(crate) rewound: Vec<ExecutionId>,
    pub(crate) start_generation: Option<i32>,
    pub(crate) created_fine: u8,
    pub(crate) tried: BTreeSet<BuildId>,
    /// Where the next event's row stands.
    pub(crate) next_row: u64,
    /// The etag of the row in the table of instances, if it is known.
    pub(crate) row_etag: Option<String>,
    /// The etag of the history's sentinel.
    pub(crate) etag: Option<String>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) wishes: Wishes,
    /// The messages that have had their effect, or have it by this turn, and that the history itself does not tell of.
    pub(crate) settles: Vec<MessageId>,
}

/// A completion that has passed its check.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) key: ActivityKey,
    pub(crate) message: Option<MessageId>,
    pub(crate) result: Result<Payload, FailureDetails>,
    /// Whether the commit's turn has applied it.
    pub(crate) applied: bool,
}

/// What a turn that was stored does to what is held of its instance.
#[derive(Debug)]
pub(crate) struct AppliedTurn {
    /// The record as it is now.
    pub(crate) record: InstanceRecord,
    /// The etag of its row; `None` if the row does not say what the record says.
    pub(crate) row_etag: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) consumed: Vec<MessageReceipt>,
    pub(crate) sent: Vec<Sent>,
    /// What the sentinel tells of wishes now, if that is new.
    pub(crate) wishes: Option<Vec<Wish>>,
    /// What the next execution begins with, if the turn continued as new.
    pub(crate) next: Option<Vec<Arrival>>,
}

impl State {
    /// Checks a commit and reserves what it is about. Without any effect if it is refused.
    pub(crate) fn begin_commit(
        &mut self,
        worker: WorkerKey,
        commit: &mut Commit,
    ) -> Result<(Option<Basis>, Vec<Settled>), CommitError> {
        let basis = match &commit.turn {
            Some(turn) => Some(self.check_turn(worker, turn)?),
            None => None,
        };
        let mut keys = Vec::with_capacity(commit.completions.len());
        for completion in &commit.completions {
            keys.push(self.owned_activity(worker, activity_token(&completion.session)?)?);
        }
        if let Some(turn) = &commit.turn {
            let token = turn_token(&turn.session)?;
            if let Some(resident) = self.residents.get_mut(&token.instance) {
                resident.busy = true;
            }
        }
        let completions = std::mem::take(&mut commit.completions).into_iter().zip(keys);
        let settled = completions.map(|(completion, key)| {
            let activity = self.activities.get_mut(&key);
            let message = activity.and_then(|activity| {
                activity.busy = true;
                activity.message.clone()
            });
            Settled {
                key,
                message,
                result: completion.result,
                applied: completion.applied,
            }
        });
        Ok((basis, settled.collect()))
    }

    fn check_turn(&self, worker: WorkerKey, turn: &TurnCommit) -> Result<Basis, CommitError> {
        let token = turn_token(&turn.session)?;
        let resident = self.owned(worker, token)?;
        let count = resident.record.event_count;
        if count != turn.base_event_count {
            let message = format!(
                "the turn of instance `{}` stands on {} events; the history has {count}",
                token.instance, turn.base_event_count
            );
            return Err(CommitError::Hub(HubError::new(HubErrorKind::Conflict, message)));
        }
        let mut basis = Basis::of(resident);
        let consumed: HashSet<MessageReceipt> = turn.consumed.iter().copied().collect();
        let consumed = resident
            .inbox
            .iter()
            .filter(|it| consumed.contains(&it.message.receipt));
        let untold = consumed.filter(|it| !is_told_by_history(it));
        basis.settles.extend(untold.filter_map(Waiting::known_by));
        let too_many = basis.settles.len().saturating_sub(REMEMBERED_MAX);
        basis.settles.drain(..too_many);
        Ok(basis)
    }

    /// Reserves an instance for a change that no owner makes, and returns what it stands on.
    pub(crate) fn begin_change(&mut self, id: &InstanceId) -> Option<Basis> {
        let resident = self.residents.get_mut(id)?;
        resident.busy = true;
        Some(Basis::of(resident))
    }

    /// Ends a commit that was not stored: everything is as it was before.
    pub(crate) fn abort_commit(&mut self, instance: Option<&InstanceId>, settled: &[Settled]) {
        if let Some(resident) = instance.and_then(|id| self.residents.get_mut(id)) {
            resident.busy = false;
        }
        for one in settled {
            if let Some(activity) = self.activities.get_mut(&one.key) {
                activity.busy = false;
            }
        }
    }

    /// Removes an activity whose end is stored. Its message is removed by whoever stored it, if this returns true. If not,
    /// the turn has ended the execution, and the message has gone with what was outstanding.
    pub(crate) fn finish_activity(&mut self, key: &ActivityKey) -> bool {
        self.activities.remove(key).is_some()
    }

    /// Lets a stored turn take effect on its instance. What it consumed is removed from the queues.
    pub(crate) fn finish_turn(&mut self, id: &InstanceId, turn: AppliedTurn) {
        let Some(resident) = self.residents.get_mut(id) else {
            // The partition was lost while the turn was stored. What the next execution begins with goes to its reader.
            for arrival in turn.next.into_iter().flatten() {
                self.deliver(arrival);
            }
            return;
        };
        resident.busy = false;
        resident.row_etag = turn.row_etag;
        resident.etag = turn.etag;
        resident.wishes.stored(turn.wishes);
        if resident.wishes.open().is_empty() || turn.record.status.is_ended() {
            self.pledged.remove(id);
        } else {
            let pledged = (resident.etag.clone(), resident.wishes.clone());
            self.pledged.insert(id.clone(), pledged);
        }
        resident.block = Block::default();
        resident.history = None;
        let consumed: HashSet<MessageReceipt> = turn.consumed.into_iter().collect();
        let mut gone = Vec::new();
        let settled = &mut resident.settled;
        resident.inbox.retain(|waiting| {
            let is_consumed = consumed.contains(&waiting.message.receipt);
            if is_consumed {
                settled.extend(waiting.known_by());
                gone.extend(waiting.id.clone());
            }
            !is_consumed
        });
        let old = resident.record.execution.clone();
        if let Some(next) = turn.next {
            gone.extend(resident.replace_execution(&turn.record.execution, VecDeque::new()));
            resident.rewound.clear();
            resident.foreign_rows = 0;
            resident.record = turn.record;
            let kept = std::mem::take(&mut resident.inbox);
            for arrival in next {
                let receipt = MessageReceipt(self.next_number());
                if let Some(resident) = self.residents.get_mut(id) {
                    resident.put_into_inbox(receipt, arrival, false);
                }
            }
            if let Some(resident) = self.residents.get_mut(id) {
                resident.inbox.extend(kept);
            }
            self.drop_outstanding(id, &old);
        } else {
            resident.record = turn.record;
            for event in &turn.events {
                resident.tasks.note(&event.kind);
            }
            for task in turn.sent.iter().filter_map(|sent| sent.task) {
                resident.tasks.note_sent(task);
            }
            resident.sent = turn.sent;
        }
        self.effects.extend(gone.into_iter().map(Effect::Delete));
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Lets the end of an instance take effect: nothing of it is outstanding, and nobody owns it.
    pub(crate) fn finish_ended(&mut self, id: &InstanceId) {
        let Some(resident) = self.residents.get_mut(id).filter(|it| it.is_ended()) else {
            return;
        };
        resident.owner.revoke();
        let execution = resident.execution().clone();
        let unread = resident.empty_inbox();
        self.effects.extend(unread.into_iter().map(Effect::Delete));
        self.drop_outstanding(id, &execution);
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Lets a change take effect that no turn has made, and takes the instance from its owner.
    pub(crate) fn finish_change(
        &mut self,
        id: &InstanceId,
        record: InstanceRecord,
        etag: Option<String>,
        events: &[Event],
    ) {
        let Some(resident) = self.residents.get_mut(id) else {
            return;
        };
        resident.busy = false;
        resident.record = record;
        resident.row_etag = None;
        resident.etag = etag;
        resident.block = Block::default();
        resident.history = None;
        for event in events {
            resident.tasks.note(&event.kind);
        }
        resident.disown();
        self.settle_messages(id);
        self.touched.insert(id.clone());
    }

    /// Lifts a block. The owner stays the owner.
    pub(crate) fn finish_unblocked(&mut self, id: &InstanceId) {
        if let Some(resident) = self.residents.get_mut(id) {
            resident.busy = false;
            resident.row_etag = None;
            resident.record.blocked = None;
            resident.block = Block::default();
            self.touched.insert(id.clone());
        }
    }

    /// Records that a turn was blocked: the ownership ends, and nothing is consumed.
    pub(crate) fn finish_blocked(&mut self, id: &InstanceId, record: InstanceRecord, build: BuildId) {
        if let Some(resident) = self.residents.get_mut(id) {
            resident.busy = false;
            resident.row_etag = None;
            resident.record = record;
            resident.block.tried.insert(build);
            resident.disown();
            self.touched.insert(id.clone());
        }
    }

    /// Keeps the set of residents with messages true for one of them.
    pub(crate) fn settle_messages(&mut self, id: &InstanceId) {
        let has_messages = self.residents.get(id).is_some_and(|it| !it.inbox.is_empty());
        if has_messages {
            self.with_messages.insert(id.clone());
        } else {
            self.with_messages.remove(id);
        }
    }

    /// Hands the turn's own activities to the worker that committed it, as far as it has room and offers them.
    pub(crate) fn dispatch_eagerly(
        &mut self,
        worker: WorkerKey,
        scheduled: &[ActivityKey],
        eager: ActivityDemand,
    ) -> Vec<ActivityWork> {
        let Some(offered) = self.workers.get(&worker).map(|it| it.offer.activities.clone()) else {
            return Vec::new();
        };
        let wanted: Vec<ActivityKey> = (scheduled.iter())
            .filter(|key| {
                let order = self.activities.get(key).map(|activity| &activity.order);
                order.is_some_and(|order| offers(&offered, &order.name, &order.version))
            })
            .cloned()
            .collect();
        self.hand_out_activities(&wanted, worker, eager)
    }

    /// Ends the ownership if the worker gives it up, can do nothing with it since the instance changed version, or if it
    /// has ended.
    pub(crate) fn settle_ownership(&mut self, worker: WorkerKey, id: &InstanceId, release: bool) {
        let Some(resident) = self.residents.get_mut(id) else {
            return;
        };
        let record = &resident.record;
        let takes = (self.workers.get(&worker)).is_some_and(|it| it.takes(&record.name, &record.version));
        if resident.owner.worker == Some(worker) && (release || !takes) {
            resident.disown();
        }
    }
}

impl Basis {
    pub(crate) fn of(resident: &Resident) -> Self {
        Self {
            record: resident.record.clone(),
            first_execution: resident.first_execution.clone(),
            rewound: resident.rewound.clone(),
            start_generation: resident.start_generation,
            created_fine: resident.created_fine,
            tried: resident.block.tried.clone(),
            next_row: resident.record.event_count + resident.foreign_rows,
            row_etag: resident.row_etag.clone(),
            etag: resident.etag.clone(),
            sent: resident.sent.clone(),
            wishes: resident.wishes.clone(),
            settles: resident.settled.iter().cloned().collect(),
        }
    }
}

impl Resident {
    /// Takes everything out of the inbox, and returns the messages.
    pub(crate) fn empty_inbox(&mut self) -> Vec<MessageId> {
        self.inbox.drain(..).filter_map(|waiting| waiting.id).collect()
    }
}

/// Returns whether a second delivery of the message is recognised by the history alone.
fn is_told_by_history(waiting: &Waiting) -> bool {
    let kind = &waiting.message.event.kind;
    matches!(kind, EventKind::ExecutionStarted(_)) || kind.answered().is_some()
}

/// Returns the event by which an activity's result enters a history.
pub(crate) fn result_event(task: TaskId, result: Result<Payload, FailureDetails>) -> EventKind {
    match result {
        Ok(result) => EventKind::TaskCompleted { task, result },
        Err(failure) => EventKind::TaskFailed { task, failure },
    }
}

/// What a record says after a change.
pub(crate) trait Changes {
    /// It ended.
    fn end(&mut self, status: CompletionStatus, now: Timestamp);
    /// It waits, or is suspended.
    fn go_on(&mut self, suspended: bool);
    /// Another execution follows.
    fn continue_with(&mut self, next: &ExecutionStarted);
    /// The turn could not be made.
    fn block(&mut self, report: BlockReport);
    /// The turn set the custom status.
    fn set_custom_status(&mut self, status: CustomStatus);
}

impl Changes for InstanceRecord {
    fn end(&mut self, status: CompletionStatus, now: Timestamp) {
        (self.status, self.output, self.failure) = ended_as(status);
        self.ended_at = Some(now);
        self.blocked = None;
    }

    fn go_on(&mut self, suspended: bool) {
        self.blocked = None;
        self.status = if suspended {
            InstanceStatus::Suspended
        } else {
            InstanceStatus::Running
        };
    }

    fn continue_with(&mut self, next: &ExecutionStarted) {
        self.execution = next.execution.clone();
        self.generation = next.generation;
        self.name = next.name.clone();
        self.version = next.version.clone();
        self.input = next.input.clone();
        self.scheduled_start = next.scheduled_start;
        self.tags.clone_from(&next.tags);
        self.parent.clone_from(&next.parent);
        self.event_count = 0;
    }

    fn block(&mut self, report: BlockReport) {
        self.blocked = Some(report);
    }

    fn set_custom_status(&mut self, status: CustomStatus) {
        if let CustomStatus::Set(status) = status {
            self.custom_status = Some(status);
        }
    }
}

/// Returns what a completion means for the record: status, output and failure.
fn ended_as(status: CompletionStatus) -> (InstanceStatus, Option<Payload>, Option<FailureDetails>) {
    match status {
        CompletionStatus::Completed(output) => (InstanceStatus::Completed, Some(output), None),
        CompletionStatus::Failed(failure) => (InstanceStatus::Failed, None, Some(failure)),
        CompletionStatus::Canceled(failure) => (InstanceStatus::Canceled, None, Some(failure)),
        CompletionStatus::Terminated(reason) => (InstanceStatus::Terminated, None, Some(terminated(reason))),
    }
}

/// Returns the failure of an instance that was terminated.
pub(crate) fn terminated(reason: String) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Terminated, "Terminated", reason).non_retriable()
}

pub(crate) fn turn_token(session: &Session) -> Result<&TurnToken, HubError> {
    let foreign = || {
        HubError::new(
            HubErrorKind::Invalid,
            "the session is not one of an instance of this hub",
        )
    };
    session.token().ok_or_else(foreign)
}

pub(crate) fn activity_token(session: &Session) -> Result<&ActivityToken, HubError> {
    let foreign = || {
        HubError::new(
            HubErrorKind::Invalid,
            "the session is not one of an activity of this hub",
        )
    };
    session.token().ok_or_else(foreign)
}
