//! One turn: what is put for it, stored of it, and in effect after it.

use durable_core::hub::{
    ActivityDemand, ActivityKey, ActivityWork, BlockReport, HubError, InstanceRecord, NextExecution,
    Outgoing, TurnCommit, TurnOutcome,
};
use durable_core::{ExecutionId, InstanceId, Timestamp};

use super::commit::Refused;
use super::in_hand::QueueOf;
use super::messages::{Letter, Sender};
use super::outgoing::{From, Posted, Stored, next_letters, untold};
use super::shared::Shared;
use super::store::{AppendError, Appending};
use super::together::together;
use crate::coordinator::{AppliedTurn, Arrival, Basis, Changes, MessageId, Sent, State, WorkerKey};

/// What a turn makes of its instance.
struct Plan {
    record: InstanceRecord,
    next: Option<Box<NextExecution>>,
    /// The tasks and children that the events do not tell of.
    sent: Vec<Sent>,
}

/// What was put for a turn.
struct Put {
    posted: Vec<Posted>,
    /// What the next execution begins with, if there is one.
    next: Option<Vec<Arrival>>,
}

impl Put {
    fn messages(self) -> Vec<MessageId> {
        let next = self.next.into_iter().flatten();
        let posted = self.posted.into_iter().filter_map(|it| it.message);
        posted.chain(next.filter_map(|arrival| arrival.message)).collect()
    }
}

impl Plan {
    fn of(basis: &Basis, turn: &mut TurnCommit, now: Timestamp) -> Self {
        let mut record = basis.record.clone();
        record.updated_at = now;
        record.event_count += turn.events.len() as u64;
        record.go_on(turn.suspended);
        record.set_custom_status(std::mem::take(&mut turn.custom_status));
        if let Some(version) = turn.version.take() {
            record.version = version;
        }
        let mut next = None;
        match std::mem::replace(&mut turn.outcome, TurnOutcome::Waiting) {
            TurnOutcome::Waiting | TurnOutcome::Blocked(_) => {}
            TurnOutcome::Ended(status) => record.end(status, now),
            TurnOutcome::ContinuedAsNew(following) => {
                record.continue_with(&following.started);
                next = Some(following);
            }
        }
        let mut sent = Vec::new();
        if next.is_none() {
            sent.extend(basis.sent.iter().cloned());
            sent.extend(untold(&turn.outgoing, &turn.events));
        }
        Self { record, next, sent }
    }
}

impl Shared {
    /// Stores a turn, and lets it take effect. Returns the activities that the worker runs at once, and what is to be done
    /// with other instances.
    pub(super) async fn store_turn(
        &self,
        worker: WorkerKey,
        mut turn: TurnCommit,
        basis: Basis,
    ) -> Result<(Vec<ActivityWork>, Vec<Posted>), Refused> {
        let id = basis.record.instance.clone();
        if let TurnOutcome::Blocked(report) = turn.outcome {
            self.store_blocked(&id, *report, &basis).await?;
            return Ok((Vec::new(), Vec::new()));
        }
        let plan = Plan::of(&basis, &mut turn, self.now());
        let old_execution = basis.record.execution.clone();
        let from = From {
            instance: &id,
            execution: &old_execution,
            tags: &basis.record.tags,
        };
        let outgoing = std::mem::take(&mut turn.outgoing);
        let put = self.put_all(from, outgoing, plan.next.as_deref()).await?;
        let continues = put.next.is_some();
        let appending = Appending {
            instance: &id,
            execution: plan.record.execution.as_str(),
            next_row: basis.next_row,
            // What an execution did that is over is not kept: the next one's rows stand in its place.
            events: if continues { &[] } else { &turn.events },
            etag: basis.etag.as_deref(),
            sent: &plan.sent,
            settled: &basis.settles,
            previous: continues.then_some(old_execution.as_str()),
        };
        let etag = match self.append(&appending).await {
            Ok(etag) => etag,
            Err(refused) => {
                self.undo(put.messages(), refused.stored()).await;
                return Err(match refused {
                    AppendError::Stale => Refused::Stale,
                    AppendError::Unknown(error) => Refused::Unknown(error),
                    AppendError::Failed(error) => Refused::Failed(error),
                });
            }
        };
        let merged = self.merge_turn(&id, basis, &plan.record, continues, &etag).await;
        let posted = put.posted;
        let applied = AppliedTurn {
            record: plan.record,
            row_etag: merged.as_ref().ok().cloned().flatten(),
            etag: Some(etag),
            events: turn.events,
            consumed: turn.consumed,
            sent: plan.sent,
            next: put.next,
        };
        let after = After {
            worker,
            id: &id,
            execution: &old_execution,
            eager: turn.eager,
            release: turn.release,
        };
        let answer = self.change(|state| self.apply(state, after, applied, posted));
        merged?;
        Ok(answer)
    }

    async fn put_all(
        &self,
        from: From<'_>,
        outgoing: Vec<Outgoing>,
        next: Option<&NextExecution>,
    ) -> Result<Put, HubError> {
        let posted = self.post_all(from, outgoing).await?;
        let Some(next) = next else {
            return Ok(Put { posted, next: None });
        };
        match self.post_next(from, next).await {
            Ok(letters) => Ok(Put {
                posted,
                next: Some(letters),
            }),
            Err(error) => {
                self.take_back(posted).await;
                Err(error)
            }
        }
    }

    /// Puts the start of the next execution and what is carried over to it. They are this node's own: it owns the partition.
    async fn post_next(&self, from: From<'_>, next: &NextExecution) -> Result<Vec<Arrival>, HubError> {
        let sender = Sender {
            of: Some((from.instance.clone(), from.execution.clone())),
            tags: None,
        };
        let mut letters: Vec<(Letter, _)> = Vec::new();
        for letter in next_letters(next, self.now()) {
            let message = self.message(&letter, &sender)?;
            letters.push((letter, message));
        }
        let queue = QueueOf::Control(self.partition_of(from.instance));
        let puts = letters.iter().map(|(letter, message)| async move {
            let hidden = self.time_until(&letter.event);
            self.put_held(queue, message, hidden).await
        });
        let answers = together(puts).await;
        let (mut arrivals, mut failed) = (Vec::new(), None);
        for ((letter, _), answer) in letters.into_iter().zip(answers) {
            match answer {
                Ok(message) => arrivals.push(self.arrival(letter, Some(message))),
                Err(error) => failed = Some(error),
            }
        }
        let Some(error) = failed else {
            return Ok(arrivals);
        };
        let put = arrivals.into_iter().filter_map(|arrival| arrival.message);
        self.undo(put.collect(), Stored::No).await;
        Err(error)
    }

    async fn merge_turn(
        &self,
        id: &InstanceId,
        basis: Basis,
        record: &InstanceRecord,
        continues: bool,
        sentinel: &str,
    ) -> Result<Option<String>, HubError> {
        let before = self.row_of(&basis);
        let mut after = self.row_of(&Basis {
            record: record.clone(),
            ..basis
        });
        after.builds_tried.clear();
        if continues {
            after.rewound.clear();
        }
        self.merge_row(id, &before, &after, Some(sentinel)).await
    }

    /// Lets a stored turn take effect in memory.
    fn apply(
        &self,
        state: &mut State,
        after: After<'_>,
        applied: AppliedTurn,
        posted: Vec<Posted>,
    ) -> (Vec<ActivityWork>, Vec<Posted>) {
        let (is_ended, continues) = (applied.record.status.is_ended(), applied.next.is_some());
        state.finish_turn(after.id, applied);
        let (scheduled, later) = state.take_effect(self, (after.id, after.execution), posted);
        if is_ended {
            state.finish_ended(after.id);
        } else if continues {
            state.drop_outstanding(after.id, after.execution);
        }
        let activities = dispatch(state, after.worker, &scheduled, after.eager);
        state.settle_ownership(after.worker, after.id, after.release);
        if !is_ended || !self.watchers.is_watched(after.id) {
            state.forget_if_idle(after.id);
        }
        (activities, later)
    }

    async fn store_blocked(
        &self,
        id: &InstanceId,
        report: BlockReport,
        basis: &Basis,
    ) -> Result<(), HubError> {
        let mut record = basis.record.clone();
        let build = report.build;
        record.block(report);
        record.updated_at = self.now();
        let before = self.row_of(basis);
        let mut after = before.clone();
        after.record = record.clone();
        if !after.builds_tried.contains(&build) {
            after.builds_tried.push(build);
        }
        self.merge_row(id, &before, &after, basis.etag.as_deref()).await?;
        self.change(|state| state.finish_blocked(id, record, build));
        Ok(())
    }
}

/// What follows a turn.
struct After<'a> {
    worker: WorkerKey,
    id: &'a InstanceId,
    /// The execution that made the turn.
    execution: &'a ExecutionId,
    eager: ActivityDemand,
    release: bool,
}

fn dispatch(
    state: &mut State,
    worker: WorkerKey,
    scheduled: &[ActivityKey],
    eager: ActivityDemand,
) -> Vec<ActivityWork> {
    if eager.slots == 0 {
        return Vec::new();
    }
    state.dispatch_eagerly(worker, scheduled, eager)
}
