//! Commits of a worker.

use durable_core::InstanceId;
use durable_core::history::Event;
use durable_core::hub::{
    ActivityDemand, ActivityWork, BlockReport, Commit, CommitError, Committed, HubError, Outgoing,
    TurnCommit, TurnOutcome,
};

use super::messages::{Letter, Sender};
use super::outgoing::{From, Posted, next_letters, untold};
use super::shared::Shared;
use super::store::{AppendError, Appending};
use super::together::together;
use crate::coordinator::{
    AppliedTurn, Arrival, Basis, Changes, MessageId, Settled, WorkerKey, result_event, turn_token,
};

/// Why a turn was not stored.
enum Refused {
    Stale,
    Failed(HubError),
}

impl std::convert::From<HubError> for Refused {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

impl Shared {
    /// Commits a batch, each element by itself.
    pub(crate) async fn commit(
        &self,
        worker: WorkerKey,
        commits: Vec<Commit>,
    ) -> Vec<Result<Committed, CommitError>> {
        together(commits.into_iter().map(|commit| self.commit_one(worker, commit))).await
    }

    async fn commit_one(&self, worker: WorkerKey, mut commit: Commit) -> Result<Committed, CommitError> {
        let instance = match &commit.turn {
            Some(turn) => Some(turn_token(&turn.session)?.instance.clone()),
            None => None,
        };
        let lock = match &instance {
            Some(id) => Some(self.locks.lock(id).await),
            None => None,
        };
        let (basis, settled) = self.with(|state| state.begin_commit(worker, &mut commit))?;
        let stored = self.store_commit(worker, commit.turn, basis, &settled).await;
        drop(lock);
        match stored {
            Ok((activities, later)) => {
                if let Some(id) = &instance {
                    self.settle_others(id, later).await?;
                }
                Ok(Committed { activities })
            }
            Err(refused) => {
                self.change(|state| state.abort_commit(instance.as_ref(), &settled));
                match (refused, &instance) {
                    (Refused::Failed(error), _) => Err(CommitError::Hub(error)),
                    (Refused::Stale, None) => Err(CommitError::Hub(crate::error::conflict(
                        "the history has changed",
                    ))),
                    (Refused::Stale, Some(id)) => {
                        self.forget_stale(id).await;
                        Err(CommitError::Stale {
                            what: format!("instance `{id}`"),
                            held: 0,
                            current: 0,
                        })
                    }
                }
            }
        }
    }

    async fn store_commit(
        &self,
        worker: WorkerKey,
        turn: Option<TurnCommit>,
        basis: Option<Basis>,
        settled: &[Settled],
    ) -> Result<(Vec<ActivityWork>, Vec<Posted>), Refused> {
        for one in settled.iter().filter(|one| !one.applied) {
            let event = Event::new(self.now(), result_event(one.key.task, one.result.clone()));
            self.answer_activity(&one.key, event).await?;
        }
        let done = match (turn, basis) {
            (Some(turn), Some(basis)) => match self.store_turn(worker, turn, basis).await {
                Ok(done) => done,
                Err(error) => return Err(error),
            },
            _ => (Vec::new(), Vec::new()),
        };
        let gone: Vec<MessageId> = settled.iter().filter_map(|one| one.message.clone()).collect();
        self.change(|state| {
            for one in settled {
                state.finish_activity(&one.key);
            }
            state
                .effects
                .extend(gone.into_iter().map(crate::coordinator::Effect::Delete));
        });
        Ok(done)
    }

    async fn store_turn(
        &self,
        worker: WorkerKey,
        turn: TurnCommit,
        basis: Basis,
    ) -> Result<(Vec<ActivityWork>, Vec<Posted>), Refused> {
        let id = basis.record.instance.clone();
        if let TurnOutcome::Blocked(report) = turn.outcome {
            self.store_blocked(&id, *report, &basis).await?;
            return Ok((Vec::new(), Vec::new()));
        }
        let now = self.now();
        let mut record = basis.record.clone();
        record.updated_at = now;
        record.event_count += turn.events.len() as u64;
        record.go_on(turn.suspended);
        record.set_custom_status(turn.custom_status);
        if let Some(version) = turn.version {
            record.version = version;
        }
        let mut next = None;
        match turn.outcome {
            TurnOutcome::Waiting | TurnOutcome::Blocked(_) => {}
            TurnOutcome::Ended(status) => record.end(status, now),
            TurnOutcome::ContinuedAsNew(following) => {
                record.continue_with(&following.started);
                next = Some(following);
            }
        }
        let old_execution = basis.record.execution.clone();
        let from = From {
            instance: &id,
            execution: &old_execution,
            tags: &basis.record.tags,
        };
        let mut sent = untold(&turn.outgoing, &turn.events);
        let posted = self.post_all(from, turn.outgoing).await?;
        let next_posted = match &next {
            None => None,
            Some(next) => match self.post_next(from, next).await {
                Ok(letters) => Some(letters),
                Err(error) => {
                    self.take_back(posted).await;
                    return Err(error.into());
                }
            },
        };
        sent.splice(0..0, basis.sent.iter().cloned());
        if next_posted.is_some() {
            sent.clear();
        }
        let appended = self
            .append(&Appending {
                instance: &id,
                execution: record.execution.as_str(),
                next_row: basis.next_row,
                events: if next_posted.is_some() { &[] } else { &turn.events },
                etag: basis.etag.as_deref(),
                sent: &sent,
                settled: &basis.settles,
                previous: next_posted.as_ref().map(|_| old_execution.as_str()),
            })
            .await;
        let etag = match appended {
            Ok(etag) => etag,
            Err(refused) => {
                self.take_back(posted).await;
                for arrival in next_posted.into_iter().flatten() {
                    if let Some(message) = arrival.message {
                        // Ghosts for an execution that never came to be; they are recognised if they stay.
                        let _ = self.remove(&message).await;
                    }
                }
                return Err(match refused {
                    AppendError::Stale => Refused::Stale,
                    AppendError::Failed(error) => Refused::Failed(error),
                });
            }
        };
        let before = self.row_of(&basis);
        let mut after = self.row_of(&Basis {
            record: record.clone(),
            ..basis
        });
        after.builds_tried.clear();
        if next_posted.is_some() {
            after.rewound.clear();
        }
        let merged = self.merge_row(&id, &before, &after).await;
        let is_ended = record.status.is_ended();
        let applied = AppliedTurn {
            record,
            etag: Some(etag),
            events: turn.events,
            consumed: turn.consumed,
            sent,
            next: next_posted,
        };
        let eager = turn.eager;
        let answer = self.change(|state| {
            let continued = applied.next.is_some();
            state.finish_turn(&id, applied);
            let (scheduled, later) = state.take_effect(self, (&id, &old_execution), posted);
            if is_ended {
                state.finish_ended(&id);
            } else if continued {
                state.drop_outstanding(&id, &old_execution);
            }
            let activities = dispatch(state, worker, &scheduled, eager);
            state.settle_ownership(worker, &id, turn.release);
            if !is_ended || !self.watchers.is_watched(&id) {
                state.forget_if_idle(&id);
            }
            (activities, later)
        });
        merged?;
        Ok(answer)
    }

    /// Puts the start of the next execution and what is carried over to it. They are this node's own: it owns the partition.
    async fn post_next(
        &self,
        from: From<'_>,
        next: &durable_core::hub::NextExecution,
    ) -> Result<Vec<Arrival>, HubError> {
        let sender = Sender {
            of: Some((from.instance.clone(), from.execution.clone())),
            tags: None,
        };
        let mut letters: Vec<(Letter, _)> = Vec::new();
        for letter in next_letters(next, self.now()) {
            let message = self.message(&letter, &sender)?;
            letters.push((letter, message));
        }
        let queue = super::in_hand::QueueOf::Control(self.partition_of(from.instance));
        let puts = letters.iter().map(|(letter, message)| async move {
            self.put_held(queue, message, self.time_until(&letter.event))
                .await
        });
        let answers = together(puts).await;
        let mut arrivals = Vec::new();
        for ((letter, _), answer) in letters.into_iter().zip(answers) {
            arrivals.push(self.arrival(letter, Some(answer?)));
        }
        Ok(arrivals)
    }

    async fn store_blocked(
        &self,
        id: &InstanceId,
        report: BlockReport,
        basis: &Basis,
    ) -> Result<(), Refused> {
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
        self.merge_row(id, &before, &after).await?;
        self.change(|state| state.finish_blocked(id, record, build));
        Ok(())
    }

    /// Forgets an instance that another has changed. What waits for it is read again with it.
    pub(crate) async fn forget_stale(&self, id: &InstanceId) {
        let messages = self.change(|state| state.forget_resident(id));
        for message in messages {
            if let Err(error) = self.put_back(&message, std::time::Duration::ZERO).await {
                tracing::warn!(%error, "a message could not be put back; it comes again when its time is over");
            }
        }
    }

    /// Does what a turn wants of other instances.
    pub(crate) async fn settle_others(&self, id: &InstanceId, later: Vec<Posted>) -> Result<(), HubError> {
        for Posted { parcel, message } in later {
            match parcel {
                super::outgoing::Parcel::Child(child, letter) => {
                    self.begin_child(id, *child, letter, message).await?
                }
                super::outgoing::Parcel::Children(Outgoing::CancelChild {
                    instance,
                    policy,
                    reason,
                }) => {
                    self.cancel_child(id, &instance, policy, &reason).await?;
                }
                super::outgoing::Parcel::Children(Outgoing::CancelChildren { reason }) => {
                    self.settle_children(id, &reason, false).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn dispatch(
    state: &mut crate::coordinator::State,
    worker: WorkerKey,
    scheduled: &[durable_core::hub::ActivityKey],
    eager: ActivityDemand,
) -> Vec<ActivityWork> {
    if eager.slots == 0 {
        return Vec::new();
    }
    state.dispatch_eagerly(worker, scheduled, eager)
}
