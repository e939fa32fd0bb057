//! One turn: what is put for it, stored of it, and in effect after it.

mod put;

use durable_core::history::{Event, EventKind};
use durable_core::hub::{
    ActivityDemand, ActivityKey, ActivityWork, BlockReport, HubError, InstanceRecord, NextExecution,
    TurnCommit, TurnOutcome,
};
use durable_core::{ExecutionId, InstanceId, Timestamp};

use super::commit::{Done, Refused};
use super::outbox::outbox_of;
use super::outgoing::{Begins, From, Posted, Stored, untold};
use super::shared::Shared;
use super::store::{AppendError, Appending};
use super::wishes::{Pledge, take_wishes};
use crate::coordinator::{AppliedTurn, Basis, Changes, Sent, State, WorkerKey};

/// What a turn makes of its instance.
struct Plan {
    record: InstanceRecord,
    next: Option<Box<NextExecution>>,
    /// The tasks and children that the events do not tell of.
    sent: Vec<Sent>,
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
    /// Stores a turn, and lets it take effect. Returns what is left to do.
    pub(super) async fn store_turn(
        &self,
        worker: WorkerKey,
        mut turn: TurnCommit,
        basis: Basis,
    ) -> Result<Done, Refused> {
        let id = basis.record.instance.clone();
        if let TurnOutcome::Blocked(report) = turn.outcome {
            self.store_blocked(&id, *report, &basis).await?;
            return Ok(Done::default());
        }
        let plan = Plan::of(&basis, &mut turn, self.now());
        let old_execution = basis.record.execution.clone();
        let from = From {
            instance: &id,
            execution: &old_execution,
            tags: &basis.record.tags,
        };
        let mut outgoing = std::mem::take(&mut turn.outgoing);
        let wanted = take_wishes(&basis, &mut outgoing);
        let wishes = basis.wishes.with(&wanted);
        let wanted = (wanted, !turn.consumed.is_empty());
        let mut put = self.put_all(from, outgoing, plan.next.as_deref(), wanted).await?;
        let outbox = outbox_of(&put.posted);
        let continues = put.next.is_some();
        let appending = Appending {
            instance: &id,
            execution: plan.record.execution.as_str(),
            next_row: basis.next_row,
            // What an execution did that is over is not kept: the next one's rows stand in its place.
            events: if continues { &[] } else { &turn.events },
            etag: basis.etag.as_deref(),
            sent: &plan.sent,
            wishes: wishes.as_deref(),
            settled: &basis.settles,
            outbox: &outbox,
            previous: continues.then_some(old_execution.as_str()),
        };
        let etag = match self.append_turn(&appending, &mut put.posted).await {
            Ok(etag) => etag,
            Err(refused) => {
                self.undo(put.messages(), refused.stored()).await;
                return Err(refused.into());
            }
        };
        let told = reason_of(&turn.events);
        let merged = self
            .merge_turn(&id, basis, &plan.record, (continues, told), &etag)
            .await;
        let (posted, pledge) = (put.posted, put.pledge);
        let applied = AppliedTurn {
            record: plan.record,
            row_etag: merged.as_ref().ok().cloned().flatten(),
            etag: Some(etag),
            events: turn.events,
            consumed: turn.consumed,
            sent: plan.sent,
            wishes,
            next: put.next,
        };
        let after = After {
            worker,
            id: &id,
            execution: &old_execution,
            eager: turn.eager,
            release: turn.release,
        };
        let (activities, begins) = self.change(|state| self.apply(state, after, applied, posted));
        let pledge = Some(self.unless_failed(merged, pledge).await?);
        Ok(Done {
            activities,
            begins,
            pledge,
        })
    }

    /// Stores a turn, then puts the events that it raises. Returns the sentinel's etag.
    async fn append_turn(
        &self,
        appending: &Appending<'_>,
        posted: &mut [Posted],
    ) -> Result<String, AppendError> {
        let etag = self.append(appending).await?;
        let put = self.put_later(appending.instance, posted, etag).await;
        // The turn is stored: the instance is read again, and everything is put anew.
        put.map_err(AppendError::Unknown)
    }

    /// Returns the wishes of a turn that was stored, if its row was written too. If not, they are done by whoever gets the
    /// message that reminds of them.
    async fn unless_failed(
        &self,
        merged: Result<Option<String>, HubError>,
        pledge: Pledge,
    ) -> Result<Pledge, HubError> {
        match merged {
            Ok(_) => Ok(pledge),
            Err(error) => {
                self.undo(pledge.reminder.into_iter().collect(), Stored::Perhaps)
                    .await;
                Err(error)
            }
        }
    }

    async fn merge_turn(
        &self,
        id: &InstanceId,
        basis: Basis,
        record: &InstanceRecord,
        (continues, told): (bool, Option<String>),
        sentinel: &str,
    ) -> Result<Option<String>, HubError> {
        let before = self.row_of(&basis);
        let mut after = self.row_of(&Basis {
            record: record.clone(),
            ..basis
        });
        after.builds_tried.clear();
        after.told = told;
        if continues {
            after.rewound.clear();
        }
        self.merge_commit(id, &before, &after, Some(sentinel)).await
    }

    /// Lets a stored turn take effect in memory.
    fn apply(
        &self,
        state: &mut State,
        after: After<'_>,
        applied: AppliedTurn,
        posted: Vec<Posted>,
    ) -> (Vec<ActivityWork>, Vec<Begins>) {
        let (is_ended, continues) = (applied.record.status.is_ended(), applied.next.is_some());
        state.finish_turn(after.id, applied);
        let (scheduled, begins) = state.take_effect(self, (after.id, after.execution), posted);
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
        (activities, begins)
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

/// Returns why an instance was suspended or resumed last, if it was in these events.
fn reason_of(events: &[Event]) -> Option<String> {
    events.iter().rev().find_map(|event| match &event.kind {
        EventKind::ExecutionSuspended { reason } | EventKind::ExecutionResumed { reason } => {
            Some(reason.clone())
        }
        _ => None,
    })
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
